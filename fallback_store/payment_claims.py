"""Money of an order: said to be paid, seen by whoever was to get it, or found with the platform's gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.ids import OrderId
from core.order import Order, OrderState
from core.payment import IN_APP, ON_DELIVERY, Finding, Paid
from core.times import to_ms
from fallback_store import orders
from fallback_store.database import Store, Tx


@dataclass(frozen=True, slots=True)
class Claim:
    """An order that is said to be paid, and the payment's number."""

    order_id: OrderId
    reference: str
    total_fen: int


def claim(tx: Tx, order: Order, reference: str, *, by: str, now: datetime) -> Order:
    """Somebody says that the order is paid; `reference` may be "". What is confirmed stays so, said twice is once."""
    if order.paid == Paid.CONFIRMED or (order.paid == Paid.CLAIMED and reference in ("", _reference(tx, order.id))):
        return order
    if reference:
        tx.execute(
            "INSERT INTO payment_claims (order_id, reference, claimed_ms) VALUES (:order_id, :reference, :now)"
            " ON CONFLICT (order_id) DO UPDATE SET reference = :reference, claimed_ms = :now, finding = NULL",
            {"order_id": order.id, "reference": reference, "now": to_ms(now)},
        )
    return orders.set_paid(tx, order, Paid.CLAIMED, by=by, method=IN_APP, reference=reference, now=now)


def collect(tx: Tx, order: Order, *, by: str, now: datetime) -> Order:
    """Whoever was to get the money has it. Once is enough; a cancelled order is owed nothing."""
    if order.paid == Paid.CONFIRMED or order.state is OrderState.CANCELLED:
        return order
    return orders.set_paid(tx, order, Paid.CONFIRMED, by=by, method=ON_DELIVERY, now=now)


async def open_claims(store: Store, epoch: int) -> list[Claim]:
    """The live orders of an epoch said to be paid under a number the gateway was not asked about yet."""
    rows = await store.read_all(
        "SELECT order_id, reference, total_fen FROM payment_claims JOIN orders ON orders.id = order_id"
        " WHERE epoch = :epoch AND paid = 'claimed' AND finding IS NULL AND state <> 'cancelled' ORDER BY order_id",
        {"epoch": epoch},
    )
    return [Claim(OrderId(row[0]), row[1], row[2]) for row in rows]


def settle(tx: Tx, found: Claim, finding: Finding, *, by: str, now: datetime) -> Finding:
    """What the gateway said; proven confirms the order, unless the same payment bought another one already."""
    order = orders.by_id(tx, found.order_id)
    if order is None or order.paid != Paid.CLAIMED or _reference(tx, order.id) != found.reference:
        return finding  # somebody was quicker
    if order.state is OrderState.CANCELLED:
        return finding  # taken back meanwhile: the payment is left for the order that was placed instead
    if finding is Finding.PROVEN and _is_spent(tx, found.reference):
        finding = Finding.SPENT
    tx.execute(
        "UPDATE payment_claims SET finding = ?, found_ms = ? WHERE order_id = ?", (finding.value, to_ms(now), order.id)
    )
    if finding is Finding.PROVEN:
        orders.set_paid(tx, order, Paid.CONFIRMED, by=by, method=IN_APP, reference=found.reference, now=now)
    return finding


def _reference(tx: Tx, order_id: str) -> str | None:
    row = tx.execute("SELECT reference FROM payment_claims WHERE order_id = ?", (order_id,)).fetchone()
    return None if row is None else str(row[0])


def _is_spent(tx: Tx, reference: str) -> bool:
    return bool(
        tx.execute("SELECT 1 FROM payment_claims WHERE reference = ? AND finding = 'proven'", (reference,)).fetchone()
    )
