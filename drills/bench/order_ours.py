"""The path of an order as it is: intake into the inbox, front desk, desk, one commit, reply durable."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.channels.local_chat import LocalChat
from core.chat import RawUpdate
from core.ports import Clock
from drills.bench.lunch import LANGUAGE, SETTINGS, WatchedDesk
from fallback_store.database import Store, Tx


class OurPath:
    """A running front desk and the people who wait for it."""

    def __init__(self, store: Store, clock: Clock, channel: LocalChat, desk: WatchedDesk) -> None:
        """`desk`: already running; `channel`: what it reads updates with."""
        self.store, self.channel = store, channel
        self._clock = clock
        self._desk = desk

    async def serve(self, updates: Sequence[RawUpdate], waiting: int) -> list[float]:
        """`waiting` people send the updates, each the next one when its last was answered; seconds each took."""
        left = iter(updates)
        took: list[float] = []
        async with asyncio.TaskGroup() as people:
            for _ in range(waiting):
                people.create_task(self._person(left, took))
        return took

    async def _person(self, left: Iterator[RawUpdate], took: list[float]) -> None:
        loop = asyncio.get_running_loop()
        for update in left:
            answered = loop.create_future()
            self._desk.expect(update.key, answered)
            began_s = time.perf_counter()
            await self._desk.take([update], _nothing_else)
            await answered
            took.append(time.perf_counter() - began_s)


def _nothing_else(tx: Tx) -> None:
    """A channel without rows of its own."""


@asynccontextmanager
async def our_path(path: Path, clock: Clock) -> AsyncIterator[OurPath]:
    """A settled store with its front desk at work."""
    async with await Store.open(path) as store:
        channel = LocalChat(store, clock, SETTINGS.channels.local_chat, language=LANGUAGE)
        desk = WatchedDesk(store, clock, channel)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(desk.run())
            try:
                yield OurPath(store, clock, channel, desk)
            finally:
                running.cancel()
