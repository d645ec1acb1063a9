"""An order's life: its lines, its total, the steps it may take, and the fingerprint that shows a flipped bit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.ids import BuildingId, ChatId, ItemId, Key, MerchantId, OrderId, PersonId, channel_of, order_number
from core.times import to_ms, to_rfc3339
from core.value import value


class OrderState(StrEnum):
    """How far an order has come."""

    PLACED = "placed"
    ACCEPTED = "accepted"
    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


#: From each state, the states an order may go to next. A courier may pick up what no merchant confirmed:
#: at lunch the food is often ready before anybody has pressed a button.
STEPS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PLACED: frozenset(
        {OrderState.ACCEPTED, OrderState.PICKED_UP, OrderState.DELIVERED, OrderState.CANCELLED}
    ),
    OrderState.ACCEPTED: frozenset({OrderState.PICKED_UP, OrderState.DELIVERED, OrderState.CANCELLED}),
    OrderState.PICKED_UP: frozenset({OrderState.DELIVERED}),
    OrderState.DELIVERED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}

#: Separates options inside a fingerprint; cannot occur in a name.
_UNIT = "\x1d"

#: States in which food is still owed.
OPEN_STATES = (OrderState.PLACED, OrderState.ACCEPTED, OrderState.PICKED_UP)


def may_step(state: OrderState, following: OrderState) -> bool:
    """Whether an order in `state` may become `following`."""
    return following in STEPS[state]


@value(frozen=True, slots=True)
class OrderLine:
    """One item × quantity in an order."""

    item_id: ItemId
    merchant_id: MerchantId
    #: the item's name when it was ordered; menus change, receipts do not
    name: str
    quantity: int
    options: tuple[str, ...]
    #: includes the options
    unit_price_fen: int
    note: str = ""

    @property
    def price_fen(self) -> int:
        """Quantity × unit price."""
        return self.quantity * self.unit_price_fen


def total_fen(lines: Iterable[OrderLine], fees_fen: int = 0) -> int:
    """What the order costs: the lines and the fees."""
    return sum(line.quantity * line.unit_price_fen for line in lines) + fees_fen


@value(frozen=True, slots=True, kw_only=True)
class Order:
    """One person's purchase."""

    id: OrderId
    key: Key
    epoch: int
    building_id: BuildingId
    #: counted per building and epoch
    number: int
    chat_id: ChatId
    person_id: PersonId
    person_name: str
    #: "" when unknown: picked up downstairs
    room: str
    state: OrderState
    lines: tuple[OrderLine, ...]
    total_fen: int
    snapshot_version: str
    pickup_code: str
    placed_at: datetime
    fees_fen: int = 0
    #: unpaid, claimed or confirmed
    paid: str = "unpaid"
    note: str = ""

    @property
    def label(self) -> str:
        """The number people say, such as `#12-047`."""
        return order_number(self.building_id, self.number)


def content_hash(order: Order) -> str:
    """SHA-256 (hex) of everything the order promises; its state and payment live in the history, not here.

    Integrity checks of SQLite notice about half of all flipped bits; this notices the rest.
    """
    digest = hashlib.sha256(
        f"{order.id}\x1f{order.key}\x1f{order.building_id}\x1f{order.room}\x1f{order.person_id}\x1f"
        f"{order.total_fen}\x1f{order.fees_fen}\x1f{order.pickup_code}\x1f{to_ms(order.placed_at)}\x1f{order.note}".encode()
    )
    for line in order.lines:
        digest.update(
            f"\x1e{line.item_id}\x1f{line.quantity}\x1f{line.unit_price_fen}\x1f"
            f"{_UNIT.join(line.options)}\x1f{line.note}".encode()
        )
    return digest.hexdigest()


def lines_body(lines: Iterable[OrderLine]) -> list[dict[str, Any]]:
    """Lines as PRIMARY_API spells them."""
    bodies: list[dict[str, Any]] = []
    for line in lines:
        body: dict[str, Any] = {
            "item_id": line.item_id,
            "quantity": line.quantity,
            "options": line.options,
            "unit_price_fen": line.unit_price_fen,
        }
        if line.note:
            body["note"] = line.note
        bodies.append(body)
    return bodies


def placed_body(order: Order) -> dict[str, Any]:
    """Body of `order.placed` (docs/primary-api.yaml)."""
    return {
        "channel": channel_of(order.chat_id),
        "building": order.building_id,
        "room": order.room,
        "person": {"id": order.person_id, "name": order.person_name},
        "lines": lines_body(order.lines),
        "fees_fen": order.fees_fen,
        "total_fen": order.total_fen,
        "paid": order.paid,
        "snapshot_version": order.snapshot_version,
        "pickup_code": order.pickup_code,
        "placed_at": to_rfc3339(order.placed_at),
        **({"note": order.note} if order.note else {}),
    }


def changed_body(order: Order) -> dict[str, Any]:
    """Body of `order.changed`: the whole new lines, fees, total and room."""
    return {
        "lines": lines_body(order.lines),
        "fees_fen": order.fees_fen,
        "total_fen": order.total_fen,
        "room": order.room,
        **({"note": order.note} if order.note else {}),
    }
