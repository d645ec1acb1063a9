"""The menu under buttons: merchants, categories, dishes, page by page, with what is left and what is in the cart."""

from __future__ import annotations

from bot.desks import cart_words
from bot.desks.desk import Answer, Menu, Visit
from bot.desks.held_cart import HeldCart
from bot.private_link import private_link
from core.ago import ago
from core.catalog import Item, Merchant
from core.chat import Button
from core.ids import ItemId, MerchantId, whole_number
from core.money import yuan
from core.texts import text
from fallback_store import catalog_snapshots, stock
from fallback_store.database import Tx

#: Merchants, or dishes, on one page: what a phone shows without scrolling.
PAGE = 10
#: Categories on one page, and characters of a label that leave room for a second button beside it.
CATEGORIES, HALF_A_PHONE = 2 * PAGE, 14
#: Characters of a toast.
GLANCE = 200


def merchants(tx: Tx, visit: Visit, held: HeldCart, page: int = 0) -> Answer:
    """The open merchants, and how old the menu is; in a group with a way to the private chat."""
    menu = visit.menu
    if menu is None:
        return Answer(text(visit.language, "no_menu"))
    opened = [merchant for merchant in menu.catalog.merchants if merchant.is_open]
    shown = opened[page * PAGE : (page + 1) * PAGE]
    rows = [(Button(merchant.name, f"order:menu:{merchant.id}:0"),) for merchant in shown]
    turns = _turns(visit, ":", page, len(opened))
    mine = Button(text(visit.language, "button_my_orders"), "order:mine:")
    last = private_link(visit.language, visit.chat.building_id) if visit.message.is_group else mine
    age = ago(catalog_snapshots.confirmed_at(tx) or visit.now, visit.now, visit.language)
    return Answer(
        text(visit.language, "menu_merchants", age=age),
        tuple(row for row in (*rows, turns, _cart(visit, menu, held), (last,)) if row),
    )


def of_merchant(tx: Tx, visit: Visit, merchant: Merchant, page: int, held: HeldCart) -> Answer:
    """The categories of a menu that is longer than a page and divided; else its dishes."""
    if not _is_divided(merchant):
        return _dishes(tx, visit, merchant, None, page, held)
    assert visit.menu is not None  # its merchant was found there
    found = tuple(enumerate(merchant.categories))
    buttons = [
        Button(_category_label(visit, merchant, category), f"order:menu:{merchant.id}:{index}.0")
        for index, category in found[page * CATEGORIES : (page + 1) * CATEGORIES]
    ]
    side_by_side = 2 if all(len(button.label) <= HALF_A_PHONE for button in buttons) else 1
    rows = [tuple(buttons[at : at + side_by_side]) for at in range(0, len(buttons), side_by_side)]
    back = Button(text(visit.language, "button_menu_back"), "order:menu:")
    turns = (back, *_turns(visit, f"{merchant.id}:", page, len(found), CATEGORIES))
    cart = _cart(visit, visit.menu, held)
    return Answer(
        text(visit.language, "menu_categories", merchant=merchant.name), (*rows, turns, *((cart,) if cart else ()))
    )


def beside(tx: Tx, visit: Visit, item: Item, page: int, held: HeldCart) -> Answer:
    """The page of the menu on which a dish was pressed; pressing a dish puts one into the cart."""
    assert visit.menu is not None  # the dish was found there
    merchant = visit.menu.catalog.merchant_by_id[item.merchant_id]
    return _dishes(tx, visit, merchant, item.category if _is_divided(merchant) else None, page, held)


def press(tx: Tx, visit: Visit, subject: str, held: HeldCart) -> Answer:
    """`subject`: "" for the merchants, `:<page>` for a page of them, `<merchant>:<page>` for its menu.

    `<merchant>:<category's place>.<page>` for the dishes of a category.
    """
    merchant_id, _, rest = subject.rpartition(":")
    place, _, number = rest.rpartition(".")
    page = whole_number(number) or 0
    merchant = visit.menu.catalog.merchant_by_id.get(MerchantId(merchant_id)) if visit.menu else None
    if merchant is None:
        return merchants(tx, visit, held, page)
    index = whole_number(place)
    if index is not None and _is_divided(merchant) and index < len(merchant.categories):
        return _dishes(tx, visit, merchant, merchant.categories[index], page, held)
    return of_merchant(tx, visit, merchant, page if index is None else 0, held)


def glance(tx: Tx, visit: Visit, subject: str) -> str | None:
    """A merchant's dishes in the few words a toast holds; None when `subject` (as for `press`) names no merchant."""
    merchant_id = subject.rpartition(":")[0]
    merchant = visit.menu.catalog.merchant_by_id.get(MerchantId(merchant_id)) if visit.menu else None
    if merchant is None:
        return None
    left = stock.left_of(tx, [item.id for item in merchant.items])
    dishes = [_label(visit, item, left.get(item.id, 0), HeldCart()) for item in merchant.items]
    comma, words = text(visit.language, "list_comma"), ""
    for count in range(len(dishes), 0, -1):
        rest = text(visit.language, "menu_more", count=len(dishes) - count) if count < len(dishes) else ""
        words = text(visit.language, "menu_glance", merchant=merchant.name, dishes=comma.join(dishes[:count]) + rest)
        if len(words) <= GLANCE:
            break
    return words


def example(visit: Visit) -> str:
    """An order of this menu that a person could type."""
    items = visit.menu.catalog.items.values() if visit.menu else ()
    first: Item | None = next(iter(items), None)
    if first is None:
        return text(visit.language, "example_no_menu")
    return text(visit.language, "example_order", name=first.name)


def left_of(tx: Tx, item_id: ItemId) -> int | None:
    """Portions left of one dish; None = unlimited, 0 also for one that is not sold."""
    return stock.left_of(tx, [item_id]).get(item_id, 0)


# Inside ----------------------------------------------------------------------------------------


def _is_divided(merchant: Merchant) -> bool:
    # What fits one page is read faster than it is chosen from.
    return len(merchant.items) > PAGE and bool(merchant.categories)


def _dishes(tx: Tx, visit: Visit, merchant: Merchant, category: str | None, page: int, held: HeldCart) -> Answer:
    """What a merchant sells, or one category of it."""
    assert visit.menu is not None  # its merchant was found there
    language = visit.language
    items = merchant.items if category is None else merchant.under(category)
    shown = items[page * PAGE : (page + 1) * PAGE]
    back = Button(text(language, "button_menu_back"), "order:menu:")
    if not shown:
        return Answer(text(language, "menu_empty", merchant=merchant.name), ((back,),))
    title, of = merchant.name, f"{merchant.id}:"
    if category is not None:
        back = Button(text(language, "button_menu_categories", merchant=merchant.name), f"order:menu:{merchant.id}:0")
        title = f"{merchant.name} · {_category_name(visit, category)}"
        of += f"{merchant.categories.index(category)}."
    left = stock.left_of(tx, [item.id for item in shown])
    rows = [(Button(_label(visit, item, left.get(item.id, 0), held), f"order:add:{page}:{item.id}"),) for item in shown]
    turns = (back, *_turns(visit, of, page, len(items)))
    cart = _cart(visit, visit.menu, held)
    return Answer(text(language, "menu_of", merchant=title), (*rows, turns, *((cart,) if cart else ())))


def _category_name(visit: Visit, category: str) -> str:
    return category or text(visit.language, "menu_category_rest")


def _category_label(visit: Visit, merchant: Merchant, category: str) -> str:
    count = len(merchant.under(category))
    return text(visit.language, "menu_category", category=_category_name(visit, category), count=count)


def _cart(visit: Visit, menu: Menu, held: HeldCart) -> tuple[Button, ...]:
    # In a group everybody reads the menu; whose cart would it be?
    has_any = held.cart.lines and not visit.message.is_group
    return (cart_words.show_button(visit, menu, held),) if has_any else ()


def _turns(visit: Visit, of: str, page: int, count: int, size: int = PAGE) -> tuple[Button, ...]:
    """To the page before and the page after, where there is one; `of`: what comes before the page's number."""
    found = []
    if page:
        found.append(Button(text(visit.language, "button_menu_before"), f"order:menu:{of}{page - 1}"))
    if count > (page + 1) * size:
        found.append(Button(text(visit.language, "button_menu_more"), f"order:menu:{of}{page + 1}"))
    return tuple(found)


def _label(visit: Visit, item: Item, left: int | None, held: HeldCart) -> str:
    shown = "" if left is None else text(visit.language, "menu_left" if left else "menu_sold_out", left=left)
    count = 0 if visit.message.is_group else held.cart.count(item.id)
    chosen = text(visit.language, "menu_chosen", count=count) if count else ""
    return text(visit.language, "menu_item", name=item.name, price=yuan(item.price_fen), left=shown) + chosen
