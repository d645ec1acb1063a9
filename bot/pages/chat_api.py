"""The chat as JSON and as a live stream: what the page uses, and every program that plays a student."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.channels.local_chat import CHANNEL, ChatRefused, Member
from bot.pages.live import Event, event_stream
from bot.pages.parts import parts_of
from bot.pages.refusals import PageRefused
from bot.pages.rendering import language_of
from bot.pages.visitors import require_visitor
from bot.pictures.drawing import draw
from core.ids import ChatId, whole_number
from core.texts import text as say
from core.times import to_ms, to_rfc3339
from fallback_store import room_messages
from fallback_store.room_messages import RoomMessage

#: Messages a room shows when it is opened.
FIRST_SHOWN = 60
MOST_PER_CALL = 200


async def rooms(request: Request) -> Response:
    """GET: who I am and the rooms I may enter, my private chat first."""
    me = require_visitor(request).member
    return _json({"me": {"id": me.id, "name": me.name}, "rooms": await rooms_body(request, me)})


async def messages(request: Request) -> Response:
    """GET `?after=&limit=`: a room's messages above an id; without one, the newest. Boards come apart."""
    me = require_visitor(request).member
    chat_id = await enter(request, me, request.path_params["room"])
    store, limit = parts_of(request).store, min(_whole(request, "limit", FIRST_SHOWN), MOST_PER_CALL)
    if "after" in request.query_params:
        found = await room_messages.after(store, [chat_id], _whole(request, "after", 0), limit)
    else:
        found = await room_messages.last(store, chat_id, limit)
    boards = await room_messages.boards(store, [chat_id])
    return _json({"messages": [body(m) for m in found], "boards": [body(m) for m in boards]})


async def post(request: Request) -> Response:
    """POST `{"text", "client_id", "reply_to"?}`: 200 once it is durable; the same client_id again changes nothing."""
    me = require_visitor(request).member
    wish = await _body(request)
    key, shown = await parts_of(request).local_chat.post(
        me,
        room_id(request.path_params["room"]),
        _text(wish, "text"),
        client_id=_text(wish, "client_id"),
        reply_to=_text(wish, "reply_to", ""),
    )
    return _json({"key": key, "id": shown})


async def press(request: Request) -> Response:
    """POST `{"action", "message", "client_id"}`: presses a button under the message with that id, the same way."""
    me = require_visitor(request).member
    wish = await _body(request)
    message_id = wish.get("message")
    if isinstance(message_id, bool) or not isinstance(message_id, int):
        raise PageRefused(400, "page_malformed")
    key, shown = await parts_of(request).local_chat.press(
        me,
        room_id(request.path_params["room"]),
        _text(wish, "action"),
        message_id=message_id,
        client_id=_text(wish, "client_id"),
    )
    return _json({"key": key, "id": shown})


async def picture(request: Request) -> Response:
    """GET `/chat/pictures/{id}`: the picture of a message in a room of mine, PNG; drawn when it is asked for."""
    me = require_visitor(request).member
    mine = [me.private_chat, *(room.chat.id for room in await parts_of(request).local_chat.rooms_of(me))]
    message_id = whole_number(str(request.path_params["id"])) or 0
    made_from = await room_messages.picture_of(parts_of(request).store, mine, message_id)
    if not made_from:
        raise PageRefused(404, "chat_no_picture")
    drawn = await asyncio.to_thread(draw, made_from)
    # Whoever looks over a shared proxy must not find somebody's card there; a changed one has another address.
    return Response(drawn, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


async def events(request: Request) -> StreamingResponse:
    """GET `?room=&room=&after=`: the rooms live; `message` and `board` events with one message each."""
    me = require_visitor(request).member
    wanted = request.query_params.getlist("room")[:8]
    chats = [await enter(request, me, room) for room in wanted]
    if not chats:
        raise ChatRefused("chat_unknown_room")
    local_chat = parts_of(request).local_chat
    resumed = request.headers.get("last-event-id") or request.query_params.get("after", "")
    feed = _Feed(request, chats, *_mark(resumed))
    return event_stream(request, lambda: [local_chat.bell(chat_id) for chat_id in chats], feed.news)


class _Feed:
    """What one open page has been told so far."""

    def __init__(self, request: Request, chats: Sequence[ChatId], after_id: int | None, after_edit: int | None) -> None:
        """`after_id`: the last message the page has; `after_edit`: the last edit it saw; None = it has none."""
        self._store = parts_of(request).store
        self._chats = chats
        self._after_id = after_id
        self._after_edit = after_edit
        self._boards: dict[int, tuple[str, object]] = {}

    async def news(self) -> list[Event]:
        if self._after_edit is None:
            # Before the messages are read: an edit in between is then told twice, not missed.
            self._after_edit = await room_messages.last_edit(self._store)
        told = [Event(_dump(body(m)), "message", f"{m.id}.{self._after_edit}") for m in await self._messages()]
        for message in await room_messages.edited(self._store, self._chats, self._after_edit):
            assert message.edited_at is not None  # it was found by it
            self._after_edit = to_ms(message.edited_at)
            told.append(Event(_dump(body(message)), "message", f"{self._after_id}.{self._after_edit}"))
        for board in await room_messages.boards(self._store, self._chats):
            state = (board.text, board.buttons)
            if self._boards.get(board.id) != state:
                self._boards[board.id] = state
                told.append(Event(_dump(body(board)), "board"))
        return told

    async def _messages(self) -> list[RoomMessage]:
        if self._after_id is None:
            found = [m for chat_id in self._chats for m in await room_messages.last(self._store, chat_id, FIRST_SHOWN)]
            found.sort(key=lambda m: m.id)
        else:
            found = await room_messages.after(self._store, self._chats, self._after_id, MOST_PER_CALL)
            # One read may not hold everything after a long absence; the rest belongs to the same news.
            while len(found) % MOST_PER_CALL == 0 and found and found[-1].id > self._after_id:
                self._after_id = found[-1].id
                found += await room_messages.after(self._store, self._chats, self._after_id, MOST_PER_CALL)
        self._after_id = max([self._after_id or 0, *(m.id for m in found)])
        return found


def _mark(resumed: str) -> tuple[int | None, int | None]:
    """How far a page came, as its last event's id says: the last message and the last edit."""
    after_id, _, after_edit = resumed.partition(".")
    found = [
        int(part) if part.isascii() and part.isdigit() and len(part) < 19 else None for part in (after_id, after_edit)
    ]
    return found[0], found[1]


async def rooms_body(request: Request, me: Member) -> list[dict[str, Any]]:
    """The rooms a member may enter, as the page and programs list them."""
    private = {
        "room": slug(me.private_chat),
        "title": say(language_of(request), "chat_private"),
        "is_group": False,
        "building_id": None,
    }
    groups = [
        {"room": slug(room.chat.id), "title": room.title, "is_group": True, "building_id": room.chat.building_id}
        for room in await parts_of(request).local_chat.rooms_of(me)
    ]
    return [private, *groups]


async def enter(request: Request, me: Member, room: str) -> ChatId:
    """The chat of a room this member may read. Raises: ChatRefused."""
    chat_id = room_id(room)
    if chat_id == me.private_chat:
        return chat_id
    if all(chat_id != found.chat.id for found in await parts_of(request).local_chat.rooms_of(me)):
        raise ChatRefused("chat_unknown_room")
    return chat_id


def slug(chat_id: ChatId) -> str:
    """A room's name in addresses: the chat id without its channel."""
    return chat_id.partition(":")[2]


def room_id(room: str) -> ChatId:
    """The reverse of `slug`."""
    return ChatId(f"{CHANNEL}:{room}")


def body(message: RoomMessage) -> dict[str, Any]:
    """One bubble as JSON."""
    return {
        "id": message.id,
        "key": message.key,
        "room": slug(message.chat_id),
        "person_id": message.person_id,
        "person_name": message.person_name,
        "is_bot": message.person_id is None,
        "text": message.text,
        "buttons": [[{"label": b.label, "action": b.action} for b in row] for row in message.buttons],
        "reply_to": message.reply_to,
        "answers": message.answers,
        "picture": _picture_address(message) if message.picture else "",
        "board": message.board,
        "priority": message.priority,
        "at": to_rfc3339(message.at),
        "edited_at": None if message.edited_at is None else to_rfc3339(message.edited_at),
    }


def _picture_address(message: RoomMessage) -> str:
    # An edit draws another picture, which no browser may take for the one it has.
    return f"/chat/pictures/{message.id}?v={to_ms(message.edited_at or message.at)}"


async def _body(request: Request) -> dict[str, Any]:
    # A page of another site can send a form without asking, but not JSON.
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise PageRefused(415, "page_json_wanted")
    try:
        wish = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise PageRefused(400, "page_json_wanted") from None
    if not isinstance(wish, dict):
        raise PageRefused(400, "page_json_wanted")
    return wish


def _text(wish: dict[str, Any], name: str, default: str | None = None) -> str:
    value = wish.get(name, default)
    if not isinstance(value, str):
        raise PageRefused(400, "page_malformed")
    return value


def _whole(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else default


def _json(value: object) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")


def _dump(value: object) -> str:
    return orjson.dumps(value).decode()
