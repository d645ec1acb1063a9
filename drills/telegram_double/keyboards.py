"""What the vendor accepts as buttons under a message."""

from __future__ import annotations

from typing import Any

from drills.telegram_double.refusals import Refusal, bad_request
from drills.telegram_double.values import Json

#: what a button may do; it does exactly one of them
ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip
MOST_DATA_BYTES = 64
MOST_BUTTONS = 100


def read_keyboard(markup: Any) -> Json | None:
    """The inline keyboard of a call; None when it has none. Raises: Refusal 400."""
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:  # a reply keyboard, force_reply: nothing stays under the message
        return None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    kept = [[_button(button) for button in row] for row in rows if row]
    if sum(map(len, kept)) > MOST_BUTTONS:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return {"inline_keyboard": kept}


def _button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise _unreadable("Inline keyboard button must be an Object")
    if not isinstance(button.get("text"), str):
        raise _unreadable('Can\'t find field "text"')
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if not any(_does(button, action) for action in ACTIONS):
        raise _unreadable("Text buttons are unallowed in the inline keyboard")
    if len(str(button.get("callback_data", "")).encode()) > MOST_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not _is_address(button["url"]):
        raise bad_request("inline keyboard button URL '" + str(button["url"]) + "' is invalid: Wrong HTTP URL")
    return {name: value for name, value in button.items() if value is not None}


def _does(button: Json, action: str) -> bool:
    # An empty inline query is a query; an empty anything else is nothing.
    return bool(button.get(action)) or (action.startswith("switch_inline") and button.get(action) == "")


def _is_address(url: Any) -> bool:
    return isinstance(url, str) and (url.startswith(("http://", "https://", "tg://")) and " " not in url)


def _unreadable(reason: str) -> Refusal:
    return bad_request(f"can't parse inline keyboard button: {reason}")
