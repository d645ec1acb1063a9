"""Keeps a shared stock sheet and the store the same: one reconcile cycle for every kind of sheet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from core.ids import ItemId
from core.ports import Clock, StockSheet
from core.sheet import (
    HUMAN,
    Cell,
    CellWrite,
    Column,
    HumanField,
    Place,
    Row,
    SeenCell,
    SheetDish,
    SheetTable,
    plain,
)
from core.sheet_reconcile import Look, Reconciled, reconcile
from core.sheet_steps import Strays
from core.sheet_words import COPY_FLAGS, SheetWords
from fallback_store import sheet_cells, stock
from fallback_store.database import Store, Tx
from sync.sheet_dishes import DishBook

#: The same writes found necessary so often in a row do not take: cells are merged, or protected against us.
FUTILE_AFTER = 3
#: They are tried again once in so many cycles: somebody may have undone what kept them from taking.
TRIED_AGAIN_EVERY = 20


class SheetTells(Protocol):
    """How merchants and admins hear of what is in the sheet, in the transaction that stores it."""

    def conflict(self, tx: Tx, dish: SheetDish, now: datetime) -> None:
        """Less is supplied than was sold."""
        ...

    def unreadable(self, tx: Tx, dish: SheetDish, why: str, now: datetime) -> None:
        """A cell means nothing."""
        ...

    def doubtful(self, tx: Tx, dish: SheetDish, fields: Sequence[HumanField], now: datetime) -> None:
        """An edit may be gone: cells were overwritten while rows moved, or two rows said different things.

        `dish` as it counts now.
        """
        ...


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """What one cycle did."""

    edits: int
    writes: int
    #: row → why a person should look at it
    flags: dict[int, str]
    #: cells that stay as they are whatever is written
    futile: int = 0


class StockMirror:
    """One per sheet. A kill between any two steps of a cycle is made good by the next one."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        sheet: StockSheet,
        words: SheetWords,
        *,
        tells: SheetTells | None = None,
    ) -> None:
        """`words`: the campus's language and clock, for what people read."""
        self._store, self._clock, self._sheet, self._words = store, clock, sheet, words
        self._tells = tells
        #: what was said about unreadable cells, and is still so
        self._told: dict[ItemId, tuple[str, tuple[str, ...]]] = {}
        #: what was doubtful at the last look: what was written there, and at how many looks in a row
        self._doubted: dict[Place, tuple[str | None, int]] = {}
        self._dishes = DishBook(store)
        self._seen: dict[Place, SeenCell] | None = None
        self._cycles = 0
        #: of the last cycle: what was established, and what was put into people's cells among others
        self._look: Look | None = None
        self._exposed: dict[Place, str] = {}
        #: the last writes that were answered
        self._last: tuple[CellWrite, ...] = ()
        self._futile = 0

    async def cycle(self) -> MirrorReport:
        """Reads the sheet, stores people's edits, writes what differs. Raises: what the sheet raises."""
        table = await self._sheet.read()
        dishes = await self._dishes.read()
        if self._seen is None:
            self._seen = await sheet_cells.seen(self._store, self._sheet.name)
        # Thousands of cells are compared: not where orders are served.
        found = await asyncio.to_thread(self._compare, table, dishes, self._seen)
        doubted = self._doubts(found)
        if found.edits or found.settled or found.written or found.doubtful or found.unreadable != self._told:
            await self._store.write(lambda tx: self._store_steps(tx, found, dishes, doubted))
            self._remember(found)
        self._doubted = doubted
        self._futile = self._futile + 1 if found.writes and found.writes == self._last else 0
        self._look = found.look
        self._cycles += 1
        if self._futile >= FUTILE_AFTER and self._futile % TRIED_AGAIN_EVERY:
            return MirrorReport(len(found.edits), 0, found.flags, len(found.writes))
        # Remembered before it is tried: a write whose answer was lost may have arrived.
        self._exposed = {place: found.written[place] for place in found.exposed}
        self._last = ()
        if found.writes:
            await self._sheet.write(found.writes)
            self._last = found.writes
        return MirrorReport(len(found.edits), len(found.writes), found.flags)

    def _compare(
        self, table: SheetTable, dishes: Mapping[ItemId, SheetDish], seen: Mapping[Place, SeenCell]
    ) -> Reconciled:
        strays = self._strays(table)
        return reconcile(table, dishes, seen, self._words, strays=strays, last=self._look, turn=self._cycles)

    def _doubts(self, found: Reconciled) -> dict[Place, tuple[str | None, int]]:
        """What is doubtful, and for how many looks it has been while the same was written there."""
        doubts = dict[Place, tuple[str | None, int]]()
        for place in found.doubtful:
            written = found.written.get(place)
            before, looks = self._doubted.get(place, (None, 0))
            doubts[place] = (written, looks + 1 if written is not None and written == before else 1)
        return doubts

    def _store_steps(
        self,
        tx: Tx,
        found: Reconciled,
        dishes: Mapping[ItemId, SheetDish],
        doubted: Mapping[Place, tuple[str | None, int]],
    ) -> None:
        now, name = self._clock.now(), self._sheet.name
        for edit in found.edits:
            row = stock.edit(tx, edit.item_id, edit.field, edit.value, by=f"sheet:{name}", source="sheet", now=now)
            if row is not None and edit.field == "supply" and row.oversold and self._tells is not None:
                self._tells.conflict(tx, replace(dishes[edit.item_id], stock=row), now)
        if self._tells is not None:
            for item_id, (why, said) in found.unreadable.items():
                if self._told.get(item_id) != (why, said):
                    self._tells.unreadable(tx, dishes[item_id], why, now)
            # A cell that does not take what is written there looks so for ever, and was asked about.
            asked = {place for place, (_, looks) in doubted.items() if looks <= FUTILE_AFTER}
            for item_id in dict.fromkeys(item_id for item_id, _ in asked):
                row = stock.row(tx, item_id)
                if row is not None:
                    fields = [field for field in HUMAN.values() if (item_id, field) in asked]
                    self._tells.doubtful(tx, replace(dishes[item_id], stock=row), fields, now)
        sheet_cells.settle(tx, name, _settled(found))
        sheet_cells.about_to_write(tx, name, found.written)

    def _remember(self, found: Reconciled) -> None:
        assert self._seen is not None
        self._told = found.unreadable
        for place, text in _settled(found).items():
            self._seen[place] = SeenCell(text)
        for place, text in found.written.items():
            self._seen[place] = replace(self._seen.get(place, SeenCell()), written=text)

    def _strays(self, table: SheetTable) -> Strays:
        """What the last cycle wrote into people's cells and is not there: rows moved meanwhile, and it hit others."""
        if not self._exposed:
            return {}
        arrived, missed = set[Place](), set[Place]()
        owners = {item_id for item_id, _ in self._exposed}
        for cells in table.rows:
            item_id = ItemId(plain(_cell(table, cells, Column.ITEM)))
            if item_id not in owners or plain(_cell(table, cells, Column.STATUS)) in COPY_FLAGS:
                continue
            for column, field in HUMAN.items():
                is_there = self._exposed.get((item_id, field)) == plain(_cell(table, cells, column))
                (arrived if is_there else missed).add((item_id, field))
        strays = dict[HumanField, frozenset[str]]()
        for place, text in self._exposed.items():
            if place in missed or place not in arrived:
                strays[place[1]] = strays.get(place[1], frozenset()) | {text}
        return strays


def _cell(table: SheetTable, cells: Row, column: Column) -> Cell:
    at = table.columns[column]
    return cells[at] if at < len(cells) else None


def _settled(found: Reconciled) -> dict[Place, str]:
    return {(edit.item_id, edit.field): edit.cell for edit in found.edits} | found.settled
