"""One body of tests for every clock: the machine's and the one moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, timedelta

import pytest

from core.ports import Clock
from drills.hand_clock import HandClock
from watch.system_clock import SystemClock

#: Seconds: long enough to be told apart on a busy machine, short enough not to be noticed.
TICK = 0.03


@dataclass(frozen=True)
class Subject:
    """A clock, and how time is made to pass on it."""

    clock: Clock
    let_pass: Callable[[float], Awaitable[None]]


@pytest.fixture(params=["system", "hand"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "system":
        return Subject(SystemClock(), asyncio.sleep)
    clock = HandClock()
    return Subject(clock, clock.advance)


async def test_now_is_aware_and_utc(subject: Subject) -> None:
    assert subject.clock.now().tzinfo is UTC


async def test_wall_and_monotonic_time_pass_together(subject: Subject) -> None:
    wall, monotonic_s = subject.clock.now(), subject.clock.monotonic_s()
    await subject.let_pass(TICK)
    passed_s = subject.clock.monotonic_s() - monotonic_s
    assert passed_s >= TICK * 0.99
    assert abs((subject.clock.now() - wall) - timedelta(seconds=passed_s)) < timedelta(seconds=1)


async def test_monotonic_time_never_goes_back(subject: Subject) -> None:
    seen = [subject.clock.monotonic_s()]
    for _ in range(5):
        await subject.let_pass(TICK / 10)
        seen.append(subject.clock.monotonic_s())
    assert seen == sorted(seen)


async def test_a_sleeper_wakes_after_its_time_and_not_before(subject: Subject) -> None:
    started_s = subject.clock.monotonic_s()
    async with asyncio.TaskGroup() as group:
        sleeper = group.create_task(subject.clock.sleep(2 * TICK))
        await subject.let_pass(TICK)
        assert not sleeper.done()
        await subject.let_pass(2 * TICK)
    assert subject.clock.monotonic_s() - started_s >= 2 * TICK * 0.99


async def test_sleepers_wake_in_the_order_of_their_times(subject: Subject) -> None:
    woken: list[int] = []

    async def sleep_and_say(ticks: int) -> None:
        await subject.clock.sleep(ticks * TICK)
        woken.append(ticks)

    async with asyncio.TaskGroup() as group:
        for ticks in (3, 1, 2):
            group.create_task(sleep_and_say(ticks))
        await subject.let_pass(4 * TICK)
    assert woken == [1, 2, 3]


async def test_a_sleep_of_nothing_or_less_gives_others_a_turn(subject: Subject) -> None:
    turns: list[str] = []

    async def other() -> None:
        turns.append("other")

    async with asyncio.TaskGroup() as group:
        group.create_task(other())
        await subject.clock.sleep(0)
        assert turns == ["other"]
        await subject.clock.sleep(-1)


async def test_a_cancelled_sleeper_disturbs_nobody(subject: Subject) -> None:
    async with asyncio.TaskGroup() as group:
        cancelled = group.create_task(subject.clock.sleep(TICK))
        other = group.create_task(subject.clock.sleep(TICK))
        await asyncio.sleep(0)
        cancelled.cancel()
        await subject.let_pass(2 * TICK)
    assert cancelled.cancelled()
    assert other.done()


async def test_setting_the_wall_moves_neither_monotonic_time_nor_sleepers() -> None:
    clock = HandClock()
    async with asyncio.TaskGroup() as group:
        sleeper = group.create_task(clock.sleep(10))
        await clock.advance(1)
        clock.set_wall(clock.now() + timedelta(hours=1))
        await clock.advance(1)
        assert clock.monotonic_s() == 2
        assert clock.sleepers == 1
        await clock.advance(8)
    assert sleeper.done()
