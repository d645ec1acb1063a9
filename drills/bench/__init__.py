"""The figures the design promises, measured here and now, as ratios of runs that took turns."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

from drills.bench.big_store import measure_big_store
from drills.bench.callbacks import measure_callbacks
from drills.bench.drain import measure_drain
from drills.bench.figure import Figure
from drills.bench.first_order import measure_first_order
from drills.bench.order_path import measure_orders
from drills.bench.reading import measure_reading
from drills.bench.service import measure_memory, measure_start
from drills.bench.sheet_page import measure_sheet_page
from drills.bench.sheet_paint import measure_sheet_paint
from drills.bench.sheet_race import measure_sheet_race
from drills.bench.sheets import measure_sheets
from drills.bench.slow_disk import measure_slow_disk
from drills.bench.telegram_burst import measure_burst
from drills.bench.telegram_notice import measure_notice
from drills.bench.telegram_raw import measure_raw
from drills.bench.telegram_receipts import measure_receipts
from drills.bench.watch_round import measure_watch_round

#: What `make bench ARGS="orders drain"` may name, in the order in which everything is measured.
BENCHES: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
    "orders": measure_orders,
    "slow_disk": measure_slow_disk,
    "reading": measure_reading,
    "drain": measure_drain,
    "start": measure_start,
    "memory": measure_memory,
    "watch_round": measure_watch_round,
    "big_store": measure_big_store,
    "sheet_page": measure_sheet_page,
    "sheet_paint": measure_sheet_paint,
    "sheets": measure_sheets,
    "sheet_race": measure_sheet_race,
    "callbacks": measure_callbacks,
    "telegram_raw": measure_raw,
    "telegram_notice": measure_notice,
    "telegram_receipts": measure_receipts,
}
#: What is measured only when it is named: it takes its time.
LONG_BENCHES: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
    "first_order": measure_first_order,
    "telegram_burst": measure_burst,
}


def run_bench(names: list[str], as_json: bool) -> int:
    """Measures and prints; no names = everything. 0: every promise held, 1: one did not, 2: an unknown name."""
    known = BENCHES | LONG_BENCHES
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"{', '.join(unknown)}: unknown; known: {', '.join(known)}", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    failures: dict[str, str] = {}
    for name in names or list(BENCHES):
        try:
            found = asyncio.run(_measured(name))
        except Exception as problem:  # one bench that cannot run must not hide what the others would show
            failures[name] = f"{type(problem).__name__}: {problem}"
            print(f"{name}: NOT MEASURED — {failures[name]}", file=sys.stderr, flush=True)
            continue
        for figure in found:
            print(figure.line(), file=sys.stderr if as_json else sys.stdout, flush=True)
        figures += found
    if as_json:
        report = {"figures": [figure.to_json() for figure in figures], "not_measured": failures}
        print(json.dumps(report, ensure_ascii=False))
    return 0 if not failures and all(figure.is_met for figure in figures) else 1


async def _measured(name: str) -> list[Figure]:
    return await (BENCHES | LONG_BENCHES)[name]()
