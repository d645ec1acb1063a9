"""From where on a metric says that the primary is running hot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """From where on a metric is called hot."""

    metric: str
    value: float
    #: hot below the value instead of above it
    is_floor: bool = False

    def is_hot(self, metrics: Mapping[str, float]) -> bool:
        """Whether the metric is known and beyond the limit."""
        found = metrics.get(self.metric)
        return found is not None and (found < self.value if self.is_floor else found > self.value)


HOT_LIMITS = (
    Limit("db_p95_ms", 500.0),
    Limit("probe_ms", 900.0),
    Limit("pool_ratio", 0.7),
    Limit("queue_depth", 150.0),
    Limit("cpu", 0.9),
    Limit("mem", 0.95),
    Limit("disk", 0.95),
    Limit("cache_hit", 0.8, is_floor=True),
    Limit("dns_ms", 500.0),
)
