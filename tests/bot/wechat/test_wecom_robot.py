"""The WeCom robot's long connection, against the gateway that the vendor's own client works on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from bot.channels.wechat import wecom_robot
from bot.channels.wechat.robot_reading import group_chat
from bot.channels.wechat.wecom_robot import DENIED_S, HEARTBEAT_S, REPLACED_S, RobotDenied, RobotReplaced, WecomRobot
from bot.desks.order import OrderDesk
from bot.front_desk import FrontDesk
from bot.sender import Sender
from core.chat import OutgoingMessage
from core.errors import ChannelDown, FallbackError, Permanent, Temporary, Unreadable
from core.ids import BuildingId, ChatId, Key
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


async def test_an_order_in_a_group_is_answered_in_its_own_interaction(tmp_path: Path) -> None:
    async with robot_scene(tmp_path) as scene:
        await connected(scene)
        await scene.gateway.text("anna", "红烧肉饭两份 305", group="dorm-12")
        await until(lambda: bool(scene.gateway.shown.get("dorm-12")))
        assert scene.gateway.shown["dorm-12"][0].startswith("已记下 #12-001")
        assert not scene.gateway.violations
        assert await scene.one("SELECT room FROM orders") == "305"


async def test_the_same_message_twice_is_one_order(tmp_path: Path) -> None:
    async with robot_scene(tmp_path) as scene:
        await connected(scene)
        for _ in range(3):
            await scene.gateway.text("anna", "柠檬水一杯 305", group="dorm-12", msgid="same")
        await scene.gateway.text("bo", "柠檬水一杯 306", group="dorm-12")
        await until(lambda: receipts(scene) == 2 and scene.gateway.open_count == 0)
        assert await scene.one("SELECT count(*) FROM orders") == 2
        await scene.gateway.text("anna", "柠檬水一杯 305", group="dorm-12", msgid="same")
        await until(lambda: scene.gateway.shown["dorm-12"][-1] == "这条已经回复过了，请往上翻。")
        assert (await scene.one("SELECT count(*) FROM orders"), scene.gateway.open_count) == (2, 0)


async def test_three_open_interactions_are_all_ended_and_the_person_may_write_on(tmp_path: Path) -> None:
    async with robot_scene(tmp_path, runs_front_desk=False) as scene:
        await connected(scene)
        for number in range(4):
            await scene.gateway.text("anna", f"柠檬水{number + 1}杯 305", group="dorm-12")
        assert (scene.gateway.open_count, scene.gateway.withheld) == (3, 1)
        await until(lambda: inbox_holds(scene, 3))
        await scene.front_desk.serve_waiting()
        await until(lambda: receipts(scene) == 3 and scene.gateway.open_count == 0)
        await scene.gateway.text("anna", "珍珠奶茶一杯 305", group="dorm-12")
        await until(lambda: inbox_holds(scene, 4))
        await scene.front_desk.serve_waiting()
        await until(lambda: receipts(scene) == 4)
        assert not scene.gateway.violations


async def test_a_restart_in_the_middle_leaves_no_interaction_open(tmp_path: Path) -> None:
    """Stored and not answered when we stop: the next one of us answers inside the same interactions."""
    async with robot_scene(tmp_path, runs_front_desk=False) as scene:
        await connected(scene)
        await scene.gateway.text("anna", "柠檬水一杯 305", group="dorm-12")
        await scene.gateway.text("bo", "哈哈哈今天下雨了", group="dorm-12")
        await until(lambda: inbox_holds(scene, 2))
        for task in scene.tasks:
            task.cancel()
        await asyncio.wait(scene.tasks)
        await until(lambda: not scene.gateway.is_connected)
        after = robot_of(scene.store, scene.gateway, scene.clock, scene.told)
        front_desk = FrontDesk(scene.store, scene.clock, {after.name: after}, (OrderDesk(Settings()),), "zh")
        sender = Sender(scene.store, scene.clock, after, lambda: 0.5)
        work = (after.run(front_desk.take), front_desk.run(), sender.run())
        running = [asyncio.create_task(one) for one in work]
        await until(lambda: len(scene.gateway.shown.get("dorm-12", [])) == 2)
        assert receipts(scene) == 1
        assert scene.gateway.open_count == 0
        await until(lambda: nothing_noted(scene))
        assert not scene.gateway.violations
        for task in running:
            task.cancel()


async def test_an_answer_whose_interaction_is_gone_is_said_all_the_same(tmp_path: Path) -> None:
    """The line broke, and the gateway knows nothing of what came over the old one."""
    async with robot_scene(tmp_path, runs_front_desk=False) as scene:
        await connected(scene)
        scene.gateway.faults.forgets = True
        await scene.gateway.text("anna", "柠檬水一杯 305", group="dorm-12")
        await until(lambda: inbox_holds(scene, 1))
        await scene.gateway.drop()
        await until(lambda: scene.gateway.connections == 2 and scene.gateway.is_connected)
        await scene.front_desk.serve_waiting()
        await until(lambda: receipts(scene) == 1)
        await until(lambda: nothing_noted(scene))
        assert await scene.one("SELECT count(*) FROM outgoing WHERE state = 'failed'") == 0


async def test_talk_does_not_use_up_what_a_person_may_have_open(tmp_path: Path) -> None:
    async with robot_scene(tmp_path) as scene:
        await connected(scene)
        for number in range(5):
            await scene.gateway.text("anna", f"哈哈哈 {'下雨了' * number}", group="dorm-12")
            await until(lambda number=number: len(scene.gateway.shown.get("dorm-12", [])) > number)  # type: ignore[misc]
        assert scene.gateway.withheld == 0
        assert all("没有记下" in words for words in scene.gateway.shown["dorm-12"])
        await scene.gateway.text("anna", "柠檬水一杯 305", group="dorm-12")
        await until(lambda: "已记下" in scene.gateway.shown["dorm-12"][-1])


async def test_a_question_brings_a_card_and_its_button_is_the_answer(tmp_path: Path) -> None:
    async with robot_scene(tmp_path) as scene:
        await connected(scene)
        await scene.gateway.text("anna", "红烧两份 305", group="dorm-12")
        await until(lambda: bool(scene.gateway.cards.get("dorm-12")))
        first = scene.gateway.cards["dorm-12"][0]["button_list"][0]["key"]
        await scene.gateway.press("anna", first, group="dorm-12")
        await until(lambda: len(scene.gateway.shown["dorm-12"]) == 2)
        assert await scene.one("SELECT count(*) FROM orders") == 1
        assert not scene.gateway.violations


async def test_a_broken_line_is_taken_up_again_and_what_waited_is_said(tmp_path: Path) -> None:
    async with robot_scene(tmp_path) as scene:
        await connected(scene)
        for _ in range(3):
            before = scene.gateway.connections
            await scene.gateway.drop()
            await until(lambda before=before: scene.gateway.connections > before)  # type: ignore[misc]
            await connected(scene)
        await scene.gateway.text("anna", "柠檬水一杯 305", group="dorm-12")
        await until(lambda: bool(scene.gateway.shown.get("dorm-12")))
        assert scene.told == []


async def test_a_gateway_that_no_longer_answers_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wecom_robot, "ACKNOWLEDGED_S", 0.1)
    async with robot_scene(tmp_path) as scene:
        await connected(scene)
        await scene.gateway.pinged.wait()
        assert HEARTBEAT_S in scene.clock.slept_s
        scene.gateway.faults.is_deaf = True
        await until(lambda: scene.gateway.connections == 2)


async def test_being_replaced_is_told_once_and_not_fought_over(tmp_path: Path) -> None:
    async with robot_scene(tmp_path) as scene, robot_scene(tmp_path / "other") as other:
        await connected(scene)
        rival = robot_of(other.store, scene.gateway, other.clock, [])

        async def nothing(updates: object, also: object) -> None:
            raise AssertionError("nobody writes")

        running = asyncio.create_task(rival.run(nothing))  # type: ignore[arg-type]
        await until(lambda: bool(scene.told))
        assert isinstance(scene.told[0], RobotReplaced)
        assert REPLACED_S in scene.clock.slept_s
        running.cancel()


async def test_a_wrong_secret_is_told_and_waited_out(tmp_path: Path) -> None:
    async with robot_scene(tmp_path, secret="wrong") as scene:
        await until(lambda: bool(scene.told))
        assert isinstance(scene.told[0], RobotDenied)
        assert "secret" in scene.told[0].hint
        await until(lambda: DENIED_S in scene.clock.slept_s)
        assert scene.gateway.denied <= 3
        with pytest.raises(ChannelDown):
            await scene.robot.send(OutgoingMessage(key=Key("k"), chat_id=GROUP, text="?"))


async def test_what_the_gateway_refuses_is_temporary_or_final(tmp_path: Path) -> None:
    async with robot_scene(tmp_path) as scene:
        await connected(scene)
        message = OutgoingMessage(key=Key("k"), chat_id=GROUP, text="通知")
        scene.gateway.faults.errcodes = [45009, 40008]
        with pytest.raises(Temporary):
            await scene.robot.send(message)
        with pytest.raises(Permanent):
            await scene.robot.send(message)
        assert await scene.robot.send(message) == "pushed"
        with pytest.raises(Permanent):
            await scene.robot.send(OutgoingMessage(key=Key("k"), chat_id=ChatId("web:x"), text="?"))


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        '{"cmd": "aibot_msg_callback"}',
        '{"cmd": "aibot_msg_callback", "headers": 1, "body": []}',
        '{"cmd": "aibot_msg_callback", "headers": {"req_id": "r"}, "body": {"msgid": "1", "from": "x"}}',
        '{"cmd": "aibot_event_callback", "headers": {"req_id": "r"}, "body": {"event": "x"}}',
        '{"cmd": "aibot_something_new", "headers": {"req_id": "r"}, "body": {}}',
    ],
)
async def test_frames_that_cannot_be_understood_stop_nothing(tmp_path: Path, frame: str) -> None:
    async with robot_scene(tmp_path) as scene:
        await connected(scene)
        await scene.gateway.raw(frame)
        await scene.gateway.text("anna", "柠檬水一杯 305", group="dorm-12")
        await until(lambda: bool(scene.gateway.shown.get("dorm-12")))
        assert scene.gateway.connections == 1


async def test_a_stored_frame_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    async with robot_scene(tmp_path) as scene:
        from core.chat import RawUpdate

        for payload in ("", "{}", "[]", '{"from": {"userid": "a"}, "msgtype": "text"}'):
            with pytest.raises(Unreadable):
                scene.robot.read(RawUpdate(Key("k"), GROUP, payload))
