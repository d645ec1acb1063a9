"""Which message of a chat shows a courier's queue and follows it, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.chat import ButtonRows, OutgoingMessage, Priority
from core.ids import BuildingId, ChatId, Key, PersonId
from core.times import from_ms, to_ms
from fallback_store import messages
from fallback_store.database import Store, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """What one chat looks at."""

    chat_id: ChatId
    #: of the outgoing message that shows it
    reply_key: Key
    person_id: PersonId
    language: str
    #: None = all of theirs
    building_id: BuildingId | None
    #: None = the whole building, "" = those who come downstairs
    floor: str | None
    #: digest of what stands there
    shows: str
    until: datetime


@dataclass(frozen=True, slots=True)
class StandingView:
    """One, and the message it stands in."""

    view: QueueView
    #: the vendor's id of the message; "" = it was not said yet, or is no more
    vendor_id: str
    #: when it was last said or edited; None while the answer that shows it waits to be said
    said_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownQueue:
    """What stands in a message that follows, or is about to."""

    #: the vendor's id of the message; "" = it was not said yet
    vendor_id: str
    language: str
    text: str
    buttons: ButtonRows
    #: when it was counted
    as_of: datetime


def follow(tx: Tx, view: QueueView) -> None:
    """This is what the chat looks at from now on."""
    tx.execute(
        "INSERT OR REPLACE INTO queue_views (chat_id, reply_key, person_id, language, building_id, floor, shows,"
        " until_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            view.chat_id,
            view.reply_key,
            view.person_id,
            view.language,
            view.building_id or "",
            view.floor,
            view.shows,
            to_ms(view.until),
        ),
    )


def shows(tx: Tx, chat_id: ChatId, digest: str) -> None:
    """What stands there now, or is about to."""
    tx.execute("UPDATE queue_views SET shows = ? WHERE chat_id = ?", (digest, chat_id))


def hush(tx: Tx, chat_id: ChatId, vendor_id: str) -> None:
    """Something else takes the place of the queue in this message: what is about to be said there is not said."""
    tx.execute(
        "UPDATE outgoing SET state = 'superseded' WHERE chat_id = ? AND board = ? AND board <> ''"
        " AND state = 'waiting'",
        (chat_id, _board(vendor_id)),
    )


def forget(tx: Tx, chat_id: ChatId) -> None:
    """Nothing is followed there any more; what is about to be said is said."""
    tx.execute("DELETE FROM queue_views WHERE chat_id = ?", (chat_id,))


def refresh(
    tx: Tx, chat_id: ChatId, vendor_id: str, text: str, buttons: ButtonRows, digest: str, now: datetime
) -> None:
    """Queues a newer state of a message, and forgets the states before it."""
    message = OutgoingMessage(
        key=Key(f"queue:{chat_id}:{vendor_id}:{digest}:{to_ms(now)}"),
        chat_id=chat_id,
        text=text,
        priority=Priority.DIGEST,
        buttons=buttons,
        board=_board(vendor_id),
        edits=vendor_id,
    )
    messages.say(tx, message, now)
    # After the new one is there: its number must not be that of a state that is being said just now.
    tx.execute(
        "DELETE FROM outgoing WHERE chat_id = ? AND board = ? AND board <> '' AND state <> 'waiting'",
        (chat_id, message.board),
    )


async def is_any(store: Store) -> bool:
    """Whether anything is followed, without a write."""
    return bool(await store.read_all("SELECT 1 FROM queue_views LIMIT 1"))


def standing(tx: Tx) -> list[StandingView]:
    """Every view, and where it stands."""
    rows = tx.execute(_STANDING).fetchall()
    return [_standing(row) for row in rows]


def standing_in(tx: Tx, chat_id: ChatId) -> str:
    """The vendor's id of the message that follows a queue in this chat; "" when there is none."""
    found = shown_in(tx, chat_id)
    return found.vendor_id if found else ""


def shown_in(tx: Tx, chat_id: ChatId) -> ShownQueue | None:
    """What stands in the message that follows a queue in this chat; None when there is none."""
    newest = tx.execute(_SHOWN, (chat_id,)).fetchone()
    if newest is None:
        return None
    return ShownQueue(newest[0], newest[1], newest[2], messages.buttons_from_json(newest[3]), from_ms(newest[4]))


# Inside ----------------------------------------------------------------------------------------

# A board for each message: what becomes of an older one of the chat says nothing about the one that follows.
_BOARD = "queue:"
# Only what was said after the answer that shows it now. `board <> ''` repeats the words of the index
# outgoing_boards, or SQLite would not use it.
_STATES = (
    f"FROM outgoing AS state WHERE state.chat_id = queue_views.chat_id AND state.board = '{_BOARD}' || reply.vendor_id"
    " AND state.board <> '' AND state.id > reply.id"
)
_STANDING = (
    "SELECT queue_views.chat_id, reply_key, person_id, language, building_id, floor, shows, until_ms,"
    " coalesce(reply.vendor_id, ''), reply.state = 'waiting',"
    f" max(coalesce(reply.sent_ms, 0), coalesce((SELECT max(sent_ms) {_STATES}), 0)),"
    f" EXISTS (SELECT 1 {_STATES} AND (state.state = 'failed' OR state.state = 'sent' AND state.vendor_id = ''))"
    " FROM queue_views LEFT JOIN outgoing AS reply ON reply.key = reply_key"
)
_SHOWN = (
    "SELECT coalesce(reply.vendor_id, ''), language, said.text, said.buttons, said.created_ms FROM queue_views"
    " JOIN outgoing AS reply ON reply.key = reply_key JOIN outgoing AS said ON said.id ="
    f" coalesce((SELECT max(state.id) {_STATES} AND state.state IN ('waiting', 'sent')), reply.id)"
    " WHERE queue_views.chat_id = ?"
)


def _board(vendor_id: str) -> str:
    return f"{_BOARD}{vendor_id}"


def _standing(row: Any) -> StandingView:
    view = QueueView(
        chat_id=ChatId(row[0]),
        reply_key=Key(row[1]),
        person_id=PersonId(row[2]),
        language=row[3],
        building_id=BuildingId(row[4]) if row[4] else None,
        floor=row[5],
        shows=row[6],
        until=from_ms(row[7]),
    )
    is_waiting, is_lost = bool(row[9]), bool(row[11])
    return StandingView(view, "" if is_lost else row[8], None if is_waiting else from_ms(row[10]))
