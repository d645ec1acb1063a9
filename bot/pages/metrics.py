"""`/metrics`: how we ourselves are, for Prometheus: counts, ages and modes; of no person, no room, no order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from bot.pages.parts import PageParts, parts_of
from bot.pages.refusals import PageRefused
from bot.pages.sessions import is_same
from core.mode import Mode
from fallback_store import incident_log, notice_ledger, notices, vitals
from fallback_store.overview import read_overview

log = structlog.get_logger(__name__)

#: The store must answer within this, seconds; else everything but it is shown.
PATIENCE_S = 3.0

#: A tuple of label values → the figure.
Labelled = Mapping[Any, float]


async def show(request: Request) -> Response:
    """GET: text exposition; 401 without the token where one is set."""
    parts = parts_of(request)
    token = parts.settings.observation.metrics_token
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if token and (scheme.lower() != "bearer" or not is_same(shown.strip(), token)):
        raise PageRefused(401, "control_denied")
    # Imported for the first who asks: a service that nobody scrapes need not carry the library.
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
    from prometheus_client.exposition import CONTENT_TYPE_LATEST

    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Figures([*_of_ourselves(parts), *await _of_the_store(parts)]))
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Figures:
    """Hands families over as they are."""

    def __init__(self, families: Iterable[Any]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Any]:
        """See prometheus_client's Collector."""
        return self._families


def _gauge(name: str, meaning: str, labels: tuple[str, ...], values: Labelled) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"fallback_{name}", meaning, labels=labels)
    for labelled, value in values.items():
        family.add_metric(labelled, value)
    return family


def _of_ourselves(parts: PageParts) -> list[Any]:
    known = {tuple(f"{name}:".split(":")[:2]): value for name, value in parts.metrics().items()}
    found = [
        _gauge("watch_metric", "What the watch knows now; what is unknown is absent.", ("name", "label"), known),
        _gauge("watch_silent_seconds", "Since the watch last concluded.", (), {(): parts.watch_silent_s()}),
        _gauge(
            "interruptions",
            "How often a part was begun anew because the store could not be asked.",
            ("part",),
            {(name,): float(count) for name, count in parts.interruptions.items()},
        ),
    ]
    if parts.store.commit_ms is not None:
        committed = {(): parts.store.commit_ms / 1000}
        found.append(_gauge("store_commit_seconds", "How long the last commit took.", (), committed))
    return found


async def _of_the_store(parts: PageParts) -> list[Any]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = [*await _standing(parts), *await _reach(parts)]
            readable = 1.0
    except Exception as problem:  # whatever is wrong with the store, what is known without it is still shown
        log.warning("metrics.store_unreadable", why=type(problem).__name__)
        found, readable = [], 0.0
    return [*found, _gauge("store_readable", "Whether the store could be asked.", (), {(): readable})]


async def _standing(parts: PageParts) -> list[Any]:
    now = parts.clock.now()
    seen, lasting = await read_overview(parts.store, now), await incident_log.all_lasting(parts.store)
    vital = await vitals.read(parts.store, now)
    waiting = {
        ("inbox",): seen.inbox_waiting,
        ("outgoing",): seen.outgoing_waiting,
        ("outbox",): seen.outbox_unsettled,
    }
    stuck = {
        ("inbox_quarantined",): seen.inbox_quarantined,
        ("outgoing_failed",): seen.outgoing_failed,
        ("outbox_parked",): seen.outbox_parked,
        ("orders_troubled",): seen.orders_troubled,
    }
    ages = {(name.removesuffix("_s"),): age for name, age in vital.items() if name.endswith("_age_s")}
    modes = {(mode.value,): float(mode is seen.mode.mode) for mode in Mode}
    return [
        _gauge("mode", "1 for the mode that holds.", ("mode",), modes),
        _gauge("mode_since_timestamp_seconds", "When it was entered.", (), {(): seen.mode.since.timestamp()}),
        _gauge("epoch", "Grows whenever the orders are taken over.", (), {(): seen.mode.epoch}),
        _gauge("incidents_open", "Incidents that last.", (), {(): len(lasting)}),
        _gauge("waiting", "Rows that wait for us.", ("queue",), waiting),
        _gauge("needs_person", "Rows that a person should look at.", ("what",), stuck),
        _gauge(
            "send_lag_seconds", "How long the oldest message waits that may be sent.", (), {(): vital["send_lag_s"]}
        ),
        _gauge("age_seconds", "How old what we copied is.", ("what",), ages),
        _gauge("orders_open", "Orders that are still owed.", (), {(): seen.orders_open}),
        _gauge("orders_in_epoch", "Orders placed in this epoch.", (), {(): seen.orders_in_epoch}),
    ]


async def _reach(parts: PageParts) -> list[Any]:
    newest = await notices.newest(parts.store)
    reaches = await notice_ledger.reach(parts.store, newest.id) if newest else []
    deliveries = {
        (one.channel, state): float(getattr(one, state)) for one in reaches for state in ("sent", "waiting", "failed")
    }
    share = notice_ledger.percent(reaches)
    ratio = {} if share is None else {(): sum(one.sent for one in reaches) / sum(one.all for one in reaches)}
    return [
        _gauge("notice_deliveries", "Targets of the newest notice.", ("channel", "state"), deliveries),
        _gauge("notice_reach_ratio", "Share of them that were told.", (), ratio),
    ]
