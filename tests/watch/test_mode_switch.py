"""The mode changes in one transaction with its journal and its notices, and only one of two people wins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from core.chat import Role
from core.errors import ModeConflict
from core.health import Cause
from core.ids import BuildingId, ChatId, PersonId
from core.incident import Incident
from core.mode import WATCH, Advice, Mode, ModeState
from core.notices import NoticeRules
from fallback_store import catalog_snapshots, incident_log, messages, people
from fallback_store.database import Store, Tx
from watch.mode_switch import StoreModeSwitch

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)
RULES = NoticeRules(platform="东湖", timezone=ZoneInfo("Asia/Shanghai"))
MENU = {
    "version": "1",
    "taken_at": "2026-03-02T03:55:00Z",
    "merchants": [
        {
            "id": "m",
            "name": "面馆",
            "aliases": [],
            "items": [{"id": "n", "name": "牛肉面", "aliases": [], "price_fen": 1200, "units": ["份"]}],
        }
    ],
}


@pytest.fixture
def switch() -> StoreModeSwitch:
    return StoreModeSwitch(RULES)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    def prepare(tx: Tx) -> None:
        catalog_snapshots.keep(tx, orjson.dumps(MENU).decode(), None, NOON)
        tx.execute("INSERT INTO buildings (id, name) VALUES ('7', '7栋'), ('12', '12栋')")
        people.bind_chat(tx, ChatId("web:7"), BuildingId("7"), title="7", language="zh")
        people.bind_chat(tx, ChatId("web:12"), BuildingId("12"), title="12", language="en")
        people.replace_roles(tx, "config", [people.RoleGrant(PersonId("web:root"), Role.ADMIN)])

    async with await Store.open(tmp_path / "s.sqlite3") as opened:
        await opened.write(prepare)
        yield opened


async def waiting(store: Store) -> dict[str, list[str]]:
    """Texts that wait to be said, by chat."""
    found: dict[str, list[str]] = {}
    rows = await store.read_all("SELECT chat_id, text FROM outgoing WHERE state = 'waiting' ORDER BY id")
    for chat_id, text in rows:
        found.setdefault(chat_id, []).append(text)
    return found


async def lasting(store: Store) -> Incident:
    found = await incident_log.lasting(store)
    assert found is not None
    return found


def entering(switch: StoreModeSwitch, **more: object) -> Callable[[Tx], ModeState]:
    facts: dict[str, object] = {"by": "web:root", "reason": "数据库挂了", "now": NOON} | more
    return lambda tx: switch.enter_emergency(tx, **facts)  # type: ignore[arg-type]


async def test_entering_opens_an_epoch_and_an_incident_and_tells_every_group(
    store: Store, switch: StoreModeSwitch
) -> None:
    state = await store.write(entering(switch))
    assert state == ModeState(Mode.EMERGENCY, 1, NOON, "web:root", "数据库挂了", cause=Cause.BY_HAND)
    assert await incident_log.current_state(store, NOON) == state
    incident = await lasting(store)
    assert (incident.cause, incident.said, incident.first_epoch, incident.notices) == (
        Cause.BY_HAND,
        "数据库挂了",
        1,
        1,
    )
    told = await waiting(store)
    assert "管理员说，数据库挂了（12:00起）" in told["web:7"][0]
    assert "数据库挂了 (an admin says) (since 12:00)" in told["web:12"][0]
    assert told["web:@root"] == ["模式：应急接单中（第 1 期），web:root，数据库挂了"]
    (row,) = await store.read_all("SELECT key, priority FROM outgoing WHERE chat_id = 'web:7'")
    assert tuple(row) == ("notice:1:1:web:7", 0)


async def test_the_journal_says_who_why_and_when_of_every_step(store: Store, switch: StoreModeSwitch) -> None:
    await store.write(entering(switch))
    await store.write(lambda tx: switch.begin_hand_back(tx, by="web:root", reason="平台好了", now=LATER))
    await store.write(lambda tx: switch.release(tx, by="hand-back", reason="账已核对", now=LATER))
    entries = await incident_log.journal(store, incident_id=1)
    assert [(entry.kind, entry.who) for entry in reversed(entries)] == [
        ("opened", "web:root"),
        ("mode", "web:root"),
        ("notice", WATCH),
        ("mode", "web:root"),
        ("notice", WATCH),
        ("mode", "hand-back"),
        ("closed", "hand-back"),
        ("notice", WATCH),
    ]
    assert entries[-2].text == "正常 → 应急接单中（第 1 期）：数据库挂了"
    assert entries[-1].at == NOON


async def test_of_two_admins_who_flip_at_once_one_wins_and_the_other_is_told_who_did(
    store: Store, switch: StoreModeSwitch
) -> None:
    first, second = await store.write_each(
        [entering(switch, seen_epoch=0), entering(switch, seen_epoch=0, by="web:other")]
    )
    assert isinstance(first, ModeState)
    assert isinstance(second, ModeConflict)
    assert "web:root" in str(second)
    assert "12:00" in str(second)
    assert second.hint
    assert len(await incident_log.incidents(store)) == 1
    assert [len(texts) for texts in (await waiting(store)).values()] == [1, 1, 1]


async def test_entering_again_is_a_conflict_that_names_who_is_in_charge(store: Store, switch: StoreModeSwitch) -> None:
    await store.write(entering(switch))
    with pytest.raises(ModeConflict, match="web:root 于 12:00"):
        await store.write(entering(switch, now=LATER))


async def test_a_refused_change_leaves_no_trace(store: Store, switch: StoreModeSwitch) -> None:
    with pytest.raises(ModeConflict) as refused:
        await store.write(lambda tx: switch.begin_hand_back(tx, by="web:root", reason="x", now=NOON))
    assert "应急接单中" in refused.value.hint
    assert await incident_log.journal(store) == []
    assert await waiting(store) == {}


async def test_a_whole_outage_keeps_one_epoch_and_closes_its_incident(store: Store, switch: StoreModeSwitch) -> None:
    await store.write(entering(switch))
    await store.write(lambda tx: switch.begin_hand_back(tx, by="web:root", reason="back", now=NOON))
    again = await store.write(lambda tx: switch.return_to_emergency(tx, by=WATCH, reason="dead", now=LATER))
    assert (again.mode, again.epoch) == (Mode.EMERGENCY, 1)
    assert "又断了" in (await waiting(store))["web:7"][-1]
    await store.write(lambda tx: switch.begin_hand_back(tx, by="web:root", reason="back", now=LATER))
    over = await store.write(lambda tx: switch.release(tx, by="hand-back", reason="books agree", now=LATER))
    assert (over.mode, over.epoch) == (Mode.NORMAL, 1)
    (incident,) = await incident_log.incidents(store)
    assert incident.closed_at == LATER
    assert "共 10 分钟" in (await waiting(store))["web:7"][-1]
    assert (await store.write(entering(switch, now=LATER))).epoch == 2


async def test_a_notice_that_was_overtaken_before_it_was_sent_is_not_sent(
    store: Store, switch: StoreModeSwitch
) -> None:
    await store.write(entering(switch))
    await store.write(lambda tx: switch.begin_hand_back(tx, by="web:root", reason="back", now=LATER))
    assert [text[:8] for text in (await waiting(store))["web:7"]] == ["【平台已恢复】应"]


async def test_a_lock_stops_the_watch_and_no_person(store: Store, switch: StoreModeSwitch) -> None:
    until = NOON + timedelta(hours=1)
    locked = await store.write(lambda tx: switch.lock(tx, by="web:root", reason="load test", until=until, now=NOON))
    assert locked.lock is not None
    with pytest.raises(ModeConflict, match="13:00"):
        await store.write(entering(switch, by=WATCH))
    assert (await store.write(entering(switch))).mode is Mode.EMERGENCY


async def test_a_lock_expires_is_taken_off_and_cannot_end_in_the_past(store: Store, switch: StoreModeSwitch) -> None:
    with pytest.raises(ModeConflict):
        await store.write(lambda tx: switch.lock(tx, by="web:root", reason="x", until=NOON, now=NOON))
    with pytest.raises(ModeConflict):
        await store.write(lambda tx: switch.unlock(tx, by="web:root", reason="x", now=NOON))
    await store.write(lambda tx: switch.lock(tx, by="web:root", reason="x", until=LATER, now=NOON))
    freed = await store.write(lambda tx: switch.unlock(tx, by="web:root", reason="done", now=NOON))
    assert freed.lock is None
    assert (await store.write(entering(switch, by=WATCH))).epoch == 1
    assert [entry.kind for entry in await incident_log.journal(store)][-2:] == ["lock", "lock"]


async def test_what_the_watch_saw_is_dated_to_when_it_began(store: Store, switch: StoreModeSwitch) -> None:
    normal = await incident_log.current_state(store, NOON)
    advice = Advice(Mode.EMERGENCY, Cause.WRITES_FAIL)
    began = NOON - timedelta(seconds=20)
    await store.write(lambda tx: switch.follow(tx, advice, normal, now=NOON, broken_at=began))
    incident = await lasting(store)
    assert (incident.cause, incident.broken_at, incident.opened_at) == (Cause.WRITES_FAIL, began, NOON)
    told = await waiting(store)
    assert "提交不了订单（11:59起）" in told["web:7"][0]
    assert "orders cannot be placed (since 11:59)" in told["web:12"][0]


async def test_the_watch_does_not_act_upon_a_mode_that_has_moved_on(store: Store, switch: StoreModeSwitch) -> None:
    seen = await incident_log.current_state(store, NOON)
    await store.write(entering(switch))
    with pytest.raises(ModeConflict):
        await store.write(lambda tx: switch.follow(tx, Advice(Mode.WATCHING, Cause.FAILURES), seen, now=NOON))


async def test_watching_tells_admins_and_nobody_else(store: Store, switch: StoreModeSwitch) -> None:
    normal = await incident_log.current_state(store, NOON)
    watching = await store.write(
        lambda tx: switch.follow(tx, Advice(Mode.WATCHING, Cause.SATURATED), normal, now=NOON, hot="cpu")
    )
    await store.write(lambda tx: switch.follow(tx, Advice(Mode.NORMAL, None), watching, now=LATER))
    assert await waiting(store) == {
        "web:@root": ["开始观察：平台快满负荷了：cpu。对学生没有任何变化。", "观察结束：没有再发现异常。"]
    }
    assert await incident_log.incidents(store) == []


async def test_broken_payments_are_an_incident_of_their_own_and_end_by_themselves(
    store: Store, switch: StoreModeSwitch
) -> None:
    partial = await store.write(lambda tx: switch.enter_partial(tx, by=WATCH, reason="pay", now=NOON))
    assert (partial.mode, partial.epoch) == (Mode.PARTIAL, 0)
    assert "货到付款" in (await waiting(store))["web:7"][-1]
    await store.write(lambda tx: switch.follow(tx, Advice(Mode.NORMAL, None), partial, now=LATER))
    (incident,) = await incident_log.incidents(store)
    assert incident.closed_at == LATER
    assert "付款恢复正常" in (await waiting(store))["web:7"][-1]


async def test_payments_that_grow_into_a_crash_stay_one_incident(store: Store, switch: StoreModeSwitch) -> None:
    await store.write(lambda tx: switch.enter_partial(tx, by=WATCH, reason="pay", now=NOON))
    await store.write(entering(switch, by=WATCH, cause=Cause.NO_ANSWER, now=LATER))
    (incident,) = await incident_log.incidents(store)
    assert (incident.cause, incident.first_epoch, incident.notices) == (Cause.NO_ANSWER, 1, 2)


async def test_without_a_snapshot_the_emergency_opens_and_says_that_there_is_no_menu(
    tmp_path: Path, switch: StoreModeSwitch
) -> None:
    async with await Store.open(tmp_path / "empty.sqlite3") as store:

        def prepare(tx: Tx) -> None:
            tx.execute("INSERT INTO buildings (id, name) VALUES ('7', '7栋')")
            people.bind_chat(tx, ChatId("web:7"), BuildingId("7"), title="7", language="zh")
            people.replace_roles(tx, "config", [people.RoleGrant(PersonId("web:root"), Role.ADMIN)])

        await store.write(prepare)
        assert (await store.write(entering(switch))).mode is Mode.EMERGENCY
        told = await waiting(store)
        assert "没有菜可卖" in told["web:7"][0]
        assert "没有菜单快照" in told["web:@root"][1]


async def test_three_hundred_groups_are_told_in_one_unit_of_work(store: Store, switch: StoreModeSwitch) -> None:
    def many(tx: Tx) -> None:
        for number in range(300):
            tx.execute("INSERT INTO buildings (id, name) VALUES (?, 'x')", (f"b{number}",))
            people.bind_chat(tx, ChatId(f"web:b{number}"), BuildingId(f"b{number}"), title="", language="zh")

    await store.write(many)
    await store.write(entering(switch))
    rows = await messages.waiting_to_say(store, "web", NOON, 1000)
    assert len([row for row in rows if str(row.message.key).startswith("notice:1:1:")]) == 302
