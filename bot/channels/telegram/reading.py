"""Reads a stored Telegram update: who says what to whom; pure, and quick about chatter, which is most of it.

Not python-telegram-bot's objects: building them costs ten times what all of this does, and one field the library does
not expect would make a whole batch of updates unreadable.
"""

from __future__ import annotations

from typing import Any

import orjson

from bot.channels.telegram.identity import NOWHERE, person_id_of
from core.chat import IncomingMessage, RawUpdate
from core.errors import Unreadable

#: Added to a stored update by ourselves: the bot's name when it came, and what a short button stands for.
OUR_NAME, OUR_ACTION = "_our_name", "_action"
#: Characters of a name; longer ones are somebody's joke on everybody's screen.
LONGEST_NAME = 60
#: Characters that turn the direction of the text around them.
_TURNING = {ord(c): None for c in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def read_update(update: RawUpdate, bot_id: int) -> IncomingMessage:
    """What a message, an edit or a press says. Raises: Unreadable."""
    if update.chat_id == NOWHERE:
        raise Unreadable(f"{update.key}: it names no chat we could answer in")
    try:
        body = orjson.loads(update.payload)
        press = body.get("callback_query")
        if press is not None:
            return _press(update, press, body.get(OUR_ACTION))
        edited = body.get("edited_message")
        message = body["message"] if edited is None else edited
        return _typed(update, message, is_edit=edited is not None, bot_id=bot_id, our_name=body.get(OUR_NAME))
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError, ValueError) as problem:
        raise Unreadable(f"{update.key}: {type(problem).__name__}: {problem}") from problem


def _press(update: RawUpdate, press: dict[str, Any], action: str | None) -> IncomingMessage:
    below, author = press["message"], press["from"]
    return IncomingMessage(
        key=update.key,
        chat_id=update.chat_id,
        person_id=person_id_of(_number(author["id"])),
        person_name=_name(author),
        is_group=below["chat"]["type"] != "private",
        is_addressed=True,
        action=_text(press["data"]) if action is None else action,
        pressed_id=str(below["message_id"]) if _shows(below, press["data"]) else "",
        wants_toast=True,
    )


def _shows(below: dict[str, Any], data: str) -> bool:
    """Whether the message has that button now, as the vendor tells: anybody can send any data for any message.

    Only then may an answer take the message's place: a made-up press must not turn the board into something else.
    """
    rows = (below.get("reply_markup") or {}).get("inline_keyboard", ())
    return any(button.get("callback_data") == data for row in rows for button in row)


def _typed(
    update: RawUpdate, message: dict[str, Any], *, is_edit: bool, bot_id: int, our_name: str | None
) -> IncomingMessage:
    # Who writes as the group or as a channel hides behind it: the group is who we know, and it holds no role.
    author = message.get("sender_chat") or message["from"]
    text = _text(message.get("text") or message.get("caption") or "")
    is_group = message["chat"]["type"] != "private"
    is_addressed = not is_group or _answers(message, bot_id)
    marks = message.get("entities") or message.get("caption_entities")
    if marks:
        text, is_named = _without_our_name(text, marks, bot_id, our_name or "")
        is_addressed = is_addressed or is_named
    return IncomingMessage(
        key=update.key,
        chat_id=update.chat_id,
        person_id=person_id_of(_number(author["id"])),
        person_name=_name(author),
        is_group=is_group,
        is_addressed=is_addressed,
        text="" if author.get("is_bot") and "sender_chat" not in message else text,
        picture_id=_picture(message),
        is_edit=is_edit,
        is_forwarded="forward_origin" in message or "forward_date" in message,
    )


def _answers(message: dict[str, Any], bot_id: int) -> bool:
    answered = message.get("reply_to_message")
    return answered is not None and (answered.get("from") or {}).get("id") == bot_id


def _name(author: dict[str, Any]) -> str:
    shown = f"{author.get('first_name') or author.get('title') or ''} {author.get('last_name') or ''}"
    return " ".join(shown.translate(_TURNING).split())[:LONGEST_NAME]


def _picture(message: dict[str, Any]) -> str:
    if sizes := message.get("photo"):
        return _text(sizes[-1]["file_id"])  # the largest comes last
    document = message.get("document")
    is_picture = document is not None and str(document.get("mime_type", "")).startswith("image/")
    return _text(document["file_id"]) if document is not None and is_picture else ""


def _without_our_name(text: str, marks: list[dict[str, Any]], bot_id: int, our_name: str) -> tuple[str, bool]:
    """The text without `@bot`, and whether the bot was spoken to; a command for another bot leaves nothing."""
    found = list[tuple[int, int]]()
    us, is_named = f"@{our_name}".lower(), False
    for mark in marks:
        kind, begin, end = mark["type"], mark["offset"], mark["offset"] + mark["length"]
        is_us = kind == "mention" and _cut(text, begin, end).lower() == us
        if is_us or (kind == "text_mention" and mark["user"]["id"] == bot_id):
            found.append((begin, end))
        elif kind == "bot_command" and begin == 0:
            command, at, name = _cut(text, begin, end).partition("@")
            if at and name.lower() != our_name.lower():
                return "", False
            is_named = True
            if at:
                found.append((len(command), end))
    for begin, end in reversed(found):
        text = _cut(text, 0, begin) + _cut(text, end)
    return text.strip() if found else text, is_named or bool(found)


def _cut(text: str, begin: int, end: int | None = None) -> str:
    """A part of the text; the vendor counts in UTF-16."""
    if text.isascii():
        return text[begin:end]
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * begin : None if end is None else 2 * end].decode("utf-16-le", "surrogatepass")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is expected, not {type(value).__name__}")
    return value


def _number(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"a number is expected, not {type(value).__name__}")
    return value
