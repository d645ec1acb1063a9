"""A merchant, a canteen out of reach of a primary in a process of its own: told of alone, and told when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.catalog import Merchant
from core.health import HealthRules
from core.mode import Mode, ModeRules
from drills.twin_process import TwinProcess
from fallback_store import catalog_snapshots, incident_log
from fallback_store.database import Store
from sync.primary_http import PrimaryHttp
from tests.watch.test_watch_on_the_twin import CLOCK, NOTICES, prepare, said, until
from watch.mode_switch import StoreModeSwitch
from watch.probes import HttpProbes, Offers
from watch.watcher import Watcher

#: The rules as shipped, forty times as fast, looked at ten times a second; a time-out that a busy machine keeps.
RULES = replace(HealthRules().faster(40), interval_s=0.1, timeout_s=2.0, healthy_s=0.8, healthy_bad_share=0.2)


@dataclass(frozen=True, slots=True)
class Scene:
    """A twin, a store with its menu, and the watch at work."""

    twin: TwinProcess
    store: Store
    watcher: Watcher
    merchants: tuple[Merchant, ...]

    async def mode(self) -> Mode:
        return (await incident_log.current_state(self.store, CLOCK.now())).mode

    async def until_broken(self, *parts: str) -> None:
        """Until just these are told to be broken."""

        async def is_so() -> bool:
            return [incident.part for incident in await incident_log.all_lasting(self.store)] == list(parts)

        await until(is_so)

    async def titles(self) -> list[str]:
        """First lines of what the group was told."""
        return [words.partition("\n")[0] for words in await said(self.store, "web:7")]


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[Scene]:
    async with (
        TwinProcess(folder / "twin.sqlite3") as twin,
        PrimaryHttp(twin.base_url, twin.token, timeout_s=5.0) as primary,
        await Store.open(folder / "s.sqlite3") as store,
        asyncio.TaskGroup() as group,
    ):
        menu = await primary.catalog(None)
        assert menu is not None
        await store.write(prepare)
        catalog = await store.write(lambda tx: catalog_snapshots.keep(tx, menu.text, None, CLOCK.now()))
        offers = Offers(metrics_path="/metrics")
        probes = HttpProbes(twin.base_url, twin.token, "", timeout_s=RULES.timeout_s, clock=CLOCK, offers=offers)
        rules = ModeRules(dwell_s=0.1, calm_s=0.5)
        watcher = Watcher(store, CLOCK, StoreModeSwitch(NOTICES), probes, health_rules=RULES, mode_rules=rules)
        task = group.create_task(watcher.run())
        yield Scene(twin, store, watcher, catalog.merchants)
        task.cancel()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with watching(tmp_path) as found:
        yield found


async def test_a_merchant_out_of_reach_is_told_of_alone_and_told_when_it_is_back(scene: Scene) -> None:
    noodles, rice = scene.merchants[:2]
    await scene.twin.inject("unreachable", place=f"merchant:{noodles.id}")
    await scene.until_broken(f"merchant:{noodles.id}")
    assert await scene.mode() is Mode.PARTIAL
    assert await scene.titles() == [f"【{noodles.name}暂时点不了】平台其他商家照常"]
    # Everybody else's orders: the platform takes them, and nobody is told otherwise.
    latest = scene.watcher.latest()
    assert (latest["write_ok"], latest[f"merchant_ok:{rice.id}"], latest[f"merchant_ok:{noodles.id}"]) == (1, 1, 0)
    assert not any(rice.name in words for words in await said(scene.store, "web:7"))
    await scene.twin.clear()
    await scene.until_broken()
    assert await scene.mode() in (Mode.NORMAL, Mode.WATCHING)
    assert (await scene.titles())[1:] == [f"【{noodles.name}可以点了】平台已经能联系上"]


async def test_a_canteen_goes_besides_a_merchant_and_each_has_its_own_end(scene: Scene) -> None:
    noodles = scene.merchants[0]
    await scene.twin.inject("unreachable", place=f"merchant:{noodles.id}")
    await scene.until_broken(f"merchant:{noodles.id}")
    await scene.twin.inject("unreachable", place="canteen:东区")
    await scene.until_broken(f"merchant:{noodles.id}", "canteen:东区")
    await scene.twin.clear()
    await scene.twin.inject("unreachable", place=f"merchant:{noodles.id}")
    await scene.until_broken(f"merchant:{noodles.id}")
    assert await scene.mode() is Mode.PARTIAL
    assert (await scene.titles())[1:] == [
        "【食堂「东区」暂时点不了】平台其他商家照常",
        "【食堂「东区」可以点了】平台已经能联系上",
    ]
