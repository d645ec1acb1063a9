"""The shared stock sheet at its largest and at its worst: what a cycle costs, how a rush shows, what trouble leaves."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles

from core.ids import ItemId
from core.sheet_settings import GoogleSheetSettings
from drills.bench.figure import Figure
from drills.fast_clock import FastClock
from drills.sheet_doubles.canteen import WORDS, Kind, furnish, open_canteen
from drills.sheet_doubles.process import served
from drills.sheet_doubles.race import Race, wrong_cells
from drills.sheet_doubles.trouble import Fault
from fallback_store import stock
from fallback_store.database import Store, Tx
from sync.mirror_run import MirrorRun
from sync.sheet_dishes import dishes_of
from sync.sheets.feishu import FeishuSheet
from sync.sheets.feishu_http import FeishuCalls
from sync.sheets.feishu_setup import set_up as set_up_feishu
from sync.sheets.google import GoogleSheet
from sync.sheets.google_http import GoogleCalls
from sync.sheets.google_setup import set_up as set_up_google
from sync.stock_mirror import StockMirror

VENDORS: tuple[Kind, ...] = ("google", "feishu")
ROWS, DIFFERENCES, CYCLES = 9_000, 300, 15
#: What a call to the vendor takes, seconds.
LATENCY_S = 1.1
#: Seconds of the race in a second of the wall: a minute in ten, slow enough for a busy machine to keep up.
RACE_TIMES, TROUBLE_TIMES = 6.0, 60.0


async def measure_sheets() -> list[Figure]:
    """Every figure for every vendor."""
    figures = list[Figure]()
    for kind in VENDORS:
        figures += await _cost(kind)
        figures += await _rush(kind)
        figures += await _trouble(kind)
    return figures


# What a cycle costs -----------------------------------------------------------------------------


async def _cost(kind: Kind) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        clock = FastClock(1000)
        async with _large(kind, Path(folder), clock) as (store, mirror, items):
            chance, costs, stalls = random.Random(1), list[float](), list[float]()
            gc.freeze()  # as the service does once it stands: what stays is not looked through for garbage again
            for number in range(CYCLES + 3):
                some = chance.sample(items, DIFFERENCES)
                await store.write(lambda tx, some=some: _sell(tx, some, clock.now()))  # type: ignore[misc]
                async with _watched() as watch:
                    began_s = time.process_time()
                    report = await mirror.cycle()
                    cost_s = time.process_time() - began_s - watch.cost_s
                assert report.writes >= DIFFERENCES
                if number >= 3:
                    costs.append(cost_s * 1000)
                    stalls.append(watch.longest_s * 1000)
    detail = f"each: {', '.join(f'{cost:.0f}' for cost in costs)}"
    return [
        Figure(name=f"sheet cycle at {kind}, {ROWS:,} rows, {DIFFERENCES} differences", value=median(costs), target=50,
               unit="ms of CPU", is_at_most=True, detail=detail),
        Figure(name=f"longest event-loop stall in {CYCLES} of them at {kind}", value=max(stalls), target=50, unit="ms",
               is_at_most=True, detail=f"each: {', '.join(f'{stall:.0f}' for stall in stalls)}"),
    ]  # fmt: skip


def _sell(tx: Tx, items: Sequence[ItemId], now: datetime) -> None:
    for item_id in items:
        stock.reserve(tx, item_id, 1, now)


@asynccontextmanager
async def _large(kind: Kind, folder: Path, clock: FastClock) -> AsyncIterator[tuple[Store, StockMirror, list[ItemId]]]:
    async with await Store.open(folder / "store.sqlite3") as store, served(kind, folder) as settings:
        items = await furnish(store, clock, ROWS)
        dishes = await dishes_of(store)
        if isinstance(settings, GoogleSheetSettings):
            google = GoogleSheet(GoogleCalls(settings), clock, WORDS)
            await set_up_google(google, WORDS, dishes)
            mirror, close = StockMirror(store, clock, google, WORDS), google.calls.close
        else:
            feishu = FeishuSheet(FeishuCalls(settings, clock), clock, WORDS)
            await set_up_feishu(feishu, WORDS, dishes)
            mirror, close = StockMirror(store, clock, feishu, WORDS), lambda: None
        while (await mirror.cycle()).writes:
            continue
        yield store, mirror, items
        close()
        if not isinstance(settings, GoogleSheetSettings):
            await feishu.calls.close()


@dataclass(slots=True)
class _Watch:
    """How long the event loop was away, and what watching it cost."""

    longest_s: float = 0.0
    cost_s: float = 0.0


@asynccontextmanager
async def _watched() -> AsyncIterator[_Watch]:
    watch, pause_s = _Watch(), 0.002

    async def look() -> None:
        while True:
            before_s = time.perf_counter()
            await asyncio.sleep(pause_s)
            watch.longest_s = max(watch.longest_s, time.perf_counter() - before_s - pause_s)

    task = asyncio.create_task(look())
    try:
        yield watch
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


# How fast it is in a rush -----------------------------------------------------------------------


async def _rush(kind: Kind) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        clock = FastClock(RACE_TIMES)
        async with open_canteen(kind, Path(folder), clock, dishes=1_500) as canteen:
            canteen.vendor.trouble.latency_s = LATENCY_S
            await clock.sleep(61)  # what filling the sheet took is not the rush's
            canteen.vendor.double.writes.most = 0
            result = await Race(canteen, seed=3, seconds=75, people=0).run()
    orders, edits = (quantiles(times, n=20)[18] for times in (result.order_to_sheet_s, result.edit_to_effect_s))
    return [
        Figure(name=f"order to sheet, p95, at {kind}", value=orders, target=6, unit="s", is_at_most=True,
               detail=f"{len(result.order_to_sheet_s)} looked at, every call takes {LATENCY_S} s"),
        Figure(name=f"edit to effect, p95, at {kind}", value=edits, target=6, unit="s", is_at_most=True,
               detail=f"{len(result.edit_to_effect_s)} looked at"),
        Figure(name=f"writes a minute in the rush at {kind}", value=result.writes_a_minute, target=15,
               unit="writes", is_at_most=True, detail=f"{result.reads_a_minute} reads; {result.orders} orders"),
    ]  # fmt: skip


async def _trouble(kind: Kind) -> list[Figure]:
    """Ten minutes of refusals, errors and silence; orders go on, then all is well."""
    with tempfile.TemporaryDirectory() as folder:
        clock, chance = FastClock(TROUBLE_TIMES), random.Random(5)
        async with open_canteen(kind, Path(folder), clock, dishes=300) as canteen:
            double = canteen.vendor.double
            run = MirrorRun(
                store=canteen.store, clock=clock, sheet=canteen.vendor.sheet, mirror=canteen.mirror,
                chance=chance.random, tell_admin=lambda tx, problem, now: None,
            )  # fmt: skip
            faults: list[Fault] = ["429", "500", "html_502", "hang", "dropped", "applied_then_dropped"]
            double.trouble.plan(chance.choice(faults) for _ in range(100_000))
            slowest_s, orders = 0.0, 0
            async with asyncio.TaskGroup() as group:
                task = group.create_task(run.run())
                ends_s = clock.monotonic_s() + 600
                while clock.monotonic_s() < ends_s:
                    began_s = time.perf_counter()
                    orders += await canteen.sell(chance.choice(canteen.items))
                    slowest_s = max(slowest_s, time.perf_counter() - began_s)
                    await clock.sleep(1)
                task.cancel()
            double.trouble.planned.clear()
            double.trouble.released.set()
            for _ in range(2):
                await canteen.mirror.cycle()
            wrong = await wrong_cells(canteen)
    met = ", ".join(f"{count}× {fault}" for fault, count in sorted(double.trouble.met.items()))
    return [
        Figure(name=f"wrong cells two cycles after ten minutes of trouble at {kind}", value=len(wrong), target=0,
               unit="cells", is_at_most=True, detail=f"{met}; {orders} orders, the slowest {slowest_s * 1000:.0f} ms"),
        Figure(name=f"requests over quota at {kind}", value=double.refused, target=0, unit="requests",
               is_at_most=True, detail=f"at most {double.reads.most} reads and {double.writes.most} writes a minute"),
    ]  # fmt: skip
