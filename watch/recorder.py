"""Keeps what the watch read, so that rules can be tried on this campus's own days."""

from __future__ import annotations

from collections.abc import Mapping

from core.ports import Clock
from fallback_store import recorded_rounds
from fallback_store.database import Store

#: Written down together: one small commit every few minutes, at the most so much is lost with us. Rounds.
_TOGETHER = 300


class Recorder:
    """One per process."""

    def __init__(self, store: Store, clock: Clock, days: float) -> None:
        """`days`: how long a round is kept."""
        self._store = store
        self._clock = clock
        self._days = days
        self._rounds: list[recorded_rounds.Round] = []

    async def add(self, metrics: Mapping[str, float]) -> None:
        """A round just read. Raises: StoreFull."""
        now = self._clock.now()
        kept = {name: round(value, 3) for name, value in metrics.items()}
        self._rounds.append((round(now.timestamp(), 2), kept))
        if len(self._rounds) >= _TOGETHER:
            rounds, self._rounds = self._rounds, []
            await self._store.write(lambda tx: recorded_rounds.keep(tx, rounds, now, self._days))
