"""A stock sheet on paper, the store behind it, and the mirror between them."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from core.ids import ItemId
from core.sheet import Cell, CellWrite, Column, HumanField, SheetDish, plain
from core.sheet_words import SheetWords
from core.stock import OutOfStock, read_supply
from drills.paper_sheet import PaperSheet
from drills.twin_primary_menu import load_menu
from fallback_store import catalog_snapshots, stock
from fallback_store.database import Store, Tx
from sync.sheet_dishes import dishes_of
from sync.stock_mirror import StockMirror
from watch.system_clock import SystemClock

#: One row of the paper sheet.
Cells = dict[Column, Cell]
WORDS = SheetWords("zh", ZoneInfo("Asia/Shanghai"))


class RacedSheet(PaperSheet):
    """A paper sheet that somebody sorts between the bot's read and its write."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self.is_raced = True

    async def write(self, writes: Sequence[CellWrite]) -> None:
        """First the person, then the bot."""
        if self.is_raced and self._chance.random() < 0.5:
            self.sort_by(self._chance.choice([Column.LEFT, Column.DISH, Column.SOLD]), descending=True)
        await super().write(writes)


@dataclass
class Asked:
    """Obeys `sync.stock_mirror.SheetTells`: keeps what a merchant is asked to look at again."""

    cells: list[tuple[ItemId, list[HumanField]]]

    def conflict(self, tx: Tx, dish: SheetDish, now: datetime) -> None:
        """Not looked at here."""

    def unreadable(self, tx: Tx, dish: SheetDish, why: str, now: datetime) -> None:
        """Not looked at here."""

    def doubtful(self, tx: Tx, dish: SheetDish, fields: Sequence[HumanField], now: datetime) -> None:
        """An edit may be gone."""
        self.cells.append((dish.stock.item_id, list(fields)))


@dataclass
class Desk:
    """A store, a sheet and what keeps them the same."""

    store: Store
    clock: SystemClock
    sheet: RacedSheet
    mirror: StockMirror
    items: list[ItemId]
    #: what a merchant was asked to look at again
    asked: list[tuple[ItemId, list[HumanField]]]

    async def supply(self, item_id: ItemId) -> int | None:
        """What the store says."""
        return next(row.supply for row in await stock.rows(self.store) if row.item_id == item_id)

    async def sell(self, item_id: ItemId) -> None:
        """A student orders one portion, if there is one."""
        with contextlib.suppress(OutOfStock):
            await self.store.write(lambda tx: stock.reserve(tx, item_id, 1, self.clock.now()))

    async def says_in_chat(self, item_id: ItemId, supply: int) -> None:
        """The merchant tells the bot in the chat."""
        await self.store.write(
            lambda tx: stock.edit(tx, item_id, "supply", supply, by="web:boss", source="chat", now=self.clock.now())
        )

    async def settle(self) -> None:
        """Until the sheet is quiet; it must become so within a few looks."""
        self.sheet.is_raced = False
        for _ in range(6):
            report = await self.mirror.cycle()
            if not report.edits and not report.writes:
                return
        raise AssertionError(f"still busy: {report}")

    async def check(self) -> None:
        """Every dish once, every bot cell right, people's cells as the store has them."""
        for dish in await dishes_of(self.store):
            cells = self.sheet.rows[self.sheet.place_of(dish.stock.item_id)]
            assert plain(cells[Column.DISH]) == dish.name
            assert plain(cells[Column.SOLD]) == str(dish.stock.sold)
            assert plain(cells[Column.LEFT]) == ("不限" if dish.stock.left is None else str(dish.stock.left))
            assert read_supply(plain(cells[Column.SUPPLY])) == dish.stock.supply


@contextlib.asynccontextmanager
async def stock_desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The menu of the twin on a sheet that was looked at once."""
    async with await Store.open(tmp_path / "store.sqlite3") as store:
        clock, menu = SystemClock(), load_menu({}, set())
        document = orjson.dumps(menu.document(menu.supplies())).decode()

        def furnish(tx: Tx) -> None:
            catalog = catalog_snapshots.keep(tx, document, None, clock.now())
            stock.take_over(tx, catalog, clock.now(), resets_sales=True)

        await store.write(furnish)
        sheet = RacedSheet(random.Random(7))
        sheet.is_raced = False
        asked = Asked([])
        mirror = StockMirror(store, clock, sheet, WORDS, tells=asked)
        await mirror.cycle()
        yield Desk(store, clock, sheet, mirror, [dish.stock.item_id for dish in await dishes_of(store)], asked.cells)
