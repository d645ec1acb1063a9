"""The merchant's page with thousands of dishes while students order: when an edit counts, when an order shows."""

from __future__ import annotations

import asyncio
import hashlib
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from zoneinfo import ZoneInfo

import aiohttp

from bot.channels.local_chat import LocalChat
from bot.pages.parts import PageParts
from bot.pages.server import build_app
from bot.pages.serving import serve
from core.ids import ItemId
from core.notices import NoticeRules
from core.settings import Settings
from drills.bench.figure import Figure
from drills.sheet_doubles.canteen import furnish
from fallback_store import links, stock
from fallback_store.database import Store
from fallback_store.links import LinkKind
from watch.mode_switch import StoreModeSwitch
from watch.system_clock import SystemClock

DISHES = 9_000
TRIES = 60
ORDERS_PER_S = 20.0
ADDRESS = "the-merchants-address"


async def measure_sheet_page() -> list[Figure]:
    """One merchant with every dish of the menu, one window open, twenty orders a second."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_page(Path(folder), DISHES) as merchant:
            chance = random.Random(2)
            some = merchant.items[:50]
            students = asyncio.create_task(_order_for_ever(merchant, chance, some))
            news = asyncio.create_task(merchant.listen())
            await merchant.listening.wait()
            loads = [await merchant.load() for _ in range(TRIES)]
            edits = [await merchant.edit(chance.choice(some), number) for number in range(TRIES)]
            shows = [await merchant.order_shows(item_id) for item_id in merchant.items[50:90]]
            for task in (students, news):
                task.cancel()
            await asyncio.gather(students, news, return_exceptions=True)
    beside = f"{DISHES:,} dishes, {ORDERS_PER_S:g} orders/s, a window that is told of them"
    return [
        _p95("edit to effect on the page, p95", edits, 0.5, beside),
        _p95("order to the page, p95", shows, 6, beside),
        _p95("the page is answered, p95", loads, 1, beside),
    ]


def _p95(name: str, times: Sequence[float], target: float, detail: str) -> Figure:
    return Figure(name=name, value=quantiles(times, n=20)[18], target=target, unit="s", is_at_most=True, detail=detail)


@dataclass(slots=True)
class PageOfMerchant:
    """A window at the sheet page, and the store behind it."""

    store: Store
    clock: SystemClock
    http: aiohttp.ClientSession
    base: str
    items: list[ItemId]
    listening: asyncio.Event
    #: what waits for news of a row
    waiting: dict[str, asyncio.Event]

    async def load(self) -> float:
        """Seconds until the whole page is here."""
        began_s = time.perf_counter()
        async with self.http.get(f"{self.base}/sheet/{ADDRESS}") as answer:
            page = await answer.text()
        assert answer.status == 200, page[:200]
        return time.perf_counter() - began_s

    async def edit(self, item_id: ItemId, supply: int) -> float:
        """Seconds until the store holds what was typed."""
        began_s = time.perf_counter()
        await self.set(item_id, "supply", str(10_000 + supply))
        took_s = time.perf_counter() - began_s
        (row,) = await stock.rows_of(self.store, [item_id])
        assert row.supply == 10_000 + supply
        return took_s

    async def set(self, item_id: ItemId, column: str, value: str) -> None:
        """Sets one cell, as the page's script does; it counts when this returns."""
        form = {"item": item_id, "field": column, "value": value}
        headers = {"Origin": self.base, "HX-Request": "true", "Accept": "application/json"}
        async with self.http.post(f"{self.base}/sheet/{ADDRESS}", data=form, headers=headers) as answer:
            assert answer.status in (200, 204), await answer.text()

    async def page(self, **query: str | int) -> str:
        """The page, turned over or searched."""
        async with self.http.get(f"{self.base}/sheet/{ADDRESS}", params=query) as answer:
            assert answer.status == 200
            return await answer.text()

    async def order_shows(self, item_id: ItemId) -> float:
        """Seconds from an order to its figure in the open window."""
        told = self.waiting[_mark(item_id)] = asyncio.Event()
        began_s = time.perf_counter()
        await self.sell(item_id)
        await asyncio.wait_for(told.wait(), 30)
        return time.perf_counter() - began_s

    async def sell(self, item_id: ItemId) -> None:
        """A student orders one."""
        await self.store.write(lambda tx: stock.reserve(tx, item_id, 1, self.clock.now()))

    async def listen(self) -> None:
        """The open window: hears of every row that changes."""
        since_ms = int(self.clock.now().timestamp() * 1000)
        timeout = aiohttp.ClientTimeout(total=None)
        async with self.http.get(f"{self.base}/sheet/{ADDRESS}/events?since={since_ms}", timeout=timeout) as stream:
            async for line in stream.content:
                self.listening.set()
                name = line.decode().removeprefix("event: live-").strip()
                if line.startswith(b"event: live-") and name in self.waiting:
                    self.waiting[name].set()


async def _order_for_ever(merchant: PageOfMerchant, chance: random.Random, items: Sequence[ItemId]) -> None:
    while True:
        await merchant.sell(chance.choice(items))
        await asyncio.sleep(1 / ORDERS_PER_S)


def _mark(item_id: ItemId) -> str:
    """What the page calls a row's events."""
    return hashlib.sha256(item_id.encode()).hexdigest()[:12]


@asynccontextmanager
async def open_page(folder: Path, dishes: int) -> AsyncIterator[PageOfMerchant]:
    """Pages over a store of their own, and one merchant's window at them."""
    clock, settings = SystemClock(), Settings.model_validate({"store": {"path": folder / "store.sqlite3"}})
    async with await Store.open(settings.store.path) as store, aiohttp.ClientSession() as http:
        items = await furnish(store, clock, dishes, merchants=1)
        now = clock.now()
        await store.write(
            lambda tx: links.create(tx, ADDRESS, LinkKind.MERCHANT, "kitchen-0", label="bench", by="bench", now=now)
        )
        chat = LocalChat(store, clock, settings.channels.local_chat, language=settings.campus.language)
        switch = StoreModeSwitch(
            NoticeRules(platform=settings.campus.name, timezone=ZoneInfo(settings.campus.timezone))
        )
        metrics: Callable[[], Mapping[str, float]] = dict
        ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        app = build_app(PageParts(store, clock, settings, chat, switch, metrics))
        serving = asyncio.create_task(serve(app, host="127.0.0.1", port=0, announce=ready.set_result))
        try:
            yield PageOfMerchant(store, clock, http, f"http://127.0.0.1:{await ready}", items, asyncio.Event(), {})
        finally:
            serving.cancel()
            await asyncio.wait([serving])
