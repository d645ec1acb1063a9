"""An outside switch is called while all is well and not called when it is not: silence is the alarm."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from drills.hand_clock import HandClock
from fallback_store.database import Store
from watch.dead_man import DeadMan
from watch.pulse import Pulse


@dataclass
class Switch:
    """Somebody outside who counts our calls."""

    url: str = ""
    calls: int = 0
    status: int = 200
    hangs: bool = False

    async def take(self, request: web.Request) -> web.Response:
        self.calls += 1
        if self.hangs:
            await asyncio.sleep(60)
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})


@asynccontextmanager
async def switched() -> AsyncIterator[Switch]:
    switch, app = Switch(), web.Application()
    app.router.add_get("/beat", switch.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    switch.url = f"http://127.0.0.1:{runner.addresses[0][1]}/beat"
    try:
        yield switch
    finally:
        await runner.cleanup()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "s.sqlite3") as opened:
        yield opened


def man(store: Store, clock: HandClock, url: str, *, silent_s: float = 0.0, **more: Any) -> DeadMan:
    return DeadMan(store, clock, url, every_s=60, watch_silent_s=lambda: silent_s, watch_dead_s=60, **more)


async def calls_while(switch: Switch, clock: HandClock, seconds: int) -> int:
    """How many calls come while so many seconds pass."""
    before = switch.calls
    for _ in range(seconds // 10):
        await clock.advance(10)
        await asyncio.sleep(0.02)  # the call itself takes real time
    return switch.calls - before


async def test_it_is_called_every_minute_however_the_wall_clock_jumps(store: Store) -> None:
    async with switched() as switch, asyncio.TaskGroup() as group:
        clock = HandClock()
        working = group.create_task(man(store, clock, switch.url).run())
        await asyncio.sleep(0.1)
        assert switch.calls == 1
        assert await calls_while(switch, clock, 300) == 5
        clock.set_wall(clock.now() - timedelta(hours=3))
        assert await calls_while(switch, clock, 300) == 5
        clock.set_wall(clock.now() + timedelta(days=2))
        assert await calls_while(switch, clock, 300) == 5
        working.cancel()


async def test_a_watch_that_is_dead_keeps_it_silent(store: Store) -> None:
    async with switched() as switch:
        assert not await man(store, HandClock(), switch.url, silent_s=61).beat()
        assert switch.calls == 0


async def test_a_store_that_is_stuck_keeps_it_silent(store: Store) -> None:
    async with switched() as switch:
        let_go = threading.Event()
        stuck = asyncio.create_task(store.write(lambda _: let_go.wait(30)))
        await asyncio.sleep(0.05)
        assert not await man(store, HandClock(), switch.url, timeout_s=0.2).beat()
        assert switch.calls == 0
        let_go.set()
        await stuck
        assert await man(store, HandClock(), switch.url).beat()


async def test_a_full_disk_keeps_it_silent(store: Store) -> None:
    async with switched() as switch:
        assert not await man(store, HandClock(), switch.url, needs_bytes=1 << 62).beat()  # no disk has that much room
        assert switch.calls == 0


@pytest.mark.parametrize("status", [404, 500])
async def test_a_switch_that_refuses_is_called_again(store: Store, status: int) -> None:
    async with switched() as switch:
        switch.status = status
        assert not await man(store, HandClock(), switch.url).beat()
        switch.status = 200
        assert await man(store, HandClock(), switch.url).beat()
        assert switch.calls == 2


async def test_a_redirect_is_not_followed(store: Store) -> None:
    async with switched() as switch:
        switch.status = 302
        assert await man(store, HandClock(), switch.url).beat()
        assert switch.calls == 1


async def test_a_switch_that_hangs_or_is_gone_stops_nothing(store: Store) -> None:
    async with switched() as switch:
        switch.hangs = True
        started_s = time.monotonic()
        assert not await man(store, HandClock(), switch.url, timeout_s=0.2).beat()
        assert time.monotonic() - started_s < 10
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert not await man(store, HandClock(), f"http://127.0.0.1:{unused.getsockname()[1]}/").beat()
    assert not await man(store, HandClock(), "http://no-such-host.invalid/").beat()


async def test_a_pulse_is_the_time_since_anything_new_was_seen() -> None:
    clock, rounds = HandClock(), [object()]
    pulse = Pulse(clock, lambda: rounds[-1])
    await clock.advance(5)
    assert pulse.silent_s() == 0
    await clock.advance(7)
    assert pulse.silent_s() == 7
    rounds.append(object())
    assert pulse.silent_s() == 0
