"""Twenty orders a second for ten minutes over two hundred Telegram groups, in real time, against a strict vendor."""

from __future__ import annotations

import asyncio
import random
import tempfile
from itertools import count
from pathlib import Path

from core.mode import Mode
from drills.bench.figure import Figure
from drills.bench.telegram_campus import telegram_campus
from drills.bench.telegram_receipts import Waits, count_up, receipt_figures, type_order
from watch.system_clock import SystemClock

PER_S, LASTS_S = 20, 600.0
#: After the last order its receipt may still take a while.
_SETTLE_S = 30.0


async def measure_burst() -> list[Figure]:
    """Takes a little more than ten minutes."""
    return receipt_figures(f"{PER_S}/s for {LASTS_S / 60:.0f} min in real time", await burst(LASTS_S))


async def burst(lasts_s: float) -> Waits:
    """So many seconds of it."""
    chance, clock = random.Random(20), SystemClock()
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        async with telegram_campus(Path(folder), clock, mode=Mode.EMERGENCY) as campus:
            waits, numbers, typed_at = Waits(), count(), dict[str, list[float]]()
            buildings = list(campus.groups)
            async with campus.running(campus.boards.run()):
                began_s = campus.double.clock.monotonic_s()
                for n in range(int(lasts_s * PER_S)):
                    await asyncio.sleep(max(0.0, began_s + n / PER_S - campus.double.clock.monotonic_s()))
                    building = chance.choice(buildings)
                    typed_at.setdefault(building, []).append(campus.double.clock.monotonic_s())
                    await type_order(campus, building, next(numbers))
                    waits.typed += 1
                await asyncio.sleep(_SETTLE_S)
            await count_up(campus, waits, typed_at)
    return waits
