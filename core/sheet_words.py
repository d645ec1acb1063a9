"""What a stock sheet says, in the campus's language: headings, the bot's cells, why a row is flagged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache

from core.sheet import Cell, Column, Row, SheetDamaged, SheetDish, SheetTable, plain
from core.stock import StockStatus
from core.texts import LANGUAGES, text

#: Heading → column, in every language: a sheet keeps working when the campus changes its language.
_COLUMNS = {
    text(language, f"sheet_column_{column}"): column for language in LANGUAGES for column in Column
}  # fmt: skip

#: How a copied row is flagged, in every language.
COPY_FLAGS = frozenset(plain(text(language, "sheet_flag_duplicate")) for language in LANGUAGES)


@dataclass(frozen=True, slots=True)
class SheetWords:
    """The language and the clock of the people who read the sheet."""

    language: str
    zone: tzinfo

    @property
    def title(self) -> str:
        """What the tab is called."""
        return text(self.language, "sheet_title")

    def heading(self, column: Column) -> str:
        """What stands above a column."""
        return text(self.language, f"sheet_column_{column}")

    def bot_cells(self, dish: SheetDish, flag: str = "") -> dict[Column, str | int | bool]:
        """The bot's half of a row; `flag` takes the place of the status."""
        stock = dish.stock
        left = stock.left
        return {
            Column.ITEM: stock.item_id,
            Column.MERCHANT: dish.merchant,
            Column.DISH: dish.name,
            Column.SOLD: stock.sold,
            Column.LEFT: _said(self.language, "sheet_unlimited") if left is None else left,
            Column.STATUS: flag or self._status(dish),
            Column.CHANGED: f"{stock.changed_at.astimezone(self.zone):%m-%d %H:%M:%S}",
        }

    def status(self, status: StockStatus) -> str:
        """On sale, sold out or stopped."""
        return _said(self.language, f"sheet_status_{status.value}")

    def _status(self, dish: SheetDish) -> str:
        said = self.status(dish.stock.status)
        if not dish.stock.oversold:
            return said
        return f"{said} · {text(self.language, 'sheet_oversold', count=dish.stock.oversold)}"

    def duplicate(self) -> str:
        """Said in a row whose dish has a row further up."""
        return text(self.language, "sheet_flag_duplicate")

    def not_on_menu(self) -> str:
        """Said in a row whose id no menu knows."""
        return text(self.language, "sheet_flag_not_on_menu")

    def unreadable(self, columns: Iterable[Column]) -> str:
        """Said in a row with cells that mean nothing."""
        comma = text(self.language, "list_comma")
        return text(self.language, "sheet_flag_unreadable", columns=comma.join(map(self.heading, columns)))


@cache
def _said(language: str, name: str) -> str:
    """A sentence without facts; asked for thousands of cells."""
    return text(language, name)


def find_columns(headings: Sequence[Cell]) -> dict[Column, int]:
    """Where each column is, by its heading in any of our languages; of two alike the left one counts."""
    found = dict[Column, int]()
    for place, heading in enumerate(headings):
        column = _COLUMNS.get(plain(heading))
        if column is not None:
            found.setdefault(column, place)
    return found


def read_table(grid: Sequence[Row]) -> SheetTable:
    """A sheet's cells, headings first, as a table. Raises: SheetDamaged when a column is gone."""
    columns = find_columns(grid[0] if grid else ())
    missing = [column for column in Column if column not in columns]
    if missing:
        named = ", ".join("/".join(text(language, f"sheet_column_{c}") for language in LANGUAGES) for c in missing)
        raise SheetDamaged(f"The stock sheet lacks the column {named}.")
    return SheetTable(columns, grid[1:])
