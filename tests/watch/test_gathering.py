"""Everything the watch can know, over real sockets and a real store, in one stream of rounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from bot.complaints import Complaints
from core.chat import IncomingMessage
from core.errors import StoreFull
from core.health import HealthRules
from core.ids import ChatId, Key, PersonId
from core.metrics import KIND_BY_NAME, Metrics, Sample, kind_of
from core.mode import ModeRules
from core.notices import NoticeRules
from core.usual import Baseline, hour_of_week, joined
from drills.hand_clock import HandClock
from drills.twin_process import TwinProcess
from fallback_store import metric_baselines, typed_figures
from fallback_store.database import Store
from watch.gathering import Gathering
from watch.heartbeats import Heartbeats
from watch.mode_switch import StoreModeSwitch
from watch.network_facts import NetworkFacts
from watch.own_figures import OwnFigures
from watch.probes import HttpProbes, Offers
from watch.system_clock import SystemClock
from watch.usual import Usual
from watch.watcher import Watcher

ZONE = ZoneInfo("Asia/Shanghai")


class OneAnswer:
    """Probes that always find the same."""

    def __init__(self, found: Metrics) -> None:
        self.found = found

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def ask(self) -> Mapping[str, float]:
        return self.found


class FailsThenTells:
    """A source that finds the disk full once."""

    def __init__(self) -> None:
        self.tries = 0

    async def samples(self) -> AsyncIterator[Sample]:
        self.tries += 1
        if self.tries == 1:
            raise StoreFull
        yield Sample("dns_ms", 7.0, 0.0)
        await asyncio.Event().wait()


async def test_a_whole_round_on_the_twin_knows_two_dozen_metrics(tmp_path: Path) -> None:
    clock = SystemClock()
    async with TwinProcess(tmp_path / "twin.sqlite3") as twin, await Store.open(tmp_path / "s.sqlite3") as store:
        await store.write(lambda tx: typed_figures.type_in(tx, "calls", 4, by="web:root", now=clock.now()))
        heartbeats = Heartbeats(clock, {"gateway": 10.0})
        heartbeats.beat("gateway")
        offers = Offers(metrics_path="/metrics", pay_path="/payments/practice", pay_every_s=0.2)
        probes = HttpProbes(twin.base_url, twin.token, twin.control_url, timeout_s=2.0, clock=clock, offers=offers)
        sources = (NetworkFacts(twin.base_url, clock), OwnFigures(store, clock))
        known: dict[str, float] = {}
        async with Gathering(probes, clock, sources, (heartbeats.metrics,)) as gathering:
            for _ in range(20):
                known |= await gathering.ask()
                await asyncio.sleep(0.1)
                if len(known) >= 24 and "orders" in known:
                    break
    assert len(known) >= 24
    assert all(kind_of(name) for name in known)
    assert (known["pay_probe"], known["calls"], known["heartbeat_ok:gateway"], known["scrape_ok"]) == (1, 1, 1, 1)
    assert known["store_commit_ms"] > 0  # what the primary counts itself outranks what was typed
    assert known["dns_ms"] >= 0


async def test_a_source_that_fails_leaves_its_figures_unknown_and_is_asked_again() -> None:
    clock, source = HandClock(), FailsThenTells()
    async with Gathering(OneAnswer({"probe_ok": 1.0}), clock, (source,)) as gathering:
        await clock.advance(1)
        assert await gathering.ask() == {"probe_ok": 1.0}
        await clock.advance(5)
        assert await gathering.ask() == {"probe_ok": 1.0, "dns_ms": 7.0}
    assert source.tries == 2


async def test_one_that_never_reported_is_unknown_and_one_that_stopped_is_dead() -> None:
    clock = HandClock()
    heartbeats = Heartbeats(clock, {"gateway": 10.0, "printer": 10.0})
    assert not heartbeats.beat("stranger")
    assert heartbeats.beat("gateway")
    await clock.advance(25)
    assert heartbeats.metrics() == {"heartbeat_ok:gateway": 1.0}
    await clock.advance(1)
    assert heartbeats.metrics() == {"heartbeat_ok:gateway": 0.0}


def said(text: str, number: int) -> IncomingMessage:
    return IncomingMessage(
        key=Key(f"web:7:{number}"),
        chat_id=ChatId("web:7"),
        person_id=PersonId("web:li"),
        person_name="Li",
        is_group=True,
        is_addressed=False,
        text=text,
    )


async def test_complaints_are_counted_once_for_a_minute_and_no_word_is_kept() -> None:
    clock = HandClock()
    complaints = Complaints(clock, ("打不开", "App is down"))
    assert complaints.metrics() == {}  # nobody was heard: unknown
    for number, words in enumerate(["平台打不开了", "app IS down??", "吃什么", "平台打不开了"]):
        complaints.hear(said(words, number))
    complaints.hear(said("平台打不开了", 0))  # read a second time
    assert complaints.metrics() == {"complaints": 3.0}
    await clock.advance(61)
    assert complaints.metrics() == {"complaints": 0.0}
    assert "打不开了" not in repr(vars(complaints))
    await clock.advance(3600)
    assert complaints.metrics() == {}


async def test_a_typed_figure_is_forgotten_after_ten_minutes(tmp_path: Path) -> None:
    clock = HandClock()
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        await store.write(lambda tx: typed_figures.type_in(tx, "calls", 9, by="web:root", now=clock.now()))
        figures = OwnFigures(store, clock)
        assert (await figures.read())["calls"] == 9
        await clock.advance(600)
        found = await figures.read()
    assert "calls" not in found
    assert found["send_lag_s"] == 0
    assert "snapshot_age_s" not in found  # there is none
    assert set(found) <= set(KIND_BY_NAME)


async def test_what_is_usual_is_learned_while_all_is_well_and_told_a_week_later(tmp_path: Path) -> None:
    clock = HandClock()
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        usual = Usual(store, clock, ZONE)
        rules = NoticeRules(platform="东湖", timezone=ZONE)
        calm = {"probe_ok": 1.0, "write_ok": 1.0, "ref_ok": 1.0, "orders": 0.5}
        probes = OneAnswer(calm)
        watcher = Watcher(
            store,
            clock,
            StoreModeSwitch(rules),
            probes,
            health_rules=HealthRules(),
            mode_rules=ModeRules(),
            usual=usual,
        )
        for _ in range(150):
            await clock.advance(10)  # a stall counts for what a round can last at the most
            await watcher.look()
        assert usual.now == {}
        await store.write(
            lambda tx: metric_baselines.learn(tx, hour_of_week(clock.now(), ZONE), {"calls": THREE_HOURS})
        )
        await clock.advance(7 * 86_400 - 1500)
        await usual.turn()
        assert usual.now["calls"] == 3.0


THREE_HOURS = Baseline(10_800, 3.0)


def test_old_weeks_fade_and_an_hour_is_one_of_the_campus_clock() -> None:
    known = joined(Baseline(4 * 3600, 10.0), Baseline(3600, 20.0))
    assert known == Baseline(4 * 3600, 12.5)
    monday = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    assert hour_of_week(monday, ZONE) == 0
    assert hour_of_week(monday - timedelta(hours=1), ZONE) == 167
