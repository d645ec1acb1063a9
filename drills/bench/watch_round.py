"""One round of the watch: the processor time from its questions over real sockets to the verdict and what follows."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from core.health import HealthRules
from core.mode import ModeRules
from core.notices import NoticeRules
from drills.bench.figure import Figure
from drills.twin_process import TwinProcess
from fallback_store.database import Store
from watch.gathering import Gathering
from watch.heartbeats import Heartbeats
from watch.mode_switch import StoreModeSwitch
from watch.network_facts import NetworkFacts
from watch.own_figures import OwnFigures
from watch.probes import HttpProbes, Offers
from watch.system_clock import SystemClock
from watch.watcher import Watcher

#: Rounds measured, after so many that warm up.
ROUNDS, WARM = 120, 20
#: No fewer figures must be known, or the round was none worth measuring.
METRICS = 24


class TooLittleKnown(Exception):
    """The round knew too few figures."""


async def measure_watch_round() -> list[Figure]:
    """Milliseconds of this process's processor time a round takes; a payment is tried in every one."""
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as name:
        folder = Path(name)
        async with TwinProcess(folder / "twin.sqlite3") as twin, await Store.open(folder / "s.sqlite3") as store:
            clock = SystemClock()
            offers = Offers(metrics_path="/metrics", pay_path="/payments/practice", pay_every_s=0.0)
            probes = HttpProbes(twin.base_url, twin.token, twin.control_url, timeout_s=5.0, clock=clock, offers=offers)
            heartbeats = Heartbeats(clock, {"gateway": 60.0})
            heartbeats.beat("gateway")
            sources = (NetworkFacts(twin.base_url, clock), OwnFigures(store, clock))
            gathering = Gathering(probes, clock, sources, (heartbeats.metrics,))
            switch = StoreModeSwitch(NoticeRules(platform="bench", timezone=ZoneInfo("UTC")))
            watcher = Watcher(store, clock, switch, gathering, health_rules=HealthRules(), mode_rules=ModeRules())
            async with gathering:
                took_ms = [await _round(watcher) for _ in range(WARM + ROUNDS)][WARM:]
    known = len(watcher.latest())
    if known < METRICS:
        raise TooLittleKnown(f"{known} figures are known, {METRICS} are wanted")
    slowest = sorted(took_ms)[int(0.95 * len(took_ms))]
    return [
        Figure(
            name=f"processor time of a watch round, {known} figures",
            value=median(took_ms),
            target=10.0,
            unit="ms",
            is_at_most=True,
            detail=f"p95 {slowest:.1f} ms over {ROUNDS} rounds; probes, rules, verdict, reading the mode",
        )
    ]


async def _round(watcher: Watcher) -> float:
    began_s = time.process_time()
    await watcher.look()
    return (time.process_time() - began_s) * 1000
