"""What goes wrong between a bot and a spreadsheet vendor: injected per request, counted per request."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from core.ports import Clock

Fault = Literal["429", "500", "html_502", "hang", "dropped", "applied_then_dropped"]
Answer = Callable[[], Awaitable[web.StreamResponse]]

#: A hanging request is let go at the latest after this long, seconds: no test waits for ever.
HANGS_S = 60.0


@dataclass(slots=True)
class Troubles:
    """Which faults the next requests meet."""

    #: one for each coming request, first come first served
    planned: deque[Fault | None] = field(default_factory=deque)
    #: met by every request the plan leaves alone; None = none
    constant: Fault | None = None
    #: seconds every request takes, on the double's clock
    latency_s: float = 0.0
    #: how many requests met which fault
    met: dict[str, int] = field(default_factory=dict)
    #: set to let hanging requests go
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def plan(self, faults: Iterable[Fault | None]) -> None:
        """The next requests meet these, None none."""
        self.planned.extend(faults)

    def next(self) -> Fault | None:
        """The fault of the request that just came."""
        fault = self.planned.popleft() if self.planned else self.constant
        if fault is not None:
            self.met[fault] = self.met.get(fault, 0) + 1
        return fault

    async def hang(self) -> None:
        """Says nothing until released."""
        try:
            await asyncio.wait_for(self.released.wait(), HANGS_S)
        except TimeoutError:
            return


@dataclass(slots=True)
class Quota:
    """Requests allowed in any minute, as a vendor counts them."""

    clock: Clock
    per_minute: int
    _taken_s: deque[float] = field(default_factory=deque)
    #: the most that ever came within a minute
    most: int = 0

    def takes(self) -> bool:
        """Counts one request; False = it is one too many."""
        now_s = self.clock.monotonic_s()
        while self._taken_s and self._taken_s[0] <= now_s - 60.0:
            self._taken_s.popleft()
        if len(self._taken_s) >= self.per_minute:
            return False
        self._taken_s.append(now_s)
        self.most = max(self.most, len(self._taken_s))
        return True


def drop(request: web.Request) -> None:
    """The line dies before an answer."""
    if request.transport is not None:
        request.transport.abort()
