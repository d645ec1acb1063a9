"""A clock that runs many times faster than the wall's: a minute of real concurrency in a few seconds."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta


class FastClock:
    """Obeys `core.ports.Clock`."""

    def __init__(self, times: float, start: datetime = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)) -> None:
        """`times`: seconds of this clock in a second of the wall."""
        self.times = times
        self._start = start
        self._began_s = time.monotonic()

    def now(self) -> datetime:
        """The moment."""
        return self._start + timedelta(seconds=self.monotonic_s())

    def monotonic_s(self) -> float:
        """Seconds since the start."""
        return (time.monotonic() - self._began_s) * self.times

    async def sleep(self, seconds: float) -> None:
        """Returns after `seconds` of this clock."""
        await asyncio.sleep(max(0.0, seconds) / self.times)
