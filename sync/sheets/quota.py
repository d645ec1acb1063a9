"""Keeps our own requests below what a vendor allows, for one spreadsheet and for everything one project does."""

from __future__ import annotations

import asyncio
from collections import deque

from core.ports import Clock

WINDOW_S = 60.0


class Quota:
    """At most so many requests in any minute; who comes too early waits."""

    def __init__(self, clock: Clock, per_minute: int, *, above: Quota | None = None) -> None:
        """`above`: a quota every one of these requests counts against as well, such as the project's."""
        self._clock = clock
        self._per_minute = per_minute
        self._above = above
        self._taken_s: deque[float] = deque()
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Returns when one more request is allowed."""
        async with self._turn:  # who waits first goes first
            while (wait_s := self._wait_s()) > 0:
                await self._clock.sleep(wait_s)
            if self._above is not None:
                await self._above.take()
            self._taken_s.append(self._clock.monotonic_s())

    def _wait_s(self) -> float:
        now_s = self._clock.monotonic_s()
        while self._taken_s and self._taken_s[0] <= now_s - WINDOW_S:
            self._taken_s.popleft()
        if len(self._taken_s) < self._per_minute:
            return 0.0
        return self._taken_s[0] + WINDOW_S - now_s
