"""Somebody else with the same token: asks for the same updates, is told so, and asks again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson

from drills.telegram_double.refusals import Refusal
from drills.telegram_double.updates import MOST_AT_ONCE, UpdateQueue

_POLL_S = 30.0
_AGAIN_S = 0.2  # a real one waits about a second; a test has less time


@asynccontextmanager
async def second_poller(updates: UpdateQueue, *, steals: bool) -> AsyncIterator[None]:
    """Until the block ends. `steals`: it confirms what it gets, so that the real bot never sees it."""
    async with asyncio.TaskGroup() as tasks:
        polling = tasks.create_task(_poll(updates, steals))
        await asyncio.sleep(0)  # it asks before the block begins
        yield
        polling.cancel()


async def _poll(updates: UpdateQueue, steals: bool) -> None:
    offset = 0
    while True:
        try:
            found = await updates.poll(offset, MOST_AT_ONCE, _POLL_S)
        except Refusal:
            found = []
        if found and steals:
            offset = int(orjson.loads(found[-1])["update_id"]) + 1
        await asyncio.sleep(_AGAIN_S)
