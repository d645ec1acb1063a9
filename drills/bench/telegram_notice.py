"""How soon two hundred idle groups read of an outage and see their board pinned, against a strict vendor."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from core.mode import Mode
from drills.bench.figure import Figure
from drills.bench.telegram_campus import GROUPS, telegram_campus
from watch.notice_cadence import NoticeCadence
from watch.system_clock import SystemClock

_PATIENCE_S = 60.0


async def measure_notice() -> list[Figure]:
    """From an admin's command to the last board pinned, and what the vendor refused meanwhile."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        async with telegram_campus(Path(folder), clock, mode=Mode.NORMAL) as campus:
            cadence = NoticeCadence(campus.store, clock, campus.rules)
            rooms = list(campus.groups.values())
            async with campus.running(cadence.run(), campus.boards.run()):
                await campus.double.until(lambda: campus.double.ledger.polls > 0)
                began_s = time.monotonic()
                await campus.store.write(
                    lambda tx: campus.switch.enter_emergency(tx, by="bench", reason="bench", now=clock.now())
                )
                async with asyncio.timeout(_PATIENCE_S):
                    await campus.double.until(lambda: all(room.from_bot for room in rooms), _PATIENCE_S)
                    told_s = time.monotonic() - began_s
                    await campus.double.until(lambda: all(room.pinned for room in rooms), _PATIENCE_S)
                pinned_s = time.monotonic() - began_s
            refused = campus.double.ledger.refused(429)
            said = campus.double.ledger.done("sendMessage")
    detail = f"first message everywhere after {told_s:.1f} s; {len(said)} messages, {len(refused)} refused with 429"
    return [
        Figure(
            name=f"outage notice and pinned board in {GROUPS} Telegram groups",
            value=pinned_s,
            target=20.0,
            unit="s",
            is_at_most=True,
            detail=detail,
        ),
        Figure(name="… calls the vendor refused", value=len(refused), target=3, unit="calls", is_at_most=True),
    ]
