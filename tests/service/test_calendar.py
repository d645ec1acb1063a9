"""The nightly work is done at night where the campus is, once, and a bad night is not the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.errors import StoreFull
from service.calendar import Calendar

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


async def nothing() -> None:
    """No work."""


def calendar(work: Callable[[], Awaitable[object]] = nothing, *, first_look_s: float = 3600.0) -> Calendar:
    return Calendar(work, hour=4, timezone=SHANGHAI, first_look_s=first_look_s)


async def test_the_night_is_the_campus_night() -> None:
    noon = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in Shanghai
    assert calendar().next_after(noon).astimezone(UTC) == datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


async def test_a_night_in_spring_that_lacks_the_hour_is_not_left_out() -> None:
    noon = datetime(2026, 3, 28, 11, 0, tzinfo=UTC)  # in Berlin two o'clock does not come the next night
    assert Calendar(nothing, hour=2, timezone=BERLIN).next_after(noon) - noon < timedelta(hours=24)


async def test_a_machine_that_is_off_at_night_works_soon_after_its_start() -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    running = asyncio.ensure_future(calendar(work, first_look_s=0.05).run())
    await asyncio.wait_for(done.wait(), 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_full_disk_puts_the_work_off() -> None:
    tried = asyncio.Event()

    async def work() -> None:
        tried.set()
        raise StoreFull

    running = asyncio.ensure_future(calendar(work, first_look_s=0.02).run())
    await asyncio.wait_for(tried.wait(), 5)
    await asyncio.sleep(0.05)
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])


async def test_a_mistake_of_ours_is_heard() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(calendar(work, first_look_s=0.02).run(), 5)
