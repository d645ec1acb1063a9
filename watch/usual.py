"""Learns what is usual at each hour of the week while all is well, and tells it to the rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from core.metrics import Metrics
from core.ports import Clock
from core.usual import ENOUGH_S, LEARNED, Baseline, hour_of_week, joined
from fallback_store import metric_baselines
from fallback_store.database import Store

#: What was learned is written down this often, seconds: a standby hardly writes.
WRITE_EVERY_S = 600.0


class Usual:
    """One per process."""

    def __init__(self, store: Store, clock: Clock, zone: tzinfo) -> None:
        """`zone`: the campus's; a lunch is a lunch by its clock."""
        self._store = store
        self._clock = clock
        self._zone = zone
        self._hour: int | None = None
        self._known: Mapping[str, float] = {}
        self._learned: dict[str, Baseline] = {}
        self._written_s = clock.monotonic_s()

    @property
    def now(self) -> Mapping[str, float]:
        """Metric → what it usually is at this hour; what too little is known of is absent."""
        return self._known

    async def turn(self) -> None:
        """Follows the clock: another hour has other figures, and what was learned is written down in time."""
        hour = hour_of_week(self._clock.now(), self._zone)
        if hour != self._hour or self._clock.monotonic_s() - self._written_s >= WRITE_EVERY_S:
            await self._write()
            found = await metric_baselines.of_hour(self._store, hour)
            self._hour = hour
            self._known = {name: known.mean for name, known in found.items() if known.seconds >= ENOUGH_S}

    def learn(self, span_s: float, metrics: Metrics) -> None:
        """Takes in a round that stands for `span_s` seconds in which all was well."""
        for name in LEARNED & metrics.keys():
            new = Baseline(span_s, metrics[name])
            self._learned[name] = joined(self._learned[name], new) if name in self._learned else new

    async def _write(self) -> None:
        learned, hour, self._learned = self._learned, self._hour, {}
        self._written_s = self._clock.monotonic_s()
        if learned and hour is not None:
            await self._store.write(lambda tx: metric_baselines.learn(tx, hour, learned))
