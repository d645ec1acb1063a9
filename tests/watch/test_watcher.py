"""The loop on a clock moved by hand: what it sees, what it does, what it leaves alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

import pytest

from core.chat import Role
from core.health import Cause, HealthRules
from core.ids import BuildingId, ChatId, PersonId
from core.mode import WATCH, Mode, ModeRules
from core.notices import NoticeRules, cause_text
from core.texts import text
from drills.hand_clock import HandClock
from fallback_store import incident_log, people
from fallback_store.database import Store, Tx
from watch.mode_switch import StoreModeSwitch
from watch.watcher import Watcher

GOOD = {"probe_ok": 1.0, "write_ok": 1.0, "ref_ok": 1.0}
DEAD = {"probe_ok": 0.0, "write_ok": 0.0, "ref_ok": 1.0}
NOTICES = NoticeRules(platform="东湖", timezone=ZoneInfo("Asia/Shanghai"))


class ScriptedPrimary:
    """Probes of a primary whose state the test sets; counts how many rounds run at once."""

    def __init__(self, clock: HandClock) -> None:
        self.metrics: Mapping[str, float] = GOOD
        self.takes_s = 0.0
        self.rounds = 0
        self.most_at_once = 0
        self._at_once = 0
        self._clock = clock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def ask(self) -> Mapping[str, float]:
        self.rounds += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await self._clock.sleep(self.takes_s)
        self._at_once -= 1
        return self.metrics


class Scene:
    """A store, a clock, a primary and a watcher."""

    def __init__(self, store: Store, mode_rules: ModeRules) -> None:
        self.store = store
        self.clock = HandClock()
        self.primary = ScriptedPrimary(self.clock)
        self.switch = StoreModeSwitch(NOTICES)
        self.watcher = self.new_watcher(mode_rules)

    def new_watcher(self, mode_rules: ModeRules) -> Watcher:
        return Watcher(
            self.store,
            self.clock,
            self.switch,
            self.primary,
            health_rules=HealthRules(),
            mode_rules=mode_rules,
        )

    async def look_for(self, seconds: int, metrics: Mapping[str, float]) -> None:
        """Lets that many seconds pass, one round in each."""
        self.primary.metrics = metrics
        for _ in range(seconds):
            await self.clock.advance(1)
            await self.watcher.look()

    async def mode(self) -> Mode:
        return (await incident_log.current_state(self.store, self.clock.now())).mode

    async def to_admin(self) -> list[str]:
        rows = await self.store.read_all("SELECT text FROM outgoing WHERE chat_id = 'web:@root' ORDER BY id")
        return [row[0] for row in rows]

    async def hand_back(self) -> None:
        now = self.clock.now()
        await self.store.write(lambda tx: self.switch.begin_hand_back(tx, by="web:root", reason="x", now=now))

    async def release(self) -> None:
        now = self.clock.now()
        await self.store.write(lambda tx: self.switch.release(tx, by="hand-back", reason="x", now=now))


def prepare(tx: Tx) -> None:
    tx.execute("INSERT INTO buildings (id, name) VALUES ('7', '7栋')")
    people.bind_chat(tx, ChatId("web:7"), BuildingId("7"), title="7", language="zh")
    people.replace_roles(tx, "config", [people.RoleGrant(PersonId("web:root"), Role.ADMIN)])


@asynccontextmanager
async def scene_with(path: Path, mode_rules: ModeRules) -> AsyncIterator[Scene]:
    async with await Store.open(path / "s.sqlite3") as store:
        await store.write(prepare)
        yield Scene(store, mode_rules)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene_with(tmp_path, ModeRules()) as opened:
        yield opened


async def test_a_crash_is_watched_after_seconds_and_taken_over_after_twenty(scene: Scene) -> None:
    await scene.look_for(30, GOOD)
    assert await scene.mode() is Mode.NORMAL
    await scene.look_for(3, DEAD)
    assert await scene.mode() is Mode.WATCHING
    await scene.look_for(16, DEAD)
    assert await scene.mode() is Mode.WATCHING
    await scene.look_for(1, DEAD)
    state = await incident_log.current_state(scene.store, scene.clock.now())
    assert (state.mode, state.epoch, state.by) == (Mode.EMERGENCY, 1, WATCH)
    lasting = await incident_log.lasting(scene.store)
    assert lasting is not None
    assert lasting.cause is Cause.NO_ANSWER
    assert scene.clock.now() - lasting.broken_at == timedelta(seconds=20)


async def test_a_primary_that_is_back_is_offered_to_the_admins_once_and_not_taken(scene: Scene) -> None:
    await scene.look_for(20, DEAD)
    await scene.look_for(400, GOOD)
    assert await scene.mode() is Mode.EMERGENCY
    assert [text for text in await scene.to_admin() if "/handback" in text] == [
        "平台已连续健康 2 分钟。可以交还：发 /handback（不会自动交还）。"
    ]


async def test_it_hands_back_by_itself_only_where_it_was_told_to(tmp_path: Path) -> None:
    async with scene_with(tmp_path, ModeRules(hands_back_by_itself=True)) as scene:
        await scene.look_for(20, DEAD)
        await scene.look_for(178, GOOD)
        assert await scene.mode() is Mode.EMERGENCY
        await scene.look_for(5, GOOD)
        assert await scene.mode() is Mode.HANDING_BACK


async def test_a_flapping_primary_causes_one_flip(scene: Scene) -> None:
    await scene.look_for(30, GOOD)
    for _ in range(10):
        await scene.look_for(20, DEAD)
        await scene.look_for(20, GOOD)
    assert (await incident_log.current_state(scene.store, scene.clock.now())).epoch == 1
    changes = await scene.store.read_all("SELECT mode FROM mode_changes")
    assert [row[0] for row in changes] == ["watching", "emergency"]


async def test_an_old_certificate_does_not_keep_what_happens_meanwhile_from_the_admins(scene: Scene) -> None:
    old = GOOD | {"tls_days": 9.0}
    await scene.look_for(90, old)
    slow = old | {"db_p95_ms": 900.0}
    await scene.look_for(10, slow)
    assert (await incident_log.current_state(scene.store, scene.clock.now())).cause is Cause.SLOW_DATABASE
    await scene.look_for(60, old)
    await scene.look_for(60, GOOD)
    assert await scene.mode() is Mode.NORMAL
    told = [words.partition("：")[2].partition("。")[0] for words in await scene.to_admin()]
    certificate, database = cause_text("zh", Cause.CERTIFICATE), cause_text("zh", Cause.SLOW_DATABASE)
    assert told == [certificate, database, certificate, text("zh", "cause_calm")]


async def test_seconds_from_before_a_hand_back_do_not_end_it(scene: Scene) -> None:
    await scene.look_for(60, DEAD)
    await scene.hand_back()
    await scene.look_for(19, DEAD)
    assert await scene.mode() is Mode.HANDING_BACK
    await scene.look_for(5, DEAD)
    assert await scene.mode() is Mode.EMERGENCY
    assert (await incident_log.current_state(scene.store, scene.clock.now())).epoch == 1


async def test_seconds_from_before_the_release_open_no_new_emergency(scene: Scene) -> None:
    await scene.look_for(60, DEAD)
    await scene.hand_back()
    await scene.release()
    await scene.look_for(40, GOOD)
    state = await incident_log.current_state(scene.store, scene.clock.now())
    assert (state.mode, state.epoch) == (Mode.NORMAL, 1)


async def test_a_lock_outranks_what_it_sees(scene: Scene) -> None:
    until = scene.clock.now() + timedelta(seconds=60)
    await scene.store.write(
        lambda tx: scene.switch.lock(tx, by="web:root", reason="test", until=until, now=scene.clock.now())
    )
    await scene.look_for(59, DEAD)
    assert await scene.mode() is Mode.NORMAL
    await scene.look_for(1, DEAD)
    assert await scene.mode() is Mode.EMERGENCY


async def test_what_a_person_called_broken_the_watch_does_not_call_mended(scene: Scene) -> None:
    now = scene.clock.now()
    await scene.store.write(
        lambda tx: scene.switch.enter_partial(tx, by="web:root", reason="网关 502", now=now, cause=Cause.BY_HAND)
    )
    await scene.look_for(400, {**GOOD, "pay_probe": 1.0})
    assert await scene.mode() is Mode.PARTIAL
    await scene.look_for(25, DEAD)
    assert await scene.mode() is Mode.EMERGENCY


async def test_payments_an_admin_called_mended_are_not_called_broken_by_what_was_seen_before(scene: Scene) -> None:
    await scene.look_for(60, {**GOOD, "pays": 2.0, "pays_failed": 2.0})
    assert await scene.mode() is Mode.PARTIAL
    now = scene.clock.now()
    await scene.store.write(lambda tx: scene.switch.leave_partial(tx, by="web:root", reason="x", now=now))
    await scene.look_for(200, GOOD)
    assert await scene.mode() is Mode.NORMAL


async def test_a_merchant_an_admin_called_reachable_is_not_called_broken_by_what_was_seen_before(scene: Scene) -> None:
    silent = GOOD | {"merchant_ok:noodles": 0.0}
    await scene.look_for(65, silent)
    assert await scene.mode() is Mode.PARTIAL
    now = scene.clock.now()
    await scene.store.write(
        lambda tx: scene.switch.leave_partial(tx, by="web:root", reason="x", now=now, part="merchant:noodles")
    )
    await scene.look_for(50, silent)
    await scene.look_for(30, GOOD | {"merchant_ok:noodles": 1.0})
    assert await scene.mode() is Mode.NORMAL


async def test_a_restart_of_ours_remembers_the_mode_and_its_age(scene: Scene) -> None:
    await scene.look_for(20, DEAD)
    await scene.clock.advance(1000)
    scene.watcher = scene.new_watcher(ModeRules(hands_back_by_itself=True))
    await scene.look_for(119, GOOD)
    assert await scene.mode() is Mode.HANDING_BACK  # healthy for two minutes, in emergency for longer than its dwell


async def test_a_slow_round_delays_no_other_and_a_stall_is_not_made_up_for(scene: Scene) -> None:
    scene.primary.takes_s = 1.5
    async with asyncio.TaskGroup() as group:
        running = group.create_task(scene.watcher.run())
        for _ in range(30):
            await let_others_work(scene, 0.5)
        assert scene.primary.most_at_once == 2
        assert 14 <= scene.primary.rounds <= 16  # fifteen seconds, a round each, though each takes longer than one
        scene.primary.takes_s = 60
        await let_others_work(scene, 30)
        assert scene.primary.most_at_once <= 3  # the longest time-out reaches over no more
        scene.primary.takes_s = 0
        seen = scene.primary.rounds
        for _ in range(20):
            await let_others_work(scene, 4)
        assert seen + 20 <= scene.primary.rounds <= seen + 20 * 4 + 1  # one a second at the most, however long it stood
        running.cancel()


async def let_others_work(scene: Scene, seconds: float) -> None:
    """Moves the clock in one jump, then lets the store's thread answer."""
    await scene.clock.advance(seconds)
    for _ in range(5):
        await asyncio.sleep(0.002)


async def test_the_latest_metrics_and_verdict_can_be_shown(scene: Scene) -> None:
    assert scene.watcher.latest() == {}
    assert scene.watcher.verdict is None
    await scene.look_for(1, {**GOOD, "probe_ms": 12.5})
    assert scene.watcher.latest()["probe_ms"] == 12.5
    assert scene.watcher.verdict is not None


async def test_a_full_disk_does_not_end_the_watch_and_the_verdict_is_acted_upon_later(scene: Scene) -> None:
    def many_groups(tx: Tx) -> None:  # so that telling them needs room
        for number in range(100):
            tx.execute("INSERT INTO buildings (id, name) VALUES (?, 'x')", (f"b{number}",))
            people.bind_chat(tx, ChatId(f"web:b{number}"), BuildingId(f"b{number}"), title="", language="zh")

    await scene.store.write(many_groups)
    await scene.look_for(10, DEAD)
    # SQLite itself then answers SQLITE_FULL, exactly as it does on a full disk.
    await scene.store.write(lambda tx: tx.execute("PRAGMA max_page_count = 1"))
    await scene.look_for(30, DEAD)
    assert await scene.mode() is Mode.WATCHING
    await scene.store.write(lambda tx: tx.execute("PRAGMA max_page_count = 1000000"))
    await scene.look_for(1, DEAD)
    assert await scene.mode() is Mode.EMERGENCY
