"""Photos of what was delivered: which order each of them shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.ids import OrderId, PersonId
from core.order import Order, OrderState
from core.times import to_ms
from fallback_store import orders
from fallback_store.database import Tx

#: Events of all orders looked at for what a courier delivered lately.
EVENTS_LOOKED_AT = 2_000


def keep(tx: Tx, channel: str, picture_id: str, by: PersonId, now: datetime) -> int:
    """A photo nobody said yet what it shows; returns its id."""
    cursor = tx.execute(
        "INSERT INTO delivery_photos (channel, picture_id, by, at_ms) VALUES (?, ?, ?, ?)",
        (channel, picture_id, by, to_ms(now)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def attach(tx: Tx, shown: Iterable[Order], channel: str, picture_id: str, by: PersonId, now: datetime) -> None:
    """The photo shows these orders."""
    tx.executemany(
        "INSERT INTO delivery_photos (order_id, channel, picture_id, by, at_ms) VALUES (?, ?, ?, ?, ?)",
        [(order.id, channel, picture_id, by, to_ms(now)) for order in shown],
    )


def take(tx: Tx, photo_id: int, by: PersonId) -> str | None:
    """The vendor's id of a photo of theirs that waited to be told what it shows, and waits no more."""
    found = tx.execute(
        "DELETE FROM delivery_photos WHERE id = ? AND by = ? AND order_id IS NULL RETURNING picture_id", (photo_id, by)
    ).fetchone()
    return None if found is None else str(found[0])


def just_delivered(tx: Tx, by: PersonId, since: datetime) -> list[Order]:
    """What this courier delivered since then and has no photo yet, oldest first."""
    rows = tx.execute(
        "SELECT orders.id FROM outbox JOIN orders ON orders.id = outbox.order_id"
        " WHERE seq > (SELECT coalesce(max(seq), 0) FROM outbox) - :scan AND kind = 'order.delivered'"
        " AND at_ms >= :since AND courier_id = :by"
        " AND NOT EXISTS (SELECT 1 FROM delivery_photos WHERE delivery_photos.order_id = orders.id) ORDER BY seq",
        {"scan": EVENTS_LOOKED_AT, "since": to_ms(since), "by": by},
    ).fetchall()
    found = [orders.by_id(tx, OrderId(row[0])) for row in rows]
    return [order for order in found if order is not None and order.state is OrderState.DELIVERED]
