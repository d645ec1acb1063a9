"""What a frame of the WeCom robot says, in our words."""

from __future__ import annotations

import re
from typing import Any

import orjson

from core.chat import IncomingMessage, RawUpdate
from core.errors import Unreadable
from core.ids import ChatId, PersonId, message_key

CHANNEL = "wecom_robot"
#: Marks a group's id; a private chat is named after the person.
_GROUP = "!"
#: In groups the words begin with the mention that brought them to us.
_MENTION = re.compile(r"\s*@\S+[\s\u2005]*")


def group_chat(vendor_id: str) -> ChatId:
    """Our id of a group."""
    return ChatId(f"{CHANNEL}:{_GROUP}{vendor_id}")


def is_group(chat_id: ChatId) -> bool:
    """Whether several people read there."""
    return chat_id.startswith(f"{CHANNEL}:{_GROUP}")


def vendor_chat(chat_id: ChatId) -> str:
    """The vendor's id of a chat."""
    return chat_id.partition(":")[2].removeprefix(_GROUP)


def update_of(body: dict[str, Any]) -> RawUpdate | None:
    """The update to store for a callback's body; None when it names nobody."""
    try:
        person = str(body["from"]["userid"])
        in_group = body.get("chattype") == "group"
        chat_id = group_chat(str(body["chatid"])) if in_group else ChatId(f"{CHANNEL}:{person}")
        return RawUpdate(message_key(chat_id, str(body["msgid"])), chat_id, orjson.dumps(body).decode())
    except (KeyError, TypeError):
        return None


def read(update: RawUpdate) -> IncomingMessage:
    """What a stored callback says. Raises: Unreadable."""
    try:
        body = orjson.loads(update.payload)
        person, kind = str(body["from"]["userid"]), str(body["msgtype"])
        in_group = is_group(update.chat_id)
        text = _words(body, kind)
        action = _pressed(body) if kind == "event" else ""
        picture = str(body["image"]["url"]) if kind == "image" else ""
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as problem:
        raise Unreadable(f"{update.key}: {type(problem).__name__}: {problem}") from problem
    return IncomingMessage(
        key=update.key,
        chat_id=update.chat_id,
        person_id=PersonId(f"{CHANNEL}:{person}"),
        person_name="",
        is_group=in_group,
        is_addressed=True,  # in groups nothing but mentions reaches us
        text=_MENTION.sub("", text, count=1) if in_group and _MENTION.match(text) else text,
        action=action,
        picture_id=picture,
    )


def _words(body: dict[str, Any], kind: str) -> str:
    if kind in ("text", "voice"):
        return str(body[kind]["content"])
    if kind == "mixed":
        items = body["mixed"]["msg_item"]
        return "\n".join(str(item["text"]["content"]) for item in items if item.get("msgtype") == "text")
    if kind == "event" and body["event"].get("eventtype") == "enter_chat":
        return "/start"
    return ""


def _pressed(body: dict[str, Any]) -> str:
    event = body["event"]
    # Documented inside an object of its own, delivered by older gateways beside the type.
    return str((event.get("template_card_event") or event).get("event_key") or "")
