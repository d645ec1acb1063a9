"""When the nightly work is done: by the campus's wall clock, which may jump; everything urgent runs on other clocks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from core.errors import FallbackError

log = structlog.get_logger(__name__)

#: A night that was slept through (a suspended machine, a clock set forward) is made up for this long, seconds.
LATE_S = 6 * 3600
#: A machine that is off every night does its work this long after it was started, seconds.
FIRST_LOOK_S = 600.0


class Calendar:
    """Rings once a night and once after the start; the work itself runs here, where stopping and failing are heard."""

    def __init__(
        self,
        work: Callable[[], Awaitable[object]],
        *,
        hour: int,
        timezone: ZoneInfo,
        first_look_s: float = FIRST_LOOK_S,
    ) -> None:
        """`hour`: 0 to 23 in `timezone`; `work` may be done any number of times."""
        self._work = work
        self._nightly = CronTrigger(hour=hour, minute=0, timezone=timezone)
        self._timezone = timezone
        self._first_look_s = first_look_s
        self._is_due = asyncio.Event()

    async def run(self) -> None:
        """Works when it is time, until cancelled."""
        scheduler = AsyncIOScheduler(timezone=self._timezone)
        soon = datetime.now(self._timezone) + timedelta(seconds=self._first_look_s)
        for trigger in (self._nightly, DateTrigger(soon, timezone=self._timezone)):
            scheduler.add_job(self._ring, trigger, misfire_grace_time=LATE_S, coalesce=True)
        scheduler.start()
        try:
            while True:
                await self._is_due.wait()
                self._is_due.clear()
                await self._do()
        finally:
            scheduler.shutdown(wait=False)

    def next_after(self, moment: datetime) -> datetime:
        """The night after `moment`."""
        found: datetime | None = self._nightly.get_next_fire_time(None, moment.astimezone(self._timezone))
        assert found is not None  # a rule without an end always has a next time
        return found

    async def _ring(self) -> None:
        # The scheduler would swallow what its jobs raise and outlive who started them: it only rings.
        self._is_due.set()

    async def _do(self) -> None:
        try:
            await self._work()
        except FallbackError as problem:
            # A full disk, say. Tomorrow is another night, and nothing urgent waits for this one.
            log.warning("calendar.put_off", problem=str(problem), hint=problem.hint)
