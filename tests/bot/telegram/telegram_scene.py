"""A small campus on Telegram: the double on a real socket, the real channel, front desk, sender and boards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from bot.board import BoardRules, Boards
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.identity import chat_id_of
from bot.desks.every_desk import every_desk
from bot.front_desk import FrontDesk
from bot.sender import Sender
from core.channel_settings import TelegramSettings
from core.chat import Role
from core.errors import FallbackError
from core.ids import BuildingId, PersonId
from core.mode import Mode, ModeState
from core.notices import NoticeRules
from core.settings import Settings
from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.limits import Limits
from drills.telegram_double.people import Person
from drills.telegram_double.room import Room
from fallback_store import catalog_snapshots, incident_log, people
from fallback_store.database import Store, Tx
from fallback_store.people import RoleGrant
from tests.small_campus import CATALOG_JSON, EPOCH, small_campus
from tests.telegram_judge import complaints
from watch.mode_switch import StoreModeSwitch
from watch.system_clock import SystemClock

ZONE = ZoneInfo("Asia/Shanghai")
SETTINGS = Settings()


@dataclass
class TelegramScene:
    """Everybody and everything; `running()` starts what runs in the service."""

    store: Store
    double: TelegramDouble
    channel: TelegramChannel
    desk: FrontDesk
    sender: Sender
    boards: Boards
    clock: SystemClock
    admin: Person
    #: troubles the admins were told of
    told: list[FallbackError] = field(default_factory=list)

    @asynccontextmanager
    async def running(self, *, boards: bool = False) -> AsyncIterator[None]:
        """The channel, the front desk and the sender at work."""
        parts = [self.channel.run(self.desk.take), self.desk.run(), self.sender.run()]
        if boards:
            parts.append(self.boards.run())
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(part) for part in parts]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()

    async def bind(self, room: Room, building_id: str, *, title: str = "") -> None:
        """Makes a group the group of a building."""
        chat_id, building = chat_id_of(room.id), BuildingId(building_id)
        await self.store.write(lambda tx: people.bind_chat(tx, chat_id, building, title=title, language="zh"))

    async def values(self, sql: str) -> list[object]:
        """The first column of what a query finds."""
        return [row[0] for row in await self.store.read_all(sql)]

    async def until_rows(self, sql: str, count: int, timeout_s: float = 20.0) -> list[object]:
        """What the query finds, once it finds so many. Raises: TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while True:
                seen = self.store.revision
                if len(found := await self.values(sql)) >= count:
                    return found
                await self.store.wait_change(seen)

    async def eventually(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Returns once it holds; for what makes no noise when it changes. Raises: TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def until_said(self, room: Room, words: str, timeout_s: float = 20.0) -> str:
        """The bot's message in a room that holds these words, once there is one."""
        await self.double.until(lambda: any(words in said.text for said in room.from_bot), timeout_s)
        return next(said.text for said in room.from_bot if words in said.text)


@asynccontextmanager
async def telegram_scene(
    folder: Path,
    *,
    mode: Mode = Mode.EMERGENCY,
    double: TelegramDouble | None = None,
    change: Callable[[TelegramSettings], TelegramSettings] = lambda settings: settings,
    grants: Sequence[tuple[Role, str]] = (),
    times_faster: int = 1,
) -> AsyncIterator[TelegramScene]:
    """The small campus, in `mode`; `grants`: roles the admin holds besides, with their scopes.

    `times_faster`: how often more than usual the vendor allows one to speak, and we do; not of a `double` given.
    """
    clock = SystemClock()
    async with small_campus(folder) as store, double or TelegramDouble(limits=_allowed(times_faster)) as vendor:
        told: list[FallbackError] = []
        usual = TelegramSettings(token=vendor.token, api_base=vendor.api_base, poll_s=1, timeout_s=2)
        settings = change(usual.model_copy(update=_pace(usual, times_faster)))
        channel = TelegramChannel(
            store,
            clock,
            settings,
            chance=lambda: 0.5,
            tell_admin=lambda tx, problem: told.append(problem),
            public_url="http://127.0.0.1:1",
            language="zh",
        )
        admin = vendor.user("Root", has_started=True)

        def settle(tx: Tx) -> None:
            now = clock.now()
            catalog_snapshots.keep(tx, orjson.dumps(CATALOG_JSON).decode(), None, now - timedelta(minutes=20))
            roles = [(Role.ADMIN, ""), *grants]
            person = PersonId(f"telegram:{admin.id}")
            people.replace_roles(tx, "config", [RoleGrant(person, role, scope) for role, scope in roles])
            if mode is not Mode.NORMAL:
                before = incident_log.current(tx, now)
                assert incident_log.change(tx, before, ModeState(mode, EPOCH, now, "test", "test"))

        await store.write(settle)
        switch = StoreModeSwitch(NoticeRules(platform="校园", timezone=ZONE))
        desk = FrontDesk(
            store, clock, {channel.name: channel}, every_desk(switch, ZONE, SETTINGS, {channel.name}), "zh"
        )
        sender = Sender(store, clock, channel, lambda: 0.5)
        boards = Boards(store, clock, BoardRules(ZONE, every_s=0.2))
        yield TelegramScene(store, vendor, channel, desk, sender, boards, clock, admin, told)
    assert complaints(vendor) == [], "what the channel said must please an independent judge"


def _allowed(times_faster: int) -> Limits:
    usual = Limits()
    return replace(
        usual,
        chat_s=usual.chat_s / times_faster,
        group_per_minute=usual.group_per_minute * times_faster,
        overall_per_second=usual.overall_per_second * times_faster,
    )


def _pace(usual: TelegramSettings, times_faster: int) -> dict[str, float]:
    names = ("chat_per_s", "group_per_min", "overall_per_s")
    return {name: getattr(usual, name) * times_faster for name in names}
