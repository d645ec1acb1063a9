"""The buttons that take somebody from a group to their private chat with the bot."""

from __future__ import annotations

import re

from core.chat import START_LINK, Button
from core.texts import text

#: What vendors let a link bring along.
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")


def private_link(language: str, building_id: str | None) -> Button:
    """Opens the private chat, which then knows the building; one whose id no link can hold is asked about there."""
    word = building_id if building_id and _PLAIN.fullmatch(building_id) else ""
    return Button(text(language, "button_private"), f"{START_LINK}{word}")


def queue_link(language: str, building_id: str | None) -> Button:
    """Opens the private chat at a courier's queue: this building's, or all of theirs."""
    word = f"queue-{building_id}" if building_id else "queue"
    return Button(text(language, "button_private_queue"), f"{START_LINK}{word if _PLAIN.fullmatch(word) else 'queue'}")
