"""Runs the mirror of a shared stock sheet in the service: its pace, its patience, and who hears of its troubles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from core.errors import FallbackError, NeedsPerson, Temporary
from core.ports import Clock, StockSheet
from core.retry import RetrySchedule
from fallback_store import sheet_states
from fallback_store.database import Store, Tx
from sync.sheets.troubles import LONGEST_WAIT_S, SheetRefused
from sync.stock_mirror import MirrorReport, StockMirror
from sync.tells import TellAdmin, tell_admin_of

_log = structlog.get_logger(__name__)

#: Seconds from one look to the next: fewer than 20 reads a minute, a third of the smallest quota we know, and fast
#: enough for a kitchen.
EVERY_S = 3.2
#: The same after a look that wrote: in a lunch rush every look writes, and this makes fifteen writes a minute.
AFTER_WRITE_S = 4.1
#: A sheet that is quiet is noted down as compared this often, seconds: a row for every look would be for nobody.
NOTED_EVERY_S = 30.0
#: Admins hear of a sheet that cannot be reached after this long, seconds: most such troubles pass by themselves.
SILENT_S = 300.0


class SheetSilent(NeedsPerson):
    """The stock sheet cannot be reached."""

    hint = "Orders go on with the last numbers. Merchants can use the chat or the grid page until it is back."


class SheetResists(NeedsPerson):
    """Cells of the stock sheet do not take what is written into them."""

    hint = "Undo merged cells in the bot's columns and let the bot edit them; `python main.py sheet setup` does both."


class MirrorRun:
    """One per sheet. A sheet that cannot be reached holds nobody up."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        sheet: StockSheet,
        mirror: StockMirror,
        *,
        chance: Callable[[], float],
        tell_admin: TellAdmin,
    ) -> None:
        """`chance`: 0 ≤ x < 1, spreads the pauses after a failure."""
        self._store, self._clock, self._sheet, self._mirror = store, clock, sheet, mirror
        self._chance, self._tell_admin = chance, tell_admin
        self._schedule = RetrySchedule(first_s=2.0, longest_s=30.0)
        self._failures = 0
        self._failing_since: datetime | None = None
        self._noted_at_s: float | None = None
        self._told = ""

    async def run(self) -> None:
        """Cycles until cancelled."""
        while True:
            began_s = self._clock.monotonic_s()
            try:
                report = await self._mirror.cycle()
            except FallbackError as problem:
                await self._clock.sleep(await self._failed(problem))
                continue
            except Exception as mistake:  # an answer nobody foresaw must not end the service that takes the orders
                odd = SheetRefused(
                    f"The stock sheet was answered for in a way we cannot read: {type(mistake).__name__}"
                )
                await self._clock.sleep(await self._failed(odd))
                continue
            await self._worked(report)
            every_s = AFTER_WRITE_S if report.writes else EVERY_S
            await self._clock.sleep(max(0.0, began_s + every_s - self._clock.monotonic_s()))

    async def _worked(self, report: MirrorReport) -> None:
        now_s = self._clock.monotonic_s()
        is_news = self._failures or self._noted_at_s is None or now_s - self._noted_at_s >= NOTED_EVERY_S
        self._failures, self._failing_since = 0, None
        if report.futile:
            await self._tell(SheetResists(f"{report.futile} cells of the stock sheet do not take what is written."))
        else:
            self._told = ""
        if is_news:
            self._noted_at_s = now_s
            now = self._clock.now()
            await self._note(lambda tx: sheet_states.compared(tx, self._sheet.name, now))

    async def _failed(self, problem: FallbackError) -> float:
        """Notes the trouble, tells whoever can mend it; returns how long to wait."""
        now = self._clock.now()
        self._failures += 1
        self._failing_since = self._failing_since or now
        _log.warning("sheet.not_compared", sheet=self._sheet.name, problem=str(problem), failures=self._failures)
        await self._note(lambda tx: sheet_states.failed(tx, self._sheet.name, str(problem), problem.hint, now))
        is_passing = isinstance(problem, Temporary)
        if not is_passing:
            await self._tell(problem)
        elif (now - self._failing_since).total_seconds() >= SILENT_S:
            await self._tell(SheetSilent(f"The stock sheet cannot be reached: {problem}"))
        wished_s = problem.retry_after_s if isinstance(problem, Temporary) else None
        wished_s = None if wished_s is None else min(wished_s, LONGEST_WAIT_S)
        return self._schedule.pause_s(self._failures, self._chance(), wished_s) or EVERY_S

    async def _tell(self, problem: FallbackError) -> None:
        # The same kind of trouble is told once until it is over, however its details change.
        if self._told != type(problem).__name__:
            self._told = type(problem).__name__
            await tell_admin_of(self._store, self._tell_admin, problem, self._clock.now())

    async def _note(self, unit: Callable[[Tx], None]) -> None:
        # A full disk stops nobody's work here; the next look notes it again.
        await self._store.write_each([unit])
