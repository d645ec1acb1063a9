"""The crew's WeCom app and the robots that only post, against the vendor's double."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

import pytest
from starlette.applications import Starlette

from bot.channels.wechat.api import WeChatApi, wecom_token
from bot.channels.wechat.group_webhook import BOARD_EVERY_S, GroupWebhook
from bot.channels.wechat.seal import Seal
from bot.channels.wechat.wecom_app import PATH, WecomApp
from bot.desks.courier import CourierDesk
from bot.desks.followed_queues import FollowedQueues
from bot.desks.order import OrderDesk
from bot.front_desk import FrontDesk
from bot.sender import Sender
from core.chat import Button, OutgoingMessage, Priority, Role
from core.errors import ChannelDown, ChatBusy, ChatGone, FallbackError, Permanent, Temporary
from core.ids import ChatId, Key, PersonId
from core.settings import Settings
from core.texts import text
from drills.hand_clock import HandClock
from drills.wechat_double.api_server import ROBOT_A_MINUTE, ApiServer
from drills.wechat_double.official_account import VendorSide
from drills.wechat_double.people import Followers
from drills.wechat_double.sealing import VendorSeal
from fallback_store import people
from fallback_store.database import Store, Tx
from fallback_store.people import RoleGrant
from tests.bot.wechat.account_scene import AES_KEY, TOKEN, open_emergency, until
from tests.small_campus import place, small_campus
from tests.web_server import serving
from watch.system_clock import SystemClock

LIU = PersonId("wecom_app:liu")
ELSEWHERE = text("zh", "webhook_elsewhere", chats="公众号或企业微信")
BUTTONS = ((Button("接单", "courier:take:1"), Button("送达", "courier:done:1")),)


@dataclass
class AppScene:
    store: Store
    api: ApiServer
    vendor: VendorSide
    app: WecomApp
    told: list[FallbackError] = field(default_factory=list)

    def texts(self, member: str) -> list[str]:
        return [said["text"]["content"] for said in self.api.members.get(member, []) if said["msgtype"] == "text"]

    def cards(self, member: str) -> list[dict[str, object]]:
        sent = self.api.members.get(member, [])
        return [said["template_card"] for said in sent if said["msgtype"] == "template_card"]


@asynccontextmanager
async def app_scene(folder: Path, secret: str = "s") -> AsyncIterator[AppScene]:
    clock, told = SystemClock(), list[FallbackError]()
    followers = Followers(clock)
    async with small_campus(folder) as store, ApiServer(clock, followers, {"corp": "s"}) as api:

        def settle(tx: Tx) -> None:
            open_emergency(tx, clock.now())
            people.replace_roles(tx, "config", [RoleGrant(LIU, Role.COURIER, "12")])
            place(tx, "anna", "305")

        await store.write(settle)
        client = WeChatApi(clock, api.origin, wecom_token("corp", secret))
        seal = Seal(TOKEN, AES_KEY, "corp")
        app = WecomApp(store, clock, seal, client, 7, tell_admin=lambda _, problem: told.append(problem))
        desks = (CourierDesk(FollowedQueues(UTC)), OrderDesk(Settings()))
        front_desk = FrontDesk(store, clock, {app.name: app}, desks, "zh")
        async with serving(Starlette(routes=app.routes)) as origin, asyncio.TaskGroup() as group:
            sender = Sender(store, clock, app, lambda: 0.5)
            tasks = [group.create_task(work) for work in (app.run(front_desk.take), front_desk.run(), sender.run())]
            await asyncio.sleep(0.05)
            vendor = VendorSide(clock, VendorSeal(TOKEN, AES_KEY, "corp"), followers)
            vendor.url = f"{origin}{PATH}"
            yield AppScene(store, api, vendor, app, told)
            for task in tasks:
                task.cancel()


async def test_a_courier_works_the_queue_in_the_app(tmp_path: Path) -> None:
    async with app_scene(tmp_path) as scene:
        assert await scene.vendor.verify() == "echo-4711"
        liu = scene.vendor.somebody("liu")
        pushed = await scene.vendor.text(liu, "队列")
        assert (pushed.statuses, pushed.text) == ([200], "")
        await until(lambda: bool(scene.cards("liu")))
        assert "305" in scene.texts("liu")[0]
        card = scene.cards("liu")[0]
        buttons = card["button_list"]
        assert isinstance(buttons, list)
        await scene.vendor.push(
            liu, {"MsgType": "event", "Event": "template_card_event", "EventKey": buttons[0]["key"], "AgentID": "7"}
        )
        await until(lambda: len(scene.texts("liu")) > 1)
        assert scene.told == []


async def test_a_refused_secret_is_told_and_everybody_waits(tmp_path: Path) -> None:
    async with app_scene(tmp_path, secret="wrong") as scene:
        with pytest.raises(ChannelDown):
            await scene.app.send(OutgoingMessage(key=Key("k"), chat_id=ChatId("wecom_app:liu"), text="?"))
        assert "secret" in scene.told[0].hint
        with pytest.raises(Permanent):
            await scene.app.send(OutgoingMessage(key=Key("k"), chat_id=ChatId("web:liu"), text="?"))


# Robots that only post --------------------------------------------------------------------------


@asynccontextmanager
async def posting(*connected: str) -> AsyncIterator[tuple[GroupWebhook, ApiServer, HandClock]]:
    clock = HandClock()
    async with ApiServer(clock, Followers(clock), {}) as api:
        api.robots["k12"] = []
        url = f"{api.origin}/cgi-bin/webhook/send?key="
        channel = GroupWebhook(clock, {"12": f"{url}k12", "7": f"{url}gone"}, language="zh", connected=connected)

        async def nothing(updates: object, also: object) -> None:
            raise AssertionError("nobody is heard")

        running = asyncio.create_task(channel.run(nothing))  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        yield channel, api, clock
        running.cancel()


def said(text: str, building: str = "12", **facts: object) -> OutgoingMessage:
    return OutgoingMessage(key=Key("k"), chat_id=ChatId(f"group_webhook:{building}"), text=text, **facts)  # type: ignore[arg-type]


async def test_notices_are_posted_whole_in_pieces_of_the_vendors_size() -> None:
    async with posting() as (channel, api, _):
        long = "\n".join(f"第 {number} 行：平台下单中断，请在群里直接打字点餐" for number in range(80))
        await channel.send(said(long, priority=Priority.NOTICE, buttons=BUTTONS))
        assert "\n".join(api.robots["k12"]) == long
        assert all(len(part.encode()) <= 2048 for part in api.robots["k12"])


async def test_a_board_is_posted_now_and_then_with_its_newest_state() -> None:
    async with posting() as (channel, api, clock):
        await channel.send(said("已有 1 单", board="pinned"))
        with pytest.raises(Temporary) as soon:
            await channel.send(said("已有 2 单", board="pinned"))
        assert soon.value.retry_after_s == BOARD_EVERY_S
        await clock.advance(BOARD_EVERY_S + 1)
        await channel.send(said("已有 9 单", board="pinned"))
        assert api.robots["k12"] == ["已有 1 单", "已有 9 单"]


@pytest.mark.parametrize("name", ["notice_todo_order", "board_how"])
async def test_a_group_that_nobody_hears_is_not_told_to_type_there(name: str) -> None:
    async with posting("web", "wechat", "wecom_app", "wecom_robot") as (channel, api, _):
        await channel.send(said(f"第一行\n{text('zh', name, example='红烧肉饭一份 305')}\n最后一行"))
        assert api.robots["k12"] == [f"第一行\n{ELSEWHERE}\n最后一行"]
        assert "打字我看不到" in ELSEWHERE


async def test_a_group_is_sent_only_where_somebody_can_order() -> None:
    for connected, where in (
        ((), "请跟楼长接龙"),
        (("web", "wecom_app"), "请跟楼长接龙"),
        (("wechat",), "请在公众号里"),
    ):
        async with posting(*connected) as (channel, api, _):
            await channel.send(said(text("zh", "notice_todo_order")))
            (shown,) = api.robots["k12"]
            assert where in shown
            assert "企业微信" not in shown


async def test_nobody_is_told_how_to_order_once_the_platform_is_back() -> None:
    async with posting("wechat") as (channel, api, _):
        over = f"【已恢复】平台恢复正常\n{text('zh', 'notice_todo_platform', link='')}"
        await channel.send(said(over, priority=Priority.NOTICE))
        assert api.robots["k12"] == [over]


async def test_too_many_posts_silence_one_group_and_a_lost_robot_is_given_up() -> None:
    async with posting() as (channel, _, _clock):
        for number in range(ROBOT_A_MINUTE):
            await channel.send(said(f"通知 {number}"))
        with pytest.raises(ChatBusy):
            await channel.send(said("一条太多"))
        with pytest.raises(ChatGone):
            await channel.send(said("?", "7"))
        with pytest.raises(ChatGone):
            await channel.send(said("?", "99"))


async def test_buildings_with_a_robot_become_groups(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        channel = GroupWebhook(SystemClock(), {"12": "http://127.0.0.1/x?key=a"}, language="zh")
        await store.write(channel.ensure_rooms)
        rows = await store.read_all("SELECT id, building_id FROM chats WHERE id LIKE 'group_webhook:%'")
        assert [tuple(row) for row in rows] == [("group_webhook:12", "12")]
