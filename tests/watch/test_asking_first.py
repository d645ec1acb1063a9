"""Where the operator wants to be asked: a question with a countdown, its answers, and what silence means."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import orjson
import pytest

from core.chat import Role
from core.errors import ModeConflict
from core.health import Cause, HealthRules
from core.ids import BuildingId, ChatId, PersonId
from core.mode import WATCH, Mode, ModeRules, ModeState
from core.notices import NoticeRules
from drills.hand_clock import HandClock
from fallback_store import incident_log, people, switch_questions
from fallback_store.database import Store, Tx
from watch.mode_switch import StoreModeSwitch
from watch.watcher import Watcher

GOOD = {"probe_ok": 1.0, "write_ok": 1.0, "ref_ok": 1.0}
DEAD = {"probe_ok": 0.0, "write_ok": 0.0, "ref_ok": 1.0}
NO_NOODLES = GOOD | {"merchant_ok:noodles": 0.0}
ASKS = ModeRules(enters_by_itself=False)


class Told:
    """Probes that find what the test says."""

    def __init__(self) -> None:
        self.metrics: Mapping[str, float] = GOOD

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def ask(self) -> Mapping[str, float]:
        return self.metrics


class Scene:
    """A watch that asks first, and an admin."""

    def __init__(self, store: Store, rules: ModeRules) -> None:
        self.store, self.clock, self.told, self.rules = store, HandClock(), Told(), rules
        self.switch = StoreModeSwitch(NoticeRules(platform="东湖", timezone=ZoneInfo("Asia/Shanghai")))
        self.restart()

    def restart(self) -> None:
        """A new process on the same store."""
        self.watcher = Watcher(
            self.store, self.clock, self.switch, self.told, health_rules=HealthRules(), mode_rules=self.rules
        )

    async def look_for(self, seconds: int, metrics: Mapping[str, float]) -> None:
        self.told.metrics = metrics
        for _ in range(seconds):
            await self.clock.advance(1)
            await self.watcher.look()

    async def mode(self) -> ModeState:
        return await incident_log.current_state(self.store, self.clock.now())

    async def asked(self) -> list[Any]:
        """(text, button actions) of every state of the question that was ever queued, oldest first."""
        rows = await self.store.read_all(
            "SELECT text, buttons FROM outgoing WHERE chat_id = 'web:@root' AND board LIKE 'switch:%' ORDER BY id"
        )
        return [(row[0], [b[1] for r in orjson.loads(row[1] or "[]") for b in r]) for row in rows]

    async def answer(self, question_id: int, *, switches: bool) -> ModeState:
        now = self.clock.now()
        return await self.store.write(
            lambda tx: self.switch.answer(tx, question_id, switches=switches, by="web:root", now=now)
        )


def prepare(tx: Tx) -> None:
    tx.execute("INSERT INTO buildings (id, name) VALUES ('7', '7栋')")
    people.bind_chat(tx, ChatId("web:7"), BuildingId("7"), title="7", language="zh")
    people.replace_roles(tx, "config", [people.RoleGrant(PersonId("web:root"), Role.ADMIN)])


@asynccontextmanager
async def scene_with(path: Path, rules: ModeRules = ASKS) -> AsyncIterator[Scene]:
    async with await Store.open(path / "s.sqlite3") as store:
        await store.write(prepare)
        yield Scene(store, rules)


async def test_an_admin_is_asked_with_buttons_and_a_countdown_and_switches_at_once(tmp_path: Path) -> None:
    async with scene_with(tmp_path) as scene:
        await scene.look_for(30, GOOD)
        await scene.look_for(21, DEAD)
        assert (await scene.mode()).mode is Mode.WATCHING
        await scene.look_for(20, DEAD)
        states = await scene.asked()
        assert [actions for _, actions in states] == [["admin:switch:1:yes", "admin:switch:1:no"]] * 2
        assert ["还有 60 秒" in states[0][0], "还有 45 秒" in states[1][0]] == [True, True]
        assert "没有人回答就保持现状" in states[0][0]
        state = await scene.answer(1, switches=True)
        assert (state.mode, state.by, state.epoch) == (Mode.EMERGENCY, "web:root", 1)
        incident = await incident_log.lasting(scene.store)
        assert incident is not None
        assert incident.cause is Cause.NO_ANSWER
        assert (incident.opened_at - incident.broken_at).total_seconds() == pytest.approx(41, abs=2)
        last = (await scene.asked())[-1]
        assert ("web:root 已决定切到" in last[0], last[1]) == (True, [])
        with pytest.raises(ModeConflict, match="已经有答案"):
            await scene.answer(1, switches=False)


async def test_silence_leaves_things_as_they_are_or_switches_as_the_settings_say(tmp_path: Path) -> None:
    async with scene_with(tmp_path) as scene:
        await scene.look_for(200, DEAD)
        assert (await scene.mode()).mode is Mode.WATCHING
        assert "没有人回答，按设置处理" in (await scene.asked())[-1][0]
        assert len({actions[0] for _, actions in await scene.asked() if actions}) == 1  # asked once
    (tmp_path / "s.sqlite3").rename(tmp_path / "old.sqlite3")
    async with scene_with(tmp_path / ".", ModeRules(enters_by_itself=False, switches_on_silence=True)) as scene:
        await scene.look_for(79, DEAD)
        assert (await scene.mode()).mode is Mode.WATCHING
        await scene.look_for(4, DEAD)
        assert ((await scene.mode()).mode, (await scene.mode()).by) == (Mode.EMERGENCY, WATCH)


async def test_a_no_holds_while_the_trouble_lasts_and_the_next_trouble_is_asked_about_again(tmp_path: Path) -> None:
    async with scene_with(tmp_path) as scene:
        await scene.look_for(25, DEAD)
        await scene.answer(1, switches=False)
        await scene.look_for(200, DEAD)
        found = await switch_questions.newest(scene.store)
        assert found is not None
        assert (found.id, found.reply) == (1, "no")
        await scene.look_for(200, GOOD)
        await scene.look_for(25, DEAD)
        again = await switch_questions.newest(scene.store)
        assert again is not None
        assert (again.id, again.reply) == (2, None)


async def test_trouble_that_passes_withdraws_the_question(tmp_path: Path) -> None:
    async with scene_with(tmp_path) as scene:
        await scene.look_for(25, DEAD)
        await scene.look_for(40, GOOD)
        assert "不用回答了" in (await scene.asked())[-1][0]
        with pytest.raises(ModeConflict):
            await scene.answer(1, switches=True)
        assert (await scene.mode()).mode is not Mode.EMERGENCY


async def test_a_question_outlives_a_restart_of_ours_and_a_wall_clock_that_jumps_does_not_shorten_it(
    tmp_path: Path,
) -> None:
    async with scene_with(tmp_path, ModeRules(enters_by_itself=False, switches_on_silence=True)) as scene:
        await scene.look_for(25, DEAD)
        scene.clock.set_wall(scene.clock.now().replace(year=2027))
        await scene.look_for(30, DEAD)
        assert (await scene.mode()).mode is Mode.WATCHING
        found = await switch_questions.newest(scene.store)
        assert found is not None
        scene.clock.set_wall(found.asked_at)
        scene.restart()
        await scene.look_for(30, DEAD)
        assert len(await scene.asked()) >= 2
        again = await switch_questions.newest(scene.store)
        assert again is not None
        assert (again.id, again.reply) == (1, None)
        await scene.look_for(60, DEAD)
        assert (await scene.mode()).mode is Mode.EMERGENCY


async def test_one_part_is_asked_about_as_well(tmp_path: Path) -> None:
    async with scene_with(tmp_path) as scene:
        await scene.look_for(70, NO_NOODLES)
        state = await scene.answer(1, switches=True)
        assert state.mode is Mode.PARTIAL
        incident = await incident_log.lasting(scene.store)
        assert incident is not None
        assert (incident.part, incident.cause) == ("merchant:noodles", Cause.MERCHANT)
