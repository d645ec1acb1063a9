"""A clock that stands still until it is moved by hand: a whole outage in a blink, the same every time."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

from core.times import check_aware

#: Rounds of the event loop given to whoever was woken before time goes on.
_TURNS = 20


class HandClock:
    """Obeys the same contract as the system clock; time passes only in `advance`."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)) -> None:
        self._wall = check_aware(start)
        self._monotonic_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        """The moment it was moved to."""
        return self._wall

    def monotonic_s(self) -> float:
        """Seconds it was moved by."""
        return self._monotonic_s

    async def sleep(self, seconds: float) -> None:
        """Returns once the clock was advanced by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic_s + seconds, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Lets `seconds` pass: sleepers wake in order, each at its own moment, and get a turn before time goes on."""
        until_s = self._monotonic_s + seconds
        await self._give_turns()
        while self._sleepers and self._sleepers[0][0] <= until_s:
            due_s, _, woken = heapq.heappop(self._sleepers)
            if woken.done():  # its sleeper was cancelled
                continue
            self._move_to(due_s)
            woken.set_result(None)
            await self._give_turns()
        self._move_to(until_s)

    def set_wall(self, moment: datetime) -> None:
        """Somebody sets the wall clock: it jumps, monotonic time does not."""
        self._wall = check_aware(moment)

    @property
    def sleepers(self) -> int:
        """How many wait for time to pass."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    def _move_to(self, monotonic_s: float) -> None:
        self._wall += timedelta(seconds=monotonic_s - self._monotonic_s)
        self._monotonic_s = monotonic_s

    async def _give_turns(self) -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
