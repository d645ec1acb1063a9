"""Our books of one epoch, order by order: what was promised beside what the primary said, in one walk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from core.order import content_hash
from core.reconciliation import EventStanding, OrderStanding, standing_of
from fallback_store.database import Store
from fallback_store.order_rows import line_from_row, order_from_row

_CHUNK = 1_000  # orders read at once: the walk never holds the books of a whole day


@dataclass(frozen=True, slots=True)
class Account:
    """One order of an epoch in our books."""

    order_id: str
    #: its idempotency key; "" for an order that has events and no row
    key: str
    #: as the student was told; None for an order that has no row
    total_fen: int | None
    #: "" for an order that has no row
    content_hash: str
    #: the row still says what its fingerprint says; once its people are forgotten, that of what is left
    is_intact: bool
    standing: OrderStanding


async def accounts(store: Store, epoch: int) -> AsyncIterator[Account]:
    """Every order of an epoch by id: those with a row, and those that only left events (a defect, never hidden)."""
    after = ""
    while True:
        rows = await store.read_all(_ORDERS, {"epoch": epoch, "after": after, "limit": _CHUNK})
        # The last chunk reaches to the end of the epoch, so that no event is outside of every chunk.
        until = rows[-1][0] if len(rows) == _CHUNK else _AFTER_ALL
        span = {"epoch": epoch, "after": after, "until": until}
        lines = _grouped(await store.read_all(_LINES, span))
        events = _grouped(await store.read_all(_EVENTS, span))
        promised = {row[0]: row for row in rows}
        for order_id in sorted(promised.keys() | events.keys()):
            yield _account(order_id, promised.get(order_id), lines.get(order_id, []), events.get(order_id, []))
        if until == _AFTER_ALL:
            return
        after = until


async def promised(store: Store, epoch: int) -> tuple[int, int]:
    """(orders, their total in fen) straight from the orders: the count that knows nothing of the outbox."""
    (row,) = await store.read_all(
        "SELECT count(*), coalesce(sum(total_fen), 0) FROM orders WHERE epoch = :epoch", {"epoch": epoch}
    )
    return row[0], row[1]


async def announced(store: Store, epoch: int) -> int:
    """Orders that ever were put into the outbox: the count that knows nothing of the orders."""
    (row,) = await store.read_all(
        "SELECT count(DISTINCT order_id) FROM outbox WHERE epoch = :epoch AND kind = 'order.placed'", {"epoch": epoch}
    )
    return int(row[0])


_AFTER_ALL = "\U0010ffff"  # sorts after every order id
_ORDERS = (
    "SELECT id, key, epoch, building_id, number, chat_id, person_id, person_name, room, state, total_fen, fees_fen,"
    " paid, snapshot_version, pickup_code, note, placed_ms, content_hash, coalesce(forgotten_hash, content_hash)"
    " FROM orders WHERE epoch = :epoch AND id > :after ORDER BY id LIMIT :limit"
)
_LINES = (
    "SELECT order_id, item_id, merchant_id, name, quantity, options, unit_price_fen, note FROM order_lines"
    " WHERE order_id IN (SELECT id FROM orders WHERE epoch = :epoch AND id > :after AND id <= :until)"
    " ORDER BY order_id, line"
)
_EVENTS = (
    "SELECT order_id, seq, key, kind, state, coalesce(reason, ''), coalesce(outcome, '') = 'refused',"
    " CASE WHEN kind IN ('order.placed', 'order.changed') THEN json_extract(body, '$.total_fen') END, replaces"
    " FROM outbox WHERE epoch = :epoch AND order_id > :after AND order_id <= :until ORDER BY order_id, seq"
)


def _grouped(rows: Iterable[Any]) -> dict[str, list[Any]]:
    return {order_id: list(group) for order_id, group in groupby(rows, key=lambda row: row[0])}


def _account(order_id: str, row: Any, lines: list[Any], events: list[Any]) -> Account:
    standing = standing_of(order_id, [_event(event) for event in events])
    if row is None:
        return Account(order_id, "", None, "", False, standing)
    order = order_from_row(row, (line_from_row(tuple(line)[1:]) for line in lines))
    return Account(order_id, row[1], row[10], row[17], content_hash(order) == row[18], standing)


def _event(row: Any) -> EventStanding:
    _, seq, key, kind, state, reason, is_refused, total_fen, replaces = row
    return EventStanding(seq, key, kind, state, reason, bool(is_refused), total_fen, replaces)
