"""接龙 lists: one live list per building and epoch, each line with the order that came of it."""

from __future__ import annotations

from datetime import datetime

from core.ids import BuildingId, OrderId
from core.order import OrderState
from core.relay_merge import LiveEntry
from core.times import to_ms
from fallback_store.database import Tx


def entries(tx: Tx, epoch: int, building_id: BuildingId) -> list[LiveEntry]:
    """The live list as it stands, in the order its lines were first settled."""
    rows = tx.execute(
        "SELECT relay_entries.person_name, shown_name, wish, coalesce(relay_entries.problem, ''), order_id,"
        " coalesce(number, 0), coalesce(room, ''), state, coalesce(total_fen, 0)"
        " FROM relay_entries LEFT JOIN orders ON orders.id = order_id"
        " WHERE relay_entries.epoch = ? AND relay_entries.building_id = ?"
        " ORDER BY number IS NULL, number, relay_entries.person_name",
        (epoch, building_id),
    )
    return [
        LiveEntry(
            key=row[0],
            shown_name=row[1],
            wish=row[2],
            problem=row[3],
            order_id=None if row[4] is None else OrderId(row[4]),
            number=row[5],
            room=row[6],
            state=None if row[7] is None else OrderState(row[7]),
            total_fen=row[8],
        )
        for row in rows
    ]


def settle(
    tx: Tx,
    epoch: int,
    building_id: BuildingId,
    *,
    key: str,
    shown_name: str,
    wish: str,
    problem: str,
    order_id: OrderId | None,
    now: datetime,
) -> None:
    """Remembers what a person's line asked for and what came of it, in place of their line so far."""
    tx.execute(
        "INSERT INTO relay_entries (epoch, building_id, person_name, shown_name, wish, problem, order_id, changed_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (epoch, building_id, person_name) DO UPDATE SET"
        " shown_name = excluded.shown_name, wish = excluded.wish, problem = excluded.problem,"
        " order_id = excluded.order_id, changed_ms = excluded.changed_ms",
        (epoch, building_id, key, shown_name, wish, problem or None, order_id, to_ms(now)),
    )


def is_of_list(tx: Tx, order_id: OrderId) -> bool:
    """Whether an order came from a 接龙 list."""
    # The list is found through its own building and epoch, which its primary key begins with.
    found = tx.execute(
        "SELECT 1 FROM orders JOIN relay_entries ON relay_entries.epoch = orders.epoch"
        " AND relay_entries.building_id = orders.building_id WHERE orders.id = ? AND order_id = orders.id",
        (order_id,),
    )
    return found.fetchone() is not None
