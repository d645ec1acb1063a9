"""Builds the watch: everything it asks, hears and counts, and the loop that concludes from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.complaints import Complaints
from core.ports import Clock
from core.settings import Settings
from fallback_store.database import Store
from watch.gathering import Gathering
from watch.heartbeats import Heartbeats
from watch.mode_switch import StoreModeSwitch
from watch.network_facts import NetworkFacts
from watch.own_figures import OwnFigures
from watch.probes import HttpProbes, Offers
from watch.recorder import Recorder
from watch.usual import Usual
from watch.watcher import Watcher


@dataclass(frozen=True, slots=True)
class Watched:
    """The watch and what others bring to it."""

    watcher: Watcher
    heartbeats: Heartbeats
    complaints: Complaints


def build_watch(
    settings: Settings,
    store: Store,
    clock: Clock,
    switch: StoreModeSwitch,
    counted: tuple[Callable[[], Mapping[str, float]], ...] = (),
) -> Watched:
    """Nothing runs yet. `counted`: figures that other parts keep anyway."""
    watch = settings.watch
    heartbeats, complaints = Heartbeats(clock, watch.heartbeats), Complaints(clock, watch.complaint_words)
    gathering = Gathering(
        probes_of(settings, clock),
        clock,
        (NetworkFacts(settings.primary.base_url, clock), OwnFigures(store, clock)),
        (heartbeats.metrics, complaints.metrics, *counted),
    )
    watcher = Watcher(
        store,
        clock,
        switch,
        gathering,
        health_rules=watch.health_rules,
        mode_rules=watch.mode_rules,
        usual=Usual(store, clock, ZoneInfo(settings.campus.timezone)),
        recorder=Recorder(store, clock, watch.record_days) if watch.record_days else None,
    )
    return Watched(watcher, heartbeats, complaints)


def probes_of(settings: Settings, clock: Clock, *, timeout_s: float | None = None) -> HttpProbes:
    """What is asked of the primary. `timeout_s`: None = as the settings say."""
    primary, watch = settings.primary, settings.watch
    offers = Offers(
        metrics_path=watch.metrics_path,
        metric_names=watch.metric_names,
        pay_path=watch.pay_probe_path,
        pay_every_s=watch.pay_probe_every_s,
    )
    return HttpProbes(
        primary.base_url,
        primary.token,
        watch.reference_url,
        timeout_s=timeout_s or watch.timeout_s,
        clock=clock,
        offers=offers,
    )
