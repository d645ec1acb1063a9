"""Placing one order and the receipt that says exactly what was stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.desks.desk import Menu
from core.chat import Button, ButtonRows, Chat
from core.directory import Building
from core.errors import NeedsPerson
from core.ids import BuildingId, Key, PersonId, order_number, whole_number
from core.money import yuan
from core.order import Order, OrderLine, OrderState
from core.pickup_code import describe
from core.pricing import price
from core.reading.reading import ReadLine
from core.texts import text
from core.times import to_ms
from fallback_store import chat_context, orders, people
from fallback_store.database import Tx

#: Whoever sends the same order again so soon is more likely to wonder whether it arrived than to be hungry twice.
SAME_AGAIN = timedelta(seconds=60)


class SameAgain(NeedsPerson):
    """The same person ordered just that a moment ago, and nothing says that they want it twice."""

    def __init__(self, order: Order) -> None:
        """`order`: the one they have."""
        super().__init__(f"{order.label} is the same")
        self.order = order


def place_order(
    tx: Tx,
    *,
    key: Key,
    chat: Chat,
    building_id: BuildingId,
    person_id: PersonId,
    person_name: str,
    room: str,
    lines: Sequence[ReadLine],
    note: str,
    menu: Menu,
    epoch: int,
    now: datetime,
    ordered_ms: int | None = None,
    is_meant_again: bool = True,
) -> Order:
    """Prices and stores one order. The same key again returns the order it made the first time.

    `ordered_ms`: when the person last ordered, 0 = never; None where nobody looked. `is_meant_again`: they know when
    it is what they ordered just before.
    Raises: NotForSale, OutOfStock, SameAgain; then nothing was written.
    """
    known = None if ordered_ms == 0 else orders.by_key(tx, key)
    if known is not None:
        return known
    if not is_meant_again and (ordered_ms or 0) >= to_ms(now - SAME_AGAIN):
        _refuse_the_same_again(tx, person_id, building_id, room, lines, now)
    wanted = orders.NewOrder(
        key=key,
        epoch=epoch,
        building_id=building_id,
        chat_id=chat.id,
        person_id=person_id,
        person_name=person_name,
        room=room,
        lines=price(lines, menu.catalog),
        snapshot_version=menu.catalog.version,
        note=note,
    )
    return orders.place(tx, wanted, now)


def _refuse_the_same_again(
    tx: Tx, person_id: PersonId, building_id: BuildingId, room: str, lines: Sequence[ReadLine], now: datetime
) -> None:
    wanted = Counter((line.item_id, line.options) for line in lines for _ in range(line.quantity))
    for order in chat_context.of_person(tx, person_id):
        had = Counter((line.item_id, line.options) for line in order.lines for _ in range(line.quantity))
        is_fresh = order.state is not OrderState.CANCELLED and now - order.placed_at <= SAME_AGAIN
        if is_fresh and (order.building_id, order.room, had) == (building_id, room, wanted):
            raise SameAgain(order)


def receipt(tx: Tx, order: Order, language: str, *, title: str = "receipt_placed", home: Building | None = None) -> str:
    """已记下, the number, the items, the total, where and with which code to pick it up.

    `home`: where whoever reads it lives, or is; an order for another building names it.
    """
    is_known = home is not None and home.id == order.building_id
    building = home if is_known else people.building(tx, order.building_id)
    place = pickup_place(building, order.building_id, language)
    room = order.room or text(language, "room_none")
    if home is not None and building is not None and not is_known:  # elsewhere than where they live
        room = text(language, "cart_place", building=building.name, room=room)
    return text(
        language,
        title,
        number=order.label,
        lines=lines_text(order.lines, language),
        total=yuan(order.total_fen),
        room=room,
        place=place,
        code=describe(order.pickup_code, language),
        note=text(language, "receipt_note", note=order.note) if order.note else "",
    )


def pickup_place(building: Building | None, building_id: BuildingId, language: str) -> str:
    """Where bags of a building are picked up."""
    if building is None:
        return text(language, "pickup_downstairs", building=building_id)
    return building.pickup_place or text(language, "pickup_downstairs", building=building.name)


def lines_text(lines: Iterable[OrderLine], language: str) -> str:
    """One line of text per order line: `黄焖鸡米饭 ×2（微辣） ¥32`."""
    return "\n".join(
        text(
            language,
            "receipt_line_options" if line.options else "receipt_line",
            name=line.name,
            quantity=line.quantity,
            options=text(language, "list_comma").join(line.options),
            price=yuan(line.price_fen),
        )
        for line in lines
    )


def names_text(lines: Iterable[OrderLine], language: str) -> str:
    """The same on one line: `黄焖鸡米饭×2（微辣）、可乐×1`."""
    comma = text(language, "list_comma")
    return comma.join(
        text(language, "relay_item", name=line.name, quantity=line.quantity)
        + (text(language, "relay_options", options=comma.join(line.options)) if line.options else "")
        for line in lines
    )


def order_reference(order: Order) -> str:
    """The order in a button's action: `<epoch>.<building>.<number>`, short enough for every vendor."""
    return f"{order.epoch}.{order.building_id}.{order.number}"


def label_of_reference(reference: str) -> str:
    """The number people say for the order a reference names; "" for none."""
    building_id, _, number = reference.partition(".")[2].rpartition(".")
    return order_number(building_id, int(number)) if number.isdecimal() else ""


def find_by_reference(tx: Tx, reference: str) -> Order | None:
    """The reverse of `order_reference`; None for anything that names no order."""
    epoch, _, rest = reference.partition(".")
    building_id, _, number = rest.rpartition(".")
    found = whole_number(epoch), whole_number(number)
    if found[0] is None or found[1] is None:
        return None
    return orders.by_number(tx, found[0], building_id, found[1])


def brief(order: Order, language: str, name: str) -> str:
    """The receipt in one line, for when several must be said as one message: number, person, dishes, total."""
    items = names_text(order.lines, language)
    return text(language, name, number=order.label, person=order.person_name, items=items, total=yuan(order.total_fen))


def receipt_buttons(order: Order, language: str, *, is_private: bool) -> ButtonRows:
    """Undo and change, for as long as nobody accepted the order; in private the pickup card as well."""
    reference = order_reference(order)
    changes = (
        Button(text(language, "button_undo"), f"order:undo:{reference}"),
        Button(text(language, "button_amend"), f"order:amend:{reference}"),
    )
    card = (Button(text(language, "button_card"), f"order:card:{reference}"),)
    return (changes, card) if is_private else (changes,)
