"""Merchant tickets: the open orders a kitchen has to cook for, and which of them it accepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.ids import ChatId, Key, MerchantId
from core.order import Order, OrderLine, OrderState
from core.times import from_ms, to_ms
from fallback_store import orders
from fallback_store.database import Tx

#: The history's word for one kitchen's yes. An order of two kitchens is accepted once at the primary, and by each
#: kitchen here.
ACCEPTED = "merchant.accepted"

# Bound to the index of open orders, whose words the first condition repeats: a million finished ones are not read.
_WAITING = (
    " FROM orders INDEXED BY orders_open WHERE state IN ('placed', 'accepted', 'picked_up') AND state <> 'picked_up'"
    " AND EXISTS (SELECT 1 FROM order_lines WHERE order_id = orders.id AND merchant_id = :merchant)"
    f" AND NOT EXISTS (SELECT 1 FROM order_history WHERE order_id = orders.id AND kind = '{ACCEPTED}'"
    " AND detail = :merchant)"
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one kitchen sees of an order: no name, no room."""

    order: Order
    #: this kitchen's lines only
    lines: tuple[OrderLine, ...]


def waiting(
    tx: Tx,
    merchant_id: MerchantId,
    limit: int,
    placed_until: datetime | None = None,
    placed_after: datetime | None = None,
) -> list[Ticket]:
    """Orders this kitchen has not accepted yet, oldest first; those placed up to, or after, a moment, if given."""
    found: Iterable[Any] = tx.execute(
        f"SELECT id{_WAITING} AND (:until_ms IS NULL OR placed_ms <= :until_ms)"
        " AND (:after_ms IS NULL OR placed_ms > :after_ms) ORDER BY placed_ms, rowid LIMIT :limit",
        {
            "merchant": merchant_id,
            "until_ms": None if placed_until is None else to_ms(placed_until),
            "after_ms": None if placed_after is None else to_ms(placed_after),
            "limit": limit,
        },
    ).fetchall()
    opened = [orders.by_id(tx, row[0]) for row in found]
    return [
        Ticket(order, tuple(line for line in order.lines if line.merchant_id == merchant_id))
        for order in opened
        if order is not None
    ]


def spoken_in(tx: Tx, chat_id: ChatId) -> str | None:
    """What a cook's private chat speaks; None when they never opened it, so that nothing can be said there."""
    found = tx.execute("SELECT language FROM chats WHERE id = ?", (chat_id,)).fetchone()
    return None if found is None else str(found[0])


def batch_key(chat_id: ChatId, now: datetime) -> Key:
    """Key of the message that tells a kitchen of everything placed until now."""
    return Key(f"tickets>{chat_id}>{to_ms(now):015d}")


def told_until(tx: Tx, chat_id: ChatId) -> datetime:
    """Until when a kitchen was told, as the key of its newest batch says; the beginning of time if it never was."""
    (newest,) = tx.execute(
        "SELECT max(key) FROM outgoing WHERE key > :first AND key < :last",
        {"first": f"tickets>{chat_id}>", "last": f"tickets>{chat_id}?"},
    ).fetchone()
    return from_ms(int(newest.rpartition(">")[2]) if newest else 0)


def count_waiting(tx: Tx, merchant_id: MerchantId) -> int:
    """How many orders this kitchen has not accepted yet."""
    (count,) = tx.execute(f"SELECT count(*){_WAITING}", {"merchant": merchant_id}).fetchone()
    return int(count)


def accept(tx: Tx, order: Order, merchant_id: MerchantId, *, by: str, now: datetime) -> bool:
    """This kitchen cooks its part of an order; false when it had said so before.

    Raises: StepRefused for an order that is cancelled, picked up or delivered.
    """
    (state,) = tx.execute("SELECT state FROM orders WHERE id = ?", (order.id,)).fetchone()
    was_accepted = tx.execute(
        "SELECT 1 FROM order_history WHERE order_id = ? AND kind = ? AND detail = ?", (order.id, ACCEPTED, merchant_id)
    ).fetchone()
    if was_accepted and state == OrderState.ACCEPTED.value:
        return False
    if state != OrderState.ACCEPTED.value:
        orders.accept(tx, order, merchant_id, by=by, now=now)
    orders.note_history(tx, order, ACCEPTED, by=by, detail=merchant_id, now=now)
    return True
