"""Figures that people count and type in: the newest of each counts, all of them are kept with who typed them."""

from __future__ import annotations

from datetime import datetime

from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx


def type_in(tx: Tx, metric: str, value: float, *, by: str, now: datetime) -> None:
    """Keeps a figure."""
    tx.execute(
        "INSERT INTO typed_figures (metric, value, by, at_ms) VALUES (?, ?, ?, ?)", (metric, value, by, to_ms(now))
    )


async def newest(store: Store) -> dict[str, tuple[float, datetime]]:
    """Metric → its newest figure, and when it was typed."""
    rows = await store.read_all(
        "SELECT metric, value, at_ms FROM typed_figures WHERE id IN (SELECT max(id) FROM typed_figures GROUP BY metric)"
    )
    return {metric: (value, from_ms(at_ms)) for metric, value, at_ms in rows}
