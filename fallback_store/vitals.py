"""How we ourselves are: what waits and since when, in one look."""

from __future__ import annotations

from datetime import datetime

from core.times import to_ms
from fallback_store.database import Store


async def read(store: Store, now: datetime) -> dict[str, float]:
    """send_lag_s, snapshot_age_s, sheet_age_s, inbox_backlog, outgoing_backlog, outbox_backlog.

    What there is none of (a snapshot, a shared sheet) is absent.
    `send_lag_s`: how long the oldest message that may be sent by now has waited for it; 0 when none waits. What stands
    behind a message of its chat that was put off may not: a chat is spoken to in order.
    """
    (row,) = await store.read_all(
        # In each chat first by priority, then by id: one figure for both.
        "WITH put_off AS (SELECT chat_id, min((priority << 40) + id) AS place FROM outgoing"
        " WHERE state = 'waiting' AND not_before_ms > :now GROUP BY chat_id) "
        "SELECT coalesce(max(0, :now - (SELECT min(max(created_ms, not_before_ms)) FROM outgoing LEFT JOIN put_off"
        " ON put_off.chat_id = outgoing.chat_id WHERE state = 'waiting' AND not_before_ms <= :now"
        " AND (place IS NULL OR (priority << 40) + id < place))), 0) / 1000.0 AS send_lag_s,"
        " max(0, :now - (SELECT confirmed_ms FROM catalog_snapshots ORDER BY id DESC LIMIT 1)) / 1000.0"
        " AS snapshot_age_s,"
        " (SELECT max(0, :now - max(compared_ms)) FROM sheet_states) / 1000.0 AS sheet_age_s,"
        " (SELECT count(*) FROM inbox WHERE state = 'waiting') AS inbox_backlog,"
        " (SELECT count(*) FROM outgoing WHERE state = 'waiting') AS outgoing_backlog,"
        " (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'leased')) AS outbox_backlog",
        {"now": to_ms(now)},
    )
    return {name: float(value) for name, value in dict(row).items() if value is not None}
