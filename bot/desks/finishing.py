"""A wish that is clear becomes an order, or changes one."""

from __future__ import annotations

from bot.desks import placing, standing, stock_age
from bot.desks.desk import Answer, Menu, Visit
from core.answer_words import says_again
from core.ids import BuildingId, Key
from core.order import Order
from core.pricing import price
from core.texts import text
from core.wish import Wish
from fallback_store import orders, people
from fallback_store.database import Tx


def finish(tx: Tx, visit: Visit, wish: Wish, key: Key, menu: Menu) -> Answer:
    """Places a wish that is clear, or changes the order it replaces; the receipt says what was stored.

    Raises: NotForSale, OutOfStock, SameAgain; then nothing was written.
    """
    assert wish.building_id is not None
    if wish.replaces:
        return _change(tx, visit, wish, menu)
    building_id = BuildingId(wish.building_id)
    order = placing.place_order(
        tx,
        key=key,
        chat=visit.chat,
        building_id=building_id,
        person_id=visit.person.id,
        person_name=visit.person.name,
        room=wish.room or "",
        lines=wish.lines,
        note=wish.note,
        menu=menu,
        epoch=visit.mode.epoch,
        now=visit.now,
        ordered_ms=visit.ordered_ms,
        # From a cart or an earlier order it is wanted again by its nature; 再来, 又, another say so themselves.
        is_meant_again=wish.is_confirmed or not wish.text or says_again(wish.text),
    )
    _remember_home(tx, visit, building_id, order.room)
    return _receipt(tx, visit, order, "receipt_placed")


def _change(tx: Tx, visit: Visit, wish: Wish, menu: Menu) -> Answer:
    order = placing.find_by_reference(tx, wish.replaces)
    if order is None or order.person_id != visit.person.id:
        return Answer(text(visit.language, "order_unknown"))
    try:
        changed = orders.change_lines(
            tx,
            order,
            price(wish.lines, menu.catalog),
            room=wish.room or "",
            note=wish.note or order.note,
            by=visit.person.id,
            now=visit.now,
        )
    except orders.StepRefused as refused:
        return standing.too_late(visit, refused.order, "amend_too_late")
    _remember_home(tx, visit, order.building_id, changed.room)
    return _receipt(tx, visit, changed, "receipt_changed")


def _receipt(tx: Tx, visit: Visit, order: Order, title: str) -> Answer:
    words = placing.receipt(tx, order, visit.language, title=title, home=visit.home)
    # What was pressed is answered in its place, and never together with others.
    brief = "" if visit.message.action else placing.brief(order, visit.language, f"{title}_brief")
    return Answer(
        words + stock_age.caution(tx, visit),
        placing.receipt_buttons(order, visit.language, is_private=not visit.message.is_group),
        toast=words.partition("\n")[0],
        brief=brief,
    )


def _remember_home(tx: Tx, visit: Visit, building_id: BuildingId, room: str) -> None:
    if (visit.person.building_id, visit.person.room) != (building_id, room):
        people.set_home(tx, visit.person.id, building_id, room)
