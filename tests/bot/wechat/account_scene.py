"""An Official Account at lunch: the vendor's double calls us over sockets, everything between is the real thing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from starlette.applications import Starlette

from bot.channels.wechat.api import WeChatApi, official_account_token
from bot.channels.wechat.official_account import PATH, OfficialAccount
from bot.channels.wechat.seal import Seal
from bot.desks.order import OrderDesk
from bot.desks.relay import RelayDesk
from bot.front_desk import FrontDesk
from bot.sender import Sender
from core.errors import FallbackError
from core.mode import Mode, ModeState
from core.ports import Clock
from core.settings import Settings
from drills.wechat_double.api_server import ApiServer
from drills.wechat_double.official_account import VendorSide
from drills.wechat_double.people import Followers
from drills.wechat_double.sealing import VendorSeal
from fallback_store import catalog_snapshots, incident_log
from fallback_store.database import Store, Tx
from tests.small_campus import CATALOG_JSON, small_campus
from tests.web_server import serving
from watch.system_clock import SystemClock

TOKEN, AES_KEY, APP_ID, SECRET = "t0ken", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx1", "app-secret"


@dataclass
class AccountScene:
    """Both sides."""

    store: Store
    clock: Clock
    account: OfficialAccount
    front_desk: FrontDesk
    followers: Followers
    api: ApiServer
    vendor: VendorSide
    url: str
    #: what the admins were told
    told: list[FallbackError]

    async def orders(self) -> list[tuple[str, str]]:
        """(number, state) of every order, oldest first."""
        rows = await self.store.read_all("SELECT building_id, number, state FROM orders ORDER BY rowid")
        return [(f"#{row[0]}-{row[1]:03d}", row[2]) for row in rows]

    async def quiet(self) -> None:
        """Returns once nothing waits to be said. Raises: TimeoutError."""

        async def nothing_waits() -> bool:
            return await self.one("SELECT count(*) FROM outgoing WHERE state = 'waiting' AND not_before_ms = 0") == 0

        await until(nothing_waits)

    async def holds(self, sql: str) -> bool:
        """Whether the one value a query finds is true."""
        return bool(await self.one(sql))

    async def one(self, sql: str) -> object:
        """The one value a query finds."""
        return (await self.store.read_all(sql))[0][0]


@asynccontextmanager
async def account_scene(
    folder: Path, *, runs_front_desk: bool = True, waits_s: float = 5.0, clock: Clock | None = None
) -> AsyncIterator[AccountScene]:
    """An emergency on the small campus; `waits_s`: how long the vendor waits for an answer."""
    clock = clock or SystemClock()
    followers = Followers(clock)
    async with small_campus(folder) as store, ApiServer(clock, followers, {APP_ID: SECRET}) as api:
        await store.write(lambda tx: open_emergency(tx, clock.now()))
        client = WeChatApi(clock, api.origin, official_account_token(APP_ID, SECRET))
        told: list[FallbackError] = []
        account = OfficialAccount(
            store,
            clock,
            Seal(TOKEN, AES_KEY, APP_ID),
            client,
            tell_admin=lambda _, problem: told.append(problem),
            language="zh",
        )
        settings = Settings()
        front_desk = FrontDesk(store, clock, {account.name: account}, (RelayDesk(settings), OrderDesk(settings)), "zh")
        app = Starlette(routes=account.routes)
        async with serving(app) as origin, asyncio.TaskGroup() as group:
            sender = Sender(store, clock, account, lambda: 0.5)
            running = [account.run(front_desk.take), sender.run(), *([front_desk.run()] if runs_front_desk else [])]
            tasks = [group.create_task(work) for work in running]
            await asyncio.sleep(0.05)
            vendor = VendorSide(clock, VendorSeal(TOKEN, AES_KEY, APP_ID), followers, waits_s=waits_s)
            vendor.url = f"{origin}{PATH}"
            yield AccountScene(store, clock, account, front_desk, followers, api, vendor, vendor.url, told)
            for task in tasks:
                task.cancel()


async def until(condition: Callable[[], Awaitable[bool] | bool], *, within_s: float = 20.0) -> None:
    """Returns once `condition` holds. Raises: TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


def open_emergency(tx: Tx, now: datetime) -> None:
    """The small campus with its menu, in emergency."""
    catalog_snapshots.keep(tx, orjson.dumps(CATALOG_JSON).decode(), None, now - timedelta(minutes=20))
    before = incident_log.current(tx, now)
    assert incident_log.change(tx, before, ModeState(Mode.EMERGENCY, 3, now, "test", "test"))
