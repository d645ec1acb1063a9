"""Keeps the warm snapshot: menu, prices, stock, buildings and people, pulled while the primary is in charge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from core.errors import FallbackError, Temporary
from core.mode import Mode, ModeState
from core.primary import Fetched
from core.retry import RetrySchedule
from fallback_store import catalog_snapshots, directory_snapshots, incident_log, outbox, people, stock
from fallback_store.database import Tx
from sync.dealings import Dealings

_log = structlog.get_logger(__name__)

#: Only then is the primary's word newer than ours.
_PULLING = (Mode.NORMAL, Mode.WATCHING, Mode.PARTIAL)


class CatalogPull:
    """Asks with the ETag it holds, so that a primary with nothing new answers in a line."""

    def __init__(
        self,
        dealings: Dealings,
        *,
        chance: Callable[[], float],
        every_s: float = 60.0,
    ) -> None:
        """`every_s`: between two pulls; `chance`: 0 ≤ x < 1, spreads the pauses after a failure."""
        self._store, self._primary, self._clock = dealings.store, dealings.primary, dealings.clock
        self._dealings, self._chance, self._every_s = dealings, chance, every_s
        self._schedule = RetrySchedule(first_s=min(1.0, every_s), longest_s=every_s)
        # In this epoch our stock table says what the newest snapshot says; after an outage it does not, whatever
        # the ETag says. None = it does not.
        self._in_step_epoch: int | None = None

    async def run(self) -> None:
        """Pulls until cancelled. What cannot be used is told to the admins once, and the last good snapshot stays."""
        failures, told = 0, ""
        while True:
            try:
                await self.pull_once()
            except Temporary as problem:
                failures += 1
                _log.info("catalog.not_now", problem=str(problem))
                pause_s = self._schedule.pause_s(failures, self._chance(), problem.retry_after_s)
                await self._clock.sleep(pause_s or self._every_s)
                continue
            except FallbackError as problem:
                if told != str(problem):
                    told = str(problem)
                    await self._dealings.tell(problem)
            else:
                told = ""
            failures = 0
            await self._clock.sleep(self._every_s)

    async def pull_once(self) -> bool:
        """One pull of both; returns whether the primary is in charge and the snapshot therefore confirmed.

        Raises: PrimaryUnreachable, PrimaryDenied, InvalidCatalog, InvalidDirectory; what was good is kept all the same.
        """
        problems = [await self._problem(part) for part in (self._pull_directory, self._pull_catalog)]
        for problem in problems:
            if problem is not None:
                raise problem
        return (await self._state()).mode in _PULLING

    async def _problem(self, part: Callable[[], Awaitable[None]]) -> FallbackError | None:
        """A bad directory must not keep the menu from being refreshed, nor the other way round."""
        try:
            await part()
        except FallbackError as problem:
            return problem
        return None

    async def _pull_catalog(self) -> None:
        state = await self._state()
        if state.mode in _PULLING:
            is_in_step = self._in_step_epoch == state.epoch
            etag = await self._store.write(catalog_snapshots.newest_etag) if is_in_step else None
            fetched = await self._primary.catalog(etag)
            now = self._clock.now()
            self._in_step_epoch = await self._store.write(lambda tx: _take_catalog(tx, fetched, now))

    async def _pull_directory(self) -> None:
        if (await self._state()).mode in _PULLING:
            etag = await self._store.write(directory_snapshots.newest_etag)
            fetched = await self._primary.directory(etag)
            now = self._clock.now()
            await self._store.write(lambda tx: _take_directory(tx, fetched, now))

    async def _state(self) -> ModeState:
        return await incident_log.current_state(self._store, self._clock.now())


def _take_catalog(tx: Tx, fetched: Fetched | None, now: datetime) -> int | None:
    """Returns the epoch in which our stock is the primary's now; None while it is not."""
    state = incident_log.current(tx, now)
    if state.mode not in _PULLING:  # it changed while the answer travelled: our stock is in charge now
        return None
    # While anything is undelivered, the primary's stock does not know of it yet.
    is_in_step = outbox.counts_in(tx).unsettled == 0
    if fetched is None:
        catalog_snapshots.confirm(tx, now)
    else:
        catalog = catalog_snapshots.keep(tx, fetched.text, fetched.etag, now)
        stock.take_over(tx, catalog, now, resets_sales=is_in_step)
    return state.epoch if is_in_step else None


def _take_directory(tx: Tx, fetched: Fetched | None, now: datetime) -> None:
    if incident_log.current(tx, now).mode not in _PULLING:
        return
    if fetched is None:
        directory_snapshots.confirm(tx, now)
        return
    people.take_over_directory(tx, directory_snapshots.keep(tx, fetched.text, fetched.etag, now), now)
