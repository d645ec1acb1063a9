"""No notice hides behind vague words: what a template can say, and what an admin writes, is held to the same rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cause import Cause
from core.incident import Incident
from core.mode import Mode
from core.notice_lint import LONGEST, Fault, FaultKind, faults_of, is_vague
from core.notices import NoticeFacts, NoticeKind, NoticeRules, is_for_people, notice_text
from core.texts import LANGUAGES

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
RULES = NoticeRules(platform="东湖校区", timezone=ZoneInfo("Asia/Shanghai"), status_url="https://status.example")
EXCUSES = [
    "由于技术问题，平台暂时无法使用，请稍后再试",
    "系统升级中，敬请谅解。",
    "网络原因，请大家耐心等待",
    "平台出现了一些问题，正在抢修",
    "因技术原因，暂停服务",
    "We are experiencing technical issues. Please try again later.",
    "Due to network issues the platform is currently unavailable",
    "Something went wrong, sorry for the inconvenience",
]
CAUSES = [
    "数据库连接池满了，属于技术问题",
    "系统升级 11:30 到 12:00 停机",
    "网络原因：学校出口光缆被挖断，电信抢修到 13:00",
    "12:40 后请再试一次：数据库正在恢复",
    "Network issue: the campus fibre was cut at 11:50, repair until 13:00",
]


def facts(kind: NoticeKind, mode: Mode, cause: Cause, *, said: str = "", has_menu: bool = True) -> NoticeFacts:
    over = kind in (NoticeKind.RESOLVED, NoticeKind.PARTIAL_OVER)
    incident = Incident(1, cause, said, NOON, NOON, NOON + timedelta(hours=1) if over else None, 1, 1, NOON)
    return NoticeFacts(kind=kind, incident=incident, mode=mode, now=NOON, menu_at=NOON if has_menu else None, orders=9)


@pytest.mark.parametrize("words", EXCUSES)
def test_an_excuse_is_refused_and_named(words: str) -> None:
    found = faults_of(words)
    assert next(fault.kind for fault in found) is FaultKind.VAGUE
    assert found[0].words in words


@pytest.mark.parametrize("words", CAUSES)
def test_vague_words_beside_a_cause_may_stand(words: str) -> None:
    assert faults_of(words) == []


def test_a_cause_in_another_sentence_excuses_nothing() -> None:
    assert faults_of("机房断电了，电工在修。请稍后再试。") == [Fault(FaultKind.VAGUE, "稍后再试")]


def test_nothing_and_far_too_much_are_refused() -> None:
    assert faults_of("  断电 ") == [Fault(FaultKind.SHORT)]
    assert faults_of("机房断电，电工在修；" * LONGEST) == [Fault(FaultKind.LONG)]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_notice_a_template_can_make_is_vague(language: str) -> None:
    made = 0
    for kind, mode, cause, has_menu in product(NoticeKind, Mode, Cause, (True, False)):
        said = EXCUSES[made % len(EXCUSES)] if cause is Cause.BY_HAND else ""  # an admin's excuse is not repeated
        told = notice_text(language, facts(kind, mode, cause, said=said, has_menu=has_menu), RULES)
        assert faults_of(told) == [], told
        made += 1
    assert made > 500


def test_an_edit_takes_the_place_of_the_facts_and_keeps_when_the_next_word_comes() -> None:
    opened = facts(NoticeKind.OPENED, Mode.EMERGENCY, Cause.NO_ANSWER)
    assert notice_text("zh", opened, RULES, "机房断电，电工在修").splitlines() == [
        "机房断电，电工在修",
        "下次通报：12:20 前，没有变化也会说",
        "实时状态：https://status.example",
    ]
    whole = notice_text("zh", opened, RULES)
    assert notice_text("zh", opened, RULES, whole) == whole  # nothing is said twice
    assert notice_text("zh", opened, RULES, "  ") == whole


def test_people_who_wait_are_not_written_to_about_mere_updates() -> None:
    assert [kind for kind in NoticeKind if not is_for_people(kind)] == [NoticeKind.UPDATE]


@given(st.text(max_size=300))
def test_any_text_is_judged(words: str) -> None:
    is_vague(words)
    for fault in faults_of(words):
        assert fault.words in words
