"""Keeps a shared stock sheet and the store the same: one reconcile cycle for every kind of sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

import structlog

from core.errors import FallbackError, Temporary
from core.ports import Clock, StockSheet
from core.sheet import HumanField, Place, Reconciled, SheetLine
from core.sheet_reconcile import Strays, reconcile
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
        #: of the last cycle: row → id, and what was put into people's cells
        self._order: dict[int, str] = {}
        self._written: dict[Place, str] = {}

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
        found = reconcile(lines, dishes, seen, self._zone, self._strays(lines))
        if found.edits or found.settled or found.written:
            await self._store.write(lambda tx: self._store_steps(tx, found))
        if found.writes:
            await self._sheet.write(found.writes)
        self._order, self._written = _order_of(lines), found.written
        return MirrorReport(len(found.edits), len(found.writes), found.flags)

    def _store_steps(self, tx: Tx, found: Reconciled) -> None:
        now, name = self._clock.now(), self._sheet.name
        for edit in found.edits:
            stock.edit(tx, edit.item_id, edit.field, edit.value, by=f"sheet:{name}", source="sheet", now=now)
        sheet_cells.settle(tx, name, {(edit.item_id, edit.field): edit.cell for edit in found.edits} | found.settled)
        sheet_cells.about_to_write(tx, name, found.written)

    def _strays(self, lines: Sequence[SheetLine]) -> Strays:
        """What the last cycle wrote into people's cells, when rows moved while it did: it may have hit others."""
        order = _order_of(lines)
        if all(order.get(row) == item_id for row, item_id in self._order.items()):
            return {}
        strays = dict[HumanField, frozenset[str]]()
        for (_, field), text in self._written.items():
            strays[field] = strays.get(field, frozenset()) | {text}
        return strays


def _order_of(lines: Sequence[SheetLine]) -> dict[int, str]:
    return {line.row: line.item_id for line in lines}
