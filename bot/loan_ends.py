"""Ends what captains lent when it was said to end, to the minute: nobody speaks for a building longer than was told."""

from __future__ import annotations

from functools import partial

from core.ids import PersonId
from core.ports import Clock
from fallback_store import captain_loans
from fallback_store.database import Store

#: Seconds between two looks.
EVERY_S = 60.0


class LoanEnds:
    """Looks until cancelled."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Looks once a minute."""
        while True:
            await self.look()
            await self._clock.sleep(EVERY_S)

    async def look(self) -> list[PersonId]:
        """Ends the loans whose time is over; returns who had them."""
        now = self._clock.now()
        # Asked of a reader first: an empty write would wake everybody who waits for a change.
        if not await captain_loans.is_due(self._store, now):
            return []
        return await self._store.write(partial(captain_loans.end_due, now=now))
