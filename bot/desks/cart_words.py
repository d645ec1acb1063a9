"""How a cart reads, and the buttons under it: more, less, options, where to, a note, and the order itself."""

from __future__ import annotations

from bot.desks import held_cart, placing
from bot.desks.desk import Answer, Menu, Visit
from bot.desks.held_cart import HeldCart
from core.cart import CartLine
from core.chat import Button
from core.money import yuan
from core.order import OrderLine
from core.pricing import price
from core.texts import text
from fallback_store import people, stock
from fallback_store.database import Tx


def view(tx: Tx, visit: Visit, menu: Menu, held: HeldCart, *, said: str = "") -> Answer:
    """The whole cart; `said`: a sentence on top of it."""
    held_cart.shown(tx, visit, held)
    language, cart = visit.language, held.cart
    priced = price(cart.wanted, menu.catalog)
    parts = [said] if said else []
    if held.gone:
        parts.append(text(language, "cart_gone", count=held.gone))
    if not cart.lines:
        first = next(iter(menu.catalog.items.values()), None)
        example = text(language, "example_order", name=first.name) if first else text(language, "example_no_menu")
        return Answer("\n".join([*parts, text(language, "cart_empty", example=example)]), (_elsewhere(visit, held),))
    left = stock.left_of(tx, [line.item_id for line in cart.lines])
    rows: list[tuple[Button, ...]] = []
    for line, known in zip(cart.lines, priced, strict=True):
        rows.append(_line_buttons(visit, menu, held, line, known))
        portions = left.get(line.item_id, 0)
        if portions is not None and portions < line.quantity:
            parts.append(text(language, "cart_short" if portions else "cart_short_all", name=known.name, left=portions))
            name = "button_cart_only" if portions else "button_cart_without"
            label = text(language, name, name=known.name, left=portions)
            rows.append((_button(held, label, f"set:{line.number}:{portions}"),))
    total = yuan(sum(line.price_fen for line in priced))
    note = text(language, "receipt_note", note=cart.note) if cart.note else ""
    shown = placing.lines_text(priced, language)
    parts.append(text(language, "cart_shows", lines=shown, total=total, place=_place(tx, visit, held), note=note))
    rows += [
        (
            _button(held, text(language, "button_cart_room"), "room"),
            _button(held, text(language, "button_cart_note"), "note"),
        ),
        (_button(held, text(language, "button_cart_place", total=total), f"place:{cart.revision}"),),
        _elsewhere(visit, held),
    ]
    return Answer("\n".join(parts), tuple(rows))


def options(visit: Visit, menu: Menu, held: HeldCart, line: CartLine) -> Answer:
    """One dish of the cart with a button for each of its options, those chosen marked."""
    item = menu.catalog.items[line.item_id]
    rows = [
        tuple(
            _button(
                held, _option_label(visit, o.name, o.price_fen, o.name in line.options), f"opt:{line.number}:{o.name}"
            )
            for o in menu.catalog.option_groups[name].options
        )
        for name in item.groups
    ]
    chosen = placing.lines_text(price([line.wanted], menu.catalog), visit.language)
    rows.append((_button(held, text(visit.language, "button_cart_back"), "show"),))
    return Answer(text(visit.language, "cart_options", line=chosen), tuple(_short_rows(rows)))


def summary(visit: Visit, menu: Menu, held: HeldCart) -> str:
    """`3 份 ¥48`: what is in it, for a button or a toast."""
    priced = price(held.cart.wanted, menu.catalog)
    count, total = sum(line.quantity for line in priced), sum(line.price_fen for line in priced)
    return text(visit.language, "cart_summary", count=count, total=yuan(total))


def show_button(visit: Visit, menu: Menu, held: HeldCart) -> Button:
    """Opens the cart."""
    return _button(held, text(visit.language, "button_cart_show", summary=summary(visit, menu, held)), "show")


# Inside ----------------------------------------------------------------------------------------

#: Options side by side: more would be cut off on a phone.
_OPTIONS_A_ROW = 3


def _button(held: HeldCart, label: str, what: str) -> Button:
    return Button(label, f"order:cart:{held.id}:{what}")


def _line_buttons(visit: Visit, menu: Menu, held: HeldCart, line: CartLine, known: OrderLine) -> tuple[Button, ...]:
    has_options = bool(menu.catalog.items[line.item_id].groups)
    name = text(visit.language, "button_cart_options", name=known.name) if has_options else known.name
    return (
        _button(held, "－", f"less:{line.number}"),
        _button(held, f"{name} ×{line.quantity}", f"opts:{line.number}" if has_options else "show"),
        _button(held, "＋", f"more:{line.number}"),
    )


def _elsewhere(visit: Visit, held: HeldCart) -> tuple[Button, ...]:
    back = Button(text(visit.language, "button_menu_back"), "order:menu:")
    if not held.cart.lines:
        return (back,)
    return back, _button(held, text(visit.language, "button_cart_clear"), "clear")


def _option_label(visit: Visit, name: str, price_fen: int, is_chosen: bool) -> str:
    extra = f" +{yuan(price_fen)}" if price_fen else ""
    return f"{'✓ ' if is_chosen else ''}{name}{extra}"


def _short_rows(rows: list[tuple[Button, ...]]) -> list[tuple[Button, ...]]:
    return [row[at : at + _OPTIONS_A_ROW] for row in rows for at in range(0, len(row), _OPTIONS_A_ROW)]


def _place(tx: Tx, visit: Visit, held: HeldCart) -> str:
    building_id, room = held_cart.destination(visit, held)
    building = people.building(tx, building_id) if building_id else None
    if building is None:
        return text(visit.language, "cart_place_unknown")
    if room is None:
        return text(visit.language, "cart_room_unknown", building=building.name)
    return text(visit.language, "cart_place", building=building.name, room=room or text(visit.language, "room_none"))
