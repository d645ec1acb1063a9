"""A sheet of paper people share: it does what spreadsheets do, and people do to it what people do."""

from __future__ import annotations

from collections.abc import Sequence

from core.sheet import Cell, CellWrite, Column, SheetTable


class PaperSheet:
    """Obeys `core.ports.StockSheet`; keeps its own cells, as a vendor's sheet does."""

    name = "paper"

    def __init__(self) -> None:
        self.rows: list[dict[Column, Cell]] = []
        #: cells written by the bot so far
        self.written = 0

    # The sheet ---------------------------------------------------------------------------------

    async def read(self) -> SheetTable:
        """All rows, top to bottom."""
        return SheetTable.of(self.rows)

    async def write(self, writes: Sequence[CellWrite]) -> None:
        """Sets cells where the rows were when they were read: a sort in between hits the wrong row, as it would."""
        for write in writes:
            while len(self.rows) <= write.row:
                self.rows.append({})
            self.rows[write.row][write.column] = write.value
            self.written += 1

    # People ------------------------------------------------------------------------------------

    def types(self, item_id: str, column: Column, cell: Cell) -> None:
        """Somebody types into a dish's first row."""
        self.rows[self.place_of(item_id)][column] = cell

    def sort_by(self, column: Column, *, descending: bool = False) -> None:
        """Somebody sorts the whole sheet."""
        self.rows.sort(key=lambda cells: str(cells.get(column, "")), reverse=descending)

    def insert_blank(self, place: int) -> None:
        """Somebody inserts an empty row."""
        self.rows.insert(place, {})

    def duplicate(self, item_id: str) -> None:
        """Somebody copies a row below itself."""
        place = self.place_of(item_id)
        self.rows.insert(place + 1, dict(self.rows[place]))

    def delete(self, item_id: str) -> None:
        """Somebody deletes a dish's row."""
        del self.rows[self.place_of(item_id)]

    def place_of(self, item_id: str) -> int:
        """Where a dish's first row is. Raises: KeyError when it has none."""
        for place, cells in enumerate(self.rows):
            if cells.get(Column.ITEM) == item_id:
                return place
        raise KeyError(item_id)
