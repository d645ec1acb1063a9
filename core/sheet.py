"""The shared stock sheet: columns with one owner each, what their cells mean, and the steps a reconcile leads to.

The bot owns what follows from the store; people own what only they can know.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from core.errors import NeedsPerson
from core.ids import ItemId
from core.stock import StockRow, read_supply


class Column(StrEnum):
    """The columns, left to right; `core/sheet_words.py` has their headings."""

    ITEM = "item"
    MERCHANT = "merchant"
    DISH = "dish"
    SOLD = "sold"
    LEFT = "left"
    STATUS = "status"
    CHANGED = "changed"
    SUPPLY = "supply"
    STOPPED = "stopped"
    NOTE = "note"


HumanField = Literal["supply", "is_stopped", "note"]
#: What a cell can hold; vendors disagree about numbers and booleans.
Cell = str | int | float | bool | None
Row = tuple[Cell, ...]

#: People's columns → what they mean in the store.
HUMAN: dict[Column, HumanField] = {Column.SUPPLY: "supply", Column.STOPPED: "is_stopped", Column.NOTE: "note"}
BOT_COLUMNS = frozenset(Column) - frozenset(HUMAN)
LONGEST_NOTE = 60

_YES = ("true", "1", "是", "停", "停售", "√", "✓", "✔", "x", "yes")
_NO = ("false", "0", "", "否", "在售", "no")


@dataclass(frozen=True, slots=True)
class SheetTable:
    """The whole sheet as it stood a moment ago, below its headings."""

    #: where each column is in a row's cells; people may have moved it
    columns: Mapping[Column, int]
    #: top to bottom; empty cells at the end of a row may be missing
    rows: Sequence[Row]

    @classmethod
    def of(cls, rows: Sequence[Mapping[Column, Cell]]) -> SheetTable:
        """A table with the columns where we put them."""
        places = {column: place for place, column in enumerate(Column)}
        return cls(places, [tuple(cells.get(column) for column in Column) for cells in rows])

    def lines(self) -> list[SheetLine]:
        """Every row by column: for whoever looks at few of them."""
        return [
            SheetLine(number, {column: row[at] if at < len(row) else None for column, at in self.columns.items()})
            for number, row in enumerate(self.rows)
        ]


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One row as it stands, with whatever people made of it."""

    #: its place right now; the next sort may move it
    row: int
    cells: Mapping[Column, Cell]

    @property
    def item_id(self) -> str:
        """What its id cell says; "" for a blank row or people's own notes."""
        return plain(self.cells.get(Column.ITEM))


@dataclass(frozen=True, slots=True)
class SheetDish:
    """What the bot knows about a dish."""

    stock: StockRow
    merchant: str
    name: str


@dataclass(frozen=True, slots=True)
class SheetEdit:
    """A person set one of their cells."""

    item_id: ItemId
    field: HumanField
    value: int | str | None
    #: as typed: what counts as settled once the edit is stored
    cell: str


@dataclass(frozen=True, slots=True)
class CellWrite:
    """One cell the bot sets, to an absolute value; a row below the last one is a new row."""

    row: int
    column: Column
    value: str | int | bool


Place = tuple[ItemId, HumanField]


@dataclass(frozen=True, slots=True)
class SeenCell:
    """What the bot knows of one of people's cells; anything else in it is a person's edit."""

    #: its text when sheet and store last agreed; None = never yet
    settled: str | None = None
    #: what the bot has put there since; None = nothing
    written: str | None = None


class SheetDamaged(NeedsPerson):
    """The sheet lacks a column we cannot work without."""

    hint = "Run `python main.py sheet setup`: it puts back what is missing and leaves people's cells alone."


class UnreadableSwitch(NeedsPerson):
    """A cell that should say yes or no does not."""

    hint = "Tick the box, or write 是 or 否."


def plain(cell: Cell) -> str:
    """A cell as text: `50.0` → `50`, `True` → `TRUE`, full-width forms folded, trimmed."""
    if isinstance(cell, str):
        return (cell if cell.isascii() else unicodedata.normalize("NFKC", cell)).strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def read_human(name: HumanField, cell: Cell) -> int | str | None:
    """What a person's cell means. Raises: UnreadableNumber, UnreadableSwitch."""
    text = plain(cell)
    match name:
        case "supply":
            return read_supply(text)
        case "is_stopped":
            if text.lower() in _YES:
                return 1
            if text.lower() in _NO:
                return 0
            raise UnreadableSwitch(f"{text[:20]!r} is neither yes nor no.")
        case "note":
            return text[:LONGEST_NOTE]


def human_value(stock: StockRow, name: HumanField) -> int | str | None:
    """What the store says about one of people's columns."""
    match name:
        case "supply":
            return stock.supply
        case "is_stopped":
            return int(stock.is_stopped)
        case "note":
            return stock.note


def human_cell(stock: StockRow, name: HumanField) -> str | int | bool:
    """The same as the bot would write it into a cell."""
    value = human_value(stock, name)
    if name == "is_stopped":
        return bool(value)
    return "" if value is None else value
