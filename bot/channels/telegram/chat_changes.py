"""Updates about a chat instead of from a person: we were added, removed, made an admin; a group became a supergroup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.telegram.identity import chat_id_of
from core.chat import OutgoingMessage, Priority
from core.ids import ChatId, Key
from core.texts import text
from fallback_store import chat_changes, incident_log, messages, people
from fallback_store.database import Tx

_ADMIN = frozenset(("administrator", "creator"))
_AWAY = frozenset(("left", "kicked"))


@dataclass(frozen=True, slots=True)
class Moved:
    """The group goes on as a supergroup."""

    old: ChatId
    new: ChatId


@dataclass(frozen=True, slots=True)
class Standing:
    """What we are in a chat now."""

    chat_id: ChatId
    is_group: bool
    title: str
    status: str
    was: str


def change_in(update: Any) -> Moved | Standing | None:
    """What the update says about a chat; None: it comes from a person, or cannot be read."""
    try:
        if "my_chat_member" in update:
            return _standing(update["my_chat_member"])
        message = update["message"]
        if "migrate_to_chat_id" in message:
            return Moved(chat_id_of(int(message["chat"]["id"])), chat_id_of(int(message["migrate_to_chat_id"])))
        if "migrate_from_chat_id" in message:
            return Moved(chat_id_of(int(message["migrate_from_chat_id"])), chat_id_of(int(message["chat"]["id"])))
    except (LookupError, TypeError, ValueError, AttributeError):
        return None
    return None


def _standing(change: Any) -> Standing:
    chat = change["chat"]
    return Standing(
        chat_id=chat_id_of(int(chat["id"])),
        is_group=chat["type"] in ("group", "supergroup"),
        title=str(chat.get("title", "")),
        status=str(change["new_chat_member"]["status"]),
        was=str((change.get("old_chat_member") or {}).get("status", "left")),
    )


def take_over(tx: Tx, change: Moved | Standing, key: Key, now: datetime, *, reads_all: bool, language: str) -> None:
    """Writes down what changed, and says in the group what is missing before it works.

    `reads_all`: privacy mode is off; `language`: of chats that never said which.
    """
    if isinstance(change, Moved):
        chat_changes.move(tx, change.old, change.new)
        return
    if change.status in _AWAY:
        chat_changes.mark_unreachable(tx, change.chat_id, change.status)
        if change.is_group:
            _tell_removed(tx, change, key, now, language)
        return
    chat_changes.mark_reachable(tx, change.chat_id)
    if change.is_group:
        _welcome(tx, change, key, now, reads_all=reads_all, language=language)


def _tell_removed(tx: Tx, change: Standing, key: Key, now: datetime, language: str) -> None:
    title = change.title or change.chat_id
    incident_log.tell_admins(
        tx,
        key,
        lambda spoken: text(spoken, "telegram_removed", title=title),
        now,
        incident_id=None,
        language=language,
    )


def _welcome(tx: Tx, change: Standing, key: Key, now: datetime, *, reads_all: bool, language: str) -> None:
    chat = people.chat(tx, change.chat_id, is_group=True, language=language)
    people.set_title(tx, chat.id, change.title)
    hears, heard = reads_all or change.status in _ADMIN, reads_all or change.was in _ADMIN
    if hears and heard and change.was not in _AWAY:
        return  # nothing changed for the people there
    if not hears:
        name = "telegram_deaf"
    elif chat.building_id is None:
        name = "telegram_unbound"
    else:
        name = "telegram_hears"
    said = OutgoingMessage(
        key=Key(f"{key}>welcome"), chat_id=chat.id, text=text(chat.language, name), priority=Priority.NOTICE
    )
    messages.say(tx, said, now)
