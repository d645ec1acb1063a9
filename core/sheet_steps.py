"""The steps one look at the sheet leads to, row by row: whose word each cell is, and what the bot must set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.ids import ItemId
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
    SheetEdit,
    UnreadableSwitch,
    human_cell,
    human_value,
    plain,
    read_human,
)
from core.sheet_words import COPY_FLAGS, SheetWords
from core.stock import StockRow, UnreadableNumber

#: Field → texts the bot wrote while people moved rows: found in another dish's cell, they are ours, not an edit.
Strays = Mapping[HumanField, frozenset[str]]
_UNSEEN = SeenCell()


@dataclass(slots=True)
class Steps:
    """The steps collected so far."""

    columns: Mapping[Column, int]
    words: SheetWords
    seen: Mapping[Place, SeenCell]
    strays: Strays
    edits: list[SheetEdit] = field(default_factory=list)
    writes: list[CellWrite] = field(default_factory=list)
    settled: dict[Place, str] = field(default_factory=dict)
    written: dict[Place, str] = field(default_factory=dict)
    flags: dict[int, str] = field(default_factory=dict)
    unreadable: dict[ItemId, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def is_flagged_copy(self, cells: Row) -> bool:
        """Whether this row was flagged as the copy of another."""
        return plain(self._cell(cells, Column.STATUS)) in COPY_FLAGS

    def choose(self, item_id: ItemId, rows: Sequence[tuple[int, Row]], copied: frozenset[tuple[str, ...]]) -> int:
        """Which of a dish's rows counts: one with news before one that agrees before a copy that fell behind."""
        agreed, ranks = self._agreed(item_id), list[tuple[int, bool]]()
        for _, cells in rows:
            said = self.said_in(cells)
            rank = 0 if said not in copied else 1 if said == agreed else 2
            ranks.append((rank, self.is_flagged_copy(cells)))
        return ranks.index(min(ranks))

    def stale(self, item_id: ItemId, cells: Row, copied: frozenset[tuple[str, ...]]) -> frozenset[Column]:
        """Somebody typed into a copy: only what differs from the copy is news. Empty for the row itself."""
        said = self.said_in(cells)
        nearest = min([self._agreed(item_id), *sorted(copied)], key=lambda known: _differences(known, said))
        if nearest not in copied or nearest == self._agreed(item_id) or nearest == said:
            return frozenset()
        return frozenset(column for column, old, new in zip(HUMAN, nearest, said, strict=True) if old == new)

    def _agreed(self, item_id: ItemId) -> tuple[str, ...]:
        """What people's cells of a dish said when they were last settled."""
        return tuple(self.seen.get((item_id, name), _UNSEEN).settled or "" for name in HUMAN.values())

    def said_in(self, cells: Row) -> tuple[str, ...]:
        """What people's cells of a row say."""
        return tuple(plain(self._cell(cells, column)) for column in HUMAN)

    def flag(self, row: int, cells: Row, why: str) -> None:
        """A row nobody can serve: said in its status cell, everything else is left alone."""
        self.flags[row] = why
        self._set(row, cells, {Column.STATUS: why})

    def settle(self, row: int, cells: Row, dish: SheetDish, *, stale: frozenset[Column] = frozenset()) -> Row | None:
        """One dish's row: people's edits first, so that the bot's half already knows them.

        Returns the row in which nothing is left to do: itself, or how it reads once the bot's cells are written; None
        when people's cells lead to something, too. `stale`: cells that say what a copy said before, which is no news.
        """
        steps, stock, unreadable = self._steps, dish.stock, list[Column]()
        for column, name in HUMAN.items():
            try:
                if column in stale:
                    self._set_human(row, stock, column, name)
                else:
                    stock = self._settle_human(row, self._cell(cells, column), stock, column, name)
            except (UnreadableNumber, UnreadableSwitch):
                unreadable.append(column)
        why = self.words.unreadable(unreadable) if unreadable else ""
        if why:
            self.flags[row] = why
            self.unreadable[dish.stock.item_id] = (why, self.said_in(cells))
        is_settled = not unreadable and self._steps == steps
        wanted = self.words.bot_cells(dish if stock is dish.stock else replace(dish, stock=stock), why)
        after = self._set(row, cells, wanted)
        return after if is_settled else None

    def add(self, row: int, dish: SheetDish) -> None:
        """A dish the sheet lacks: a new row, people's cells filled with what is known."""
        for column, value in self.words.bot_cells(dish).items():
            self.writes.append(CellWrite(row, column, value))
        for column, name in HUMAN.items():
            self._set_human(row, dish.stock, column, name)

    @property
    def _steps(self) -> int:
        return len(self.edits) + len(self.written) + len(self.settled)

    def _cell(self, cells: Row, column: Column) -> Cell:
        at = self.columns[column]
        return cells[at] if at < len(cells) else None

    def _settle_human(self, row: int, cell: Cell, stock: StockRow, column: Column, name: HumanField) -> StockRow:
        place = (stock.item_id, name)
        text, known = plain(cell), self.seen.get(place, _UNSEEN)
        if self._is_echo(name, text, known):
            if text != plain(human_cell(stock, name)) and read_human(name, cell) != human_value(stock, name):
                self._set_human(row, stock, column, name)
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

    def _set(self, row: int, cells: Row, wanted: Mapping[Column, str | int | bool]) -> Row:
        """Returns the row as it reads then."""
        after = None
        for column, value in wanted.items():
            at = self.columns[column]
            cell = cells[at] if at < len(cells) else None
            # Most cells say it in the very same way; folding both is for the rest.
            if (type(cell) is not type(value) or cell != value) and plain(cell) != plain(value):
                self.writes.append(CellWrite(row, column, value))
                after = after or [*cells, *[None] * (at + 1 - len(cells))]
                after[at] = value
        return cells if after is None else tuple(after)


def _differences(known: tuple[str, ...], said: tuple[str, ...]) -> int:
    return sum(old != new for old, new in zip(known, said, strict=True))
