"""What a Telegram update is called with us: its key, its chat, and the ids that stand in both."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from core.ids import ChatId, Key, PersonId, message_key

CHANNEL = "telegram"
#: Where updates lie that name no chat.
NOWHERE = ChatId(f"{CHANNEL}:?")
_PRESS = "cb"


def chat_id_of(vendor_id: int) -> ChatId:
    """Our id of a chat."""
    return ChatId(f"{CHANNEL}:{vendor_id}")


def person_id_of(vendor_id: int) -> PersonId:
    """Our id of a person; their private chat with the bot has the same."""
    return PersonId(f"{CHANNEL}:{vendor_id}")


def vendor_chat_id(chat_id: str) -> int:
    """The vendor's id of one of our chats. Raises: ValueError when it is no chat of this channel."""
    channel, _, number = chat_id.partition(":")
    if channel != CHANNEL:
        raise ValueError(f"{chat_id} is no chat of Telegram")
    return int(number)


def is_group(chat_id: str) -> bool:
    """Whether it is a group: the vendor's ids of groups are negative."""
    return chat_id.startswith(f"{CHANNEL}:-")


def identify(update: Any) -> tuple[Key, ChatId]:
    """Key and chat of any update, however broken: it has to be stored under some name.

    A message is known by its number in its chat, so that the same one delivered under another update id is one message;
    an edit is a thing of its own.
    """
    try:
        if "message" in update:
            message = update["message"]
            chat_id = chat_id_of(_whole(message["chat"]["id"]))
            return message_key(chat_id, str(_whole(message["message_id"]))), chat_id
        if "callback_query" in update:
            press = update["callback_query"]
            chat_id = chat_id_of(_whole(press["message"]["chat"]["id"]))
            return message_key(chat_id, f"{_PRESS}{int(press['id'])}"), chat_id
        if "edited_message" in update:
            message = update["edited_message"]
            chat_id = chat_id_of(_whole(message["chat"]["id"]))
            # `~` stands in no name a person could give themselves inside a list, where keys are made longer with `:`.
            return message_key(chat_id, f"{_whole(message['message_id'])}~{_whole(update['update_id'])}"), chat_id
        if "my_chat_member" in update:
            chat_id = chat_id_of(_whole(update["my_chat_member"]["chat"]["id"]))
            return message_key(chat_id, f"member{_whole(update['update_id'])}"), chat_id
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    return message_key(NOWHERE, _number_of(update)), NOWHERE


def press_id(key: Key) -> str | None:
    """The vendor's id of the press with this key; None when it was no press."""
    last = key.rpartition(":")[2]
    return last.removeprefix(_PRESS) if last.startswith(_PRESS) else None


def message_number(key: Key) -> int | None:
    """The vendor's number of the message with this key, in its chat; None when it was no message."""
    last = key.rpartition(":")[2].partition("~")[0]
    return int(last) if last.isdecimal() else None


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("a whole number is expected")
    return value


def _number_of(update: Any) -> str:
    number = update.get("update_id") if isinstance(update, dict) else None
    if type(number) is int:
        return f"update{number}"
    return hashlib.sha256(orjson.dumps(str(update), option=orjson.OPT_NON_STR_KEYS)).hexdigest()[:32]
