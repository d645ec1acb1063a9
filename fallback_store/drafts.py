"""Questions that wait for an answer and carts being filled: never an order until the person says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson

from core.ids import ChatId, Key, PersonId
from core.times import from_ms, to_ms
from fallback_store.database import Tx

Kind = Literal["cart", "question"]


@dataclass(frozen=True, slots=True)
class Draft:
    """One person's cart or open question in one chat."""

    id: int
    #: the message it came from; becomes the order's key
    key: Key
    body: dict[str, Any]
    expires_at: datetime


def keep(
    tx: Tx,
    chat_id: ChatId,
    person_id: PersonId,
    kind: Kind,
    key: Key,
    body: dict[str, Any],
    now: datetime,
    lasts_s: float,
) -> int:
    """Stores a draft, in place of the one this person had here. Returns its id, which no earlier draft had."""
    drop(tx, chat_id, person_id, kind)
    cursor = tx.execute(
        "INSERT INTO drafts (chat_id, person_id, kind, body, key, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            chat_id,
            person_id,
            kind,
            orjson.dumps(body).decode(),
            key,
            to_ms(now),
            to_ms(now + timedelta(seconds=lasts_s)),
        ),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def change(tx: Tx, draft_id: int, key: Key, body: dict[str, Any], now: datetime, lasts_s: float) -> None:
    """What the draft is from now on; it keeps its id, by which buttons call it."""
    tx.execute(
        "UPDATE drafts SET key = ?, body = ?, expires_ms = ? WHERE id = ?",
        (key, orjson.dumps(body).decode(), to_ms(now + timedelta(seconds=lasts_s)), draft_id),
    )


def find(tx: Tx, chat_id: ChatId, person_id: PersonId, kind: Kind, now: datetime) -> Draft | None:
    """The draft this person has here; None when there is none or it has expired."""
    row = tx.execute(
        "SELECT id, key, body, expires_ms FROM drafts WHERE chat_id = ? AND person_id = ? AND kind = ?"
        " AND expires_ms > ?",
        (chat_id, person_id, kind, to_ms(now)),
    ).fetchone()
    return None if row is None else Draft(row[0], Key(row[1]), orjson.loads(row[2]), from_ms(row[3]))


def owner(tx: Tx, draft_id: int) -> PersonId | None:
    """Whose draft it is, expired or not; None once it was answered or replaced."""
    row = tx.execute("SELECT person_id FROM drafts WHERE id = ?", (draft_id,)).fetchone()
    return None if row is None else PersonId(row[0])


def drop(tx: Tx, chat_id: ChatId, person_id: PersonId, kind: Kind) -> None:
    """Forgets the draft this person has here, if any."""
    tx.execute("DELETE FROM drafts WHERE chat_id = ? AND person_id = ? AND kind = ?", (chat_id, person_id, kind))


def drop_expired(tx: Tx, now: datetime) -> int:
    """Forgets every draft whose time is over; returns how many."""
    return tx.execute("DELETE FROM drafts WHERE expires_ms <= ?", (to_ms(now),)).rowcount
