"""Our store file as an outsider reads it: orders, events, and whatever is torn; shares no code with who wrote it."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OurOrder:
    """One order as our file has it after everything."""

    id: str
    key: str
    epoch: int
    label: str
    is_cancelled: bool
    #: item id → portions
    portions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OurEvent:
    """One outbox row, in `seq` order."""

    order_id: str
    key: str
    kind: str
    state: str
    #: total in the body of order.placed and order.changed
    total_fen: int | None


@dataclass(frozen=True, slots=True)
class OurBooks:
    """Our store file, read by somebody who does not trust it."""

    orders: tuple[OurOrder, ...]
    events: tuple[OurEvent, ...]
    #: what SQLite or a gap in a sequence says is broken
    torn: tuple[str, ...]


def read_our_books(path: Path) -> OurBooks:
    """Reads the store file beside whoever may have it open; changes nothing."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as file:
        file.execute("BEGIN")  # one moment for all tables
        portions: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for order_id, item_id, quantity in file.execute("SELECT order_id, item_id, quantity FROM order_lines"):
            portions[order_id][item_id] += quantity
        orders = tuple(
            OurOrder(row[0], row[1], row[2], f"#{row[3]}-{row[4]:03d}", row[5] == "cancelled", dict(portions[row[0]]))
            for row in file.execute("SELECT id, key, epoch, building_id, number, state FROM orders")
        )
        events = tuple(
            OurEvent(row[0], row[1], row[2], row[3], json.loads(row[4]).get("total_fen"))
            for row in file.execute("SELECT order_id, key, kind, state, body FROM outbox ORDER BY seq")
        )
        return OurBooks(orders, events, tuple(_torn(file)))


def _torn(file: sqlite3.Connection) -> Iterable[str]:
    yield from (f"torn: {row[0]}" for row in file.execute("PRAGMA integrity_check") if row[0] != "ok")
    yield from (f"torn: {row[0]} refers to nothing" for row in file.execute("PRAGMA foreign_key_check"))
    count, last = file.execute("SELECT count(*), coalesce(max(seq), 0) FROM outbox").fetchone()
    if count != last:
        yield f"torn: the outbox has {count} rows up to number {last}"
    gaps = "SELECT epoch, building_id, count(*), max(number) FROM orders GROUP BY 1, 2 HAVING count(*) <> max(number)"
    for epoch, building_id, orders, number in file.execute(gaps):
        yield f"torn: building {building_id} has {orders} orders up to number {number} in epoch {epoch}"
    for (order_id,) in file.execute(
        "SELECT id FROM orders WHERE id NOT IN (SELECT order_id FROM outbox WHERE kind = 'order.placed')"
        " OR id NOT IN (SELECT order_id FROM order_lines) OR id NOT IN (SELECT order_id FROM order_history)"
    ):
        yield f"torn: {order_id} has no lines, no history or no event"
