"""Orders: place, amend, cancel, advance. Each change writes its history, its stock and its outbox event at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.errors import NeedsPerson
from core.ids import BuildingId, ChatId, Key, MerchantId, OrderId, PersonId, later_event_key
from core.order import (
    Order,
    OrderLine,
    OrderState,
    changed_body,
    content_hash,
    may_step,
    placed_body,
    total_fen,
)
from core.pickup_code import pickup_code
from core.stock import OutOfStock
from core.times import to_ms
from core.value import value
from fallback_store import outbox, stock
from fallback_store.database import Tx
from fallback_store.order_rows import COLUMNS, insert, lines_of, order_from_row, write_lines


@value(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order before it has a number."""

    key: Key
    epoch: int
    building_id: BuildingId
    chat_id: ChatId
    person_id: PersonId
    person_name: str
    room: str
    lines: tuple[OrderLine, ...]
    snapshot_version: str
    note: str = ""


class StepRefused(NeedsPerson):
    """The order has gone too far for that."""

    def __init__(self, order: Order) -> None:
        """`order`: as it stands."""
        super().__init__(f"{order.label} is {order.state}", hint="Ask the courier or an admin.")
        self.order = order


def place(tx: Tx, order: NewOrder, now: datetime) -> Order:
    """Stores a new order: reserves its stock, gives it its number, writes lines, history and the outbox event.

    Raises: OutOfStock; then nothing was taken and nothing written.
    """
    stock.reserve_all(tx, order.lines, now)
    order_id, number = _next_number(tx, order.epoch, order.building_id)
    placed = Order(
        id=order_id,
        key=order.key,
        epoch=order.epoch,
        building_id=order.building_id,
        number=number,
        chat_id=order.chat_id,
        person_id=order.person_id,
        person_name=order.person_name,
        room=order.room,
        state=OrderState.PLACED,
        lines=order.lines,
        total_fen=total_fen(order.lines),
        snapshot_version=order.snapshot_version,
        pickup_code=pickup_code(order_id),
        placed_at=now,
        note=order.note,
    )
    insert(tx, placed)
    write_lines(tx, placed)
    _log(tx, placed.id, 1, "order.placed", placed.person_id, now)
    outbox.enqueue(tx, placed.key, placed.epoch, placed.id, "order.placed", placed_body(placed), now)
    return placed


def change_lines(
    tx: Tx, order: Order, lines: Sequence[OrderLine], *, room: str, note: str, by: str, now: datetime
) -> Order:
    """Replaces an order's lines, room and note before a merchant accepted it; returns it as it is now.

    Raises: StepRefused once accepted, OutOfStock when more is wanted than is left.
    """
    if order.state is not OrderState.PLACED:
        raise StepRefused(order)
    stock.release_all(tx, order.lines, now)
    try:
        stock.reserve_all(tx, lines, now)
    except OutOfStock:
        # The order stands as it was: what it held is taken again, nobody can have come between.
        stock.reserve_all(tx, order.lines, now)
        raise
    changed = replace(order, lines=tuple(lines), room=room, note=note, total_fen=total_fen(lines, order.fees_fen))
    tx.execute("DELETE FROM order_lines WHERE order_id = ?", (order.id,))
    write_lines(tx, changed)
    tx.execute(
        "UPDATE orders SET room = ?, note = ?, total_fen = ?, content_hash = ? WHERE id = ?",
        (room, note, changed.total_fen, content_hash(changed), order.id),
    )
    _record(tx, changed, "order.changed", by, changed_body(changed), now)
    return changed


def cancel(tx: Tx, order: Order, *, by: str, side: str, reason: str, now: datetime) -> Order:
    """Cancels an order and gives its stock back. `side`: student, merchant or admin.

    Raises: StepRefused once it was picked up.
    """
    cancelled = _step(tx, order, OrderState.CANCELLED, now)
    stock.release_all(tx, order.lines, now)
    _record(tx, cancelled, "order.cancelled", by, {"by": side, "reason": reason}, now)
    return cancelled


def accept(tx: Tx, order: Order, merchant_id: MerchantId, *, by: str, now: datetime) -> Order:
    """A merchant accepts. Raises: StepRefused."""
    accepted = _step(tx, order, OrderState.ACCEPTED, now)
    _record(tx, accepted, "order.accepted", by, {"merchant_id": merchant_id}, now)
    return accepted


def pick_up(tx: Tx, order: Order, *, courier_id: PersonId, now: datetime) -> Order:
    """A courier has the bag. Raises: StepRefused."""
    picked_up = _step(tx, order, OrderState.PICKED_UP, now)
    tx.execute("UPDATE orders SET courier_id = ? WHERE id = ?", (courier_id, order.id))
    _record(tx, picked_up, "order.picked_up", courier_id, {"courier_id": courier_id}, now)
    return picked_up


def deliver(tx: Tx, order: Order, *, courier_id: PersonId, now: datetime) -> Order:
    """The student has the bag. Raises: StepRefused."""
    delivered = _step(tx, order, OrderState.DELIVERED, now)
    tx.execute("UPDATE orders SET courier_id = ? WHERE id = ?", (courier_id, order.id))
    _record(tx, delivered, "order.delivered", courier_id, {"courier_id": courier_id}, now)
    return delivered


def set_paid(tx: Tx, order: Order, paid: str, *, by: str, method: str, now: datetime, reference: str = "") -> Order:
    """Moves payment to `claimed` or `confirmed`; nobody's screenshot makes it confirmed. `reference`: the gateway's."""
    tx.execute("UPDATE orders SET paid = ? WHERE id = ?", (paid, order.id))
    changed = replace(order, paid=paid)
    body = {"amount_fen": order.total_fen, "method": method, "by": by}
    named = {"reference": reference} if reference else {}
    _record(tx, changed, f"payment.{paid}", by, {**body, **named}, now)
    return changed


def note_history(tx: Tx, order: Order, kind: str, *, by: str, detail: str, now: datetime) -> None:
    """Writes a step that concerns only us (a courier's problem, say): history, no event."""
    _log(tx, order.id, _next_step(tx, order.id, now), kind, by, now, detail)


# Reading ---------------------------------------------------------------------------------------


def by_id(tx: Tx, order_id: str) -> Order | None:
    """One order with its lines, inside the transaction."""
    return _first(tx, "id = ?", (order_id,))


def by_key(tx: Tx, key: Key) -> Order | None:
    """The order an idempotency key made, if it made one."""
    # Asked before every order, and nearly always in vain: the columns are read when there is something to read.
    found = tx.execute("SELECT id FROM orders WHERE key = ?", (key,)).fetchone()
    return None if found is None else by_id(tx, found[0])


def by_number(tx: Tx, epoch: int, building_id: str, number: int) -> Order | None:
    """The order people call `#<building>-<number>` in an epoch."""
    return _first(tx, "id = (SELECT store_id FROM store_identity) || ?", (f"-{epoch}-{building_id}-{number}",))


def of_person(tx: Tx, person_id: PersonId, limit: int = 5) -> list[Order]:
    """A person's newest orders first."""
    found = tx.execute(
        f"SELECT {COLUMNS} FROM orders WHERE person_id = ? ORDER BY placed_ms DESC, rowid DESC LIMIT ?",
        (person_id, limit),
    ).fetchall()
    return [_order(tx, record) for record in found]


def store_id(tx: Tx) -> str:
    """Who this file is."""
    (found,) = tx.execute("SELECT store_id FROM store_identity").fetchone()
    return str(found)


# Inside ----------------------------------------------------------------------------------------


def _first(tx: Tx, where: str, parameters: tuple[Any, ...]) -> Order | None:
    record = tx.execute(f"SELECT {COLUMNS} FROM orders WHERE {where}", parameters).fetchone()
    return None if record is None else _order(tx, record)


def _order(tx: Tx, record: Any) -> Order:
    return order_from_row(record, lines_of(tx, record[0]))


def _step(tx: Tx, order: Order, following: OrderState, now: datetime) -> Order:
    # The row decides, not the value in hand: somebody else may have moved it since it was read.
    (state,) = tx.execute("SELECT state FROM orders WHERE id = ?", (order.id,)).fetchone()
    if not may_step(OrderState(state), following):
        raise StepRefused(replace(order, state=OrderState(state)))
    tx.execute("UPDATE orders SET state = ? WHERE id = ?", (following.value, order.id))
    return replace(order, state=following)


def _record(tx: Tx, order: Order, kind: str, by: str, body: dict[str, Any], now: datetime) -> None:
    step = _next_step(tx, order.id, now)
    _log(tx, order.id, step, kind, by, now)
    outbox.enqueue(tx, later_event_key(order.key, step), order.epoch, order.id, kind, body, now)


def _next_step(tx: Tx, order_id: str, now: datetime) -> int:
    (step,) = tx.execute(
        "UPDATE orders SET history_steps = history_steps + 1, changed_ms = ? WHERE id = ? RETURNING history_steps",
        (to_ms(now), order_id),
    ).fetchone()
    return int(step)


def _log(tx: Tx, order_id: str, step: int, kind: str, by: str, now: datetime, detail: str | None = None) -> None:
    tx.execute(
        "INSERT INTO order_history (order_id, step, kind, by, at_ms, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (order_id, step, kind, by, to_ms(now), detail),
    )


def _next_number(tx: Tx, epoch: int, building_id: BuildingId) -> tuple[OrderId, int]:
    """The next number of a building in an epoch, and the order id that goes with it.

    From 1, without gaps; a restored store leaves out what may have been given after the copy.
    """
    number, store = tx.execute(
        "INSERT INTO order_numbers (epoch, building_id, last)"
        " VALUES (:epoch, :building, 1 + coalesce((SELECT skipped FROM restores WHERE epoch = :epoch), 0))"
        " ON CONFLICT (epoch, building_id) DO UPDATE SET last = last + 1"
        " RETURNING last, (SELECT store_id FROM store_identity)",
        {"epoch": epoch, "building": building_id},
    ).fetchone()
    return OrderId(f"{store}-{epoch}-{building_id}-{number}"), number
