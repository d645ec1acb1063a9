"""SIGTERM ends the service within five seconds, whatever is open, with everything acknowledged written down."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import aiohttp
import pytest

from tests.service.service_scene import campus

STREAMS = ("/events/status", "/chat/events?room=building-1", "/chat/events?room=@zhang")


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_in_order_with_streams_open_and_a_call_under_way(
    tmp_path: Path, with_signal: signal.Signals
) -> None:
    async with campus(tmp_path) as (bot, twin):
        await bot.flip("emergency")
        await twin.inject("hang", seconds=60)  # whatever it asks the primary now gets no answer
        ended = asyncio.Event()
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as readers:
            for path in STREAMS:
                opened = asyncio.Event()
                readers.create_task(_read(session, bot.process.base_url + path, opened, ended))
                await opened.wait()
            status, posted = await bot.says("zhang", "building-1", "今天吃什么", "m1")
            assert status == 200
            pid = bot.process.pid
            assert pid is not None
            began_s = time.monotonic()
            os.kill(pid, with_signal)
            code = await bot.process.ended()
            took_s = time.monotonic() - began_s
        assert (code, ended.is_set()) == (0, True)
        assert took_s < 5.0
        # The write-ahead log is folded in: the next start finds neither a lock nor anything to repair.
        assert not bot.config.with_name("store.sqlite3-wal").exists()
        assert (posted["key"],) in bot.rows("SELECT key FROM inbox")
        assert "Traceback" not in bot.log.read_text(encoding="utf-8")
        await bot.process.start()
        assert (await bot.status())["mode"] == "emergency"


async def _read(session: aiohttp.ClientSession, url: str, opened: asyncio.Event, ended: asyncio.Event) -> None:
    async with session.get(url, headers={"X-Person": "zhang"}) as stream:
        assert stream.status == 200
        await stream.content.readline()
        opened.set()
        async for _ in stream.content:
            pass
    ended.set()
