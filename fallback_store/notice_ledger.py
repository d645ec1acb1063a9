"""Who was reached with which notice, by what channel: chats, mail, webhooks; nobody twice, everybody accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from core.chat import Priority
from core.ids import PersonId, private_chat_of
from core.texts import DEFAULT_LANGUAGE
from core.times import to_ms
from fallback_store.database import Store, Tx
from fallback_store.notices import Notice

_NOTICE_RANK = list(Priority).index(Priority.NOTICE)
_OPEN_ORDERS = "SELECT DISTINCT person_id FROM orders INDEXED BY orders_open WHERE state IN"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way to one target outside the chats."""

    id: int
    notice_id: int
    #: as in the ledger: a webhook's name, or a mail address's fingerprint
    target: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one notice came on one channel, in targets."""

    channel: str
    sent: int
    waiting: int
    failed: int

    @property
    def all(self) -> int:
        """Targets that were to be told."""
        return self.sent + self.waiting + self.failed


def percent(reaches: Sequence[Reach]) -> int | None:
    """Share of targets that were told, in whole percent, rounded down; None when there was nobody to tell."""
    wanted = sum(reach.all for reach in reaches)
    return sum(reach.sent for reach in reaches) * 100 // wanted if wanted else None


# Chats -----------------------------------------------------------------------------------------


def supersede(tx: Tx, incident_id: int, now: datetime) -> None:
    """Notices of the incident that were not sent yet are not sent any more.

    After an hour without a line nobody needs to read four old ones.
    """
    tx.execute(
        "UPDATE outgoing SET state = 'superseded' WHERE incident_id = ? AND state = 'waiting' AND key LIKE 'notice:%'",
        (incident_id,),
    )
    tx.execute(
        "UPDATE notice_deliveries SET state = 'superseded', at_ms = ? WHERE state = 'waiting'"
        " AND channel IN ('mail', 'webhook') AND notice_id IN (SELECT id FROM notices WHERE incident_id = ?)",
        (to_ms(now), incident_id),
    )


def tell_groups(tx: Tx, notice: Notice, now: datetime) -> int:
    """Queues the notice for every building's group, in the group's language; returns how many."""
    key = f"notice:{notice.incident_id}:{notice.number}:"
    tx.execute(
        "INSERT INTO outgoing (key, chat_id, priority, text, incident_id, created_ms)"
        " SELECT :key || chats.id, chats.id, :rank, coalesce(said.value, :text), :incident_id, :now_ms FROM chats"
        " LEFT JOIN json_each(:texts) AS said ON said.key = language"
        " WHERE is_group = 1 AND building_id IS NOT NULL ORDER BY chats.id",
        {
            "key": key,
            "rank": _NOTICE_RANK,
            "texts": orjson.dumps(dict(notice.texts)).decode(),
            # of a group whose language nobody here speaks
            "text": _said(notice, DEFAULT_LANGUAGE),
            "incident_id": notice.incident_id,
            "now_ms": to_ms(now),
        },
    )
    return tx.execute(
        "INSERT INTO notice_deliveries (notice_id, channel, target, outgoing_id, at_ms)"
        " SELECT :notice_id, 'group', chat_id, id, :now_ms FROM outgoing"
        " WHERE incident_id = :incident_id AND key = :key || chat_id",
        {"notice_id": notice.id, "now_ms": to_ms(now), "incident_id": notice.incident_id, "key": key},
    ).rowcount


def people_to_tell(tx: Tx, language: str) -> list[tuple[str, str]]:
    """Private chat and language of everybody who waits for an order and ever wrote to us alone.

    Others no channel would let us write to. `language`: of chats that have none of their own.
    """
    found = list[tuple[str, str]]()
    waiting = tx.execute(f"{_OPEN_ORDERS} ('placed', 'accepted', 'picked_up') ORDER BY person_id").fetchall()
    for (person_id,) in waiting:
        chat_id = private_chat_of(PersonId(person_id))
        row = tx.execute(
            "SELECT coalesce(nullif(people.language, ''), nullif(chats.language, ''), ?) FROM chats"
            " LEFT JOIN people ON people.id = ? WHERE chats.id = ? AND is_group = 0",
            (language, person_id, chat_id),
        ).fetchone()
        if row is not None:
            found.append((chat_id, row[0]))
    return found


def tell_people(tx: Tx, notice: Notice, chats: Sequence[tuple[str, str]], now: datetime) -> int:
    """Queues the notice for private chats, each in its language; returns how many. A chat twice is told once."""
    told, salt = 0, _salt(tx)
    for chat_id, language in chats:
        row = tx.execute(
            "INSERT INTO outgoing (key, chat_id, priority, text, incident_id, created_ms) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (key) DO NOTHING RETURNING id",
            (
                f"notice:{notice.incident_id}:{notice.number}:{chat_id}",
                chat_id,
                _NOTICE_RANK,
                _said(notice, language),
                notice.incident_id,
                to_ms(now),
            ),
        ).fetchone()
        if row is not None:
            told += _enter(tx, notice.id, "person", fingerprint(salt, chat_id), now, outgoing_id=row[0])
    return told


# Mail and webhooks -----------------------------------------------------------------------------


def tell_others(tx: Tx, notice: Notice, *, mail: Sequence[str], webhooks: Sequence[str], now: datetime) -> int:
    """Queues the notice for mail addresses and webhooks (by name); returns how many."""
    salt = _salt(tx)
    targets = [("mail", fingerprint(salt, address)) for address in mail] + [("webhook", name) for name in webhooks]
    return sum(_enter(tx, notice.id, channel, target, now) for channel, target in targets)


async def salt_of(store: Store) -> str:
    """What fingerprints of this store are made with."""
    (row,) = await store.read_all("SELECT store_id FROM store_identity")
    return str(row[0])


def fingerprint(salt: str, address: str) -> str:
    """Stands for a person's address where the address itself has no business."""
    return hashlib.sha256(f"{salt}:{address}".encode()).hexdigest()[:24]


async def waiting(store: Store, channel: str, limit: int = 200) -> list[Delivery]:
    """What waits to be carried by `channel`, oldest first."""
    rows = await store.read_all(
        "SELECT id, notice_id, target, attempts FROM notice_deliveries"
        " WHERE state = 'waiting' AND channel = :channel ORDER BY id LIMIT :limit",
        {"channel": channel, "limit": limit},
    )
    return [Delivery(*row) for row in rows]


def mark(tx: Tx, delivery_id: int, state: str, error: str | None, now: datetime) -> None:
    """Notes one attempt and what became of it: sent, failed, or waiting for the next.

    What was superseded meanwhile stays so unless it did arrive.
    """
    tx.execute(
        "UPDATE notice_deliveries SET state = :state, error = :error, attempts = attempts + 1, at_ms = :now_ms"
        " WHERE id = :id AND (state = 'waiting' OR :state = 'sent')",
        {"state": state, "error": error and error[:300], "now_ms": to_ms(now), "id": delivery_id},
    )


# Reach -----------------------------------------------------------------------------------------

_REACH = """SELECT channel, sum(state = 'sent'), sum(state = 'waiting'), sum(state = 'failed')
    FROM notice_deliveries WHERE notice_id = :notice_id AND state <> 'superseded' GROUP BY channel ORDER BY channel"""


async def reach(store: Store, notice_id: int) -> list[Reach]:
    """How far a notice came, by channel; what a newer notice took the place of is not counted."""
    return [Reach(*row) for row in await store.read_all(_REACH, {"notice_id": notice_id})]


def reach_in(tx: Tx) -> list[Reach]:
    """The same of the newest notice that was told, inside a transaction; empty before the first."""
    row = tx.execute("SELECT max(id) FROM notices WHERE state = 'told'").fetchone()
    return [Reach(*found) for found in tx.execute(_REACH, {"notice_id": row[0]})]


def _said(notice: Notice, language: str) -> str:
    return notice.texts.get(language) or next(iter(notice.texts.values()))


def _salt(tx: Tx) -> str:
    return str(tx.execute("SELECT store_id FROM store_identity").fetchone()[0])


def _enter(tx: Tx, notice_id: int, channel: str, target: str, now: datetime, *, outgoing_id: int | None = None) -> int:
    return tx.execute(
        "INSERT INTO notice_deliveries (notice_id, channel, target, outgoing_id, at_ms) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (notice_id, channel, target) DO NOTHING",
        (notice_id, channel, target, outgoing_id, to_ms(now)),
    ).rowcount
