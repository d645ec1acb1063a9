"""Stores what the vendor delivers: every update under its name, in one transaction, before anybody acknowledges it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from bot.channels.telegram import chat_changes
from bot.channels.telegram.buttons import is_short, number_of
from bot.channels.telegram.identity import identify
from bot.channels.telegram.reading import OUR_ACTION, OUR_NAME
from core.chat import RawUpdate
from core.ports import Clock, Intake
from fallback_store import long_actions, messages
from fallback_store.database import Store, Tx


class Receiving:
    """Between the vendor and the front desk, however updates come in."""

    def __init__(self, store: Store, clock: Clock, *, language: str) -> None:
        """`language`: of chats that never said which."""
        self._store = store
        self._clock = clock
        self._language = language
        #: the bot's user name, as far as the vendor told it yet
        self.our_name = ""
        #: privacy mode is off: in groups the bot reads everything
        self.reads_all = False
        #: where updates go
        self.intake: Intake = self.keep

    async def keep(self, updates: Sequence[RawUpdate], also: Any) -> Any:
        """The intake while nobody is at the desk: updates wait in the inbox."""

        def unit(tx: Tx) -> Any:
            outcome = also(tx)
            messages.receive(tx, updates, self._clock.now())
            return outcome

        return await self._store.write(unit)

    async def take(self, updates: Sequence[Any]) -> None:
        """When it returns, every one of them is durable; one delivered before changes nothing. Raises: StoreFull."""
        actions = await self._long_actions(updates)
        letters = list[RawUpdate]()
        changes = list[tuple[RawUpdate, chat_changes.Moved | chat_changes.Standing]]()
        for update in updates:
            key, chat_id = identify(update)
            raw = RawUpdate(key, chat_id, self._payload(update, actions))
            change = chat_changes.change_in(update)
            if change is None:
                letters.append(raw)
            else:
                changes.append((raw, change))

        def also(tx: Tx) -> None:
            now = self._clock.now()
            for raw, change in changes:
                if not messages.is_known(tx, raw.key):
                    chat_changes.take_over(tx, change, raw.key, now, reads_all=self.reads_all, language=self._language)
                    messages.receive_served(tx, raw, now, is_kept=False)

        # What was typed just before a group moved is answered where the people are now.
        moved = {change.old: change.new for _, change in changes if isinstance(change, chat_changes.Moved)}
        if moved:
            letters = [replace(raw, chat_id=moved.get(raw.chat_id, raw.chat_id)) for raw in letters]
        await self.intake(letters, also)

    def _payload(self, update: Any, actions: dict[int, str]) -> str:
        if isinstance(update, dict):
            # Written beside what the vendor said: after a restart the update is read before the vendor can be asked.
            if self.our_name and _has_mark(update):
                update = update | {OUR_NAME: self.our_name}
            elif actions and (number := _pressed_number(update)) in actions:
                update = update | {OUR_ACTION: actions[number]}
        try:
            return orjson.dumps(update).decode()
        except (TypeError, UnicodeError):
            # Half a character, or a number beyond 64 bits: ASCII carries both, and whoever reads it says what is wrong.
            return json.dumps(update)

    async def _long_actions(self, updates: Sequence[Any]) -> dict[int, str]:
        numbers = [number for update in updates if (number := _pressed_number(update)) is not None]
        return await long_actions.actions(self._store, numbers) if numbers else {}


def _has_mark(update: dict[str, Any]) -> bool:
    message = update.get("message") or update.get("edited_message")
    return isinstance(message, dict) and ("entities" in message or "caption_entities" in message)


def _pressed_number(update: Any) -> int | None:
    """The number on a short button that was pressed."""
    press = update.get("callback_query") if isinstance(update, dict) else None
    data = press.get("data") if isinstance(press, dict) else None
    return number_of(data) if isinstance(data, str) and is_short(data) else None
