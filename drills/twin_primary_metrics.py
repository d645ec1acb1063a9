"""The figures the twin shows at `GET /metrics`: measured on itself, plus a campus's trickle of app orders."""

from __future__ import annotations

import math
import os
import resource
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from drills.fault_board import FaultBoard
from drills.twin_primary_menu import load_menu

_ORDERS_A_SECOND = 0.65  # what a campus orders at lunch
_FAILED_SHARE = 0.01
_PAYMENTS_FAILED_SHARE = 0.03
_CANTEENS = ("东区", "西区")  # pretended: the menu knows merchants only
_REMEMBERED = 512  # database transactions the p95 looks back on


class TwinMetrics(Collector):
    """Counts requests and transactions; renders everything when scraped."""

    def __init__(self, monotonic: Callable[[], float], faults: FaultBoard) -> None:
        """`faults`: what a drill wants to be seen."""
        self._monotonic, self._faults = monotonic, faults
        self._merchants = sorted({*load_menu({}, set()).merchant_of.values()})
        #: payments the app tried, and failed, by the last look
        self._pays, self._pays_failed = 0, 0.0
        self._started_s = monotonic()
        self._transactions_ms: deque[float] = deque(maxlen=_REMEMBERED)
        self._last_cpu: tuple[float, float] = (self._started_s, _cpu_s())
        self._registry = CollectorRegistry()
        self._requests = Counter("requests", "Requests answered", ["path", "code"], registry=self._registry)
        self._seconds = Histogram("request_seconds", "Seconds to an answer", registry=self._registry)
        self._registry.register(self)
        #: requests being worked on
        self.open_requests = 0

    def answered(self, path: str, code: int, seconds: float) -> None:
        """One request was answered."""
        self._requests.labels(path, str(code)).inc()
        self._seconds.observe(seconds)

    def committed(self, ms: float) -> None:
        """One database transaction took `ms`."""
        self._transactions_ms.append(ms)

    def render(self) -> bytes:
        """Prometheus text."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Everything that is not counted by itself."""
        for name, value in (self._gauges() | self._shown_gauges()).items():
            yield GaugeMetricFamily(name, _HELP.get(name, "shown by a drill"), value=value)
        shown = self._faults.figures()
        for name, count in self._app_orders().items():
            yield CounterMetricFamily(name, _HELP[name], value=shown.get(name, count))
        yield self._places("merchant", self._merchants)
        yield self._places("canteen", _CANTEENS)

    def _places(self, kind: str, names: Sequence[str]) -> Metric:
        unreachable, name = self._faults.unreachable(), f"{kind}_up"
        family = GaugeMetricFamily(name, _HELP[name], labels=[kind])
        for place in names:
            family.add_metric([place], float(f"{kind}:{place}" not in unreachable))
        return family

    def _shown_gauges(self) -> dict[str, float]:
        return {name: value for name, value in self._faults.figures().items() if name not in _COUNTERS}

    def _gauges(self) -> dict[str, float]:
        return {
            "db_p95_ms": self._db_p95_ms(),
            "pool_ratio": min(1.0, self.open_requests / 64),
            "queue_depth": float(self.open_requests),
            "cpu": self._cpu_share(),
            "mem": _memory_share(),
            "disk": 0.61,
            "cache_hit": 0.97,
            "couriers_online": 3.0,
            "calls_per_minute": 1.0,
        }

    def _app_orders(self) -> dict[str, float]:
        orders = math.floor((self._monotonic() - self._started_s) * _ORDERS_A_SECOND)
        failed = math.floor(orders * _FAILED_SHARE)
        pays = orders - failed
        share = max(_PAYMENTS_FAILED_SHARE, self._faults.payments_failing())
        self._pays_failed += (pays - self._pays) * share
        self._pays = pays
        figures = (orders, failed, pays, math.floor(self._pays_failed))
        return dict(zip(_COUNTERS, figures, strict=True))

    def _db_p95_ms(self) -> float:
        ordered = sorted(self._transactions_ms)
        return ordered[int(len(ordered) * 0.95)] if ordered else 0.0

    def _cpu_share(self) -> float:
        now_s, used_s = self._monotonic(), _cpu_s()
        then_s, before_s = self._last_cpu
        self._last_cpu = (now_s, used_s)
        return min(1.0, (used_s - before_s) / max(now_s - then_s, 1e-3) / (os.cpu_count() or 1))


_COUNTERS = ("orders", "orders_failed", "pays", "pays_failed")
_HELP = {
    "db_p95_ms": "95th percentile of the last database transactions, milliseconds",
    "pool_ratio": "Share of the worker slots in use, 0 to 1",
    "queue_depth": "Requests being worked on",
    "cpu": "Share of the machine this process used since the last scrape, 0 to 1",
    "mem": "Share of the machine's memory this process holds, 0 to 1",
    "disk": "Share of the disk in use, 0 to 1 (pretended: a developer's full disk is no outage)",
    "cache_hit": "Share of catalog reads served from memory, 0 to 1 (pretended)",
    "merchant_up": "Whether the merchant's terminal answers, 1 or 0 (pretended)",
    "canteen_up": "Whether the canteen's line works, 1 or 0 (pretended)",
    "couriers_online": "Couriers on duty (pretended)",
    "calls_per_minute": "Calls to the service line (pretended)",
    "orders": "Orders placed in the app (pretended)",
    "orders_failed": "Orders the app could not place (pretended)",
    "pays": "Payments tried (pretended)",
    "pays_failed": "Payments that failed (pretended)",
}


def _cpu_s() -> float:
    used = os.times()
    return used.user + used.system


def _memory_share() -> float:
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return held / (os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
