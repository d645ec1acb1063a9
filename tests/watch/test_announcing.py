"""Who hears of what: everybody of every change, and nobody in private of mere updates; nobody twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.cause import Cause
from core.ids import ChatId
from core.mode import WATCH
from core.notices import NoticeKind, NoticeRules
from fallback_store import incident_log, notice_ledger, people
from fallback_store.database import Store, Tx
from tests.small_campus import GROUP_7, GROUP_12, NOON, place, small_campus
from watch.announcing import Announcements
from watch.mode_switch import StoreModeSwitch
from watch.telling import Telling

RULES = NoticeRules(
    platform="北湖",
    timezone=ZoneInfo("Asia/Shanghai"),
    mail=("duty@campus.example", "boss@campus.example"),
    webhooks=("sms", "app"),
)
ANNA, BO = ChatId("web:@anna"), ChatId("web:@bo")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Anna waits for two orders and ever wrote to us alone; bo waits too and never did."""

    def order(tx: Tx) -> None:
        for person in ("anna", "anna", "bo"):
            place(tx, person, "305", "lemon", epoch=1)
        people.chat(tx, ANNA, is_group=False, language="zh")

    async with small_campus(tmp_path) as opened:
        await opened.write(order)
        yield opened


async def told(store: Store) -> dict[str, int]:
    """Notices queued so far, by chat or channel."""
    rows = await store.read_all(
        "SELECT coalesce(outgoing.chat_id, notice_deliveries.channel) FROM notice_deliveries"
        " LEFT JOIN outgoing ON outgoing.id = outgoing_id"
    )
    return Counter(row[0] for row in rows)


async def test_everybody_hears_of_a_change_once(store: Store) -> None:
    switch = StoreModeSwitch(RULES)
    await store.write(lambda tx: switch.enter_emergency(tx, by=WATCH, reason="x", now=NOON, cause=Cause.NO_ANSWER))
    assert await told(store) == {GROUP_12: 1, GROUP_7: 1, ANNA: 1, "mail": 2, "webhook": 2}
    await store.write(lambda tx: switch.begin_hand_back(tx, by=WATCH, reason="x", now=NOON))
    assert await told(store) == {GROUP_12: 2, GROUP_7: 2, ANNA: 2, "mail": 4, "webhook": 4}
    (entry, *_) = await incident_log.journal(store, 1)
    assert entry.text == "第 2 次通报：2 个群，1 人私聊，4 个其他渠道"


async def test_an_update_disturbs_nobody_in_private(store: Store) -> None:
    switch, announcements = StoreModeSwitch(RULES), Announcements(Telling(RULES))
    await store.write(lambda tx: switch.enter_emergency(tx, by=WATCH, reason="x", now=NOON, cause=Cause.NO_ANSWER))

    def update(tx: Tx) -> int:
        incident = incident_log.incident(tx, 1)
        return announcements.announce(tx, NoticeKind.UPDATE, incident, incident_log.current(tx, NOON).mode, NOON)

    assert await store.write(update) == 2
    assert await told(store) == {GROUP_12: 2, GROUP_7: 2, ANNA: 1, "mail": 4, "webhook": 4}


async def test_an_address_that_is_listed_twice_is_told_once(store: Store) -> None:
    rules = NoticeRules(platform="北湖", timezone=RULES.timezone, mail=("a@b.example", "a@b.example"))
    switch = StoreModeSwitch(rules)
    await store.write(lambda tx: switch.enter_emergency(tx, by=WATCH, reason="x", now=NOON, cause=Cause.NO_ANSWER))
    assert len(await notice_ledger.waiting(store, "mail")) == 1


async def test_what_is_rolled_back_was_never_told(store: Store) -> None:
    switch = StoreModeSwitch(RULES)

    def enter_and_fail(tx: Tx) -> None:
        switch.enter_emergency(tx, by=WATCH, reason="x", now=NOON, cause=Cause.NO_ANSWER)
        raise ValueError

    with pytest.raises(ValueError):
        await store.write(enter_and_fail)
    assert await told(store) == {}
    assert await incident_log.incidents(store) == []
