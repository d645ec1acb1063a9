"""The whole watch against a primary in a process of its own: cut, noticed, taken over, back, offered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from core.chat import Role
from core.health import HealthRules
from core.ids import BuildingId, ChatId, PersonId
from core.mode import WATCH, Mode, ModeRules
from core.notices import NoticeRules
from drills.twin_process import TwinProcess
from fallback_store import incident_log, people
from fallback_store.database import Store, Tx
from fallback_store.people import RoleGrant
from watch.mode_switch import StoreModeSwitch
from watch.probes import HttpProbes
from watch.system_clock import SystemClock
from watch.watcher import Watcher

#: The default rules, sixteen times as fast; a time-out that a busy machine keeps.
RULES = replace(HealthRules().faster(16), timeout_s=0.5, healthy_s=0.8, healthy_bad_share=0.2)
NOTICES = NoticeRules(platform="东湖", timezone=ZoneInfo("Asia/Shanghai"))
CLOCK = SystemClock()


def prepare(tx: Tx) -> None:
    tx.execute("INSERT INTO buildings (id, name) VALUES ('7', '7栋')")
    people.bind_chat(tx, ChatId("web:7"), BuildingId("7"), title="7", language="zh")
    people.replace_roles(tx, "config", [RoleGrant(PersonId("web:root"), Role.ADMIN)])


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Returns once it is so. Raises: AssertionError when that takes too long."""
    for _ in range(400):
        if await is_so():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to that")


async def said(store: Store, chat: str) -> list[str]:
    rows = await store.read_all("SELECT text FROM outgoing WHERE chat_id = :chat ORDER BY id", {"chat": chat})
    return [row[0] for row in rows]


async def test_a_primary_that_is_cut_is_taken_over_and_offered_back_once_it_answers(tmp_path: Path) -> None:
    async with (
        TwinProcess(tmp_path / "twin.sqlite3") as twin,
        await Store.open(tmp_path / "s.sqlite3") as store,
        asyncio.TaskGroup() as group,
    ):
        await store.write(prepare)
        probes = HttpProbes(twin.base_url, twin.token, twin.control_url, timeout_s=RULES.timeout_s, clock=CLOCK)
        watcher = Watcher(
            store,
            CLOCK,
            StoreModeSwitch(NOTICES),
            probes,
            health_rules=RULES,
            mode_rules=ModeRules(dwell_s=0.1),
        )
        watching = group.create_task(watcher.run())

        async def is_healthy() -> bool:
            return watcher.verdict is not None and watcher.verdict.is_healthy

        async def is_emergency() -> bool:
            return (await incident_log.current_state(store, CLOCK.now())).mode is Mode.EMERGENCY

        async def is_offered() -> bool:
            return "/handback" in (await said(store, "web:@root"))[-1]

        await until(is_healthy)
        assert watcher.latest()["write_ok"] == 1
        await twin.inject("down")
        await until(is_emergency)
        taken_over = await incident_log.current_state(store, CLOCK.now())
        assert (taken_over.epoch, taken_over.by) == (1, WATCH)
        assert "平台没有响应" in (await said(store, "web:7"))[-1]
        await twin.clear()
        await until(is_offered)
        assert await is_emergency()
        watching.cancel()
