"""An admin presses a button under what the watch asked, and types what no machine counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.desks.admin import AdminDesk
from bot.desks.order import OrderDesk
from core.health import Cause
from core.ids import ChatId
from core.mode import WATCH, Advice, Mode
from core.notices import NoticeRules
from fallback_store import incident_log, typed_figures
from fallback_store.database import Tx
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import GROUP_12
from watch.mode_switch import StoreModeSwitch

SHANGHAI = ZoneInfo("Asia/Shanghai")
SWITCH = StoreModeSwitch(NoticeRules(platform="北湖校园", timezone=SHANGHAI))


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Shift]:
    async with shift(tmp_path, [AdminDesk(SWITCH, SHANGHAI), OrderDesk(SETTINGS)], mode=Mode.NORMAL) as running:
        advice, now = Advice(Mode.EMERGENCY, Cause.NO_ANSWER), running.clock.now()
        await running.store.write(lambda tx: SWITCH.questions.ask(tx, advice, now, now, within_s=60, switches=False))
        while await running.sender.say_waiting():
            pass
        assert "要切换吗？" in (await running.hears(ChatId("web:@root")))[-1]
        yield running


async def mode_of(day: Shift) -> Mode:
    return (await incident_log.current_state(day.store, day.clock.now())).mode


async def test_one_press_switches(day: Shift) -> None:
    assert await day.presses("root", "切换") == "好的。现在是「应急接单中」（第 1 期）。"
    assert await mode_of(day) is Mode.EMERGENCY


async def test_an_admin_may_leave_things_as_they_are(day: Shift) -> None:
    assert await day.presses("root", "保持现状") == "好的。现在是「正常」（第 0 期）。"
    assert await mode_of(day) is Mode.NORMAL
    entries = await incident_log.journal(day.store)
    assert (entries[0].who, entries[0].text) == ("web:root", "管理员决定保持现状：平台没有响应")


async def test_calls_to_the_service_line_are_typed_in_by_admins_only(day: Shift) -> None:
    assert "每分钟的来电数" in await day.says("root", "/calls many")
    assert await day.says("root", "/calls 12") == "记下了：每分钟 12 个电话，10 分钟内有效。"
    assert await day.says("root", "/电话 8.5") == "记下了：每分钟 8.5 个电话，10 分钟内有效。"
    await day.says("zenobia", "/calls 99")
    assert (await typed_figures.newest(day.store))["calls"][0] == 8.5


async def test_an_admin_may_know_before_the_watch_that_one_part_is_broken(day: Shift) -> None:
    await day.hears(GROUP_12)
    assert "/partial on payments" in await day.says("root", "/partial on nobody x")
    assert "/partial on payments" in await day.says("root", "/partial on payments")
    assert "付款 坏了" in await day.says("root", "/partial on 付款 支付网关 502")
    assert await mode_of(day) is Mode.PARTIAL
    (told,) = await day.hears(GROUP_12)
    assert told.startswith("【付款故障】")
    assert "管理员说，支付网关 502" in told
    assert "已经是" in await day.says("root", "/partial on payments again")
    assert "付款 好了" in await day.says("root", "/partial off 付款")
    assert await mode_of(day) is Mode.NORMAL


async def test_a_part_that_is_on_no_menu_any_more_can_be_called_mended(day: Shift) -> None:
    now = day.clock.now()

    def enter(tx: Tx) -> None:
        for part in ("merchant:gone", "canteen:东区"):
            SWITCH.enter_partial(tx, by=WATCH, reason="x", now=now, cause=Cause.CANTEEN, part=part)

    await day.store.write(enter)
    assert "gone 好了" in await day.says("root", "/partial off gone")
    assert await mode_of(day) is Mode.PARTIAL
    assert "东区 好了" in await day.says("root", "/partial off 东区")
    assert await mode_of(day) is Mode.NORMAL
