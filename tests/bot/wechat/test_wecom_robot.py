"""The WeCom robot's long connection, against the gateway that the vendor's own client works on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.channels.wechat import wecom_robot
from bot.channels.wechat.wecom_robot import DENIED_S, HEARTBEAT_S, REPLACED_S, RobotDenied, RobotReplaced
from core.chat import OutgoingMessage
from core.errors import ChannelDown, Permanent, Temporary, Unreadable
from core.ids import ChatId, Key
from tests.bot.wechat.account_scene import until
from tests.bot.wechat.robot_scene import (
    GROUP,
    connected,
    robot_of,
    robot_scene,
)


async def test_an_order_in_a_group_is_answered_in_its_own_interaction(tmp_path: Path) -> None:
    async with robot_scene(tmp_path) as scene:
        await connected(scene)
        await scene.gateway.text("anna", "红烧肉饭两份 305", group="dorm-12")
        await until(lambda: bool(scene.gateway.shown.get("dorm-12")))
        assert scene.gateway.shown["dorm-12"][0].startswith("已记下 #12-001")
        assert not scene.gateway.violations
        assert await scene.one("SELECT room FROM orders") == "305"


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
