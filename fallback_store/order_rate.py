"""Orders per minute: the small line on the admins' console."""

from __future__ import annotations

from datetime import datetime

from core.times import to_ms
from fallback_store.database import Store

#: Newest orders looked at: keeps the question cheap at any size; a busier hour than this is drawn from its end.
NEWEST = 20_000
_MINUTE_MS = 60_000


async def per_minute(store: Store, now: datetime, minutes: int) -> list[int]:
    """Orders placed in each of the last `minutes`, oldest first; the last one is the minute under way."""
    last = to_ms(now) // _MINUTE_MS
    rows = await store.read_all(
        "SELECT placed_ms / :minute_ms AS minute, count(*) FROM orders"
        " WHERE rowid > (SELECT coalesce(max(rowid), 0) FROM orders) - :newest AND placed_ms >= :from_ms"
        " GROUP BY minute",
        {"minute_ms": _MINUTE_MS, "newest": NEWEST, "from_ms": (last - minutes + 1) * _MINUTE_MS},
    )
    counted = {row[0]: row[1] for row in rows}
    return [counted.get(minute, 0) for minute in range(last - minutes + 1, last + 1)]
