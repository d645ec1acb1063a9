"""The frames of WeCom's robot over its long connection: JSON objects of a command, a request id and a body."""

from __future__ import annotations

import itertools
from typing import Any

import orjson

from core.chat import ButtonRows

#: What we may be sent, in bytes; the vendor's own limit for a text is 20 KB.
LARGEST_FRAME = 256 * 1024
#: Bytes of a text we send.
LONGEST_TEXT = 20_480
#: Buttons on one card.
MOST_BUTTONS = 6

SUBSCRIBE, PING, RESPOND, SEND = "aibot_subscribe", "ping", "aibot_respond_msg", "aibot_send_msg"
MESSAGE, EVENT = "aibot_msg_callback", "aibot_event_callback"

_numbers = itertools.count(1)


def request_id(command: str) -> str:
    """A new request's id; its beginning says what was asked."""
    return f"{command}_{next(_numbers)}"


def frame(command: str, request: str, body: dict[str, Any] | None = None) -> str:
    """A frame of ours."""
    whole: dict[str, Any] = {"cmd": command, "headers": {"req_id": request}}
    if body is not None:
        whole["body"] = body
    return orjson.dumps(whole).decode()


def answer_body(stream_id: str, content: str, card: dict[str, Any] | None = None) -> dict[str, Any]:
    """A whole answer at once, with a card below it if there is one."""
    stream = {"id": stream_id, "finish": True, "content": content}
    if card is None:
        return {"msgtype": "stream", "stream": stream}
    return {"msgtype": "stream_with_template_card", "stream": stream, "template_card": card}


def push_body(chat: str, content: str) -> dict[str, Any]:
    """A message nobody asked for; `chat`: a group's id or a person's."""
    return {"chatid": chat, "msgtype": "markdown", "markdown": {"content": content}}


def card_push_body(chat: str, card: dict[str, Any]) -> dict[str, Any]:
    """A card nobody asked for."""
    return {"chatid": chat, "msgtype": "template_card", "template_card": card}


def card_of(title: str, rows: ButtonRows, task_id: str) -> dict[str, Any] | None:
    """A card with the first `MOST_BUTTONS` buttons; None when there are none. The others stay words to type."""
    buttons = [button for row in rows for button in row if button.action]
    if not buttons:
        return None
    return {
        "card_type": "button_interaction",
        "main_title": {"title": title},
        "button_list": [{"text": b.label, "style": 1, "key": b.action} for b in buttons[:MOST_BUTTONS]],
        "task_id": task_id,
    }
