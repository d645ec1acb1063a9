"""Remembers the last answer of the store, so that a public page is served at once even when the store is not well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from core.ports import Clock
from fallback_store.database import Store

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: A reader waits this long for news, then gets what was known before, seconds.
PATIENCE_S = 1.0
#: After a look that failed nobody waits again for so long, seconds.
RESTS_S = 2.0


class LastGood(Generic[T]):
    """One answer shared by all who ask: read again when the store has changed, by one of them at a time."""

    def __init__(self, store: Store, clock: Clock, read: Callable[[], Awaitable[T]], *, keeps_s: float = 0.0) -> None:
        """`keeps_s`: seconds an answer holds whatever has changed."""
        self._store = store
        self._clock = clock
        self._read = read
        self._keeps_s = keeps_s
        self._known: T | None = None
        self._revision = -1
        self._read_s = 0.0
        self._rests_until_s = 0.0
        #: when the store last confirmed what is known
        self.read_at = clock.now()
        self._one_at_a_time = asyncio.Lock()
        #: the last look failed: what is known may be out of date
        self.is_from_memory = False

    async def get(self) -> T:
        """What is known now; the last that was known when the store does not answer. Raises: before the first."""
        if self._known is not None and (self._is_fresh() or self._clock.monotonic_s() < self._rests_until_s):
            return self._known
        try:
            async with asyncio.timeout(PATIENCE_S if self._known is not None else None), self._one_at_a_time:
                if self._known is None or not self._is_fresh():
                    await self._look()
        except Exception as problem:
            # Whatever is wrong with the store, an old answer is better than none: the page says how old it is.
            if self._known is None:
                raise
            self.is_from_memory = True
            self._rests_until_s = self._clock.monotonic_s() + RESTS_S
            log.warning("page.from_memory", why=repr(problem))
        assert self._known is not None
        return self._known

    async def _look(self) -> None:
        revision = self._store.revision
        found = await self._read()
        if found != self._known:  # what says the same stays the same thing: nothing made from it is made again
            self._known = found
        self._revision, self._read_s, self.read_at = revision, self._clock.monotonic_s(), self._clock.now()
        self.is_from_memory = False

    def _is_fresh(self) -> bool:
        age_s = self._clock.monotonic_s() - self._read_s
        return self._revision == self._store.revision or age_s < self._keeps_s
