"""Orders that stand: undone, changed, shown, until they have gone too far."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.desks import placing
from bot.desks.desk import Answer, Visit
from core.ids import ItemId
from core.money import yuan
from core.order import Order, OrderState
from core.settings import Settings
from core.texts import text
from fallback_store import orders
from fallback_store.database import Tx


def undo_reference(tx: Tx, visit: Visit, reference: str, settings: Settings) -> Answer:
    """The same for an order named by its reference."""
    order = placing.find_by_reference(tx, reference)
    return Answer(text(visit.language, "order_unknown")) if order is None else undo(tx, visit, order, settings)


def undo(tx: Tx, visit: Visit, order: Order, settings: Settings) -> Answer:
    """Cancels one's own order as long as that may be."""
    if order.person_id != visit.person.id:
        return Answer(text(visit.language, "order_not_yours"), is_refusal=True)
    if not is_cancellable(order, visit, settings):
        return too_late(visit, order, "cancel_too_late")
    orders.cancel(tx, order, by=visit.person.id, side="student", reason="cancelled in chat", now=visit.now)
    said = text(visit.language, "cancel_done", number=order.label, total=yuan(order.total_fen))
    return Answer(said, toast=said)


def cancel_lines(tx: Tx, visit: Visit, mine: Sequence[Order], settings: Settings) -> Answer:
    """Takes the dishes the message names out of the newest order that holds any of them."""
    named = {line.item_id for line in visit.reading.lines}
    for order in mine:
        kept = tuple(line for line in order.lines if line.item_id not in named)
        if len(kept) == len(order.lines):
            continue
        if not kept:
            return undo(tx, visit, order, settings)
        return _remove(tx, visit, order, named)
    catalog = visit.menu.catalog if visit.menu else None
    names = [catalog.items[item].name for item in named if catalog and item in catalog.items]
    return Answer(text(visit.language, "cancel_not_in_order", names=text(visit.language, "list_comma").join(names)))


def _remove(tx: Tx, visit: Visit, order: Order, named: set[ItemId]) -> Answer:
    kept = tuple(line for line in order.lines if line.item_id not in named)
    removed = [line.name for line in order.lines if line.item_id in named]
    if order.state is not OrderState.PLACED:
        return too_late(visit, order, "amend_too_late")
    changed = orders.change_lines(tx, order, kept, room=order.room, note=order.note, by=visit.person.id, now=visit.now)
    return Answer(
        text(
            visit.language,
            "cancel_lines_done",
            number=order.label,
            removed=text(visit.language, "list_comma").join(removed),
            lines=placing.lines_text(changed.lines, visit.language),
            total=yuan(changed.total_fen),
        ),
        placing.receipt_buttons(changed, visit.language, is_private=not visit.message.is_group),
    )


def is_cancellable(order: Order, visit: Visit, settings: Settings) -> bool:
    """Until a merchant accepts it, and for the undo time in any case."""
    if order.state is OrderState.PLACED:
        return True
    undo_time = timedelta(seconds=settings.orders.undo_s)
    return order.state is OrderState.ACCEPTED and visit.now - order.placed_at <= undo_time


def too_late(visit: Visit, order: Order, name: str) -> Answer:
    """The sentence `name` with how far the order has gone."""
    state = text(visit.language, f"state_{order.state.value}")
    return Answer(text(visit.language, name, number=order.label, state=state), is_refusal=True)
