"""The worker finds the one bad event, never overtakes an order's own past, and learns from every answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import BatchTooLarge, PrimaryUnreachable, StaleEpoch
from core.ids import Key
from core.ports import Primary
from core.primary import EventOutcome, EventResult, PrimaryEvent
from drills.twin_process import TwinProcess
from fallback_store import outbox, parked_events
from fallback_store.outbox import OutboxCounts
from sync.batch import Lesson, push_in_order
from tests.sync.outage import QUICK, Outage, beside, node, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


def now() -> datetime:
    return datetime.now(UTC)


async def begin(here: Outage, orders: int) -> None:
    await here.begin()
    await here.place(orders)
    await here.worker.register(here.epoch)


async def arrived(here: Outage) -> int:
    return len(await here.arrived())


async def test_a_batch_that_is_too_large_is_halved(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin, rules=replace(QUICK, batch=700)) as here:  # the twin takes 500
        await begin(here, 640)
        assert await here.worker.drain(here.epoch) is None
        assert await arrived(here) == 640


async def test_an_event_the_primary_cannot_read_is_found_and_parked(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await begin(here, 20)
        await here.store.write(lambda tx: outbox.enqueue(tx, Key("odd"), here.epoch, "x", "order.eaten", {}, now()))
        await here.place(20)
        assert await here.worker.drain(here.epoch) is None
        assert await arrived(here) == 40
        (parked,) = await parked_events.parked(here.store)
        assert (parked.key, parked.is_refused) == ("odd", False)
        assert parked.reason.startswith("malformed: ")
        assert "operator" in parked.hint


async def test_not_now_is_asked_again_and_given_to_a_person_in_the_end(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await begin(here, 1)
        await twin.inject("retry")
        for times in range(4):
            assert (await outbox.counts(here.store)).parked == 0, times
            free_at = await here.worker.drain(here.epoch)
            if free_at is not None:
                await asyncio.sleep(max(0.0, (free_at - now()).total_seconds()) + 0.01)
        (parked,) = await parked_events.parked(here.store)
        assert parked.reason == "not_now"
        await twin.clear()
        await here.store.write(lambda tx: parked_events.retry_parked(tx, parked.seq, now=now()))
        await here.worker.drain(here.epoch)
        assert await arrived(here) == 1


async def test_later_events_wait_for_a_put_off_order(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await begin(here, 0)
        (order,) = await here.place()
        await here.deliver(order)
        await twin.inject("retry", times=1)
        assert await here.worker.drain(here.epoch) is not None
        assert await arrived(here) == 0
        await asyncio.sleep(0.05)
        assert await here.worker.drain(here.epoch) is None
        (found,) = await here.arrived()
        assert (found["status"], found["is_completed_import"]) == ("order.delivered", True)


async def test_silence_leaves_everything_to_be_sent_again(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await begin(here, 5)
        await twin.inject("lost_answer", path="/fallback/events", times=1)
        with pytest.raises(PrimaryUnreachable):
            await here.worker.drain(here.epoch)
        assert await arrived(here) == 5
        assert (await outbox.counts(here.store)).unsettled == 5
        assert await here.worker.drain(here.epoch) is None
        assert await arrived(here) == 5
        outcomes = await here.store.read_all("SELECT DISTINCT outcome FROM outbox")
        assert [row[0] for row in outcomes] == ["duplicate"]


async def test_a_stale_epoch_stops_the_drain_at_once(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await begin(here, 200)
        await here.primary.open_epoch(here.epoch + 1, node="edge-2", opened_at=now(), reason="it took over")
        with pytest.raises(StaleEpoch):
            await here.worker.drain(here.epoch)
        assert await outbox.counts(here.store) == OutboxCounts(total=200, unsettled=200, parked=0)


async def test_what_was_answered_is_written_down_even_when_the_worker_is_stopped(
    tmp_path: Path, twin: TwinProcess
) -> None:
    async with beside(tmp_path, twin) as here:
        await begin(here, 500)
        draining = asyncio.ensure_future(here.worker.drain(here.epoch))
        await until(lambda: here.worker.heard_s is not None and _some_arrived(here))
        draining.cancel()
        await asyncio.wait([draining])
        assert (await outbox.counts(here.store)).settled >= 50, "at least one batch was answered"
    epoch = here.epoch
    async with node(tmp_path, twin) as here:
        here.first_epoch = epoch - 1
        assert await here.worker.drain(epoch) is None
        assert await arrived(here) == 500
        assert await outbox.counts(here.store) == OutboxCounts(total=500, unsettled=0, parked=0)


async def _some_arrived(here: Outage) -> bool:
    return await arrived(here) >= 100


async def test_the_next_start_takes_up_what_the_last_one_had_in_flight(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await begin(here, 10)
        await here.store.write(lambda tx: outbox.lease(tx, here.epoch, 500, until=now().replace(year=2100), now=now()))
        assert await here.worker.drain(here.epoch) is None  # its first lease ends those of the dead
        assert await arrived(here) == 10


async def test_the_loop_brings_what_comes_after_the_hand_back(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.primary.open_epoch(here.epoch, node="edge-1", opened_at=now(), reason="")
        await here.begin()
        (order,) = await here.place()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(here.worker.run())
            await asyncio.sleep(0.1)
            assert await arrived(here) == 0, "in an emergency nothing is pushed"
            await here.end()
            await asyncio.sleep(0.1)
            assert await arrived(here) == 0, "in a hand-back only the hand-back pushes"
            await here.store.write(
                lambda tx: here.switch.release(tx, by="web:root", reason="by hand", now=now(), seen_epoch=None)
            )
            await until(lambda: _has(here, order.id))
            running.cancel()


async def _has(here: Outage, order_id: str) -> bool:
    return [found["order_id"] for found in await here.arrived()] == [order_id]


class Forgetful:
    """A primary whose answers leave out one key."""

    def __init__(self, primary: Primary) -> None:
        self._primary = primary

    def __getattr__(self, name: str) -> Any:
        return getattr(self._primary, name)

    async def push(self, epoch: int, node: str, events: Sequence[PrimaryEvent]) -> list[EventResult]:
        results = await self._primary.push(epoch, node, events)
        return [result for result in results if not result.key.endswith("-2")]


async def test_an_event_no_answer_speaks_of_goes_to_a_person_in_the_end(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin, wrap=Forgetful) as here:
        await begin(here, 5)
        pushes = 0
        while (free_at := await here.worker.drain(here.epoch)) is not None:
            pushes += 1
            assert pushes < 20
            await asyncio.sleep(max(0.0, (free_at - now()).total_seconds()) + 0.01)
        (parked,) = await parked_events.parked(here.store)
        assert (parked.reason, parked.is_refused) == ("no_answer", False)
        assert pushes == QUICK.not_now_limit - 1


class SmallDoor:
    """A primary that takes three events at once, none of kind `huge`, and answers `later` with not now."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def push(self, epoch: int, node: str, events: Sequence[PrimaryEvent]) -> list[EventResult]:
        if len(events) > 3 or any(event.kind == "huge" for event in events):
            raise BatchTooLarge
        self.taken += [event.key for event in events if event.kind != "later"]
        outcomes = {"later": EventOutcome.RETRY}
        return [EventResult(event.key, outcomes.get(event.kind, EventOutcome.APPLIED)) for event in events]


def events(*texts: str) -> list[PrimaryEvent]:
    """`a:kind` is an event of order a."""
    return [
        PrimaryEvent(seq, Key(f"k{seq}"), text.split(":")[0], text.split(":")[1], 0, "{}")
        for seq, text in enumerate(texts)
    ]


async def test_halving_ends_at_the_event_that_is_too_large() -> None:
    door, lesson = SmallDoor(), Lesson()
    await push_in_order(door, 1, "n", events("a:x", "b:x", "c:huge", "d:x", "e:x"), lesson)  # type: ignore[arg-type]
    assert door.taken == ["k0", "k1", "k3", "k4"]
    assert lesson.parks[2].reason.startswith("too_large")
    assert lesson.largest is not None


async def test_a_second_half_does_not_overtake_what_the_first_left_open() -> None:
    door, lesson = SmallDoor(), Lesson()
    await push_in_order(door, 1, "n", events("a:later", "b:x", "a:y", "c:x"), lesson)  # type: ignore[arg-type]
    assert door.taken == ["k1", "k3"]
    assert 2 not in lesson.results
