"""Every stock sheet obeys one body of tests, driven the way its people drive it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

import pytest

from core.ids import ItemId, Key
from core.ports import StockSheet
from core.sheet import BOT_COLUMNS, Cell, Column, SheetLine, plain
from core.sheet_words import SheetWords
from core.stock import StockRow
from drills.paper_sheet import PaperSheet
from drills.sheet_doubles.canteen import Vendor, open_vendor
from fallback_store import stock
from fallback_store.links import LinkKind
from sync.sheet_dishes import dishes_of
from sync.sheets.grid import GridSheet
from sync.stock_mirror import StockMirror
from tests.bot.page_scene import Scene, page_scene

WORDS = SheetWords("zh", ZoneInfo("Asia/Shanghai"))
FIELDS = {Column.SUPPLY: "supply", Column.STOPPED: "is_stopped", Column.NOTE: "note"}


class Hand(Protocol):
    """How people reach one kind of sheet."""

    sheet: StockSheet

    async def types(self, item_id: str, column: Column, text: str) -> None:
        """A person fills in one of their cells."""
        ...


class PaperHand:
    """People of the paper sheet."""

    def __init__(self) -> None:
        self._paper = PaperSheet()
        self.sheet: StockSheet = self._paper

    async def types(self, item_id: str, column: Column, text: str) -> None:
        """Straight into the cell."""
        self._paper.types(item_id, column, text)


class GridHand:
    """People of the built-in grid: they use its page, over HTTP."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.sheet: StockSheet = GridSheet(scene.store, WORDS)

    async def types(self, item_id: str, column: Column, text: str) -> None:
        """One form of the page."""
        token = "a-merchant's-secret"
        address = await self._scene.link(LinkKind.MERCHANT, await self._scene.merchant_id(), token)
        value = {"TRUE": "1", "FALSE": "0"}.get(text, text)
        form = {"item": item_id, "field": FIELDS[column], "value": value}
        async with self._scene.http.post(self._scene.base + address, data=form) as answer:
            await answer.read()


class VendorHand:
    """People of a vendor's spreadsheet: they have it open in the vendor's app."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self.sheet: StockSheet = vendor.sheet

    async def types(self, item_id: str, column: Column, text: str) -> None:
        """Straight into the cell; the app makes numbers and switches of what looks like one."""
        cell: Cell = {"TRUE": True, "FALSE": False}.get(text, int(text) if text.isascii() and text.isdigit() else text)
        self._vendor.tab.types(item_id, column, cell)


class Table:
    """A sheet, its mirror and its people at one campus."""

    def __init__(self, scene: Scene, hand: Hand) -> None:
        self.scene = scene
        self.hand = hand
        self.mirror = StockMirror(scene.store, scene.clock, hand.sheet, WORDS)

    async def line(self, item_id: str) -> SheetLine:
        """The only row of a dish."""
        (found,) = [line for line in (await self.hand.sheet.read()).lines() if line.item_id == item_id]
        return found

    async def cell(self, item_id: str, column: Column) -> str:
        """One cell as text."""
        return plain((await self.line(item_id)).cells[column])

    async def stock(self, item_id: str) -> StockRow:
        """What the store says."""
        (found,) = [row for row in await stock.rows(self.scene.store) if row.item_id == item_id]
        return found


@pytest.fixture(params=["paper", "grid", "google", "feishu"])
async def table(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Table]:
    async with page_scene(tmp_path) as scene, _hand(request.param, scene, tmp_path) as hand:
        table = Table(scene, hand)
        await table.mirror.cycle()
        await table.mirror.cycle()
        yield table


@asynccontextmanager
async def _hand(kind: Literal["paper", "grid", "google", "feishu"], scene: Scene, folder: Path) -> AsyncIterator[Hand]:
    if kind == "paper":
        yield PaperHand()
    elif kind == "grid":
        yield GridHand(scene)
    else:
        async with open_vendor(kind, folder, scene.clock) as vendor:
            await vendor.set_up(await dishes_of(scene.store))
            yield VendorHand(vendor)


async def test_every_dish_has_one_row_that_says_what_the_store_says(table: Table) -> None:
    lines = {line.item_id: line for line in (await table.hand.sheet.read()).lines() if line.item_id}
    dishes = await dishes_of(table.scene.store)
    assert set(lines) == {dish.stock.item_id for dish in dishes}
    for dish in dishes:
        cells = lines[dish.stock.item_id].cells
        assert plain(cells[Column.DISH]) == dish.name
        assert plain(cells[Column.LEFT]) == ("不限" if dish.stock.left is None else str(dish.stock.left))
        assert set(cells) == set(Column)


async def test_a_quiet_sheet_is_not_written_to(table: Table) -> None:
    before = table.scene.store.revision
    report = await table.mirror.cycle()
    assert (report.edits, report.writes, report.flags) == (0, 0, {})
    assert table.scene.store.revision == before


@pytest.mark.parametrize(("typed", "supply"), [("30", 30), ("３０份", 30), ("", None), ("不限", None), ("0", 0)])
async def test_a_supply_people_type_reaches_the_store(table: Table, typed: str, supply: int | None) -> None:
    item_id = (await table.scene.dishes())[0][0]
    await table.hand.types(item_id, Column.SUPPLY, typed)
    await table.mirror.cycle()
    assert (await table.stock(item_id)).supply == supply
    await table.mirror.cycle()
    assert await table.cell(item_id, Column.LEFT) == ("不限" if supply is None else str(supply))
    assert (await table.mirror.cycle()).edits == 0


async def test_a_dish_people_stop_is_stopped_and_started_again(table: Table) -> None:
    item_id = (await table.scene.dishes())[1][0]
    for cell, is_stopped, word in (("TRUE", True, "停售"), ("FALSE", False, "在售")):
        await table.hand.types(item_id, Column.STOPPED, cell)
        await table.mirror.cycle()
        assert (await table.stock(item_id)).is_stopped is is_stopped
        assert await table.cell(item_id, Column.STATUS) == word


async def test_a_note_reaches_the_store(table: Table) -> None:
    item_id = (await table.scene.dishes())[2][0]
    await table.hand.types(item_id, Column.NOTE, "12点后才有")
    await table.mirror.cycle()
    assert (await table.stock(item_id)).note == "12点后才有"


async def test_junk_keeps_the_last_good_value(table: Table) -> None:
    item_id = (await table.scene.dishes())[0][0]
    good = (await table.stock(item_id)).supply
    assert good is not None
    await table.hand.types(item_id, Column.SUPPLY, "很多")
    await table.mirror.cycle()
    assert (await table.stock(item_id)).supply == good


async def test_a_sale_shows_up(table: Table) -> None:
    item_id = (await table.scene.dishes())[0][0]
    left = int(await table.cell(item_id, Column.LEFT))
    await table.scene.order("12", "305", {item_id: 3})
    await table.mirror.cycle()
    assert (await table.cell(item_id, Column.SOLD), await table.cell(item_id, Column.LEFT)) == ("3", str(left - 3))


async def test_what_a_merchant_says_in_the_chat_is_shown_and_not_taken_back(table: Table) -> None:
    item_id = (await table.scene.dishes())[0][0]
    now = table.scene.clock.now()
    await table.scene.store.write(
        lambda tx: stock.edit(
            tx, ItemId(item_id), "supply", 7, by="web:boss", source="chat", now=now, key=Key("chat-edit")
        )
    )
    for _ in range(3):
        await table.mirror.cycle()
    assert (await table.stock(item_id)).supply == 7
    assert await table.cell(item_id, Column.SUPPLY) == "7"


async def test_the_bots_columns_and_peoples_columns_do_not_overlap() -> None:
    assert not BOT_COLUMNS & set(FIELDS)
    assert BOT_COLUMNS | set(FIELDS) == set(Column)
