"""Notices say what broke, since when, what works, what to do and when the next one comes; never an excuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.cause import Cause
from core.incident import Incident, Stage, Step, stage_of, steps_of
from core.mode import Mode
from core.notice_lint import is_vague
from core.notices import (
    NoticeFacts,
    NoticeKind,
    NoticeRules,
    cause_text,
    clock_text,
    minutes_between,
    notice_text,
    seconds_to_next_notice,
)

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
RULES = NoticeRules(
    platform="东湖校区",
    timezone=ZoneInfo("Asia/Shanghai"),
    order_url="https://eat.example",
    status_url="https://status.example",
)
INCIDENT = Incident(1, Cause.NO_ANSWER, "", NOON - timedelta(seconds=20), NOON, None, 1, 0, None)
OPENED = NoticeFacts(
    kind=NoticeKind.OPENED,
    incident=INCIDENT,
    mode=Mode.EMERGENCY,
    now=NOON,
    menu_at=NOON - timedelta(minutes=1),
    orders=0,
)


def test_the_first_notice_says_all_there_is_to_know() -> None:
    assert notice_text("zh", OPENED, RULES).splitlines() == [
        "【应急点餐】东湖校区的平台故障，现在可以在本群点餐",
        "故障：平台没有响应（11:59起）",
        "现在能用：点餐（货到付款）、查单、取消、取餐；菜单和价格取自 11:59",
        "怎么做：直接在群里发菜名、份数和房号；发「菜单」看有什么，发「帮助」看怎么用。收到「已记下」和单号才算点上",
        "进度：■■□□ 2/4 正在应急接单",
        "下次通报：12:20 前，没有变化也会说",
        "实时状态：https://status.example",
    ]


def test_a_platform_that_is_back_is_not_called_broken_though_orders_stay_here_for_now() -> None:
    later = replace(OPENED, kind=NoticeKind.UPDATE, is_back=True)
    told = notice_text("zh", later, RULES)
    assert told.startswith("【情况通报】仍是「应急接单中」")
    assert "平台现在有响应了" in told
    assert "直接在群里发菜名" in told
    assert "现在有响应" not in notice_text("zh", replace(later, mode=Mode.HANDING_BACK), RULES)


def test_each_group_reads_it_in_its_own_language() -> None:
    told = notice_text("en", OPENED, RULES)
    assert told.startswith("[Emergency ordering] The 东湖校区 platform is down")
    assert "the platform does not answer (since 11:59)" in told


def test_without_a_menu_it_says_so_and_asks_nobody_to_order() -> None:
    told = notice_text("zh", replace(OPENED, menu_at=None), RULES)
    assert "还不能点餐" in told
    assert "没有菜可卖" in told
    assert "正在应急接单" not in told
    assert "直接在群里发菜名" not in told
    later = notice_text("en", replace(OPENED, menu_at=None, kind=NoticeKind.UPDATE), RULES)
    assert "nothing to sell" in later


def test_broken_payments_leave_the_orders_on_the_platform() -> None:
    payments = replace(INCIDENT, cause=Cause.PAYMENTS)
    told = notice_text("zh", replace(OPENED, kind=NoticeKind.PARTIAL, mode=Mode.PARTIAL, incident=payments), RULES)
    assert "平台付款大多失败" in told
    assert "照常在平台下单 https://eat.example" in told
    assert "■" not in told


def test_during_the_hand_back_nobody_is_asked_to_order_again() -> None:
    told = notice_text("zh", replace(OPENED, kind=NoticeKind.HAND_BACK, mode=Mode.HANDING_BACK, orders=132), RULES)
    assert "停止接单" in told
    assert "记下 132 单" in told
    assert "3/4" in told


def test_the_last_notice_says_how_long_it_took_and_promises_no_other() -> None:
    over = replace(INCIDENT, closed_at=NOON + timedelta(minutes=70))
    facts = replace(
        OPENED, kind=NoticeKind.RESOLVED, mode=Mode.NORMAL, incident=over, orders=132, now=NOON + timedelta(minutes=70)
    )
    assert notice_text("zh", facts, RULES).splitlines() == [
        "【已恢复】点餐回到平台，应急点餐结束",
        "从 11:59 到 13:10，共 71 分钟；应急期间记下 132 单，账已与平台核对",
        "怎么做：请照常在平台下单 https://eat.example",
        "实时状态：https://status.example",
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_words_that_say_something(language: str, cause: Cause) -> None:
    assert not is_vague(cause_text(language, cause, hot="cpu"))


@pytest.mark.parametrize(
    "reason", ["技术问题", "系统升级，请稍后再试。", "网络原因", "Technical issue", "try again later!", "", "。。"]
)
def test_an_excuse_is_no_cause_and_is_not_repeated_to_people(reason: str) -> None:
    assert is_vague(reason)
    assert cause_text("zh", Cause.BY_HAND, reason) == "管理员判断平台现在接不了单"


@pytest.mark.parametrize(
    "reason", ["数据库连接池满了，技术问题", "机房断电", "系统升级 11:30 到 12:00 停机", "payment gateway down"]
)
def test_a_cause_a_person_gave_is_told_in_their_words(reason: str) -> None:
    assert not is_vague(reason)
    assert cause_text("zh", Cause.BY_HAND, reason) == f"管理员说，{reason}"


def test_times_are_the_campuss_and_carry_the_date_when_it_is_another_day() -> None:
    assert clock_text(NOON, NOON, RULES) == "12:00"
    assert clock_text(NOON - timedelta(days=1), NOON, RULES) == "03-01 12:00"
    assert minutes_between(NOON, NOON + timedelta(seconds=5)) == 1
    assert minutes_between(NOON + timedelta(seconds=5), NOON + timedelta(minutes=4, seconds=55)) == 4


@pytest.mark.parametrize(("told_ago_s", "wait_s"), [(0, 1200), (300, 900), (1200, 0), (5000, 0), (-3600, 1200)])
def test_the_next_notice_is_due_after_twenty_minutes_even_if_the_clock_was_set_back(
    told_ago_s: int, wait_s: int
) -> None:
    told = replace(INCIDENT, noticed_at=NOON - timedelta(seconds=told_ago_s))
    assert seconds_to_next_notice(told, NOON, RULES) == wait_s
    assert seconds_to_next_notice(INCIDENT, NOON, RULES) == 0


def test_an_incident_passes_the_four_usual_stages_and_ticks_only_what_is_done() -> None:
    over = replace(INCIDENT, closed_at=NOON)
    assert stage_of(INCIDENT, Mode.WATCHING) is Stage.INVESTIGATING
    assert stage_of(INCIDENT, Mode.EMERGENCY) is Stage.IDENTIFIED
    assert stage_of(INCIDENT, Mode.HANDING_BACK) is Stage.MONITORING
    assert stage_of(over, Mode.NORMAL) is Stage.RESOLVED
    assert [step for step, is_done in steps_of(INCIDENT, Mode.EMERGENCY).items() if is_done] == [
        Step.NOTICED,
        Step.ORDERS_TAKEN,
    ]
    assert all(steps_of(over, Mode.NORMAL).values())
