"""An order as rows, and rows as an order: the one place that knows the columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from core.ids import BuildingId, ChatId, ItemId, Key, MerchantId, OrderId, PersonId
from core.order import Order, OrderLine, OrderState, content_hash
from core.times import from_ms, to_ms
from fallback_store.database import Tx

#: What `order_from_row` expects, in its order.
COLUMNS = (
    "id, key, epoch, building_id, number, chat_id, person_id, person_name, room, state, total_fen, fees_fen, paid,"
    " snapshot_version, pickup_code, note, placed_ms"
)


def lines_of(tx: Tx, order_id: str) -> tuple[OrderLine, ...]:
    """An order's lines, in order."""
    return tuple(
        line_from_row(line)
        for line in tx.execute(
            "SELECT item_id, merchant_id, name, quantity, options, unit_price_fen, note FROM order_lines"
            " WHERE order_id = ? ORDER BY line",
            (order_id,),
        )
    )


def line_from_row(record: Any) -> OrderLine:
    """A line from (item_id, merchant_id, name, quantity, options, unit_price_fen, note)."""
    item_id, merchant_id, name, quantity, options, unit_price_fen, note = record
    return OrderLine(
        ItemId(item_id),
        MerchantId(merchant_id),
        name,
        quantity,
        tuple(orjson.loads(options)),
        unit_price_fen,
        note,
    )


def order_from_row(record: Any, lines: Iterable[OrderLine]) -> Order:
    """An order from the columns above, in their order, and its lines."""
    return Order(
        id=OrderId(record[0]),
        key=Key(record[1]),
        epoch=record[2],
        building_id=BuildingId(record[3]),
        number=record[4],
        chat_id=ChatId(record[5]),
        person_id=PersonId(record[6]),
        person_name=record[7],
        room=record[8],
        state=OrderState(record[9]),
        total_fen=record[10],
        fees_fen=record[11],
        paid=record[12],
        snapshot_version=record[13],
        pickup_code=record[14],
        note=record[15],
        placed_at=from_ms(record[16]),
        lines=tuple(lines),
    )


def insert(tx: Tx, order: Order) -> None:
    """Writes a new order's own row."""
    placed_ms = to_ms(order.placed_at)
    tx.execute(
        "INSERT INTO orders (id, key, epoch, building_id, number, chat_id, person_id, person_name, room, state,"
        " total_fen, fees_fen, paid, snapshot_version, pickup_code, note, content_hash, placed_ms, changed_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            order.id,
            order.key,
            order.epoch,
            order.building_id,
            order.number,
            order.chat_id,
            order.person_id,
            order.person_name,
            order.room,
            order.state.value,
            order.total_fen,
            order.fees_fen,
            order.paid,
            order.snapshot_version,
            order.pickup_code,
            order.note,
            content_hash(order),
            placed_ms,
            placed_ms,
        ),
    )


def write_lines(tx: Tx, order: Order) -> None:
    """Writes an order's lines; it has none yet."""
    tx.executemany(
        "INSERT INTO order_lines (order_id, line, item_id, merchant_id, name, quantity, options, unit_price_fen, note)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                order.id,
                number,
                line.item_id,
                line.merchant_id,
                line.name,
                line.quantity,
                orjson.dumps(line.options).decode(),
                line.unit_price_fen,
                line.note,
            )
            for number, line in enumerate(order.lines, start=1)
        ],
    )
