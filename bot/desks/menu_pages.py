"""The menu under buttons: merchants, their dishes with what is left, and the cart that fills up."""

from __future__ import annotations

from collections import Counter

from bot.desks import placing
from bot.desks.desk import Answer, Visit
from core.ago import ago
from core.catalog import Item, Merchant
from core.chat import Button, ButtonRows
from core.ids import ItemId, MerchantId
from core.money import yuan
from core.pricing import price
from core.reading.reading import ReadLine
from core.settings import Settings
from core.texts import text
from fallback_store import catalog_snapshots, drafts, stock
from fallback_store.database import Tx

#: Dishes on one page: what a phone shows without scrolling.
PAGE = 10


def merchants(tx: Tx, visit: Visit) -> Answer:
    """All open merchants, and how old the menu is."""
    menu = visit.menu
    if menu is None:
        return Answer(text(visit.language, "no_menu"))
    rows = tuple((Button(m.name, f"order:menu:{m.id}:0"),) for m in menu.catalog.merchants if m.is_open)
    confirmed_at = catalog_snapshots.confirmed_at(tx) or visit.now
    age = ago(confirmed_at, visit.now, visit.language)
    return Answer(text(visit.language, "menu_merchants", age=age), rows)


def press(tx: Tx, visit: Visit, verb: str, subject: str, settings: Settings) -> Answer:
    """A button of the menu or the cart."""
    if visit.menu is None:
        return Answer(text(visit.language, "no_menu"))
    if verb == "menu" and subject:
        merchant_id, _, page = subject.rpartition(":")
        merchant = visit.menu.catalog.merchant_by_id.get(MerchantId(merchant_id))
        if merchant is not None and page.isdecimal():
            return _dishes(tx, visit, merchant, int(page))
    if verb == "add" and ItemId(subject) in visit.menu.catalog.items:
        return _add(tx, visit, ItemId(subject), settings)
    if verb == "clear":
        drafts.drop(tx, visit.chat.id, visit.person.id, "cart")
        return Answer(text(visit.language, "cart_empty", example=example(visit)))
    return merchants(tx, visit)


def cart_lines(cart: drafts.Draft) -> tuple[ReadLine, ...]:
    """What the cart holds."""
    return tuple(ReadLine(ItemId(item_id), quantity) for item_id, quantity in cart.body["items"])


def example(visit: Visit) -> str:
    """An order of this menu that a person could type."""
    items = visit.menu.catalog.items.values() if visit.menu else ()
    first: Item | None = next(iter(items), None)
    if first is None:
        return text(visit.language, "example_no_menu")
    return text(visit.language, "example_order", name=first.name)


def _dishes(tx: Tx, visit: Visit, merchant: Merchant, page: int) -> Answer:
    left = stock.left_of(tx, [item.id for item in merchant.items])
    shown = merchant.items[page * PAGE : (page + 1) * PAGE]
    if not shown:
        return Answer(text(visit.language, "menu_empty", merchant=merchant.name))
    rows: ButtonRows = tuple(
        (Button(_label(visit, item, left.get(item.id)), f"order:add:{item.id}"),) for item in shown
    )
    last: tuple[Button, ...] = (Button(text(visit.language, "button_menu_back"), "order:menu:"),)
    if len(merchant.items) > (page + 1) * PAGE:
        more = Button(text(visit.language, "button_menu_more"), f"order:menu:{merchant.id}:{page + 1}")
        last = (*last, more)
    return Answer(text(visit.language, "menu_of", merchant=merchant.name), (*rows, last))


def _label(visit: Visit, item: Item, left: int | None) -> str:
    shown = "" if left is None else text(visit.language, "menu_left" if left else "menu_sold_out", left=left)
    return text(visit.language, "menu_item", name=item.name, price=yuan(item.price_fen), left=shown)


def _add(tx: Tx, visit: Visit, item_id: ItemId, settings: Settings) -> Answer:
    cart = drafts.find(tx, visit.chat.id, visit.person.id, "cart", visit.now)
    items = Counter(dict(cart.body["items"]) if cart else {})
    assert visit.menu is not None
    items[item_id] = min(items[item_id] + 1, visit.menu.catalog.max_quantity)
    body = {"items": [list(pair) for pair in items.items()]}
    lasts_s = settings.orders.question_expires_s
    drafts.keep(tx, visit.chat.id, visit.person.id, "cart", visit.message.key, body, visit.now, lasts_s)
    lines = price([ReadLine(ItemId(item), quantity) for item, quantity in items.items()], visit.menu.catalog)
    total = yuan(sum(line.price_fen for line in lines))
    return Answer(
        text(visit.language, "cart_shows", lines=placing.lines_text(lines, visit.language), total=total),
        (
            (Button(text(visit.language, "button_cart_place", total=total), "order:place:"),),
            (
                Button(text(visit.language, "button_menu_back"), "order:menu:"),
                Button(text(visit.language, "button_cart_clear"), "order:clear:"),
            ),
        ),
    )
