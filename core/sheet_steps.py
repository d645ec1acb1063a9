"""The steps one look at the sheet leads to, row by row: whose word each cell is, and what the bot must set."""

from __future__ import annotations

from collections.abc import Mapping
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
from core.sheet_copies import KnownRow
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
    #: found so at the last look
    strayed_before: Mapping[Place, str]
    edits: list[SheetEdit] = field(default_factory=list)
    writes: list[CellWrite] = field(default_factory=list)
    settled: dict[Place, str] = field(default_factory=dict)
    written: dict[Place, str] = field(default_factory=dict)
    flags: dict[int, str] = field(default_factory=dict)
    unreadable: dict[ItemId, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    #: texts of ours that stand in the wrong cells, until those say something else
    strayed: dict[Place, str] = field(default_factory=dict)
    #: people's cells of which an edit may be gone
    doubtful: set[Place] = field(default_factory=set)
    #: whether people's cells may be set now, and how often that had to wait
    mends: bool = True
    put_off: int = 0

    def is_flagged_copy(self, cells: Row) -> bool:
        """Whether this row was flagged as the copy of another."""
        return plain(self._cell(cells, Column.STATUS)) in COPY_FLAGS

    def news_in(self, item_id: ItemId, cells: Row, was: KnownRow | None) -> dict[Column, Cell]:
        """What people typed into one of a dish's rows since the last look, when it was `was`; None = not known."""
        news = dict[Column, Cell]()
        for column, name in HUMAN.items():
            cell = self._cell(cells, column)
            text = plain(cell)
            is_old = was is not None and text in (self._text(was.cells, column), self._text(was.after, column))
            if not self._is_echo((item_id, name), text) and not is_old:
                news[column] = cell
        return news

    def to_mend(self, cells: Row, dish: SheetDish, news: Mapping[Column, Cell]) -> int:
        """How many of people's cells we would have to set if this row stood for the dish."""
        return sum(
            self._text(cells, column) != plain(news[column])
            if column in news
            else self._contradicts(name, self._cell(cells, column), dish.stock)
            for column, name in HUMAN.items()
        )

    def doubt(self, stock: StockRow, typed: Mapping[Column, Cell]) -> None:
        """Cells that were typed we do not know when: asked about where the store says something else."""
        for column, cell in typed.items():
            if self._contradicts(HUMAN[column], cell, stock):
                self.doubtful.add((stock.item_id, HUMAN[column]))

    def flag(self, row: int, cells: Row, why: str) -> None:
        """A row nobody can serve: said in its status cell, everything else is left alone."""
        self.flags[row] = why
        self._set(row, cells, {Column.STATUS: why})

    def settle(
        self,
        row: int,
        cells: Row,
        dish: SheetDish,
        *,
        news: Mapping[Column, Cell] | None = None,
        mends: bool = True,
    ) -> Row | None:
        """One dish's row: people's edits first, so that the bot's half already knows them.

        Returns the row in which nothing is left to do: itself, or how it reads once the bot's cells are written; None
        when people's cells lead to something, too. `news`: what is one, wherever it was typed; None = whatever the
        row says that we do not know. `mends`: False while people move rows, for what we set might hit another one.
        """
        steps, stock, unreadable, self.mends = self._steps, dish.stock, list[Column](), mends
        for column, name in HUMAN.items():
            cell = self._cell(cells, column)
            try:
                if news is None:
                    stock = self._settle_human(row, cell, stock, column, name)
                else:
                    stock = self._settle_merged(row, cell, stock, column, name, news)
            except (UnreadableNumber, UnreadableSwitch):
                unreadable.append(column)
        why = self.words.unreadable(unreadable) if unreadable else ""
        if why:
            self.flags[row] = why
            self.unreadable[dish.stock.item_id] = (why, tuple(self._text(cells, column) for column in HUMAN))
        is_settled = not unreadable and self._steps == steps
        wanted = self.words.bot_cells(dish if stock is dish.stock else replace(dish, stock=stock), why)
        after = self._set(row, cells, wanted)
        return after if is_settled else None

    def add(self, row: int, dish: SheetDish) -> None:
        """A dish the sheet lacks: a new row, people's cells filled with what is known."""
        self.mends = True
        for column, value in self.words.bot_cells(dish).items():
            self.writes.append(CellWrite(row, column, value))
        for column, name in HUMAN.items():
            self._set_human(row, dish.stock, column, name)

    def after(self, cells: Row, first: int) -> Row:
        """How a row reads once the writes from number `first` on, all of them its own, have arrived."""
        writes = self.writes[first:]
        if not writes:
            return cells
        width = max(len(cells), *(self.columns[write.column] + 1 for write in writes))
        found = [*cells, *[None] * (width - len(cells))]
        for write in writes:
            found[self.columns[write.column]] = write.value
        return tuple(found)

    @property
    def _steps(self) -> int:
        return len(self.edits) + len(self.written) + len(self.settled) + self.put_off

    def _cell(self, cells: Row, column: Column) -> Cell:
        at = self.columns[column]
        return cells[at] if at < len(cells) else None

    def _text(self, cells: Row, column: Column) -> str:
        return plain(self._cell(cells, column))

    def _contradicts(self, name: HumanField, cell: Cell, stock: StockRow) -> bool:
        """Whether a cell says something else than the store; what means nothing does."""
        try:
            return read_human(name, cell) != human_value(stock, name)
        except (UnreadableNumber, UnreadableSwitch):
            return True

    def _settle_merged(
        self, row: int, cell: Cell, stock: StockRow, column: Column, name: HumanField, news: Mapping[Column, Cell]
    ) -> StockRow:
        """A cell of the row that stands for a dish with several."""
        if column in news:
            stock = self._settle_human(row, news[column], stock, column, name)
        elif self._is_echo((stock.item_id, name), plain(cell)):
            return self._settle_human(row, cell, stock, column, name)
        if read_human(name, cell) != human_value(stock, name):
            if self.mends:
                self.doubtful.add((stock.item_id, name))  # two rows of a dish said different things
            self._set_human(row, stock, column, name)
        return stock

    def _settle_human(self, row: int, cell: Cell, stock: StockRow, column: Column, name: HumanField) -> StockRow:
        place = (stock.item_id, name)
        text, known = plain(cell), self.seen.get(place, _UNSEEN)
        if self._is_echo(place, text):
            if text != plain(human_cell(stock, name)) and read_human(name, cell) != human_value(stock, name):
                if place in self.strayed and self.mends:
                    self.doubtful.add(place)  # somebody may have typed the very same there meanwhile
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

    def _is_echo(self, place: Place, text: str) -> bool:
        """Whether the cell says nothing new."""
        known = self.seen.get(place, _UNSEEN)
        if text in (known.settled, known.written):
            return True
        # A row we never filled in says nothing with an empty cell; later an empty cell is a person's word.
        if text == "" and known == _UNSEEN:
            return True
        if text == self.strayed_before.get(place):
            self.strayed[place] = text
            return True
        if text in self.strays.get(place[1], ()):
            # What stood there before was overwritten, perhaps before we had read it.
            self.strayed[place] = text
            self.doubtful.add(place)
            return True
        return False

    def _set_human(self, row: int, stock: StockRow, column: Column, name: HumanField) -> None:
        if not self.mends:
            self.put_off += 1
            return
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
