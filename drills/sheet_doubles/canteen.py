"""A store full of dishes, one vendor's spreadsheet double, and the mirror between them: where practice takes place."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import orjson

from core.ids import ItemId
from core.ports import Clock, StockSheet
from core.sheet import SheetDish
from core.sheet_settings import FeishuSheetSettings, GoogleSheetSettings
from core.sheet_words import SheetWords
from core.stock import OutOfStock, StockRow
from drills.sheet_doubles.book import Book, Tab
from drills.sheet_doubles.feishu import APP_ID, APP_SECRET, FeishuDouble
from drills.sheet_doubles.google import GoogleDouble
from drills.sheet_doubles.google_key import write_key_file
from drills.sheet_doubles.trouble import Troubles
from drills.sheet_doubles.vendor import VendorDouble
from fallback_store import catalog_snapshots, stock
from fallback_store.database import Store, Tx
from sync.sheet_dishes import dishes_of
from sync.sheets.feishu import FeishuSheet
from sync.sheets.feishu_http import FeishuCalls
from sync.sheets.feishu_setup import set_up as set_up_feishu
from sync.sheets.google import GoogleSheet
from sync.sheets.google_http import GoogleCalls
from sync.sheets.google_setup import set_up as set_up_google
from sync.sheets.setup_report import SetupReport
from sync.stock_mirror import StockMirror

Kind = Literal["google", "feishu"]
WORDS = SheetWords("zh", ZoneInfo("Asia/Shanghai"))
BOOK = "1AbcDEFghiJKLmnoPQRstuVWXyz0123456789"
MERCHANTS = 10
SUPPLY = 10_000
#: Seconds of the wall a call may take: no practice waits as long as the service does.
TIMEOUT_S = 1.5


@dataclass(slots=True)
class Vendor:
    """A vendor's double with one file in it, and our sheet that reads and writes the file."""

    sheet: StockSheet
    book: Book
    double: VendorDouble
    set_up: Callable[[Sequence[SheetDish]], Awaitable[SetupReport]]

    @property
    def tab(self) -> Tab:
        """The sheet as people see it, wherever it moved."""
        return self.book.tabs[-1]

    @property
    def trouble(self) -> Troubles:
        """What goes wrong."""
        return self.double.trouble


@dataclass(slots=True)
class Canteen:
    """What a practice can reach."""

    store: Store
    clock: Clock
    vendor: Vendor
    mirror: StockMirror
    items: list[ItemId]

    @property
    def tab(self) -> Tab:
        """The sheet as people see it."""
        return self.vendor.tab

    async def prepare(self) -> list[str]:
        """`sheet setup`, and the first cycles."""
        report = await self.vendor.set_up(await dishes_of(self.store))
        while (await self.mirror.cycle()).writes:
            continue
        return report.lines

    async def sell(self, item_id: ItemId, count: int = 1) -> bool:
        """A student orders; False when there is not enough."""
        with contextlib.suppress(OutOfStock):
            await self.store.write(lambda tx: stock.reserve(tx, item_id, count, self.clock.now()))
            return True
        return False

    async def says_in_chat(self, item_id: ItemId, supply: int) -> None:
        """The merchant tells the bot in the chat."""
        await self.store.write(
            lambda tx: stock.edit(tx, item_id, "supply", supply, by="web:boss", source="chat", now=self.clock.now())
        )

    async def row(self, item_id: ItemId) -> StockRow:
        """What the store says."""
        (found,) = await stock.rows_of(self.store, [item_id])
        return found

    async def settle(self) -> int:
        """Until the sheet is quiet; returns how many cycles it took. Raises: AssertionError after ten."""
        for cycles in range(10):
            report = await self.mirror.cycle()
            if not report.edits and not report.writes:
                return cycles
        raise AssertionError(f"still busy: {report}")


async def furnish(store: Store, clock: Clock, dishes: int, *, merchants: int = MERCHANTS) -> list[ItemId]:
    """Gives the store a menu of so many dishes with a supply each."""
    document = orjson.dumps(
        {
            "version": f"practice-{dishes}",
            "merchants": [
                {
                    "id": f"kitchen-{m}",
                    "name": f"{m + 1}号窗口",
                    "items": [
                        {"id": f"dish-{n}", "name": f"今日小炒{n}", "price_fen": 1200, "stock": SUPPLY}
                        for n in range(m, dishes, merchants)
                    ],
                }
                for m in range(merchants)
            ],
        }
    ).decode()

    def unit(tx: Tx) -> None:
        catalog = catalog_snapshots.keep(tx, document, None, clock.now())
        stock.take_over(tx, catalog, clock.now(), resets_sales=True)

    await store.write(unit)
    return [dish.stock.item_id for dish in await dishes_of(store)]


@asynccontextmanager
async def open_canteen(
    kind: Kind, folder: Path, clock: Clock, *, dishes: int = 12, is_filled: bool = True
) -> AsyncIterator[Canteen]:
    """Everything set up and the sheet filled; `is_filled=False` leaves the file empty."""
    async with (
        await Store.open(folder / "store.sqlite3") as store,
        open_vendor(kind, folder, clock) as vendor,
    ):
        items = await furnish(store, clock, dishes)
        canteen = Canteen(store, clock, vendor, StockMirror(store, clock, vendor.sheet, WORDS), items)
        if is_filled:
            await canteen.prepare()
        yield canteen


@asynccontextmanager
async def open_vendor(kind: Kind, folder: Path, clock: Clock) -> AsyncIterator[Vendor]:
    """The double serves until the block ends."""
    async with _VENDORS[kind](folder, clock) as vendor:
        yield vendor


@asynccontextmanager
async def _google(folder: Path, clock: Clock) -> AsyncIterator[Vendor]:
    async with GoogleDouble(clock).serving() as double:
        book = double.books[BOOK] = Book(BOOK, tabs=[Tab(0, "工作表1")])
        key = write_key_file(folder / "key.json", double.token_uri)
        settings = GoogleSheetSettings(spreadsheet_id=BOOK, credentials_file=key, api_base=double.origin)
        calls = GoogleCalls(settings, timeouts_s=(2.0, TIMEOUT_S))
        sheet = GoogleSheet(calls, clock, WORDS)
        try:
            yield Vendor(sheet, book, double, lambda dishes: set_up_google(sheet, WORDS, dishes))
        finally:
            calls.close()


@asynccontextmanager
async def _feishu(folder: Path, clock: Clock) -> AsyncIterator[Vendor]:
    async with FeishuDouble(clock).serving() as double:
        book = double.books[BOOK] = Book(BOOK, tabs=[Tab("s00000", "Sheet1", 200, 20)])
        settings = FeishuSheetSettings(
            app_id=APP_ID, app_secret=APP_SECRET, spreadsheet_token=BOOK, api_base=double.origin
        )
        calls = FeishuCalls(settings, clock, timeout_s=TIMEOUT_S)
        sheet = FeishuSheet(calls, clock, WORDS)
        try:
            yield Vendor(sheet, book, double, lambda dishes: set_up_feishu(sheet, WORDS, dishes))
        finally:
            await calls.close()


_VENDORS: dict[Kind, Callable[[Path, Clock], AbstractAsyncContextManager[Vendor]]] = {
    "google": _google,
    "feishu": _feishu,
}
