"""What a phone shows of a message, as JSON for people who are another process; and the journal of all they saw."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from drills.telegram_double.values import Chat, Json, Message

if TYPE_CHECKING:
    from drills.telegram_double.callbacks import Press

_MOST_AT_ONCE = 500


def shown(message: Message) -> Json:
    """The message now: text, buttons as rows of [label, data, url], pinned or not, who reacted with what."""
    rows = (message.buttons or {}).get("inline_keyboard", [])
    return {
        "id": message.id,
        "chat_id": message.chat.id,
        "author_id": message.author.id,
        "author": message.author.first_name,
        "is_bot": message.author.is_bot,
        "text": message.text,
        "buttons": [[[b["text"], b.get("callback_data", ""), b.get("url", "")] for b in row] for row in rows],
        "reply_to": message.reply_to.id if message.reply_to else 0,
        "date": message.date,
        "edit_date": message.edit_date,
        "has_photo": message.photo is not None,
        "is_pinned": message.id in message.chat.pinned,
        "is_service": bool(message.service),
        "reactions": {str(account_id): list(emoji) for account_id, emoji in message.reactions.items()},
    }


def shown_press(press: Press) -> Json:
    """A pressed button; `toast` None while it spins."""
    return {
        "press_id": press.id,
        "person_id": press.by.id,
        "chat_id": press.message.chat.id,
        "message_id": press.message.id,
        "toast": press.toast,
        "is_alert": press.is_alert,
    }


class Journal:
    """Everything anybody saw, in order; entries are numbered from 1."""

    def __init__(self) -> None:
        """Empty."""
        self.entries: list[Json] = []
        #: set whenever anything changed, for whoever waits
        self.changed = asyncio.Event()

    def saw(self, message: Message, kind: str) -> None:
        """`new`, `edited`, `deleted`, `pinned` or `reaction`."""
        self._enter({"kind": kind, "message": shown(message)})

    def saw_press(self, press: Press) -> None:
        """A button was pressed, or stopped spinning."""
        self._enter({"kind": "pressed" if press.is_spinning else "toast", "press": shown_press(press)})

    def saw_chat(self, chat: Chat) -> None:
        """Somebody came, went, rose or fell; the group moved."""
        self._enter({"kind": "chat", "chat_id": chat.id, "migrated_to": chat.migrated_to})

    def after(self, number: int) -> list[Json]:
        """The entries behind that number."""
        return self.entries[number : number + _MOST_AT_ONCE]

    def _enter(self, entry: Json) -> None:
        self.entries.append({"number": len(self.entries) + 1, **entry})
        self.changed.set()
