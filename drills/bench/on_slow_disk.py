"""The process slow_disk.py starts: the order path where every fsync takes 5 ms longer; prints the rates as JSON."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import orjson

from drills.bench.figure import take_turns
from drills.bench.lunch import Campus, typed
from drills.bench.order_path import ROUNDS, STUDENTS, contenders
from watch.system_clock import SystemClock

DELAY_S = 0.005


async def _measure_here() -> dict[str, list[float]]:
    campus = Campus(STUDENTS)
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        _check_slow(Path(folder))
        async with contenders(Path(folder), campus, typed, SystemClock()) as run:
            return await take_turns(ROUNDS, ours=run.ours, bare=run.bare, usual=run.usual)


def _check_slow(folder: Path) -> None:
    with (folder / "probe").open("wb") as probe:
        began_s = time.perf_counter()
        for _ in range(10):
            probe.write(b"x")
            probe.flush()
            os.fdatasync(probe.fileno())
        if time.perf_counter() - began_s < 10 * DELAY_S:
            raise SystemExit("fdatasync is as fast as ever")


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(_measure_here())) + b"\n")
