"""A cart: what each button does to it, and that a button of an older state never means another line."""

from __future__ import annotations

from typing import Any

from core.cart import LINES_LIMIT, NOTE_LENGTH, Cart, cart_from_json
from core.catalog import catalog_from_json
from core.ids import ItemId
from tests.dialogs.lunch_menus import LUNCH

MENU_JSON: dict[str, Any] = LUNCH
MENU = catalog_from_json(MENU_JSON)
PORK, TEA, COLA = ItemId("pork"), ItemId("lemon"), ItemId("cola1")


def lines(cart: Cart) -> list[tuple[int, str, int, tuple[str, ...]]]:
    """(number, dish, portions, options) of every line."""
    return [(line.number, line.item_id, line.quantity, line.options) for line in cart.lines]


def test_the_same_dish_again_is_one_more_portion() -> None:
    assert lines(Cart().add(PORK, 20).add(PORK, 20).add(TEA, 20)) == [(1, "pork", 2, ()), (2, "lemon", 1, ())]


def test_a_dish_with_options_is_not_the_plain_dish() -> None:
    cart = Cart().add(PORK, 20).toggle(1, "不辣", MENU).add(PORK, 20)
    assert lines(cart) == [(1, "pork", 1, ("不辣",)), (2, "pork", 1, ())]
    assert cart.count("pork") == 2


def test_a_line_never_holds_more_than_the_menu_allows() -> None:
    cart = Cart().add(PORK, 2).add(PORK, 2)
    assert cart.add(PORK, 2) is cart
    assert cart.set_quantity(1, 99, 2) is cart


def test_none_takes_the_line_out_and_its_number_is_not_given_again() -> None:
    cart = Cart().add(PORK, 20).add(TEA, 20).set_quantity(1, 0, 20).add(COLA, 20)
    assert lines(cart) == [(2, "lemon", 1, ()), (3, "cola1", 1, ())]
    assert cart.line(1) is None
    assert cart.set_quantity(1, 5, 20) is cart


def test_a_full_cart_takes_no_further_line() -> None:
    cart = Cart()
    for number in range(LINES_LIMIT):
        cart = cart.add(ItemId(f"dish-{number}"), 20)
    assert cart.add(PORK, 20) is cart
    assert cart.add(ItemId("dish-0"), 20).count("dish-0") == 2


def test_of_options_that_exclude_each_other_the_last_counts() -> None:
    cart = Cart().add(PORK, 20)
    for option in ("微辣", "加蛋", "不要葱", "不辣", "加蛋"):
        cart = cart.toggle(1, option, MENU)
    assert lines(cart) == [(1, "pork", 1, ("不要葱", "不辣"))]


def test_an_option_the_dish_does_not_have_changes_nothing() -> None:
    cart = Cart().add(PORK, 20)
    assert cart.toggle(1, "去冰", MENU) is cart
    assert cart.toggle(2, "不辣", MENU) is cart


def test_every_change_is_another_revision_and_nothing_else_is() -> None:
    cart = Cart().add(PORK, 20).add(PORK, 20)
    assert [cart.revision, cart.noting("少饭").revision, cart.going_to("12", "305").revision] == [2, 3, 3]
    assert cart.set_quantity(1, 2, 20).revision == 2


def test_another_menu_makes_another_cart_even_where_nothing_is_gone() -> None:
    cart = Cart(menu_version=MENU.version).add(PORK, 20)
    assert cart.for_sale(MENU) is cart
    dearer = catalog_from_json({**MENU_JSON, "version": "lunch-2"})
    assert cart.for_sale(dearer).revision == cart.revision + 1
    assert cart.for_sale(dearer).lines == cart.lines


def test_what_is_no_longer_sold_leaves_the_cart() -> None:
    cart = Cart().add(PORK, 20).toggle(1, "不辣", MENU).add(ItemId("gone"), 20).add(TEA, 20)
    assert [line.item_id for line in cart.for_sale(MENU).lines] == ["pork", "lemon"]
    mild = catalog_from_json({**MENU_JSON, "option_groups": {**MENU_JSON["option_groups"], "spicy": {"options": []}}})
    assert [line.item_id for line in cart.for_sale(mild).lines] == ["lemon"]
    closed = [{**merchant, "is_open": merchant["id"] != "tea"} for merchant in MENU_JSON["merchants"]]
    shut = catalog_from_json({**MENU_JSON, "merchants": closed})
    assert [line.item_id for line in cart.for_sale(shut).lines] == ["pork"]


def test_a_note_is_one_short_line() -> None:
    assert Cart().noting("少饭\n  多汤 ").note == "少饭 多汤"
    assert len(Cart().noting("字" * 500).note) == NOTE_LENGTH


def test_a_cart_comes_back_from_the_store_as_it_was() -> None:
    cart = Cart().add(PORK, 20).toggle(1, "不辣", MENU).add(TEA, 20).noting("少饭").going_to("7", "")
    assert cart_from_json(cart.to_json()) == cart
    assert cart_from_json(Cart().to_json()) == Cart()
