"""What a person wrote to the WeCom robot is answered inside its interaction, and every interaction ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.desks.order import OrderDesk
from bot.front_desk import FrontDesk
from bot.sender import Sender
from core.settings import Settings
from tests.bot.wechat.account_scene import until
from tests.bot.wechat.robot_scene import (
    connected,
    inbox_holds,
    nothing_noted,
    receipts,
    robot_of,
    robot_scene,
)


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
