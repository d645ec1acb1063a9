"""One reconcile of sheet and store that loses nobody's edit, however people sort, insert and copy in between.

A row is found by its id on every cycle, wherever people moved it. What a person's cell held when it was last
settled, and what the bot wrote there since, tell an edit from an echo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from core.ids import ItemId
from core.sheet import (
    DUPLICATE,
    HUMAN,
    NOT_ON_MENU,
    CellWrite,
    Column,
    HumanField,
    Place,
    Reconciled,
    SeenCell,
    SheetDish,
    SheetEdit,
    SheetLine,
    UnreadableSwitch,
    bot_cells,
    human_cell,
    human_value,
    plain,
    read_human,
)
from core.stock import StockRow, UnreadableNumber

#: Field → texts the bot wrote while people moved rows: found in another dish's cell, they are ours, not an edit.
Strays = Mapping[HumanField, frozenset[str]]
_UNSEEN = SeenCell()


def reconcile(
    lines: Sequence[SheetLine],
    dishes: Sequence[SheetDish],
    seen: Mapping[Place, SeenCell],
    zone: tzinfo,
    strays: Strays | None = None,
) -> Reconciled:
    """Compares the sheet with the store. Once its steps are done and nobody touches anything, it finds nothing."""
    work = _Work(zone, seen, strays or {})
    by_id = {dish.stock.item_id: dish for dish in dishes}
    found = set[ItemId]()
    for line in lines:
        item_id = ItemId(line.item_id)
        if not item_id:
            continue
        dish = by_id.get(item_id)
        if dish is None or item_id in found:
            work.flag(line, DUPLICATE if dish else NOT_ON_MENU)
            continue
        found.add(item_id)
        work.settle(line, dish)
    row = max((line.row for line in lines), default=-1)
    for dish in dishes:
        if dish.stock.item_id not in found:
            row += 1
            work.add(row, dish)
    return Reconciled(tuple(work.edits), tuple(work.writes), work.settled, work.written, work.flags)


@dataclass(slots=True)
class _Work:
    """The steps collected so far."""

    zone: tzinfo
    seen: Mapping[Place, SeenCell]
    strays: Strays
    edits: list[SheetEdit] = field(default_factory=list)
    writes: list[CellWrite] = field(default_factory=list)
    settled: dict[Place, str] = field(default_factory=dict)
    written: dict[Place, str] = field(default_factory=dict)
    flags: dict[int, str] = field(default_factory=dict)

    def flag(self, line: SheetLine, why: str) -> None:
        """A row nobody can serve: said in its status cell, everything else is left alone."""
        self.flags[line.row] = why
        self._set(line, {Column.STATUS: why})

    def settle(self, line: SheetLine, dish: SheetDish) -> None:
        """One dish's row: people's edits first, so that the bot's half already knows them."""
        stock, unreadable = dish.stock, list[Column]()
        for column, name in HUMAN.items():
            try:
                stock = self._settle_human(line, stock, column, name)
            except (UnreadableNumber, UnreadableSwitch):
                unreadable.append(column)
        why = f"看不懂：{'、'.join(unreadable)}" if unreadable else ""
        if why:
            self.flags[line.row] = why
        self._set(line, bot_cells(replace(dish, stock=stock), self.zone, why))

    def add(self, row: int, dish: SheetDish) -> None:
        """A dish the sheet lacks: a new row, people's cells filled with what is known."""
        for column, value in bot_cells(dish, self.zone).items():
            self.writes.append(CellWrite(row, column, value))
        for column, name in HUMAN.items():
            self._set_human(row, dish.stock, column, name)

    def _settle_human(self, line: SheetLine, stock: StockRow, column: Column, name: HumanField) -> StockRow:
        cell, place = line.cells.get(column), (stock.item_id, name)
        text, known = plain(cell), self.seen.get(place, _UNSEEN)
        if self._is_echo(name, text, known):
            if read_human(name, cell) != human_value(stock, name):
                self._set_human(line.row, stock, column, name)
            elif text != known.settled or known.written is not None:
                self.settled[place] = text
            return stock
        value = read_human(name, cell)
        if value == human_value(stock, name):
            self.settled[place] = text
            return stock
        self.edits.append(SheetEdit(stock.item_id, name, value, text))
        match name:
            case "supply":
                return replace(stock, supply=None if value is None else int(value))
            case "is_stopped":
                return replace(stock, is_stopped=bool(value))
            case "note":
                return replace(stock, note=str(value))

    def _is_echo(self, name: HumanField, text: str, known: SeenCell) -> bool:
        """Whether the cell says nothing new."""
        if text in (known.settled, known.written):
            return True
        # A row we never filled in says nothing with an empty cell; later an empty cell is a person's word.
        return (text == "" and known == _UNSEEN) or text in self.strays.get(name, ())

    def _set_human(self, row: int, stock: StockRow, column: Column, name: HumanField) -> None:
        value = human_cell(stock, name)
        self.writes.append(CellWrite(row, column, value))
        self.written[stock.item_id, name] = plain(value)

    def _set(self, line: SheetLine, wanted: Mapping[Column, str | int | bool]) -> None:
        for column, value in wanted.items():
            if plain(line.cells.get(column)) != plain(value):
                self.writes.append(CellWrite(line.row, column, value))
