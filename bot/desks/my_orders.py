"""What somebody ordered and how far it is: their own orders, and the one a 接龙 list holds under their name."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desks import placing
from bot.desks.desk import Answer, Visit
from core.chat import Button, ButtonRows
from core.money import yuan
from core.order import OPEN_STATES, Order, OrderState
from core.payment import Paid
from core.relay_merge import normal_name
from core.texts import text
from fallback_store import orders, relay_lists
from fallback_store.database import Tx


def listed(tx: Tx, visit: Visit) -> Answer | None:
    """Every order of theirs; None when there is none. In private each open one has its buttons."""
    mine = orders.of_person(tx, visit.person.id)
    of_list = _of_list(tx, visit)
    if not (mine or of_list):
        return None
    lines = [_line(visit, order, "my_orders_line") for order in mine]
    lines += [_line(visit, order, "my_orders_list_line") for order in of_list]
    return Answer("\n".join(lines), () if visit.message.is_group else _buttons(visit, mine))


def _of_list(tx: Tx, visit: Visit) -> Sequence[Order]:
    """The order of the one line that can be theirs: by name, and by room where two share it; none when in doubt."""
    name, building_id = normal_name(visit.person.name), visit.building_id
    if not name or building_id is None:
        return ()
    live = relay_lists.entries(tx, visit.mode.epoch, building_id)
    found = [entry for entry in live if entry.is_owed and normal_name(entry.shown_name) == name]
    if len(found) > 1:
        found = [entry for entry in found if visit.person.room and entry.room == visit.person.room]
    order = orders.by_id(tx, found[0].order_id) if len(found) == 1 and found[0].order_id else None
    return () if order is None else (order,)


def _line(visit: Visit, order: Order, name: str) -> str:
    return text(
        visit.language,
        name,
        number=order.label,
        state=text(visit.language, f"state_{order.state.value}"),
        total=yuan(order.total_fen) + (text(visit.language, f"paid_{order.paid}") if order.paid != Paid.UNPAID else ""),
        names=placing.names_text(order.lines, visit.language),
        person=order.person_name,
    )


def _buttons(visit: Visit, mine: Sequence[Order]) -> ButtonRows:
    rows = []
    for order in mine:
        reference = placing.order_reference(order)
        if order.state not in OPEN_STATES:
            continue
        row = [Button(text(visit.language, "button_card_of", number=order.label), f"order:card:{reference}")]
        if order.state is OrderState.PLACED:
            row.append(Button(text(visit.language, "button_undo_of", number=order.label), f"order:undo:{reference}"))
        rows.append(tuple(row))
    return (*rows, (Button(text(visit.language, "button_menu_back"), "order:menu:"),))
