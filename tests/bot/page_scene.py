"""A whole small service for the page tests: real store, real switch, real pages on a port the system chose."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import orjson

from bot.board import BoardRules, Boards
from bot.channels.local_chat import LocalChat, group_chat
from bot.desks.every_desk import every_desk
from bot.front_desk import FrontDesk
from bot.pages.server import PageParts, build_app
from bot.pages.serving import serve
from bot.sender import Sender
from core.directory import directory_from_json
from core.ids import BuildingId, ChatId, ItemId, Key, PersonId
from core.notices import NoticeRules
from core.order import Order, OrderLine
from core.settings import Settings
from drills.twin_primary_menu import load_directory, load_menu
from fallback_store import catalog_snapshots, links, orders, people, stock
from fallback_store.database import Store, Tx
from fallback_store.links import LinkKind
from watch.mode_switch import StoreModeSwitch
from watch.system_clock import SystemClock

ADMIN_TOKEN = "a-token-for-tests-only"
COURIER = PersonId("web:courier-ma")


@dataclass
class Scene:
    """What a test can reach."""

    base: str
    store: Store
    clock: SystemClock
    local_chat: LocalChat
    switch: StoreModeSwitch
    settings: Settings
    http: aiohttp.ClientSession
    parts: PageParts
    group: asyncio.TaskGroup
    serving: asyncio.Task[None] | None = None

    async def start_pages(self) -> None:
        """Serves the pages, at the port they had before if they had one."""
        ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        port = int(self.base.rpartition(":")[2] or 0)
        app = build_app(self.parts)
        self.serving = self.group.create_task(serve(app, host="127.0.0.1", port=port, announce=ready.set_result))
        self.base = f"http://127.0.0.1:{await ready}"

    async def stop_pages(self) -> None:
        """The pages are gone; the store and everything else go on."""
        assert self.serving is not None
        self.serving.cancel()
        await asyncio.wait([self.serving])

    async def post(self, path: str, *, as_person: str = "anna", **wish: object) -> tuple[int, Any]:
        """A program's JSON call to the chat: status and body."""
        headers = {"X-Person": as_person}
        async with self.http.post(self.base + path, json=wish, headers=headers) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str, person: str = "anna") -> Any:
        """A program's JSON read."""
        async with self.http.get(self.base + path, headers={"X-Person": person}) as answer:
            return await answer.json()

    async def enter_emergency(self) -> None:
        """The bot takes orders."""
        now = self.clock.now()
        await self.store.write(
            lambda tx: self.switch.enter_emergency(tx, by="test", reason="订单接口连续超时", now=now)
        )

    async def link(self, kind: LinkKind, scope: str, token: str, label: str = "") -> str:
        """Opens a secret link and returns its path."""
        now = self.clock.now()
        await self.store.write(
            lambda tx: links.create(tx, token, kind, scope, label=label or scope, by="test", now=now)
        )
        return f"/{'sheet' if kind is LinkKind.MERCHANT else 'queue'}/{token}"

    async def order(self, building: str, room: str, items: Mapping[str, int], name: str = "小安") -> Order:
        """Places one order straight into the store."""
        snapshot = await catalog_snapshots.latest(self.store)
        assert snapshot is not None
        catalog, now = snapshot.catalog, self.clock.now()
        lines = tuple(
            OrderLine(
                ItemId(item_id),
                catalog.items[ItemId(item_id)].merchant_id,
                catalog.items[ItemId(item_id)].name,
                quantity,
                (),
                catalog.items[ItemId(item_id)].price_fen,
            )
            for item_id, quantity in items.items()
        )

        def unit(tx: Tx) -> Order:
            person_id = PersonId(f"web:{name}")
            people.person(tx, person_id, name)
            count = tx.execute("SELECT count(*) FROM orders").fetchone()[0]
            wish = orders.NewOrder(
                key=Key(f"test:{count}"),
                epoch=1,
                building_id=BuildingId(building),
                chat_id=ChatId(group_chat(building)),
                person_id=person_id,
                person_name=name,
                room=room,
                lines=lines,
                snapshot_version=catalog.version,
            )
            return orders.place(tx, wish, now)

        return await self.store.write(unit)

    async def dishes(self, merchant: int = 0) -> list[tuple[str, str]]:
        """Ids and names of one merchant's dishes, in menu order."""
        snapshot = await catalog_snapshots.latest(self.store)
        assert snapshot is not None
        return [(item.id, item.name) for item in snapshot.catalog.merchants[merchant].items]

    async def merchant_id(self, place: int = 0) -> str:
        """The id of the menu's first merchant (or another)."""
        snapshot = await catalog_snapshots.latest(self.store)
        assert snapshot is not None
        return snapshot.catalog.merchants[place].id


def scene_settings(folder: Path, **local_chat: object) -> Settings:
    """Settings of a practice campus."""
    return Settings.model_validate(
        {
            "store": {"path": folder / "store.sqlite3"},
            "web": {"admin_token": ADMIN_TOKEN},
            "campus": {"name": "竹园大学", "language": "zh"},
            "channels": {"local_chat": {"identities": "simulated", **local_chat}},
        }
    )


@asynccontextmanager
async def page_scene(
    folder: Path,
    *,
    settings: Settings | None = None,
    extra_dishes: int = 0,
    metrics: Mapping[str, float] | None = None,
    has_menu: bool = True,
    has_bot: bool = False,
) -> AsyncIterator[Scene]:
    """Opens the store, loads the twin's menu and campus, and serves the pages until the block ends.

    `extra_dishes`: makes the first merchant's menu that much longer. `has_bot`: the front desk, its desks, the
    boards and the sender work too, as in the service.
    """
    settings = settings or scene_settings(folder)
    clock = SystemClock()
    async with await Store.open(settings.store.path) as store:
        local_chat = LocalChat(store, clock, settings.channels.local_chat, language=settings.campus.language)
        switch = StoreModeSwitch(NoticeRules(platform=settings.campus.name, timezone=ZoneInfo("Asia/Shanghai")))
        await store.write(lambda tx: _furnish(tx, clock, local_chat, extra_dishes, has_menu=has_menu))
        parts = PageParts(store, clock, settings, local_chat, switch, lambda: metrics or {})
        async with asyncio.TaskGroup() as group, aiohttp.ClientSession() as http:
            scene = Scene("", store, clock, local_chat, switch, settings, http, parts, group)
            await scene.start_pages()
            works = _bot(settings, store, clock, local_chat, switch) if has_bot else []
            working = [group.create_task(work) for work in works]
            try:
                yield scene
            finally:
                for task in working:
                    task.cancel()
                await scene.stop_pages()


def _bot(
    settings: Settings, store: Store, clock: SystemClock, local_chat: LocalChat, switch: StoreModeSwitch
) -> list[Coroutine[Any, Any, None]]:
    zone = ZoneInfo(settings.campus.timezone)
    desks = every_desk(switch, zone, settings)
    front_desk = FrontDesk(store, clock, {local_chat.name: local_chat}, desks, settings.campus.language)
    return [
        front_desk.run(),
        local_chat.run(front_desk.take),
        Sender(store, clock, local_chat, random.Random(1).random).run(),
        Boards(store, clock, BoardRules(zone, "")).run(),
    ]


def _furnish(tx: Tx, clock: SystemClock, local_chat: LocalChat, extra_dishes: int, *, has_menu: bool) -> None:
    now = clock.now()
    people.take_over_directory(tx, directory_from_json(load_directory()), now)
    local_chat.ensure_rooms(tx)
    if not has_menu:
        return
    menu = load_menu({}, set())
    document = menu.document(menu.supplies())
    first = document["merchants"][0]["items"]
    first += [
        {**first[0], "id": f"extra-{n:03d}", "name": f"今日特色小炒 {n}", "aliases": [], "stock": n % 40}
        for n in range(extra_dishes)
    ]
    catalog = catalog_snapshots.keep(tx, orjson.dumps(document).decode(), None, now)
    stock.take_over(tx, catalog, now, resets_sales=True)
