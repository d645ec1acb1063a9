"""The primary's own intake while we are in charge: cut, kept cut, put on trial, and nobody left in the dark."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from core.errors import BreakerStuck, FallbackError, NotSupported, PrimaryDenied, PrimaryUnreachable, SuspectOrders
from core.mode import Mode
from core.ports import Primary
from drills.twin_process import FaultRefused, TwinProcess
from fallback_store import breaker
from fallback_store.breaker import BreakerRow, BreakerState
from sync.proof_check import check_proof
from tests.sync.outage import BRISK, Outage, node, outage, until

PAUSE = "/fallback/pause"


class WithoutHook:
    """A primary that does not serve the optional hook."""

    def __init__(self, primary: Primary) -> None:
        self._primary = primary

    async def pause(self, epoch: int, *, is_paused: bool, since: datetime | None = None) -> Sequence[str]:
        raise NotSupported

    def __getattr__(self, name: str) -> Any:
        return getattr(self._primary, name)


class Refusing:
    """A primary of which some calls fail in the way named."""

    def __init__(self, primary: Primary, **problems: FallbackError) -> None:
        self._primary = primary
        self.problems = problems

    def __getattr__(self, name: str) -> Any:
        if name not in self.problems:
            return getattr(self._primary, name)

        async def fail(*_: Any, **__: Any) -> Any:
            raise self.problems[name]

        return fail


async def row_of(here: Outage) -> BreakerRow:
    found = await breaker.newest(here.store)
    assert found is not None
    return found


async def _is(here: Outage, state: BreakerState) -> bool:
    found = await breaker.newest(here.store)
    return found is not None and found.state is state


async def is_paused(twin: TwinProcess) -> bool:
    return bool((await twin.books())["primary_paused"])


async def test_an_emergency_cuts_the_intake_and_it_stays_cut_over_a_restart(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, twin), asyncio.TaskGroup() as group:
        running = group.create_task(here.breaker.run())
        await twin.order_in_the_app()
        await asyncio.sleep(0.01)  # an epoch's opening is kept to the millisecond
        await here.begin()
        await until(lambda: is_paused(twin))
        with pytest.raises(FaultRefused, match="takes no orders"):
            await twin.order_in_the_app()
        await until(lambda: _is(here, BreakerState.OPEN))
        await here.primary.pause(here.epoch, is_paused=False)  # it forgot, as after a restart
        await until(lambda: is_paused(twin))
        row = await row_of(here)
        assert (row.epoch, row.state, row.suspects) == (here.epoch, BreakerState.OPEN, ())
        running.cancel()


async def test_what_the_app_took_after_the_cut_is_suspect_in_the_proof_and_told(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, twin):
        await twin.order_in_the_app()
        await asyncio.sleep(0.01)
        await here.begin()
        ref = await twin.order_in_the_app()  # alive again, and nobody had told it yet
        assert await here.breaker.look()
        assert (await row_of(here)).suspects == (ref,)
        assert [type(problem) for problem in here.problems] == [SuspectOrders]
        await here.place(2)
        await here.end()
        assert await here.hand_back.run_once()
        (path,) = here.proofs.glob("*.json")
        told = orjson.loads(path.read_bytes())["summary"]["breaker"]
        assert (told["suspects"], told["paused_at"] >= told["cut_at"]) == ([ref], True)
        assert check_proof(path, here.store.path) == []
        assert (await row_of(here)).state is BreakerState.CLOSED
        assert not await is_paused(twin)


async def test_nothing_is_cut_while_there_is_no_menu_to_order_from_here(tmp_path: Path) -> None:
    async with TwinProcess(tmp_path / "twin.sqlite3") as twin, node(tmp_path, twin) as here:
        await here.begin()
        assert await here.breaker.look()
        assert not await is_paused(twin)
        await here.breaker.cut(1)  # as a hand-back does that fails afterwards
        assert await here.breaker.look()
        assert not await is_paused(twin)


async def test_a_primary_without_the_hook_is_no_trouble(tmp_path: Path) -> None:
    async with outage(tmp_path, wrap=WithoutHook) as (here, _):
        await here.begin()
        assert await here.breaker.look()
        assert (await row_of(here)).state is BreakerState.UNSUPPORTED
        await here.place()
        await here.end()
        assert await here.hand_back.run_once()
        assert here.problems == []


async def test_a_primary_that_could_not_be_cut_is_asked_again_after_a_while(tmp_path: Path) -> None:
    made: list[Refusing] = []

    def wrap(primary: Primary) -> Primary:
        made.append(Refusing(primary, pause=NotSupported()))
        return cast(Primary, made[0])

    rules = replace(BRISK, asks_again_s=0.3)
    async with outage(tmp_path, wrap=wrap, breaker_rules=rules) as (here, twin), asyncio.TaskGroup() as group:
        await here.begin()
        running = group.create_task(here.breaker.run())
        await until(lambda: _is(here, BreakerState.UNSUPPORTED))
        made[0].problems.clear()
        await until(lambda: _is(here, BreakerState.OPEN))
        assert await is_paused(twin)
        running.cancel()


async def test_a_primary_that_answers_and_is_not_cut_alarms_once(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, twin), asyncio.TaskGroup() as group:
        await twin.inject("error_500", path=PAUSE)
        await here.begin()
        running = group.create_task(here.breaker.run())
        await until(lambda: here.breaker.metrics()["breaker_stuck"] == 1)
        await asyncio.sleep(0.2)
        assert [type(problem) for problem in here.problems] == [BreakerStuck]
        await twin.clear()
        await until(lambda: is_paused(twin))
        await until(lambda: here.breaker.metrics()["breaker_stuck"] == 0)
        running.cancel()


async def test_a_silent_primary_is_not_stuck(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, twin), asyncio.TaskGroup() as group:
        await twin.inject("down")
        await here.begin()
        running = group.create_task(here.breaker.run())
        await asyncio.sleep(0.5)
        assert here.problems == []
        running.cancel()


async def test_a_token_that_is_not_accepted_ends_no_watching_of_the_intake(tmp_path: Path) -> None:
    refusing = {"pause": PrimaryUnreachable(), "health": PrimaryDenied()}
    async with outage(tmp_path, wrap=lambda it: Refusing(it, **refusing)) as (here, _), asyncio.TaskGroup() as group:
        await here.begin()
        running = group.create_task(here.breaker.run())
        await until(lambda: here.breaker.metrics()["breaker_stuck"] == 1)
        assert [type(problem) for problem in here.problems] == [BreakerStuck]
        running.cancel()


@pytest.mark.parametrize("problem", [NotSupported(), PrimaryDenied()])
async def test_a_dry_run_that_is_refused_is_no_objection_on_trial(tmp_path: Path, problem: FallbackError) -> None:
    async with outage(tmp_path, wrap=lambda it: Refusing(it, dry_run_order=problem)) as (here, _):
        await here.begin()
        await here.place()
        await here.end()
        assert await here.hand_back.run_once()


async def test_a_trial_that_is_broken_off_leaves_the_intake_cut(tmp_path: Path) -> None:
    async def overrule() -> None:
        raise RuntimeError("somebody else knows better")

    async with outage(tmp_path) as (here, twin):
        await here.begin()
        assert await here.breaker.look()
        with pytest.raises(RuntimeError):
            await here.breaker.trial(here.epoch, overrule)
        assert await is_paused(twin)


async def test_a_primary_that_does_not_do_well_on_trial_is_cut_again_and_emergency_goes_on(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, twin):
        await here.begin()
        await here.place(2)
        await here.end()
        await twin.inject("error_500", path="/orders")
        assert not await here.hand_back.run_once()
        assert await here.mode() is Mode.EMERGENCY
        assert await is_paused(twin)
        await twin.clear()
        await here.end()
        assert await here.hand_back.run_once()
        assert not await is_paused(twin)


async def test_an_intake_that_was_left_cut_is_put_on_once_the_primary_is_in_charge(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, twin):
        await here.begin()
        assert await here.breaker.look()
        await here.end()
        assert await here.hand_back.run_once()
        await here.primary.pause(here.epoch, is_paused=True)
        await here.store.write(lambda tx: breaker.move(tx, here.epoch, BreakerState.HALF_OPEN, datetime.now(UTC)))
        assert await here.breaker.look()
        assert not await is_paused(twin)
