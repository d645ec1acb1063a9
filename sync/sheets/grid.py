"""The built-in grid as a stock sheet: it holds no copy, its cells are the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from core.sheet import HUMAN, Cell, CellWrite, Column, SheetLine, bot_cells, human_cell
from fallback_store.database import Store
from sync.sheet_dishes import dishes_of


class GridSheet:
    """Obeys `core.ports.StockSheet`. People edit it on their page, which writes to the same rows it reads."""

    name = "grid"

    def __init__(self, store: Store, zone: tzinfo) -> None:
        self._store = store
        self._zone = zone

    async def read(self) -> list[SheetLine]:
        """Every dish, in menu order."""
        lines = list[SheetLine]()
        for row, dish in enumerate(await dishes_of(self._store)):
            cells: dict[Column, Cell] = dict(bot_cells(dish, self._zone))
            cells |= {column: human_cell(dish.stock, name) for column, name in HUMAN.items()}
            lines.append(SheetLine(row, cells))
        return lines

    async def write(self, writes: Sequence[CellWrite]) -> None:
        """Nothing to do: what the bot would write is what the next read computes from the same rows."""
