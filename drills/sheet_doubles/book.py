"""A spreadsheet as its vendor keeps it: tabs of cells, and everything people do to them behind a bot's back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.sheet import Cell, Column, plain
from core.sheet_words import COPY_FLAGS, find_columns


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell somebody put a formula into."""

    text: str
    #: what it comes to
    value: Cell


class Protected(Exception):
    """A person touched a cell that is not theirs."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells that show and take only what their first one holds; rows and columns count from 0, ends excluded."""

    first_row: int
    end_row: int
    first_column: int
    end_column: int

    def hides(self, row: int, column: int) -> bool:
        """Whether this cell is one of those that hold nothing."""
        is_inside = self.first_row <= row < self.end_row and self.first_column <= column < self.end_column
        return is_inside and (row, column) != (self.first_row, self.first_column)


@dataclass(slots=True)
class Tab:
    """One sheet of the file; row 0 holds the headings."""

    id: Any
    title: str
    row_count: int = 1000
    column_count: int = 26
    rows: list[list[Cell | Formula]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    #: columns people may edit; None = everything is open
    open_columns: frozenset[int] | None = None
    #: whatever else a vendor's requests have set: frozen rows, hidden columns, rules, filter views
    settings: dict[str, Any] = field(default_factory=dict)

    # The cells ---------------------------------------------------------------------------------

    def value(self, row: int, column: int) -> Cell:
        """What a cell comes to."""
        found = self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else None
        return found.value if isinstance(found, Formula) else found

    def put(self, row: int, column: int, cell: Cell | Formula) -> None:
        """Sets a cell; one hidden by a merge takes nothing."""
        if any(merge.hides(row, column) for merge in self.merges):
            return
        while len(self.rows) <= row:
            self.rows.append([])
        cells = self.rows[row]
        cells.extend([None] * (column + 1 - len(cells)))
        cells[column] = None if cell == "" else cell

    def values(self, first: int = 0) -> list[list[Cell]]:
        """All rows from `first`, empty ends left out."""
        found = [[c.value if isinstance(c, Formula) else c for c in row] for row in self.rows[first:]]
        for row in found:
            while row and row[-1] is None:
                row.pop()
        while found and not found[-1]:
            found.pop()
        return found

    # People ------------------------------------------------------------------------------------

    def column(self, column: Column) -> int:
        """Where people see a column. Raises: KeyError when it is gone."""
        return find_columns([self.value(0, place) for place in range(self.column_count)])[column]

    def place_of(self, item_id: str) -> int:
        """Where a dish's row is: people read the flag of a copy and leave it alone. Raises: KeyError."""
        at, status = self.column(Column.ITEM), self.column(Column.STATUS)
        places = [row for row in range(1, len(self.rows)) if plain(self.value(row, at)) == item_id]
        if not places:
            raise KeyError(item_id)
        return next((row for row in places if plain(self.value(row, status)) not in COPY_FLAGS), places[0])

    def types(self, item_id: str, column: Column, cell: Cell | Formula) -> None:
        """Somebody types into a dish's row. Raises: KeyError, Protected."""
        self.types_at(self.place_of(item_id), self.column(column), cell)

    def types_at(self, row: int, column: int, cell: Cell | Formula) -> None:
        """Somebody types into a cell. Raises: Protected."""
        if self.open_columns is not None and column not in self.open_columns:
            raise Protected(f"row {row}, column {column}")
        self.put(row, column, cell)

    def reads(self, item_id: str, column: Column) -> Cell:
        """What somebody sees in a dish's row. Raises: KeyError."""
        return self.value(self.place_of(item_id), self.column(column))

    def sort_by(self, column: Column, *, descending: bool = False) -> None:
        """Somebody sorts everything below the headings; blanks stay at the end."""
        at = self.column(column)
        filled = [row for row in self.rows[1:] if any(cell is not None for cell in row)]
        filled.sort(key=lambda row: _sort_key(row[at] if at < len(row) else None), reverse=descending)
        self.rows[1:] = filled

    def insert_row(self, row: int) -> None:
        """Somebody inserts an empty row."""
        self.rows.insert(min(row, len(self.rows)), [])
        self.row_count += 1

    def delete_row(self, row: int) -> None:
        """Somebody deletes a row."""
        if row < len(self.rows):
            del self.rows[row]
        self.row_count -= 1

    def duplicate_row(self, row: int) -> None:
        """Somebody copies a row below itself."""
        self.rows.insert(row + 1, list(self.rows[row]))
        self.row_count += 1

    def merge(self, merge: Merge) -> None:
        """Somebody merges cells: all but the first lose what they held."""
        for row in range(merge.first_row, merge.end_row):
            for column in range(merge.first_column, merge.end_column):
                if merge.hides(row, column):
                    self.put(row, column, None)
        self.merges.append(merge)

    def delete_column(self, column: Column) -> None:
        """Somebody deletes a whole column."""
        at = self.column(column)
        for row in self.rows:
            if at < len(row):
                del row[at]
        self.column_count -= 1

    def move_column_to_the_end(self, column: Column) -> None:
        """Somebody drags a column behind all the others."""
        at, end = self.column(column), max(len(row) for row in self.rows)
        for row in self.rows:
            row.extend([None] * (end - len(row)))
            row.append(row.pop(at))


def _sort_key(cell: Cell | Formula) -> tuple[int, float, str]:
    """Numbers, then texts, then switches, then blanks: as spreadsheets do."""
    value = cell.value if isinstance(cell, Formula) else cell
    if isinstance(value, bool):
        return (2, float(value), "")
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (3, 0.0, "") if value is None else (1, 0.0, str(value))


@dataclass(slots=True)
class Book:
    """One file."""

    id: str
    title: str = "库存"
    tabs: list[Tab] = field(default_factory=list)
    #: grows with every change
    revision: int = 0

    def tab(self, title: str) -> Tab | None:
        """A tab by its name."""
        return next((tab for tab in self.tabs if tab.title == title), None)

    def tab_by_id(self, tab_id: Any) -> Tab | None:
        """A tab by its vendor's id."""
        return next((tab for tab in self.tabs if tab.id == tab_id), None)

    def remove(self, tab: Tab) -> None:
        """Somebody deletes a tab."""
        self.tabs.remove(tab)
