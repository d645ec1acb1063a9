"""What an order costs in a store that holds a million of them already."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from core.ports import Clock
from drills.bench.bulk import Bulk, write_orders
from drills.bench.figure import Figure, each, ratio, take_turns
from drills.bench.lunch import EPOCH, Campus, settle, typed
from drills.bench.order_ours import OurPath, our_path
from drills.bench.order_path import WAITING
from watch.system_clock import SystemClock

FEW, MANY = 1_000, 1_000_000
ROUNDS = 5
A_ROUND = 768
#: of the many, so many belong to the outage that is going on and wait to be handed back
_WAITING_SHARE = 10


async def measure_big_store() -> list[Figure]:
    """The same orders, placed in turn into a store with few and one with many."""
    campus, clock = Campus((ROUNDS + 1) * A_ROUND), SystemClock()
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        few = await _store(Path(folder) / "few.sqlite3", campus, clock, FEW)
        many = await _store(Path(folder) / "many.sqlite3", campus, clock, MANY)
        size_mb = many.stat().st_size / 1e6
        async with our_path(few, clock) as few_path, our_path(many, clock) as many_path:
            runs = _Runs(campus, few_path, many_path)
            await runs.few(ROUNDS)
            await runs.many(ROUNDS)
            costs = await take_turns(ROUNDS, many=runs.many, few=runs.few)
    return [
        Figure(
            name=f"an order at {MANY:,} stored orders",
            value=ratio(costs["many"], costs["few"]),
            target=1.25,
            unit=f"× its cost at {FEW:,}",
            is_at_most=True,
            detail=each(" µs an order", **costs) + f"; the store is {size_mb:,.0f} MB",
        )
    ]


class _Runs:
    def __init__(self, campus: Campus, few: OurPath, many: OurPath) -> None:
        self._campus, self._few, self._many = campus, few, many

    async def few(self, number: int) -> float:
        return await self._cost_us(self._few, number)

    async def many(self, number: int) -> float:
        return await self._cost_us(self._many, number)

    async def _cost_us(self, path: OurPath, number: int) -> float:
        students = self._campus.students[number * A_ROUND : (number + 1) * A_ROUND]
        began_s = time.perf_counter()
        await path.serve([typed(student) for student in students], WAITING)
        return (time.perf_counter() - began_s) / A_ROUND * 1e6


async def _store(path: Path, campus: Campus, clock: Clock, orders: int) -> Path:
    await settle(path, campus, clock)
    waiting = orders // _WAITING_SHARE
    # An earlier outage, long handed back; and the one that is going on.
    write_orders(path, campus, Bulk(orders=orders - waiting, epoch=EPOCH - 1, is_settled=True))
    write_orders(path, campus, Bulk(orders=waiting, epoch=EPOCH, is_settled=False))
    return path
