"""What the watch can know: the list of metrics with unit and source, and the stream they arrive in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

Metrics = Mapping[str, float]
"""One round of the stream: name → value; what could not be read is absent, and absent is unknown, never zero."""


class Unit(StrEnum):
    """What a figure is counted in."""

    #: 1 = so, 0 = not so
    FACT = "fact"
    COUNT = "count"
    MILLISECONDS = "ms"
    SECONDS = "s"
    DAYS = "days"
    SHARE = "share"
    PER_MINUTE = "/min"


class Source(StrEnum):
    """Where a figure comes from."""

    PROBE = "probe"
    SCRAPE = "scrape"
    HEALTH = "health"
    HEARTBEAT = "heartbeat"
    TYPED = "typed"
    GROUPS = "groups"
    OURSELVES = "ourselves"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class MetricKind:
    """One metric there is."""

    name: str
    unit: Unit
    source: Source
    #: seconds a value stands for after it was read; 0 = only for the round it was read in
    lasts_s: float = 0.0


def _kinds(source: Source, lasts_s: float, named: Mapping[str, Unit]) -> list[MetricKind]:
    return [MetricKind(name, unit, source, lasts_s) for name, unit in named.items()]


_MS, _S, _FACT, _SHARE, _COUNT, _RATE = (
    Unit.MILLISECONDS,
    Unit.SECONDS,
    Unit.FACT,
    Unit.SHARE,
    Unit.COUNT,
    Unit.PER_MINUTE,
)

#: Every metric a rule may speak of. `merchant_ok:ID`, `canteen_ok:ID`, `check_ok:NAME` and `heartbeat_ok:NAME` are
#: families: one figure for each label.
KINDS: tuple[MetricKind, ...] = (
    *_kinds(Source.PROBE, 0, {"probe_ok": _FACT, "probe_ms": _MS, "write_ok": _FACT, "write_ms": _MS, "ref_ok": _FACT}),
    *_kinds(Source.PROBE, 0, {"pay_probe": _FACT, "maintenance": _FACT, "scrape_ok": _FACT}),
    *_kinds(Source.PROBE, 90, {"dns_ms": _MS}),
    *_kinds(Source.PROBE, 7200, {"tls_days": Unit.DAYS}),
    *_kinds(Source.PROBE, 0, {"clock_skew_s": _S}),
    *_kinds(Source.SCRAPE, 0, {"orders": _COUNT, "orders_failed": _COUNT, "pays": _COUNT, "pays_failed": _COUNT}),
    *_kinds(Source.SCRAPE, 0, {"db_p95_ms": _MS, "pool_ratio": _SHARE, "queue_depth": _COUNT, "http_5xx_rate": _SHARE}),
    *_kinds(Source.SCRAPE, 0, {"cpu": _SHARE, "mem": _SHARE, "disk": _SHARE, "cache_hit": _SHARE}),
    *_kinds(Source.SCRAPE, 0, {"couriers_online": _COUNT, "merchant_accept_p95_s": _S, "callback_lag_s": _S}),
    *_kinds(Source.SCRAPE, 0, {"login_success": _SHARE}),
    *_kinds(Source.HEALTH, 0, {"merchant_ok": _FACT, "canteen_ok": _FACT, "check_ok": _FACT}),
    *_kinds(Source.HEARTBEAT, 0, {"heartbeat_ok": _FACT}),
    *_kinds(Source.TYPED, 5, {"calls": _RATE}),
    *_kinds(Source.GROUPS, 0, {"complaints": _RATE}),
    *_kinds(Source.OURSELVES, 5, {"send_lag_s": _S, "sheet_age_s": _S, "snapshot_age_s": _S, "store_commit_ms": _MS}),
    *_kinds(Source.OURSELVES, 5, {"inbox_backlog": _COUNT, "outgoing_backlog": _COUNT, "outbox_backlog": _COUNT}),
    *_kinds(Source.OURSELVES, 0, {"breaker_stuck": _FACT}),
    *_kinds(Source.DERIVED, 0, {"order_rate": _RATE, "order_success": _SHARE, "pay_success": _SHARE}),
    *_kinds(Source.DERIVED, 0, {"payment_evidence": _COUNT, "payment_trouble_s": _S}),
)
KIND_BY_NAME: Mapping[str, MetricKind] = {kind.name: kind for kind in KINDS}
#: People write `db_p95 > 500ms`: the unit stands with the figure, so the name may go without it.
_SHORT: Mapping[str, str] = {
    kind.name.removesuffix(suffix): kind.name for kind in KINDS for suffix in ("_ms", "_s", "_days")
}


def kind_of(written: str) -> MetricKind | None:
    """The metric people mean by a name, with or without its unit; a label may follow a colon. None: there is none."""
    family, _, _ = written.partition(":")
    return KIND_BY_NAME.get(family) or KIND_BY_NAME.get(_SHORT.get(family, ""))


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure as it was read."""

    name: str
    #: None = it was asked for and could not be read: what was known before is no longer
    value: float | None
    #: monotonic seconds
    at_s: float


class MetricStream:
    """Gathers samples of many paces into rounds: a figure lasts as long as its kind says, then it is unknown."""

    def __init__(self) -> None:
        self._slow: dict[str, tuple[float, float]] = {}
        self._once: dict[str, float] = {}

    def add(self, samples: Iterable[Sample]) -> None:
        """Takes in what was read."""
        for sample in samples:
            kind = kind_of(sample.name)
            lasts_s = 0.0 if kind is None else kind.lasts_s
            target: dict[str, float] | dict[str, tuple[float, float]] = self._slow if lasts_s else self._once
            if sample.value is None:
                target.pop(sample.name, None)
            elif lasts_s:
                self._slow[sample.name] = (sample.value, sample.at_s + lasts_s)
            else:
                self._once[sample.name] = sample.value

    def round(self, at_s: float) -> dict[str, float]:
        """Everything known at `at_s`; what is only known once is told once."""
        for name in [name for name, (_, until_s) in self._slow.items() if until_s <= at_s]:
            del self._slow[name]
        known = {name: value for name, (value, _) in self._slow.items()} | self._once
        self._once = {}
        return known
