"""The figures the design promises, measured here and now, as ratios of runs that took turns."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

from drills.bench.big_store import measure_big_store
from drills.bench.drain import measure_drain
from drills.bench.figure import Figure
from drills.bench.order_path import measure_orders
from drills.bench.reading import measure_reading
from drills.bench.service import measure_memory, measure_start
from drills.bench.slow_disk import measure_slow_disk

#: What `make bench ARGS="orders drain"` may name, in the order in which everything is measured.
BENCHES: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
    "orders": measure_orders,
    "slow_disk": measure_slow_disk,
    "reading": measure_reading,
    "drain": measure_drain,
    "start": measure_start,
    "memory": measure_memory,
    "big_store": measure_big_store,
}


def run_bench(names: list[str], as_json: bool) -> int:
    """Measures and prints; no names = everything. 0: every promise held, 1: one did not, 2: an unknown name."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"{', '.join(unknown)}: unknown; known: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for name in names or BENCHES:
        for figure in asyncio.run(_measured(name)):
            print(figure.line(), file=sys.stderr if as_json else sys.stdout, flush=True)
            figures.append(figure)
    if as_json:
        print(json.dumps({"figures": [figure.to_json() for figure in figures]}, ensure_ascii=False))
    return 0 if all(figure.is_met for figure in figures) else 1


async def _measured(name: str) -> list[Figure]:
    return await BENCHES[name]()
