"""How we ourselves are, and what people typed in: figures from our own store, asked at leisure."""

from __future__ import annotations

from collections.abc import AsyncIterator

from core.metrics import Sample
from core.ports import Clock
from fallback_store import typed_figures, vitals
from fallback_store.database import Store

#: Seconds between two looks: each is one statement on a reader's connection.
EVERY_S = 2.0
#: A figure that nobody typed again within this is none of now, seconds.
TYPED_LASTS_S = 600.0


class OwnFigures:
    """One per process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def samples(self) -> AsyncIterator[Sample]:
        """Our vitals and what was typed in, for ever."""
        while True:
            for name, value in (await self.read()).items():
                yield Sample(name, value, self._clock.monotonic_s())
            await self._clock.sleep(EVERY_S)

    async def read(self) -> dict[str, float]:
        """One look."""
        now = self._clock.now()
        found = await vitals.read(self._store, now)
        if self._store.commit_ms is not None:
            found["store_commit_ms"] = self._store.commit_ms
        for metric, (value, at) in (await typed_figures.newest(self._store)).items():
            if (now - at).total_seconds() < TYPED_LASTS_S:
                found[metric] = value
        return found
