"""A bell that wakes everybody who listens: how a page learns that a room or the store has news."""

from __future__ import annotations

import asyncio


class Bell:
    """Take `next()` before looking for news, then await it: a ring in between is not missed."""

    def __init__(self) -> None:
        self._ring: asyncio.Future[None] | None = None

    def next(self) -> asyncio.Future[None]:
        """Done at the next ring. Shared by all listeners: wait for it with `asyncio.wait`, never cancel it."""
        if self._ring is None:
            self._ring = asyncio.get_running_loop().create_future()
        return self._ring

    def ring(self) -> None:
        """Wakes everybody who listens now."""
        ring, self._ring = self._ring, None
        if ring is not None and not ring.done():
            ring.set_result(None)
