"""An admin flips the mode by chat, with a reason; of two at once one wins, and a stranger changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.desks.admin import AdminDesk
from bot.desks.order import OrderDesk
from core.chat import Role
from core.ids import ChatId, PersonId
from core.mode import Mode
from core.notices import NoticeRules
from fallback_store import incident_log, people
from fallback_store.database import Tx
from fallback_store.people import RoleGrant
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import ADMIN, GROUP_7, GROUP_12, place
from watch.mode_switch import StoreModeSwitch

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Shift]:
    switch = StoreModeSwitch(NoticeRules(platform="北湖校园", timezone=SHANGHAI))
    async with shift(tmp_path, [AdminDesk(switch, SHANGHAI), OrderDesk(SETTINGS)], mode=Mode.NORMAL) as running:
        yield running


async def mode_of(day: Shift) -> tuple[Mode, int]:
    state = await incident_log.current_state(day.store, day.clock.now())
    return state.mode, state.epoch


async def test_an_emergency_needs_a_reason_and_tells_every_building(day: Shift) -> None:
    assert (await day.says("root", "/emergency on")).startswith("为什么开启应急接单？")
    assert await mode_of(day) == (Mode.NORMAL, 0)
    answer = await day.says("root", "/emergency on 平台 502")
    assert answer == "已进入应急接单（第 1 期）。各楼的群正在收到通知，机器人开始接单。"
    assert await mode_of(day) == (Mode.EMERGENCY, 1)
    assert len(await day.hears(GROUP_12)) == len(await day.hears(GROUP_7)) == 1
    rows = await day.store.read_all("SELECT by, reason FROM mode_changes")
    assert [tuple(row) for row in rows] == [("web:root", "平台 502")]


async def test_a_reason_can_be_pressed(day: Shift) -> None:
    await day.says("root", "/emergency on")
    assert (await day.presses("root", "平台打不开")).startswith("已进入应急接单（第 1 期）")


async def test_of_two_admins_at_once_one_wins_and_the_other_is_told_who(day: Shift) -> None:
    second = RoleGrant(PersonId("web:su"), Role.ADMIN)
    await day.store.write(lambda tx: people.replace_roles(tx, "config", [RoleGrant(ADMIN, Role.ADMIN), second]))
    await day.says("root", "/emergency on")
    await day.says("su", "/emergency on")
    await day.presses("root", "平台打不开")
    told = await day.presses("su", "平台太慢，没法用")
    assert "web:root" in told
    assert "平台打不开" in told
    assert await mode_of(day) == (Mode.EMERGENCY, 1)
    assert await day.one("SELECT count(*) FROM mode_changes") == 1


async def test_handing_back_closes_the_intake(day: Shift) -> None:
    await day.says("root", "/emergency on 坏了")
    assert "红烧肉饭 ×1" in await day.says("anna", "红烧肉一份 305", group=GROUP_12)
    assert (await day.says("root", "/emergency off")).startswith("已停止接单，开始交还第 1 期的订单。")
    assert await mode_of(day) == (Mode.HANDING_BACK, 1)
    assert "暂停接单" in await day.says("ben", "红烧肉一份 306", group=GROUP_12)
    # There is nothing left to hand back twice.
    before = await day.one("SELECT count(*) FROM mode_changes")
    assert not (await day.says("root", "/handback")).startswith("已停止接单")
    assert await day.one("SELECT count(*) FROM mode_changes") == before


async def test_the_status_offers_the_one_sensible_step(day: Shift) -> None:
    status = await day.says("root", "/status")
    assert status.splitlines()[0].startswith("正常 · 第 0 期 · 自 ")
    assert "菜单快照 menu-1，20 分钟前确认过" in status
    assert await day.labels(ChatId("web:@root")) == []

    await day.says("root", "/emergency on 坏了")
    await day.store.write(lambda tx: place(tx, "anna", "305", epoch=1))
    await day.store.write(lambda tx: place(tx, "ben", "306", epoch=1))
    await day.clock.advance(200)
    lines = (await day.says("root", "/status@dorm_bot")).splitlines()
    assert lines[0] == "应急接单中 · 第 1 期 · 自 11-22 12:00（3 分钟前） · 坏了（web:root）"
    assert lines[2:] == [
        "本期 2 单；还没送完的 2 单",
        "排队：收到未处理 1，要发未发 0，要交平台 2",
        "上一次通报：100% 已送达（2/2，等待 0，失败 0）",
    ]
    assert (await day.presses("root", "停止接单，交还平台")).startswith("已停止接单")


async def test_the_status_names_what_needs_a_person(day: Shift) -> None:
    def trouble(tx: Tx) -> None:
        order = place(tx, "anna", "305")
        tx.execute("UPDATE orders SET problem = 'no answer' WHERE id = ?", (order.id,))
        tx.execute("UPDATE outbox SET state = 'parked'")
        tx.execute("INSERT INTO inbox (key, chat_id, received_ms, state) VALUES ('x', 'web:@x', 0, 'quarantined')")

    await day.store.write(trouble)
    await day.desk.serve_waiting()
    row = await day.store.read_all("SELECT 1 FROM inbox WHERE state = 'quarantined'")
    assert row
    await day.store.write(lambda tx: tx.execute("UPDATE inbox SET state = 'silent'"))
    status = await day.says("root", "/status")
    assert "⚠ 有 1 条被平台拒绝，要人处理（见管理页）" in status
    assert "⚠ 有 1 单送餐遇到问题" in status
    assert "隔离" not in status


async def test_a_lock_holds_and_ends(day: Shift) -> None:
    assert await day.says("root", "/lock 45 换网线") == (
        "已锁定在「正常」，到 11-22 12:45 为止；探测不会改动它，管理员可以。"
    )
    assert "锁定到 11-22 12:45（web:root：换网线）" in await day.says("root", "/status")
    assert (await day.says("root", "/unlock 换好了")).startswith("已解锁：现在是「正常」")
    assert "已解锁" not in await day.says("root", "/unlock")
    assert (await day.says("root", "/lock")).startswith("已锁定在「正常」，到 11-22 12:30 为止")
    assert (await day.says("root", "/lock 0 x")).startswith("请写分钟数（1 到 1440）")
    assert (await day.says("root", "/lock 99999 x")).startswith("请写分钟数（1 到 1440）")


async def test_a_stranger_is_told_once_and_nothing_happens(day: Shift) -> None:
    assert await day.says("anna", "/emergency on 好玩") == "这是管理员的命令，你不是管理员，什么都没有做。"
    for words in ("/emergency on 好玩", "/status", "/lock 5 x", "/bind 7", "/who admin", "/handback"):
        assert await day.says("anna", words) == ""
    assert await mode_of(day) == (Mode.NORMAL, 0)
    await day.says("root", "/emergency on", group=GROUP_12)
    assert "不是管理员" in await day.presses("anna", "平台打不开", group=GROUP_12)
    assert await mode_of(day) == (Mode.NORMAL, 0)


async def test_a_group_is_bound_to_its_building(day: Shift) -> None:
    assert await day.says("root", "/bind 7栋") == "请在要绑定的群里发送 /bind 楼栋。"
    assert await day.says("root", "/bind 七栋", group=GROUP_12) == (
        "已绑定：这个群现在是 7栋 的群，通知和接单都在这里。\n"
        "之前它是 12栋 的群。\n"
        "⚠ 7栋 还绑着另外 1 个群，通知和看板每个群都会有。不要的请在那里发送 /unbind。"
    )
    assert await day.one("SELECT building_id FROM chats WHERE id = 'web:building-12'") == "7"
    assert await day.says("root", "/bind 99栋", group=GROUP_12) == (
        "请写上楼栋，例如：/bind 12栋（送餐员自己的群：/bind 送餐员 12栋）。已知的楼栋：12栋、7栋"
    )


async def test_who_is_who_is_told_in_private(day: Shift) -> None:
    assert await day.says("root", "/who couriers") == ("送餐员 2 人：\n刘师傅 web:liu（12、7）\n马师傅 web:ma（12）")
    assert await day.says("root", "/谁 管理员") == "管理员 1 人：\n小管 web:root（全部）"
    assert (await day.says("root", "/who nobody")).endswith(
        "看名单请写角色：/who admin、/who captain、/who courier 或 /who merchant"
    )
    assert "web:" not in await day.says("root", "/who courier", group=GROUP_12)


async def test_other_commands_are_for_other_desks(day: Shift) -> None:
    await day.says("root", "/emergency on 坏了")
    assert (await day.says("anna", "/menu")).startswith("今天的商家")
    assert "平台故障期间" in await day.says("anna", "/start")


async def test_an_emergency_without_a_menu_says_so_at_once(day: Shift) -> None:
    await day.store.write(lambda tx: tx.execute("DELETE FROM catalog_snapshots"))
    assert "注意：还没有菜单快照" in await day.says("root", "/应急 开 坏了")
    assert "⚠ 还没有菜单快照" in await day.says("root", "/状态")
