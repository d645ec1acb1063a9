"""The inbox and the outgoing messages: what was heard and what waits to be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.chat import Button, ButtonRows, Manner, OutgoingMessage, Priority, RawUpdate
from core.ids import BuildingId, ChatId, Key
from core.times import to_ms
from fallback_store.database import Store, Tx

_PRIORITIES = tuple(Priority)
_RANK = {priority: rank for rank, priority in enumerate(_PRIORITIES)}

# Inbox -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A stored update that waits to be served."""

    id: int
    update: RawUpdate
    #: the building whose group it came from; None for private chats and unbound groups
    building_id: BuildingId | None
    #: the newest catalog snapshot when it was taken from the inbox; None = there is none
    snapshot_id: int | None
    #: grows whenever an alias of a dish is approved or taken back
    aliases_revision: int = 0


def receive(tx: Tx, updates: Sequence[RawUpdate], now: datetime) -> int:
    """Stores updates; one already known is a no-op. Returns how many were new."""
    received_ms = to_ms(now)
    before = tx.total_changes
    tx.executemany(
        "INSERT INTO inbox (key, chat_id, payload, received_ms) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
        [(update.key, update.chat_id, update.payload, received_ms) for update in updates],
    )
    return tx.total_changes - before


def is_known(tx: Tx, key: Key) -> bool:
    """Whether an update with this key was received before."""
    return tx.execute("SELECT 1 FROM inbox WHERE key = ?", (key,)).fetchone() is not None


def receive_served(tx: Tx, update: RawUpdate, now: datetime, *, is_kept: bool) -> None:
    """Stores an update that was served in this very transaction; group talk (`is_kept` false) without its text."""
    now_ms = to_ms(now)
    tx.execute(
        "INSERT INTO inbox (key, chat_id, payload, received_ms, state, handled_ms) VALUES (?, ?, ?, ?, ?, ?)",
        (
            update.key,
            update.chat_id,
            update.payload if is_kept else None,
            now_ms,
            "handled" if is_kept else "silent",
            now_ms,
        ),
    )


async def waiting(store: Store, after_id: int, limit: int) -> list[InboxRow]:
    """The oldest waiting updates with an id above `after_id`, in order of arrival."""
    # One question for all the front desk has to know: each trip to a reader costs more than the rows it brings.
    rows = await store.read_all(
        "SELECT inbox.id, key, chat_id, payload, building_id, (SELECT max(id) FROM catalog_snapshots),"
        " (SELECT max(revision) FROM learned_aliases)"
        " FROM inbox LEFT JOIN chats ON chats.id = chat_id"
        " WHERE state = 'waiting' AND inbox.id > :after_id ORDER BY inbox.id LIMIT :limit",
        {"after_id": after_id, "limit": limit},
    )
    return [
        InboxRow(
            id=row[0],
            update=RawUpdate(Key(row[1]), ChatId(row[2]), row[3]),
            building_id=None if row[4] is None else BuildingId(row[4]),
            snapshot_id=row[5],
            aliases_revision=row[6] or 0,
        )
        for row in rows
    ]


def mark_handled(tx: Tx, inbox_id: int, now: datetime) -> None:
    """The update was served."""
    tx.execute(
        "UPDATE inbox SET state = 'handled', handled_ms = ? WHERE id = ? AND state = 'waiting'",
        (to_ms(now), inbox_id),
    )


def mark_silent(tx: Tx, inbox_id: int, now: datetime) -> None:
    """The update was group talk: its key stays, its text goes."""
    tx.execute(
        "UPDATE inbox SET state = 'silent', payload = NULL, handled_ms = ? WHERE id = ? AND state = 'waiting'",
        (to_ms(now), inbox_id),
    )


def mark_quarantined(tx: Tx, inbox_id: int, error: str, now: datetime) -> None:
    """It could not be served: it blocks nobody from now on, and a person can look."""
    tx.execute(
        "UPDATE inbox SET state = 'quarantined', error = ?, handled_ms = ? WHERE id = ? AND state = 'waiting'",
        (error[:500], to_ms(now), inbox_id),
    )


# Outgoing --------------------------------------------------------------------------------------


def say(tx: Tx, message: OutgoingMessage, now: datetime, incident_id: int | None = None) -> bool:
    """Queues a message; the same key twice is a no-op. An older waiting state of the same board is superseded.

    Returns whether it was new.
    """
    if message.board:
        tx.execute(
            "UPDATE outgoing SET state = 'superseded' WHERE chat_id = ? AND board = ? AND state = 'waiting'"
            " AND key <> ?",
            (message.chat_id, message.board, message.key),
        )
    cursor = tx.execute(
        "INSERT INTO outgoing (key, chat_id, priority, text, buttons, reply_to, board, incident_id, created_ms,"
        " manner, edits, brief, picture) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
        (
            message.key,
            message.chat_id,
            _RANK[message.priority],
            message.text,
            buttons_to_json(message.buttons),
            message.reply_to,
            message.board,
            incident_id,
            to_ms(now),
            message.manner.value,
            message.edits,
            message.brief,
            message.picture,
        ),
    )
    return cursor.rowcount > 0


@dataclass(frozen=True, slots=True)
class OutgoingRow:
    """A message that waits to be said. Of a board, `message.edits` is where it stands, if it stands anywhere."""

    id: int
    message: OutgoingMessage
    attempts: int
    #: seconds since it was queued
    age_s: float
    #: seconds until it may be tried again; 0 = now
    due_in_s: float


_OUTGOING = """SELECT id, key, outgoing.chat_id, priority, text, buttons, reply_to, outgoing.board, attempts,
    not_before_ms, manner, CASE WHEN edits = '' THEN coalesce(board_places.vendor_id, '') ELSE edits END,
    brief, picture, created_ms FROM outgoing
    LEFT JOIN board_places ON outgoing.board <> '' AND board_places.chat_id = outgoing.chat_id
    AND board_places.board = outgoing.board WHERE state = 'waiting'"""


async def waiting_to_say(
    store: Store, channel: str, now: datetime, limit: int, *, after_id: int = 0
) -> list[OutgoingRow]:
    """What waits on `channel` with an id above `after_id`, oldest first, due or not."""
    rows = await store.read_all(
        # `+id`: among the few that wait, not among all that ever were said after that id.
        f"{_OUTGOING} AND outgoing.chat_id >= :from AND outgoing.chat_id < :until AND +id > :after"
        " ORDER BY +id LIMIT :limit",
        {"from": f"{channel}:", "until": f"{channel};", "after": after_id, "limit": limit},
    )
    return [_outgoing(row, to_ms(now)) for row in rows]


async def waiting_ids(store: Store, channel: str) -> list[int]:
    """The ids of everything that waits on `channel`."""
    rows = await store.read_all(
        "SELECT id FROM outgoing WHERE state = 'waiting' AND chat_id >= :from AND chat_id < :until",
        {"from": f"{channel}:", "until": f"{channel};"},
    )
    return [row[0] for row in rows]


async def still_waiting(store: Store, ids: Sequence[int], now: datetime) -> list[OutgoingRow]:
    """Those of some messages that still wait: a board's state may be superseded, a chat gone. Oldest first."""
    names = {f"n{place}": number for place, number in enumerate(ids)}
    rows = await store.read_all(f"{_OUTGOING} AND id IN ({', '.join(f':{n}' for n in names)}) ORDER BY id", dict(names))
    return [_outgoing(row, to_ms(now)) for row in rows]


def _outgoing(row: Any, now_ms: int) -> OutgoingRow:
    message = OutgoingMessage(
        key=Key(row[1]),
        chat_id=ChatId(row[2]),
        priority=_PRIORITIES[row[3]],
        text=row[4],
        buttons=buttons_from_json(row[5]),
        reply_to=None if row[6] is None else Key(row[6]),
        board=row[7],
        manner=Manner(row[10]),
        edits=row[11],
        brief=row[12],
        picture=row[13],
    )
    return OutgoingRow(row[0], message, row[8], (now_ms - row[14]) / 1000, max(0, row[9] - now_ms) / 1000)


def mark_sent(tx: Tx, outgoing_id: int, vendor_id: str, now: datetime) -> None:
    """The vendor took it."""
    tx.execute(
        "UPDATE outgoing SET state = 'sent', vendor_id = ?, sent_ms = ?, attempts = attempts + 1, error = NULL"
        " WHERE id = ?",
        (vendor_id, to_ms(now), outgoing_id),
    )


def mark_unsent(tx: Tx, outgoing_id: int, error: str, not_before: datetime | None) -> None:
    """The vendor did not take it: again at `not_before`, or never (None). What was superseded meanwhile stays so."""
    tx.execute(
        "UPDATE outgoing SET state = ?, attempts = attempts + 1, error = ?, not_before_ms = ?"
        " WHERE id = ? AND state = 'waiting'",
        (
            "failed" if not_before is None else "waiting",
            error[:500],
            0 if not_before is None else to_ms(not_before),
            outgoing_id,
        ),
    )


def put_off(tx: Tx, outgoing_id: int, until: datetime) -> None:
    """It may not be said yet, which is no failed try."""
    tx.execute("UPDATE outgoing SET not_before_ms = ? WHERE id = ? AND state = 'waiting'", (to_ms(until), outgoing_id))


def buttons_to_json(rows: ButtonRows) -> str | None:
    """Rows of [label, action]; None when there are none."""
    if not rows:
        return None
    return orjson.dumps([[[button.label, button.action] for button in row] for row in rows]).decode()


def buttons_from_json(text: str | None) -> ButtonRows:
    """The reverse of `buttons_to_json`."""
    if text is None:
        return ()
    return tuple(tuple(Button(label, action) for label, action in row) for row in orjson.loads(text))


# Counts ----------------------------------------------------------------------------------------


async def backlog(store: Store) -> dict[str, int]:
    """How many messages wait or need a person: inbox_waiting, inbox_quarantined, outgoing_waiting, outgoing_failed."""
    (row,) = await store.read_all(
        "SELECT (SELECT count(*) FROM inbox WHERE state = 'waiting') AS inbox_waiting,"
        " (SELECT count(*) FROM inbox WHERE state = 'quarantined') AS inbox_quarantined,"
        " (SELECT count(*) FROM outgoing WHERE state = 'waiting') AS outgoing_waiting,"
        " (SELECT count(*) FROM outgoing WHERE state = 'failed') AS outgoing_failed"
    )
    return dict(row)
