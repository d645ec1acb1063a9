"""What is usual at an hour of the week: averages that old weeks fade from, and how much makes one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

#: The metrics whose usual figure is worth knowing.
LEARNED = frozenset({"order_rate", "calls", "complaints", "db_p95_ms", "pool_ratio", "queue_depth", "cpu"})
#: Less than this of an hour of the week says nothing about it, seconds.
ENOUGH_S = 1200.0
#: Four hours are four weeks: what is older fades.
MOST_S = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """A metric's average, and the seconds it was taken over."""

    seconds: float
    mean: float


def joined(known: Baseline, new: Baseline) -> Baseline:
    """Both together; the older one weighs no more than `MOST_S`."""
    weight = min(known.seconds, max(0.0, MOST_S - new.seconds))
    seconds = weight + new.seconds
    mean = (weight * known.mean + new.seconds * new.mean) / seconds if seconds > 0 else known.mean
    return Baseline(seconds, mean)


def hour_of_week(moment: datetime, zone: tzinfo) -> int:
    """0 = Monday, midnight to one, on the campus's clock; 167 = Sunday's last."""
    local = moment.astimezone(zone)
    return local.weekday() * 24 + local.hour
