"""A WeCom robot at lunch: the gateway's double holds the line, everything between is the real thing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import orjson

from bot.channels.wechat.robot_reading import group_chat
from bot.channels.wechat.wecom_robot import WecomRobot
from bot.desks.order import OrderDesk
from bot.front_desk import FrontDesk
from bot.sender import Sender
from core.errors import FallbackError
from core.ids import BuildingId
from core.mode import Mode, ModeState
from core.settings import Settings
from drills.wechat_double.robot_gateway import RobotGateway
from fallback_store import catalog_snapshots, incident_log, people
from fallback_store.database import Store, Tx
from tests.bot.wechat.account_scene import until
from tests.small_campus import CATALOG_JSON, small_campus
from watch.system_clock import SystemClock

GROUP = group_chat("dorm-12")


class QuickClock(SystemClock):
    """Waits a hundredth of what it is asked to, and remembers what that was."""

    def __init__(self) -> None:
        self.slept_s: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Returns early."""
        self.slept_s.append(seconds)
        await asyncio.sleep(min(seconds / 100, 0.3))


@dataclass
class Scene:
    store: Store
    gateway: RobotGateway
    robot: WecomRobot
    clock: QuickClock
    front_desk: FrontDesk
    #: the robot's own first, then its sender's
    tasks: list[asyncio.Task[None]]
    told: list[FallbackError] = field(default_factory=list)

    async def one(self, sql: str) -> object:
        return (await self.store.read_all(sql))[0][0]


def robot_of(
    store: Store, gateway: RobotGateway, clock: QuickClock, told: list[FallbackError], secret: str = "s"
) -> WecomRobot:
    return WecomRobot(
        store,
        clock,
        bot_id="bot",
        secret=secret,
        ws_url=gateway.url,
        chance=lambda: 0.5,
        tell_admin=lambda _, problem: told.append(problem),
        language="zh",
    )


@asynccontextmanager
async def robot_scene(folder: Path, *, secret: str = "s", runs_front_desk: bool = True) -> AsyncIterator[Scene]:
    clock = QuickClock()
    told: list[FallbackError] = []
    async with small_campus(folder) as store, RobotGateway("bot", "s") as gateway, asyncio.TaskGroup() as group:
        await store.write(_open)
        robot = robot_of(store, gateway, clock, told, secret)
        front_desk = FrontDesk(store, clock, {robot.name: robot}, (OrderDesk(Settings()),), "zh")
        sender = Sender(store, clock, robot, lambda: 0.5)
        work = [robot.run(front_desk.take), sender.run(), *([front_desk.run()] if runs_front_desk else [])]
        tasks = [group.create_task(one) for one in work]
        yield Scene(store, gateway, robot, clock, front_desk, tasks, told)
        for task in tasks:
            task.cancel()


def _open(tx: Tx) -> None:
    now = SystemClock().now()
    catalog_snapshots.keep(tx, orjson.dumps(CATALOG_JSON).decode(), None, now - timedelta(minutes=20))
    before = incident_log.current(tx, now)
    assert incident_log.change(tx, before, ModeState(Mode.EMERGENCY, 3, now, "test", "test"))
    people.bind_chat(tx, GROUP, BuildingId("12"), title="12栋", language="zh")


async def connected(scene: Scene) -> None:
    await until(lambda: scene.gateway.is_connected)


def receipts(scene: Scene) -> int:
    return sum("已记下" in words for words in scene.gateway.shown.get("dorm-12", []))


async def inbox_holds(scene: Scene, count: int) -> bool:
    return await scene.one("SELECT count(*) FROM inbox") == count


async def nothing_noted(scene: Scene) -> bool:
    return await scene.one("SELECT count(*) FROM robot_requests") == 0
