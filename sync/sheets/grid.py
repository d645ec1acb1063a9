"""The built-in grid as a stock sheet: it holds no copy, its cells are the store."""

from __future__ import annotations

from collections.abc import Sequence

from core.sheet import HUMAN, Cell, CellWrite, Column, SheetTable, human_cell
from core.sheet_words import SheetWords
from fallback_store.database import Store
from sync.sheet_dishes import DishBook


class GridSheet:
    """Obeys `core.ports.StockSheet`. People edit it on their page, which writes to the same rows it reads."""

    name = "grid"

    def __init__(self, store: Store, words: SheetWords) -> None:
        self._dishes = DishBook(store)
        self._words = words

    async def read(self) -> SheetTable:
        """Every dish, in menu order."""
        rows = list[dict[Column, Cell]]()
        for dish in (await self._dishes.read()).values():
            cells: dict[Column, Cell] = dict(self._words.bot_cells(dish))
            rows.append(cells | {column: human_cell(dish.stock, name) for column, name in HUMAN.items()})
        return SheetTable.of(rows)

    async def write(self, writes: Sequence[CellWrite]) -> None:
        """Nothing to do: what the bot would write is what the next read computes from the same rows."""
