"""Typed orders against the usual way on a disk whose every fsync takes 5 ms longer.

The delay is put under SQLite by a few lines of C that are compiled here and now; they run in a process of their own.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

import orjson

from drills.bench.figure import Figure, each, ratio

TARGET = 12.0
_SOURCE = Path(__file__).with_name("slow_disk.c")
_HOME = Path(__file__).parents[2]


class NotSlow(Exception):
    """The delay did not take hold: whatever is measured would be about this machine's disk."""


async def measure_slow_disk() -> list[Figure]:
    """Runs on_slow_disk.py in a process whose disk is slow. Raises: NotSlow when there is no C compiler to make one."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NotSlow("a C compiler is needed for the slow disk: install gcc")
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        library = Path(folder) / "slow_disk.so"
        await _run(compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(_SOURCE), "-ldl")
        said = await _run(sys.executable, "-m", "drills.bench.on_slow_disk", LD_PRELOAD=str(library))
    rates = orjson.loads(said.splitlines()[-1])
    return [
        Figure(
            name="typed orders, 64 waiting, every fsync 5 ms longer",
            value=ratio(rates["ours"], rates["usual"]),
            target=TARGET,
            unit="× the usual way",
            detail=each("/s", **rates),
        )
    ]


async def _run(*command: str, **environment: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=_HOME, env=os.environ | environment, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise NotSlow(f"{command[0]} ended with {process.returncode}")
    return said
