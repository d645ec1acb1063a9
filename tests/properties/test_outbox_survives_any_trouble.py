"""Whatever the primary does, each event arrives once, and an order's events in the order in which they happened."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import BatchMalformed, BatchTooLarge, PrimaryUnreachable, Temporary
from core.ids import Key
from core.primary import EventOutcome, EventResult, PrimaryEvent
from core.retry import RetrySchedule
from fallback_store import outbox
from fallback_store.database import Store, Tx
from sync.dealings import Dealings
from sync.outbox_worker import OutboxRules, OutboxWorker
from watch.system_clock import SystemClock

KINDS = ("order.placed", "order.accepted", "order.picked_up", "order.delivered")
HASTY = OutboxRules(batch=20, lanes=3, schedule=RetrySchedule(first_s=0.001, longest_s=0.002), not_now_limit=1000)


class Moody:
    """A primary whose every answer is a matter of luck; what it applied it remembers by key."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._bad_keys: set[str] = set()
        self.applied: dict[str, PrimaryEvent] = {}
        self.stories: dict[str, list[int]] = {}

    def spoil(self, key: str) -> None:
        """From now on it cannot read this event."""
        self._bad_keys.add(key)

    async def push(self, epoch: int, node: str, events: Sequence[PrimaryEvent]) -> list[EventResult]:
        await asyncio.sleep(self._chance.choice((0.0, 0.0, 0.001)))
        mood = self._chance.random()
        if mood < 0.10:
            raise PrimaryUnreachable("lost on the way")
        if mood < 0.15 and len(events) > 4:
            raise BatchTooLarge
        if any(event.key in self._bad_keys for event in events):
            raise BatchMalformed
        held: set[str] = set()
        results = [self._one(event, held) for event in events]
        if mood < 0.25:
            raise PrimaryUnreachable("the answer was lost")
        return [result for result in results if self._chance.random() > 0.03]

    def _one(self, event: PrimaryEvent, held: set[str]) -> EventResult:
        if event.key in self.applied:
            return EventResult(event.key, EventOutcome.DUPLICATE)
        if event.order_id in held or self._chance.random() < 0.05:
            held.add(event.order_id)
            return EventResult(event.key, EventOutcome.RETRY)
        self.applied[event.key] = event
        self.stories.setdefault(event.order_id, []).append(event.seq)
        return EventResult(event.key, EventOutcome.APPLIED)


def fill(tx: Tx, chance: random.Random) -> int:
    """Forty orders whose events are shuffled into each other; returns how many events there are."""
    waiting = {f"o{n}": list(KINDS[: chance.randint(1, 4)]) for n in range(40)}
    now, count = datetime.now(UTC), 0
    while waiting:
        order_id = chance.choice(sorted(waiting))
        kind = waiting[order_id].pop(0)
        outbox.enqueue(tx, Key(f"{order_id}|{kind}"), 1, order_id, kind, {}, now)
        count += 1
        if not waiting[order_id]:
            del waiting[order_id]
    return count


async def drain(store: Store, primary: Any, chance: random.Random) -> None:
    """Drains to the end, through silence and through the worker's own sudden deaths."""
    for _ in range(2_000):
        worker = _worker(store, primary, chance)
        draining = asyncio.ensure_future(worker.drain(1))
        if chance.random() < 0.2:
            await asyncio.sleep(0.002)
            draining.cancel()
        try:
            if await draining is None:
                return
        except (Temporary, asyncio.CancelledError):
            continue
    raise AssertionError("it never ends")


def _worker(store: Store, primary: Any, chance: random.Random) -> OutboxWorker:
    def never(*said: object, **more: object) -> None:
        raise AssertionError(said)

    dealings = Dealings(store, primary, SystemClock(), never)
    return OutboxWorker(dealings, node="n", chance=chance.random, tell_refused=never, rules=HASTY)


@pytest.mark.parametrize("seed", range(12))
async def test_every_event_arrives_once_and_in_its_orders_order(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with await Store.open(tmp_path / "store.sqlite3") as store:
        count = await store.write(lambda tx: fill(tx, chance))
        primary = Moody(chance)
        bad = "o7|order.placed"
        primary.spoil(bad)
        await drain(store, primary, chance)
        assert len(primary.applied) == count - 1
        assert all(story == sorted(story) for story in primary.stories.values())
        rows = await store.read_all("SELECT key, state FROM outbox WHERE state <> 'acked'")
        assert [tuple(row) for row in rows] == [(bad, "parked")]
