"""The durable to-do list for the primary: enqueue, lease, ack, retry, park. Nothing undelivered is ever deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from core.ids import Key, OrderId
from core.times import to_ms
from fallback_store.database import Tx


def enqueue(
    tx: Tx, key: Key, epoch: int, order_id: OrderId | str, kind: str, body: dict[str, Any], now: datetime
) -> int:
    """Adds an event, in the transaction that makes it true. Returns its `seq`: gapless, growing."""
    cursor = tx.execute(
        "INSERT INTO outbox (key, epoch, order_id, kind, body, at_ms) VALUES (?, ?, ?, ?, ?, ?)",
        (key, epoch, order_id, kind, orjson.dumps(body).decode(), to_ms(now)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid
