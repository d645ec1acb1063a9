"""A working day to write dialogs in: the real store, channel, reader, front desk and sender, and the crew at work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import orjson

from bot.channels.local_chat import LocalChat, member
from bot.desks.desk import Desk
from bot.front_desk import FrontDesk
from bot.sender import Sender
from core.ids import ChatId, Key
from core.mode import Mode, ModeState
from core.settings import ChannelSettings, LocalChatSettings, Settings
from drills.hand_clock import HandClock
from fallback_store import catalog_snapshots, incident_log
from fallback_store.database import Store, Tx
from tests.small_campus import CATALOG_JSON, CREW, EPOCH, NOON, small_campus

SETTINGS = Settings(channels=ChannelSettings(local_chat=LocalChatSettings(identities="simulated")))


@dataclass
class Shift:
    """Says things as people, presses their buttons, and hears what the bot answers."""

    store: Store
    clock: HandClock
    chat: LocalChat
    desk: FrontDesk
    sender: Sender
    _count: int = 0
    _heard: dict[str, int] = field(default_factory=dict)

    async def says(self, name: str, words: str, *, group: ChatId | None = None) -> str:
        """What the bot answers `name`, in private or in `group`; "" = it stays silent."""
        author = member(name, CREW.get(name, name))
        key, _ = await self.chat.post(author, group or author.private_chat, words, client_id=self._next())
        return await self._answer(key)

    async def presses(self, name: str, label: str, *, group: ChatId | None = None) -> str:
        """Presses the newest button that shows `label` in that chat; returns the answer."""
        author = member(name, CREW.get(name, name))
        chat_id = group or author.private_chat
        message_id, action = await self._button(chat_id, label)
        key, _ = await self.chat.press(author, chat_id, action, message_id=message_id, client_id=self._next())
        return await self._answer(key)

    async def again(self, name: str, words: str, *, group: ChatId | None = None) -> str:
        """The vendor delivers the last message a second time."""
        author = member(name, CREW.get(name, name))
        key, _ = await self.chat.post(author, group or author.private_chat, words, client_id=str(self._count))
        return await self._answer(key)

    async def hears(self, chat_id: ChatId) -> list[str]:
        """What the bot said in a chat since somebody last listened there."""
        rows = await self.store.read_all(
            "SELECT id, text FROM room_messages"
            " WHERE chat_id = :chat AND person_id IS NULL AND id > :after ORDER BY id",
            {"chat": chat_id, "after": self._heard.get(chat_id, 0)},
        )
        if rows:
            self._heard[chat_id] = rows[-1][0]
        return [row[1] for row in rows]

    async def labels(self, chat_id: ChatId) -> list[str]:
        """The buttons under the bot's newest message in a chat."""
        rows = await self.store.read_all(
            "SELECT buttons FROM room_messages WHERE chat_id = :chat AND person_id IS NULL ORDER BY id DESC LIMIT 1",
            {"chat": chat_id},
        )
        return [label for row in orjson.loads(rows[0][0] or "[]") for label, _ in row] if rows else []

    async def mode(self, mode: Mode, epoch: int = EPOCH) -> None:
        """Puts the bot into a mode, as the mode switch would."""

        def unit(tx: Tx) -> None:
            before = incident_log.current(tx, self.clock.now())
            after = ModeState(mode, epoch, self.clock.now(), "test", "test")
            assert incident_log.change(tx, before, after)

        await self.clock.advance(1)
        await self.store.write(unit)

    async def orders(self) -> dict[str, str]:
        """State of every order by its number."""
        rows = await self.store.read_all("SELECT building_id, number, state FROM orders ORDER BY rowid")
        return {f"#{row[0]}-{row[1]:03d}": row[2] for row in rows}

    async def one(self, sql: str) -> object:
        """The one value a query finds."""
        rows = await self.store.read_all(sql)
        return rows[0][0]

    def _next(self) -> str:
        self._count += 1
        return str(self._count)

    async def _answer(self, key: Key) -> str:
        await self.desk.serve_waiting()
        while await self.sender.say_waiting():
            pass
        rows = await self.store.read_all("SELECT text FROM outgoing WHERE reply_to = :key", {"key": key})
        assert len(rows) <= 1
        quarantined = await self.store.read_all("SELECT error FROM inbox WHERE state = 'quarantined'")
        assert not quarantined, [row[0] for row in quarantined]
        return str(rows[0][0]) if rows else ""

    async def _button(self, chat_id: ChatId, label: str) -> tuple[int, str]:
        rows = await self.store.read_all(
            "SELECT id, buttons FROM room_messages WHERE chat_id = :chat AND buttons IS NOT NULL ORDER BY id DESC",
            {"chat": chat_id},
        )
        for row in rows:
            for shown, action in (button for line in orjson.loads(row[1]) for button in line):
                if shown == label:
                    assert len(action.encode()) <= 64, action
                    return row[0], action
        raise AssertionError(f"no button {label!r}")


@asynccontextmanager
async def shift(folder: Path, desks: Sequence[Desk], *, mode: Mode = Mode.EMERGENCY) -> AsyncIterator[Shift]:
    """The small campus with its menu, in `mode`, and these desks open."""
    clock = HandClock(NOON)
    async with small_campus(folder) as store:
        chat = LocalChat(store, clock, SETTINGS.channels.local_chat, language="zh")

        def settle(tx: Tx) -> None:
            catalog_snapshots.keep(tx, orjson.dumps(CATALOG_JSON).decode(), None, NOON - timedelta(minutes=20))

        await store.write(settle)
        desk = FrontDesk(store, clock, {"web": chat}, desks, "zh")
        running = Shift(store, clock, chat, desk, Sender(store, clock, chat, lambda: 0.5))
        if mode is not Mode.NORMAL:
            await running.mode(mode)
        yield running
