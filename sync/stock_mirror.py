"""Keeps a shared stock sheet and the store the same: one reconcile cycle for every kind of sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

import structlog

from core.errors import FallbackError, Temporary
from core.ports import Clock, StockSheet
from core.sheet import Reconciled, reconcile
from fallback_store import sheet_cells, stock
from fallback_store.database import Store, Tx
from sync.sheet_dishes import dishes_of

log = structlog.get_logger(__name__)

#: Seconds between two looks: well inside every vendor's quota, and fast enough for a kitchen.
EVERY_S = 5.0
#: Seconds to wait after a failure that named no time of its own.
AFTER_FAILURE_S = 20.0


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """What one cycle did."""

    edits: int
    writes: int
    #: row → why a person should look at it
    flags: dict[int, str]


class StockMirror:
    """One per sheet. A kill between any two steps of a cycle is made good by the next one."""

    def __init__(self, store: Store, clock: Clock, sheet: StockSheet, zone: tzinfo) -> None:
        """`zone`: the campus's, for the times people read."""
        self._store = store
        self._clock = clock
        self._sheet = sheet
        self._zone = zone

    async def run(self) -> None:
        """Cycles until cancelled; a sheet that cannot be reached holds nobody up."""
        while True:
            pause_s = EVERY_S
            try:
                await self.cycle()
            except FallbackError as problem:
                wished_s = problem.retry_after_s if isinstance(problem, Temporary) else None
                pause_s = wished_s or AFTER_FAILURE_S
                log.warning("stock sheet not reconciled", sheet=self._sheet.name, problem=str(problem))
            await self._clock.sleep(pause_s)

    async def cycle(self) -> MirrorReport:
        """Reads the sheet, stores people's edits, writes what differs. Raises: what the sheet raises."""
        lines = await self._sheet.read()
        dishes = await dishes_of(self._store)
        seen = await sheet_cells.seen(self._store, self._sheet.name)
        found = reconcile(lines, dishes, seen, self._zone)
        if found.edits:
            await self._store.write(lambda tx: self._store_edits(tx, found))
        if found.writes:
            await self._sheet.write(found.writes)
        # Only now: had the write been lost, its cells would look like somebody's edits.
        if fresh := {place: cell for place, cell in found.settled.items() if seen.get(place) != cell}:
            await self._store.write(lambda tx: sheet_cells.remember(tx, self._sheet.name, fresh))
        return MirrorReport(len(found.edits), len(found.writes), found.flags)

    def _store_edits(self, tx: Tx, found: Reconciled) -> None:
        now = self._clock.now()
        for edit in found.edits:
            by = f"sheet:{self._sheet.name}"
            stock.edit(tx, edit.item_id, edit.field, edit.value, by=by, source="sheet", now=now)
        sheet_cells.remember(tx, self._sheet.name, {(edit.item_id, edit.field): edit.cell for edit in found.edits})
