"""Pinned boards: what was last said on each, so that a board is only written when it would change."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.chat import ButtonRows, OutgoingMessage, Priority
from core.ids import BuildingId, ChatId, Key
from core.times import to_ms
from fallback_store import messages
from fallback_store.database import Tx

PINNED = "pinned"
"""The one board of a group."""

#: A board that could not be said is tried again after so long.
FAILED_COUNTS = timedelta(minutes=10)


def last_digest(tx: Tx, chat_id: ChatId, now: datetime) -> str | None:
    """Digest of what the group's board says, or is about to say; None when it has none yet.

    One that failed counts for `FAILED_COUNTS`, or it would be tried at every look.
    """
    # `board <> ''` repeats the words of the index outgoing_boards, or SQLite would not use it.
    row = tx.execute(
        "SELECT key FROM outgoing WHERE chat_id = ? AND board = ? AND board <> ''"
        " AND (state <> 'failed' OR created_ms > ?) ORDER BY id DESC LIMIT 1",
        (chat_id, PINNED, to_ms(now - FAILED_COUNTS)),
    ).fetchone()
    return None if row is None else row[0].rpartition(":")[0].rpartition(":")[2]


def say(tx: Tx, chat_id: ChatId, text: str, buttons: ButtonRows, digest: str, now: datetime) -> None:
    """Queues a new state of the group's board, and forgets the states nobody needs any more.

    The newest one that was sent stays: a channel edits that message in place.
    """
    message = OutgoingMessage(
        key=Key(f"board:{chat_id}:{digest}:{to_ms(now)}"),
        chat_id=chat_id,
        text=text,
        priority=Priority.BOARD,
        buttons=buttons,
        board=PINNED,
    )
    messages.say(tx, message, now)
    tx.execute(
        "DELETE FROM outgoing WHERE chat_id = :chat AND board = :board AND board <> ''"
        " AND (state IN ('superseded', 'failed') OR (state = 'sent' AND id <"
        " (SELECT max(id) FROM outgoing WHERE chat_id = :chat AND board = :board AND board <> '' AND state = 'sent')))",
        {"chat": chat_id, "board": PINNED},
    )


def stands(tx: Tx, chat_id: ChatId, board: str, vendor_id: str) -> None:
    """Remembers the vendor's id of the message in which a board is edited from now on."""
    tx.execute(
        "INSERT INTO board_places (chat_id, board, vendor_id) VALUES (?, ?, ?)"
        " ON CONFLICT (chat_id, board) DO UPDATE SET vendor_id = excluded.vendor_id",
        (chat_id, board, vendor_id),
    )


def last_numbers(tx: Tx, epoch: int) -> dict[BuildingId, int]:
    """The last order number of every building in an epoch; less what was skipped, how many orders it has."""
    rows = tx.execute("SELECT building_id, last FROM order_numbers WHERE epoch = ?", (epoch,))
    return {BuildingId(row[0]): row[1] for row in rows}


def skipped_numbers(tx: Tx, epoch: int) -> int:
    """How many numbers of an epoch no order has, in each building: those left out when the store was restored."""
    found = tx.execute("SELECT skipped FROM restores WHERE epoch = ?", (epoch,)).fetchone()
    return 0 if found is None else int(found[0])
