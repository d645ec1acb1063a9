"""Remembers the last answer of the store, so that a public page is served at once even when the store is not well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from core.errors import Temporary
from core.ports import Clock

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: A reader waits this long for news, then gets what was known before, seconds.
PATIENCE_S = 1.0
#: … or, when nothing was known before, is told so after this long, seconds.
FIRST_S = 5.0
#: After a look that failed nobody waits again for so long, seconds.
RESTS_S = 2.0


class LastGood(Generic[T]):
    """One answer shared by all who ask: read again when something has changed, by one of them at a time."""

    def __init__(self, clock: Clock, read: Callable[[], Awaitable[T]], version: Callable[[], object]) -> None:
        """`version`: another value whenever the answer may be another."""
        self._clock = clock
        self._read = read
        self._version = version
        self._known: T | None = None
        self._known_version: object = None
        self._rests_until_s = 0.0
        self._one_at_a_time = asyncio.Lock()
        #: how often the answer has become another
        self.changes = 0
        #: when the store last confirmed what is known
        self.read_at = clock.now()
        #: the last look failed: what is known may be out of date
        self.is_from_memory = False

    async def get(self) -> T:
        """What is known now; the last that was known when the store does not answer.

        Raises: Temporary when nothing was known before.
        """
        if self._known is not None and (self._is_fresh() or self._clock.monotonic_s() < self._rests_until_s):
            return self._known
        try:
            async with asyncio.timeout(FIRST_S if self._known is None else PATIENCE_S), self._one_at_a_time:
                if not self._is_fresh():
                    await self._look()
        except Exception as problem:
            # Whatever is wrong with the store, an old answer is better than none: the page says how old it is.
            if self._known is None:
                raise Temporary("The store does not answer yet.") from problem
            self.is_from_memory = True
            self._rests_until_s = self._clock.monotonic_s() + RESTS_S
            log.warning("page.from_memory", why=repr(problem))
        assert self._known is not None
        return self._known

    async def _look(self) -> None:
        version = self._version()
        found = await self._read()
        if found != self._known:  # what says the same stays the same thing: nothing made from it is made again
            self._known = found
            self.changes += 1
        self._known_version, self.read_at, self.is_from_memory = version, self._clock.now(), False

    def _is_fresh(self) -> bool:
        return self._known is not None and self._known_version == self._version()
