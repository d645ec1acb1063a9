"""What the rooms of the embedded local chat show: it is its own vendor, so it keeps its own messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.chat import ButtonRows, Chat, OutgoingMessage
from core.ids import BuildingId, ChatId, Key, PersonId
from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx
from fallback_store.messages import buttons_from_json, buttons_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMessage:
    """One bubble."""

    id: int
    key: Key
    chat_id: ChatId
    #: None = the bot
    person_id: PersonId | None
    person_name: str
    text: str
    buttons: ButtonRows
    reply_to: Key | None
    #: the press whose answer took this message's place; "" = it still stands as it was said
    answers: str
    #: what a picture to show is made from, JSON; "" = no picture
    picture: str
    #: not "": pinned on top of the room and edited in place
    board: str
    priority: str
    at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Room:
    """A chat as the local chat lists it."""

    chat: Chat
    title: str


def show_person(
    tx: Tx, key: Key, chat_id: ChatId, person_id: PersonId, person_name: str, text: str, now: datetime, *, keeps: int
) -> int:
    """Shows what a person wrote; the same key twice is shown once. Returns the message's id."""
    tx.execute(
        "INSERT INTO room_messages (key, chat_id, person_id, person_name, text, at_ms) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO NOTHING",
        (key, chat_id, person_id, person_name, text, to_ms(now)),
    )
    _trim(tx, chat_id, keeps)
    return id_of(tx, key)


def show_bot(tx: Tx, message: OutgoingMessage, bot_name: str, now: datetime, *, keeps: int) -> int:
    """Shows what the bot says; a board, or an edit, replaces an older state in place. Returns the message's id.

    0: it only brings a message up to date that the room shows no more.
    """
    if (message.board or message.edits) and _replace(tx, message, now):
        return id_of(tx, message.key)
    if message.is_refresh:
        return 0
    tx.execute(
        "INSERT INTO room_messages"
        " (key, chat_id, person_name, text, buttons, reply_to, board, priority, at_ms, picture)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
        (
            message.key,
            message.chat_id,
            bot_name,
            message.text,
            buttons_to_json(message.buttons),
            message.reply_to,
            message.board,
            message.priority.value,
            to_ms(now),
            message.picture,
        ),
    )
    _trim(tx, message.chat_id, keeps)
    return id_of(tx, message.key)


def _replace(tx: Tx, message: OutgoingMessage, now: datetime) -> bool:
    """Puts the message in the place of an older one; false when the room shows none, or shows this one already."""
    if id_of(tx, message.key):
        return True
    is_pinned = message.board and not message.is_refresh
    place, name = ("board", message.board) if is_pinned else ("id", message.edits)
    edited = tx.execute(
        # Later than every other edit, whatever the clock does: an open page asks for what is newer than it knows.
        "UPDATE room_messages SET key = ?, text = ?, buttons = ?, picture = ?, answers = ?, edited_ms = max(?,"
        " (SELECT coalesce(max(edited_ms), 0) + 1 FROM room_messages WHERE edited_ms IS NOT NULL))"
        f" WHERE chat_id = ? AND {place} = ? AND person_id IS NULL",
        (
            message.key,
            message.text,
            buttons_to_json(message.buttons),
            message.picture,
            message.reply_to or "",
            to_ms(now),
            message.chat_id,
            name,
        ),
    )
    return edited.rowcount > 0


def buttons_of(tx: Tx, chat_id: ChatId, message_id: int) -> ButtonRows:
    """The buttons under a message as they are now; none when the room no longer shows it."""
    found = tx.execute(
        "SELECT buttons FROM room_messages WHERE id = ? AND chat_id = ?", (message_id, chat_id)
    ).fetchone()
    return () if found is None else buttons_from_json(found[0])


def is_bots(tx: Tx, chat_id: ChatId, key: str) -> bool:
    """Whether the message with this key was said by the bot in this room."""
    found = tx.execute(
        "SELECT 1 FROM room_messages WHERE key = ? AND chat_id = ? AND person_id IS NULL", (key, chat_id)
    ).fetchone()
    return found is not None


def id_of(tx: Tx, key: Key) -> int:
    """The id of a message; 0 when no room shows it."""
    found = tx.execute("SELECT id FROM room_messages WHERE key = ?", (key,)).fetchone()
    return 0 if found is None else int(found[0])


def building_of(tx: Tx, chat_id: ChatId) -> BuildingId | None:
    """The building whose group this is."""
    found = tx.execute("SELECT building_id FROM chats WHERE id = ? AND is_group = 1", (chat_id,)).fetchone()
    return None if found is None or found[0] is None else BuildingId(found[0])


async def after(store: Store, chats: Sequence[ChatId], after_id: int, limit: int) -> list[RoomMessage]:
    """The oldest messages of some rooms above an id, in order, as of one moment; boards are not among them."""
    marks, names = _marks(chats)
    rows = await store.read_all(
        f"SELECT {_COLUMNS} FROM room_messages WHERE chat_id IN ({marks}) AND id > :after_id"
        " AND board = '' ORDER BY id LIMIT :limit",
        {**names, "after_id": after_id, "limit": limit},
    )
    return [_message(row) for row in rows]


async def edited(store: Store, chats: Sequence[ChatId], after_edit: int) -> list[RoomMessage]:
    """Messages of some rooms that were edited after an edit, in order; boards are not among them."""
    marks, names = _marks(chats)
    rows = await store.read_all(
        f"SELECT {_COLUMNS} FROM room_messages WHERE edited_ms > :after_edit AND chat_id IN ({marks})"
        " AND board = '' ORDER BY edited_ms",
        {**names, "after_edit": after_edit},
    )
    return [_message(row) for row in rows]


async def last_edit(store: Store) -> int:
    """The newest edit of any room; 0 when there is none."""
    (row,) = await store.read_all("SELECT max(edited_ms) FROM room_messages WHERE edited_ms IS NOT NULL")
    return row[0] or 0


async def picture_of(store: Store, chats: Sequence[ChatId], message_id: int) -> str:
    """What the picture of a message is made from; "" when none of these rooms shows one under that id."""
    marks, names = _marks(chats)
    rows = await store.read_all(
        f"SELECT picture FROM room_messages WHERE id = :id AND chat_id IN ({marks})", {**names, "id": message_id}
    )
    return rows[0][0] if rows else ""


async def last(store: Store, chat_id: ChatId, limit: int) -> list[RoomMessage]:
    """The newest messages, in order; boards are not among them."""
    rows = await store.read_all(
        f"SELECT {_COLUMNS} FROM room_messages WHERE chat_id = :chat_id AND board = '' ORDER BY id DESC LIMIT :limit",
        {"chat_id": chat_id, "limit": limit},
    )
    return [_message(row) for row in reversed(rows)]


async def boards(store: Store, chats: Sequence[ChatId]) -> list[RoomMessage]:
    """What is pinned on top of some rooms."""
    marks, names = _marks(chats)
    rows = await store.read_all(
        f"SELECT {_COLUMNS} FROM room_messages WHERE chat_id IN ({marks}) AND board <> '' ORDER BY id",
        dict(names),
    )
    return [_message(row) for row in rows]


async def building_rooms(store: Store, channel: str) -> list[Room]:
    """The groups of all buildings on one channel, in the directory's order."""
    rows = await store.read_all(
        "SELECT chats.id, building_id, title, language FROM chats JOIN buildings ON buildings.id = building_id"
        " WHERE is_group = 1 AND chats.id >= :from AND chats.id < :until ORDER BY position, chats.id",
        {"from": f"{channel}:", "until": f"{channel};"},
    )
    return [Room(Chat(ChatId(row[0]), BuildingId(row[1]), True, row[3]), row[2]) for row in rows]


_COLUMNS = (
    "id, key, chat_id, person_id, person_name, text, buttons, reply_to, answers, picture, board, priority, at_ms,"
    " edited_ms"
)


def _marks(chats: Sequence[ChatId]) -> tuple[str, dict[str, ChatId]]:
    names = {f"chat_{place}": chat_id for place, chat_id in enumerate(chats)}
    return ", ".join(f":{name}" for name in names), names


def _trim(tx: Tx, chat_id: ChatId, keeps: int) -> None:
    tx.execute(
        "DELETE FROM room_messages WHERE chat_id = :chat_id AND board = '' AND id <= ("
        " SELECT id FROM room_messages WHERE chat_id = :chat_id ORDER BY id DESC LIMIT 1 OFFSET :keeps)",
        {"chat_id": chat_id, "keeps": keeps},
    )


def _message(row: Any) -> RoomMessage:
    return RoomMessage(
        id=row[0],
        key=Key(row[1]),
        chat_id=ChatId(row[2]),
        person_id=None if row[3] is None else PersonId(row[3]),
        person_name=row[4],
        text=row[5],
        buttons=buttons_from_json(row[6]),
        reply_to=None if row[7] is None else Key(row[7]),
        answers=row[8],
        picture=row[9],
        board=row[10],
        priority=row[11],
        at=from_ms(row[12]),
        edited_at=None if row[13] is None else from_ms(row[13]),
    )
