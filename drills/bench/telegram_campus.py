"""Two hundred buildings on Telegram: a strict double, a group each, and our channel, desks, sender and boards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bot.board import BoardRules, Boards
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.identity import chat_id_of
from bot.desks.order import OrderDesk
from bot.front_desk import FrontDesk
from bot.sender import Sender
from core.catalog import Catalog, catalog_from_json
from core.channel_settings import TelegramSettings
from core.directory import Building, Directory
from core.errors import FallbackError
from core.ids import BuildingId
from core.mode import Mode, ModeState
from core.notices import NoticeRules
from core.ports import Clock
from core.settings import Settings
from drills.bench.lunch import PLENTY
from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.people import Person
from drills.telegram_double.room import Room
from drills.twin_primary_menu import load_menu
from fallback_store import catalog_snapshots, incident_log, people, stock
from fallback_store.database import Store, Tx
from watch.mode_switch import StoreModeSwitch

GROUPS = 200
LANGUAGE = "zh"
ZONE = ZoneInfo("Asia/Shanghai")
#: How often boards are looked at, seconds: as the service does.
BOARDS_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class TelegramCampus:
    """Everybody and everything."""

    store: Store
    clock: Clock
    double: TelegramDouble
    channel: TelegramChannel
    desk: FrontDesk
    sender: Sender
    boards: Boards
    switch: StoreModeSwitch
    rules: NoticeRules
    #: building id → its group
    groups: dict[str, Room]
    catalog: Catalog
    dishes: Sequence[str]

    def student(self, building_id: str, number: int) -> Person:
        """Somebody new in a building's group."""
        return self.double.user(f"同学{building_id}-{number}")

    @asynccontextmanager
    async def running(self, *more: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
        """Channel, front desk and sender at work, and whatever else is handed in."""
        async with asyncio.TaskGroup() as group:
            works = [self.channel.run(self.desk.take), self.desk.run(), self.sender.run(), *more]
            tasks = [group.create_task(work) for work in works]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()


@asynccontextmanager
async def telegram_campus(
    folder: Path, clock: Clock, *, mode: Mode, double_clock: Clock | None = None, poll_s: float = 1.0
) -> AsyncIterator[TelegramCampus]:
    """A store in `mode` that knows the campus; `double_clock`: the vendor's, if it is not the real one."""
    menu = load_menu({}, set())
    supplies = menu.supplies()
    for row in supplies.values():
        row.supply = PLENTY
    document = menu.document(supplies) | {"taken_at": clock.now().isoformat()}
    catalog = catalog_from_json(document)
    buildings = tuple(Building(BuildingId(str(n)), f"{n}栋", ()) for n in range(1, GROUPS + 1))
    async with await Store.open(folder / "store.sqlite3") as store, TelegramDouble(clock=double_clock) as double:
        settings = TelegramSettings(token=double.token, api_base=double.api_base, poll_s=poll_s)
        channel = TelegramChannel(
            store, clock, settings, chance=lambda: 0.5, tell_admin=_nobody, public_url="", language=LANGUAGE
        )
        groups = {building.id: double.group(building.name) for building in buildings}

        def settle(tx: Tx) -> None:
            now = clock.now()
            people.take_over_directory(tx, Directory("bench", buildings, (), ()), now)
            catalog_snapshots.keep(tx, orjson.dumps(document).decode(), '"bench"', now)
            stock.take_over(tx, catalog, now, resets_sales=True)
            for building_id, room in groups.items():
                people.bind_chat(tx, chat_id_of(room.id), BuildingId(building_id), title=room.chat.title, language="zh")
            if mode is not Mode.NORMAL:
                before = incident_log.current(tx, now)
                incident_log.change(tx, before, ModeState(mode, 1, now, "bench", "bench"))

        await store.write(settle)
        rules = NoticeRules(platform="校园", timezone=ZONE)
        switch = StoreModeSwitch(rules)
        desk = FrontDesk(store, clock, {channel.name: channel}, [OrderDesk(Settings())], LANGUAGE)
        yield TelegramCampus(
            store=store,
            clock=clock,
            double=double,
            channel=channel,
            desk=desk,
            sender=Sender(store, clock, channel, lambda: 0.5),
            boards=Boards(store, clock, BoardRules(ZONE, every_s=BOARDS_EVERY_S)),
            switch=switch,
            rules=rules,
            groups={str(building_id): room for building_id, room in groups.items()},
            catalog=catalog,
            dishes=[item.name for item in catalog.items.values()],
        )


def _nobody(tx: Tx, problem: FallbackError) -> None:
    raise AssertionError(f"nothing goes wrong here: {problem}")
