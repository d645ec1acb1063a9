"""Notices on a clock moved by hand: the first in time, the next on the minute, none twice; admins may read first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from core.cause import Cause
from core.chat import Role
from core.ids import BuildingId, ChatId, PersonId
from core.mode import WATCH
from core.notices import HOLD_S, NoticeKind, NoticeRules
from drills.hand_clock import HandClock
from fallback_store import incident_log, notices, people
from fallback_store.database import Store, Tx
from fallback_store.notices import Notice
from watch.mode_switch import StoreModeSwitch
from watch.notice_cadence import LOOK_EVERY_S, NoticeCadence

RULES = NoticeRules(platform="东湖", timezone=ZoneInfo("Asia/Shanghai"), countdown_s=5.0)
COUNTDOWNS = (0.0, 5.0, 45.0)
EVERY_S = RULES.every_s


class Scene:
    """A store, a clock, a switch and whoever tells."""

    def __init__(self, store: Store, rules: NoticeRules) -> None:
        self.store = store
        self.rules = rules
        self.clock = HandClock()
        self.switch = StoreModeSwitch(rules)
        self.cadence = NoticeCadence(store, self.clock, rules)

    async def enter(self, by: str = WATCH) -> None:
        now = self.clock.now()
        await self.store.write(
            lambda tx: self.switch.enter_emergency(tx, by=by, reason="x", now=now, cause=Cause.NO_ANSWER)
        )

    async def hand_back_and_release(self) -> None:
        now = self.clock.now()
        await self.store.write(lambda tx: self.switch.begin_hand_back(tx, by=WATCH, reason="x", now=now))
        await self.store.write(lambda tx: self.switch.release(tx, by="hand-back", reason="x", now=now))

    async def wait(self, seconds: float, step_s: float = LOOK_EVERY_S) -> None:
        """Lets time pass, one look in every step."""
        for _ in range(round(seconds / step_s)):
            await self.clock.advance(step_s)
            await self.cadence.look()

    async def told_until(self, seconds: float, step_s: float) -> list[float]:
        """Monotonic seconds at which the group was told."""
        found, seen = list[float](), await self.count()
        for _ in range(round(seconds / step_s)):
            await self.wait(step_s, step_s)
            if (count := await self.count()) != seen:
                assert count == seen + 1
                seen = count
                found.append(self.clock.monotonic_s())
        return found

    async def count(self) -> int:
        (row,) = await self.store.read_all("SELECT count(*) FROM outgoing WHERE chat_id = 'web:7'")
        return int(row[0])

    async def group(self) -> list[str]:
        rows = await self.store.read_all("SELECT text FROM outgoing WHERE chat_id = 'web:7' ORDER BY id")
        return [row[0] for row in rows]

    async def draft(self) -> Notice:
        (found,) = await notices.drafts(self.store)
        return found


def prepare(tx: Tx) -> None:
    tx.execute("INSERT INTO buildings (id, name) VALUES ('7', '7栋')")
    people.bind_chat(tx, ChatId("web:7"), BuildingId("7"), title="7", language="zh")
    people.replace_roles(tx, "config", [people.RoleGrant(PersonId("web:root"), Role.ADMIN)])


@asynccontextmanager
async def scene_with(path: Path, rules: NoticeRules) -> AsyncIterator[Scene]:
    async with await Store.open(path / "s.sqlite3") as store:
        await store.write(prepare)
        yield Scene(store, rules)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene_with(tmp_path, RULES) as opened:
        yield opened


@pytest.mark.parametrize("countdown_s", COUNTDOWNS)
async def test_nobody_touches_it_and_the_first_notice_is_out_within_a_minute(
    tmp_path: Path, countdown_s: float
) -> None:
    async with scene_with(tmp_path, replace(RULES, countdown_s=countdown_s)) as scene:
        await scene.enter()
        assert await scene.count() == (1 if countdown_s == 0 else 0)
        await scene.wait(countdown_s + 2 * LOOK_EVERY_S)
        assert await scene.count() == 1
        assert countdown_s + 2 * LOOK_EVERY_S < 60


@pytest.mark.parametrize("countdown_s", COUNTDOWNS)
async def test_two_hours_with_a_jumping_clock_keep_twenty_minutes_to_the_second(
    tmp_path: Path, countdown_s: float
) -> None:
    async with scene_with(tmp_path, replace(RULES, countdown_s=countdown_s)) as scene:
        await scene.enter()
        await scene.wait(countdown_s + 1)
        begun_s, found = scene.clock.monotonic_s(), list[float]()
        for jump_s in (3600, -7200, 86_400, -86_400, 59, -1800, 0.5, -3):  # an hour ahead, two back, a day …
            found += await scene.told_until(900, 3.0)
            scene.clock.set_wall(scene.clock.now() + timedelta(seconds=jump_s))
        assert len(found) == 6
        errors = [at_s - begun_s - EVERY_S * number for number, at_s in enumerate(found, start=1)]
        assert max(map(abs, errors)) <= 10, errors
        # Each is late by one look at the most: it is not the jumps.
        gaps = [later - earlier for earlier, later in zip([begun_s, *found], found, strict=False)]
        assert max(abs(gap - EVERY_S) for gap in gaps) <= 3.0 + 1.0, gaps


async def test_what_a_person_ordered_is_told_at_once(scene: Scene) -> None:
    await scene.enter(by="web:root")
    assert await scene.count() == 1
    assert await notices.drafts(scene.store) == []


async def test_where_no_admin_could_read_it_nobody_waits_for_one(scene: Scene) -> None:
    await scene.store.write(lambda tx: people.replace_roles(tx, "config", []))
    await scene.enter()
    assert await scene.count() == 1


async def test_admins_read_it_first_with_what_they_can_do(scene: Scene) -> None:
    await scene.enter()
    (row,) = await scene.store.read_all("SELECT text, buttons FROM outgoing WHERE key LIKE 'admin:draft:%'")
    assert "5 秒后自动发出" in row[0]
    assert "平台没有响应" in row[0]
    drafted = await scene.draft()
    actions = [action for ((_, action),) in orjson.loads(row[1])]
    assert actions == [f"admin:notice:{verb}:{drafted.id}" for verb in ("send", "edit", "hold")]


async def test_send_now_hold_and_edit_are_obeyed(scene: Scene) -> None:
    await scene.enter()
    drafted, now = await scene.draft(), scene.clock.now()
    held_until = now + timedelta(seconds=HOLD_S)
    await scene.store.write(lambda tx: notices.put_off(tx, drafted.id, held_until, is_held=True))
    await scene.wait(60, 5)
    assert await scene.count() == 0
    later = scene.clock.now()
    await scene.store.write(lambda tx: notices.edit(tx, drafted.id, "zh", "机房断电，电工在修", later))
    await scene.wait(1)
    assert (await scene.group())[0].startswith("机房断电，电工在修\n下次通报")


async def test_a_notice_that_is_held_and_forgotten_goes_out_by_itself(scene: Scene) -> None:
    await scene.enter()
    drafted, until = await scene.draft(), scene.clock.now() + timedelta(seconds=HOLD_S)
    await scene.store.write(lambda tx: notices.put_off(tx, drafted.id, until, is_held=True))
    await scene.cadence.look()
    scene.clock.set_wall(scene.clock.now() - timedelta(days=1))  # and a clock set back holds it no longer
    await scene.wait(HOLD_S - 10, 5)
    assert await scene.count() == 0
    await scene.wait(15, 5)
    assert await scene.count() == 1


async def test_a_draft_that_was_overtaken_is_never_told(scene: Scene) -> None:
    await scene.enter()
    now = scene.clock.now()
    await scene.store.write(lambda tx: scene.switch.begin_hand_back(tx, by="web:root", reason="x", now=now))
    await scene.wait(30, 5)
    (told,) = await scene.group()
    assert told.startswith("【平台已恢复】")


async def test_an_incident_that_ended_unannounced_is_not_spoken_of_any_more(scene: Scene) -> None:
    await scene.enter()
    await scene.store.write(lambda tx: incident_log.close_incident(tx, 1, scene.clock.now()))
    await scene.wait(30, 5)
    assert await scene.count() == 0
    assert await notices.drafts(scene.store) == []


async def test_it_is_told_that_it_is_over_and_then_nothing_more(scene: Scene) -> None:
    await scene.enter()
    await scene.wait(6)
    await scene.hand_back_and_release()
    await scene.wait(6)
    assert [text[:5] for text in await scene.group()] == ["【平台故障", "【已恢复】"]
    await scene.wait(3 * EVERY_S, 30)
    assert await scene.count() == 2


async def test_an_update_says_that_the_platform_is_back_once_it_is(scene: Scene) -> None:
    is_back = False
    scene.cadence = NoticeCadence(scene.store, scene.clock, RULES, lambda: is_back)
    await scene.enter()
    await scene.wait(EVERY_S + 10, 5)
    is_back = True
    await scene.wait(EVERY_S + 10, 5)
    first, second, third = await scene.group()
    assert "现在有响应" not in first + second
    assert "现在有响应" in third


async def test_a_restart_repeats_nothing_and_forgets_nothing(scene: Scene) -> None:
    await scene.enter()
    scene.cadence = NoticeCadence(scene.store, scene.clock, RULES)  # killed before the first one was told
    await scene.wait(6)
    assert await scene.count() == 1
    await scene.wait(900, 5)
    scene.cadence = NoticeCadence(scene.store, scene.clock, RULES)
    await scene.wait(290, 5)
    assert await scene.count() == 1
    await scene.wait(20, 5)
    assert await scene.count() == 2


async def test_two_incidents_at_once_have_a_cadence_each(scene: Scene) -> None:
    def open_one(tx: Tx) -> int:
        now = scene.clock.now()
        incident = incident_log.open_incident(tx, cause=Cause.PAYMENTS, said="", broken_at=now, epoch=1, now=now)
        drafted = notices.draft(tx, incident.id, NoticeKind.PARTIAL, {}, now, now)
        notices.mark_told(tx, drafted, lambda _: "x", {"zh"}, now)
        return incident.id

    await scene.store.write(open_one)
    await scene.wait(600, 5)
    await scene.store.write(open_one)
    await scene.wait(1300, 5)
    assert [(one.id, one.notices) for one in await incident_log.all_lasting(scene.store)] == [(1, 2), (2, 2)]


def fill_up(tx: Tx) -> None:
    """More groups than there is room for a notice to; SQLite says the same as on a full disk."""
    for number in range(100, 200):
        tx.execute("INSERT INTO buildings (id, name) VALUES (?, '')", (str(number),))
        people.bind_chat(tx, ChatId(f"web:{number}"), BuildingId(str(number)), title="", language="zh")
    (pages,) = tx.execute("PRAGMA page_count").fetchone()
    tx.execute(f"PRAGMA max_page_count = {pages}")


async def test_a_full_disk_puts_a_notice_off_and_loses_none(scene: Scene) -> None:
    await scene.enter()
    await scene.store.write(fill_up)
    await scene.clock.advance(6)
    async with asyncio.TaskGroup() as group:
        telling = group.create_task(scene.cadence.run())
        for _ in range(10):
            await scene.clock.advance(LOOK_EVERY_S)
            await asyncio.sleep(0.01)
        assert await scene.count() == 0
        await scene.store.write(lambda tx: tx.execute(f"PRAGMA max_page_count = {1 << 30}"))
        for _ in range(10):
            await scene.clock.advance(LOOK_EVERY_S)
            await asyncio.sleep(0.01)
        assert await scene.count() == 1
        telling.cancel()
