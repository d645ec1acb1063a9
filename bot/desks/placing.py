"""Placing one order and the receipt that says exactly what was stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.desks.desk import Menu
from core.chat import Button, ButtonRows, Chat
from core.ids import BuildingId, Key, PersonId, order_number
from core.money import yuan
from core.order import Order, OrderLine
from core.pickup_code import describe
from core.pricing import price
from core.reading.reading import ReadLine
from core.texts import text
from fallback_store import orders, people
from fallback_store.database import Tx


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
) -> Order:
    """Prices and stores one order. The same key again returns the order it made the first time.

    Raises: NotForSale, OutOfStock; then nothing was written.
    """
    known = orders.by_key(tx, key)
    if known is not None:
        return known
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


def receipt(tx: Tx, order: Order, language: str, *, title: str = "receipt_placed") -> str:
    """已记下, the number, the items, the total, where and with which code to pick it up."""
    building = people.building(tx, order.building_id)
    place = (building.pickup_place if building else "") or text(
        language, "pickup_downstairs", building=building.name if building else order.building_id
    )
    return text(
        language,
        title,
        number=order.label,
        lines=lines_text(order.lines, language),
        total=yuan(order.total_fen),
        room=order.room or text(language, "room_none"),
        place=place,
        code=describe(order.pickup_code, language),
        note=text(language, "receipt_note", note=order.note) if order.note else "",
    )


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
    if not (epoch.isdecimal() and number.isdecimal()):
        return None
    return orders.by_number(tx, int(epoch), building_id, int(number))


def receipt_buttons(order: Order, language: str) -> ButtonRows:
    """Undo and change, for as long as nobody accepted the order."""
    reference = order_reference(order)
    return (
        (
            Button(text(language, "button_undo"), f"order:undo:{reference}"),
            Button(text(language, "button_amend"), f"order:amend:{reference}"),
        ),
    )
