"""The real clock: the only place that reads the time of this machine."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """Time as the operating system tells it."""

    def now(self) -> datetime:
        """The wall clock, aware, UTC; it may jump when somebody sets it."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Seconds since some start; never jumps, so that durations and time-outs are measured with it."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Returns after `seconds`; at once, but not before others had a turn, when there are none to wait for."""
        await asyncio.sleep(max(0.0, seconds))
