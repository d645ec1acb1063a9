"""What is usual for a metric at each hour of the week, learned while all was well."""

from __future__ import annotations

from collections.abc import Mapping

from core.usual import Baseline, joined
from fallback_store.database import Store, Tx


def learn(tx: Tx, hour: int, seen: Mapping[str, Baseline]) -> None:
    """Adds what was seen during one hour of the week to what was known of it."""
    for metric, new in seen.items():
        row = tx.execute(
            "SELECT seconds, mean FROM metric_baselines WHERE metric = ? AND hour = ?", (metric, hour)
        ).fetchone()
        known = new if row is None else joined(Baseline(row[0], row[1]), new)
        tx.execute(
            "INSERT INTO metric_baselines (metric, hour, seconds, mean) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (metric, hour) DO UPDATE SET seconds = excluded.seconds, mean = excluded.mean",
            (metric, hour, known.seconds, known.mean),
        )


async def of_hour(store: Store, hour: int) -> dict[str, Baseline]:
    """Metric → what is known of it at that hour of the week."""
    rows = await store.read_all("SELECT metric, seconds, mean FROM metric_baselines WHERE hour = :hour", {"hour": hour})
    return {metric: Baseline(seconds, mean) for metric, seconds, mean in rows}
