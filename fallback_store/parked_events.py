"""Events that the primary refused or could not read: a person looks at them and sends them again, corrected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.ids import Key
from core.primary import EventOutcome
from core.times import from_ms, to_ms
from fallback_store import outbox
from fallback_store.database import Store, Tx

_PARKED = (
    "SELECT seq, key, epoch, order_id, kind, at_ms, body, reason, hint, outcome FROM outbox"
    f" WHERE {outbox.NEEDS_PERSON}"
)


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that a person has to look at."""

    seq: int
    key: Key
    epoch: int
    order_id: str
    kind: str
    at: datetime
    body: str
    reason: str
    hint: str
    is_refused: bool


async def parked(store: Store, limit: int = 200) -> list[ParkedEvent]:
    """The parked events that were not tried again, newest first."""
    rows = await store.read_all(f"{_PARKED} ORDER BY seq DESC LIMIT :limit", {"limit": limit})
    return [_parked_event(row) for row in rows]


def retry_parked(tx: Tx, seq: int, *, now: datetime) -> list[int]:
    """Tries a parked event again, and the later events that were refused only because of it. Returns the seqs to come.

    A refused key stays refused, and an event may not be overtaken by what happened later: then the event goes out
    under a new key that names the old one. Empty when it is not parked, or was tried again already.
    """
    event = _parked(tx, seq)
    if event is None:
        return []
    is_overtaken = tx.execute(
        "SELECT 1 FROM outbox WHERE epoch = ? AND order_id = ? AND seq > ? AND state = 'acked' LIMIT 1",
        (event.epoch, event.order_id, seq),
    ).fetchone()
    if event.is_refused or is_overtaken:
        return replace(tx, seq, event.body, now=now)
    tx.execute("UPDATE outbox SET state = 'waiting', not_before_ms = 0, attempts = 0 WHERE seq = ?", (seq,))
    return [seq, *_replace_followers(tx, event, now)]


def replace(tx: Tx, seq: int, body: dict[str, Any] | str, *, now: datetime) -> list[int]:
    """Puts a corrected event in the place of a parked one (new key, `replaces` the old). Returns the seqs to come."""
    event = _parked(tx, seq)
    if event is None:
        return []
    text = body if isinstance(body, str) else orjson.dumps(body).decode()
    return [_enqueue_again(tx, event, text, now), *_replace_followers(tx, event, now)]


def _parked(tx: Tx, seq: int) -> ParkedEvent | None:
    row = tx.execute(f"{_PARKED} AND seq = ?", (seq,)).fetchone()
    return None if row is None else _parked_event(row)


def _parked_event(row: Any) -> ParkedEvent:
    seq, key, epoch, order_id, kind, at_ms, body, reason, hint, outcome = row
    is_refused = outcome == EventOutcome.REFUSED
    return ParkedEvent(seq, Key(key), epoch, order_id, kind, from_ms(at_ms), body, reason or "", hint or "", is_refused)


def _replace_followers(tx: Tx, event: ParkedEvent, now: datetime) -> list[int]:
    """Later events of the order that the primary refused only because it lacked the order."""
    if event.kind != "order.placed":
        return []
    rows = tx.execute(
        f"{_PARKED} AND epoch = ? AND order_id = ? AND seq > ? AND reason LIKE 'unknown_order%' ORDER BY seq",
        (event.epoch, event.order_id, event.seq),
    ).fetchall()
    return [_enqueue_again(tx, follower, follower.body, now) for follower in map(_parked_event, rows)]


def _enqueue_again(tx: Tx, event: ParkedEvent, body: str, now: datetime) -> int:
    cursor = tx.execute(
        "INSERT INTO outbox (key, epoch, order_id, kind, body, at_ms, replaces) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (f"{event.key}|again", event.epoch, event.order_id, event.kind, body, to_ms(event.at), event.key),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid
