"""Admins read a notice before the groups do: they send it, hold it, or say it better; excuses are refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.desks.admin import AdminDesk
from core.cause import Cause
from core.ids import ChatId
from core.mode import WATCH, Mode
from core.notices import NoticeRules
from fallback_store import incident_log
from tests.dialogs.shift import Shift, shift
from tests.small_campus import GROUP_7, GROUP_12
from watch.mode_switch import StoreModeSwitch
from watch.notice_cadence import NoticeCadence

SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = NoticeRules(platform="北湖校园", timezone=SHANGHAI, countdown_s=5.0)
ROOT = ChatId("web:@root")
BETTER = "机房断电，电工 12:40 前修好。在本群发菜名、份数和房号就能点餐"


@dataclass
class Day:
    """A shift in which the watch has just taken over, and whoever tells."""

    shift: Shift
    cadence: NoticeCadence

    async def pass_time(self, seconds: float) -> None:
        await self.shift.clock.advance(seconds)
        await self.cadence.look()
        await self.speak()

    async def speak(self) -> None:
        while await self.shift.sender.say_waiting():
            pass

    async def group(self) -> list[str]:
        return await self.shift.hears(GROUP_12)

    async def journal(self) -> list[str]:
        return [entry.text for entry in await incident_log.journal(self.shift.store) if entry.kind == "notice"]


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Day]:
    switch = StoreModeSwitch(RULES)
    async with shift(tmp_path, [AdminDesk(switch, SHANGHAI)], mode=Mode.NORMAL) as running:
        await running.store.write(
            lambda tx: switch.enter_emergency(tx, by=WATCH, reason="x", now=running.clock.now(), cause=Cause.NO_ANSWER)
        )
        day = Day(running, NoticeCadence(running.store, running.clock, RULES))
        await day.cadence.look()
        await day.speak()
        yield day


async def test_an_admin_sends_it_without_waiting(day: Day) -> None:
    assert await day.shift.labels(ROOT) == ["现在就发", "改一改", "先不发"]
    assert await day.group() == []
    assert await day.shift.presses("root", "现在就发") == "好，现在就发出。"
    await day.pass_time(0.5)
    assert "平台没有响应" in (await day.group())[0]
    assert "通报马上发出" in await day.journal()


async def test_an_admin_holds_it_edits_it_and_every_step_is_journalled(day: Day) -> None:
    assert "10 分钟内没有人处理" in await day.shift.presses("root", "改一改")
    await day.pass_time(60)
    assert await day.group() == []
    assert (await day.shift.says("root", f"/notice {BETTER}")).startswith("已改好")
    await day.pass_time(0.5)
    (told,) = await day.group()
    assert told.startswith(f"{BETTER}\n下次通报：")
    assert "平台没有响应" not in told
    journal = await day.journal()
    assert f"改了通报（zh）：{BETTER}" in journal
    assert "通报先不发，最多 10 分钟" in journal


async def test_another_language_is_told_the_facts(day: Day) -> None:
    await day.shift.store.write(lambda tx: tx.execute("UPDATE chats SET language = 'en' WHERE id = ?", (GROUP_7,)))
    await day.shift.says("root", f"/通报 {BETTER}")
    await day.pass_time(0.5)
    assert (await day.group())[0].startswith(BETTER)
    assert "the platform does not answer" in (await day.shift.hears(GROUP_7))[0]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("由于技术问题，平台暂时无法使用，请稍后再试", "「技术问题」没有说出原因"),
        ("机房断电，电工在修。请稍后再试。", "「稍后再试」没有说出原因"),
        ("断电", "太短了"),
        ("机房断电，电工在修；" * 200, "太长了"),
    ],
)
async def test_an_excuse_is_refused_with_the_reason_and_changes_nothing(day: Day, words: str, why: str) -> None:
    await day.shift.presses("root", "先不发")
    answer = await day.shift.says("root", f"/notice {words}")
    assert answer.startswith("没有改，原文不变")
    assert why in answer
    await day.shift.presses("root", "现在就发")
    await day.pass_time(0.5)
    assert "平台没有响应" in (await day.group())[0]


async def test_on_silence_it_goes_out_by_itself_and_old_buttons_say_so(day: Day) -> None:
    await day.pass_time(5.5)
    assert len(await day.group()) == 1
    for verb in ("现在就发", "改一改", "先不发"):
        assert "已经发出" in await day.shift.presses("root", verb)
    assert await day.shift.says("root", f"/notice {BETTER}") == "现在没有待发的通报。"


async def test_nobody_but_an_admin_touches_it(day: Day) -> None:
    answer = await day.shift.says("anna", f"/notice {BETTER}")
    assert "管理员" in answer
    await day.pass_time(5.5)
    assert BETTER not in (await day.group())[0]


async def test_the_status_says_how_far_the_last_one_came(day: Day) -> None:
    assert "上一次通报" not in await day.shift.says("root", "/status")
    await day.pass_time(5.5)
    assert "上一次通报：100% 已送达（2/2，等待 0，失败 0）" in await day.shift.says("root", "/status")
    await day.shift.store.write(lambda tx: tx.execute("UPDATE notice_deliveries SET state = 'failed' WHERE id = 1"))
    assert "上一次通报：50% 已送达（1/2，等待 0，失败 1）" in await day.shift.says("root", "/status")
