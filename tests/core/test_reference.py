"""Whose order 同上 means and which line 再来一份 repeats: sure, asked about, or nothing; never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog import catalog_from_json
from core.ids import BuildingId, ChatId, ItemId, Key, OrderId, PersonId
from core.order import Order, OrderState, total_fen
from core.pricing import price
from core.reading.candidates import candidates, is_on_menu, near
from core.reading.follow_up import FollowUp, Kind, follow_up
from core.reading.menu_index import MenuIndex
from core.reading.reading import ReadLine
from core.reference import APART_S, OFFERED, Pointed, above, changed_lines, lines_of, own, portions, same_lines
from tests.dialogs.lunch_menus import LUNCH

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ANNA, BO, CHEN = PersonId("web:anna"), PersonId("web:bo"), PersonId("web:chen")
MENU = MenuIndex(catalog_from_json(LUNCH))
PORK, TEA = ReadLine(ItemId("pork"), 2, ("不辣",)), ReadLine(ItemId("lemon"), 1)
CONTEXT_S = 600.0


def order(person: PersonId, ago_s: float, *lines: ReadLine) -> Order:
    """What `person` ordered `ago_s` before now."""
    priced = price(lines or (PORK,), MENU.catalog)
    return Order(
        id=OrderId(f"s-1-12-{person}-{ago_s}"),
        key=Key(f"{person}-{ago_s}"),
        epoch=1,
        building_id=BuildingId("12"),
        number=1,
        chat_id=ChatId("web:building-12"),
        person_id=person,
        person_name=person.partition(":")[2],
        room="305",
        state=OrderState.PLACED,
        lines=priced,
        total_fen=total_fen(priced),
        snapshot_version="1",
        pickup_code="x",
        placed_at=NOW - timedelta(seconds=ago_s),
    )


def pointed(*recent: Order, name: str = "", was_talk: bool = False) -> Pointed:
    """What 同上 by bo points at."""
    return above(recent, BO, name, NOW, CONTEXT_S, was_talk=was_talk)


def test_the_only_fresh_order_of_somebody_else_is_meant() -> None:
    found = order(ANNA, CONTEXT_S)
    assert pointed(found) == Pointed(found)


@pytest.mark.parametrize(
    "recent",
    [
        (order(ANNA, CONTEXT_S + 1),),
        (order(BO, 5, TEA), order(ANNA, 30)),
        (order(CHEN, 5, TEA), order(ANNA, 5 + APART_S - 1)),
    ],
)
def test_what_is_old_or_has_a_rival_is_asked(recent: tuple[Order, ...]) -> None:
    found = pointed(*recent)
    assert found.order is None
    assert found.asked == tuple(o for o in recent if o.person_id != BO)


def test_a_rival_far_enough_before_or_of_the_same_content_is_none() -> None:
    newest = order(CHEN, 5, TEA)
    assert pointed(newest, order(ANNA, 5 + APART_S)) == Pointed(newest)
    assert pointed(newest, order(ANNA, 6, TEA)) == Pointed(newest)


def test_talk_since_leaves_it_open_unless_a_name_was_said() -> None:
    found = order(ANNA, 5)
    assert pointed(found, was_talk=True) == Pointed(asked=(found,))
    assert pointed(order(CHEN, 2, TEA), found, name="Anna", was_talk=True) == Pointed(found)
    assert pointed(found, name="dora") == Pointed()


def test_only_a_few_different_orders_are_offered() -> None:
    many = [order(PersonId(f"web:p{n}"), n, ReadLine(ItemId("lemon"), 1 + n % 6)) for n in range(1, 9)]
    asked = pointed(*many).asked
    assert len(asked) == OFFERED
    assert len({o.lines for o in asked}) == OFFERED


def test_ones_own_last_order_is_meant_while_it_is_fresh() -> None:
    fresh, old = order(BO, 1), order(BO, CONTEXT_S + 1)
    assert own([fresh, old], NOW, CONTEXT_S) == Pointed(fresh)
    assert own([old], NOW, CONTEXT_S) == Pointed(asked=(old,))
    assert own([], NOW, CONTEXT_S) == Pointed()


def test_a_number_with_several_dishes_is_doubtful_and_with_one_is_not() -> None:
    two = FollowUp(Kind.SAME, quantity=3)
    assert same_lines(order(ANNA, 1), two, MENU) == ((ReadLine(ItemId("pork"), 3, ("不辣",)),), False)
    lines, is_doubtful = same_lines(order(ANNA, 1, PORK, TEA), two, MENU)
    assert [line.quantity for line in lines] == [6, 3]
    assert is_doubtful


def test_once_more_is_the_line_its_measure_word_tells() -> None:
    both = order(BO, 1, PORK, TEA)
    assert portions(both, FollowUp(Kind.AGAIN, 2, "杯"), MENU) == ((ReadLine(ItemId("lemon"), 2),),)
    assert len(portions(both, FollowUp(Kind.AGAIN, 1, "个"), MENU)) == 3


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("不要香菜", [("不辣", "不要香菜")]),
        ("改成微辣", [("微辣",)]),
        ("加个蛋", [("不辣", "加蛋")]),
        ("少冰", []),
    ],
)
def test_a_wish_changes_the_lines_that_take_it(words: str, options: list[tuple[str, ...]]) -> None:
    said = follow_up(words, MENU)
    assert said is not None
    assert [lines[0].options for lines in changed_lines((PORK,), said, MENU)] == options


def test_without_takes_an_addition_off_again() -> None:
    said = follow_up("去掉加蛋", MENU)
    assert said is not None
    with_egg = ReadLine(ItemId("pork"), 1, ("加蛋", "不辣"))
    assert changed_lines((with_egg,), said, MENU) == ((ReadLine(ItemId("pork"), 1, ("不辣",)),),)


@pytest.mark.parametrize(
    "words",
    [
        "红烧肉一份",
        "昨天那家一样难吃",
        "还要多久到",
        "有没有不辣的",
        "怎么取消",
        "306多少钱",
        "太辣了",
        "好的",
        "哈哈",
        "",
    ],
)
def test_what_names_a_dish_or_talks_about_something_else_refers_to_nothing(words: str) -> None:
    assert follow_up(words, MENU) is None


@pytest.mark.parametrize("words", ["306", "两份", "2"])
def test_a_bare_number_answers_a_question_or_nothing(words: str) -> None:
    said = follow_up(words, MENU)
    assert said is None or said.is_bare


@given(st.text(max_size=40) | st.text(alphabet="同上再来一二份杯换成改大少冰不要了送306+1，。? 和小王样", max_size=30))
def test_any_text_gets_an_answer(words: str) -> None:
    said = follow_up(words, MENU)
    if said is not None:
        for lines in changed_lines(lines_of(order(BO, 1, PORK, TEA)), said, MENU):
            price(lines, MENU.catalog)  # whatever was understood is on the menu
        assert said.quantity is None or said.quantity > 0


@given(st.text(max_size=30))
def test_names_offered_for_a_word_are_few_and_on_the_menu(word: str) -> None:
    offered = near(word, MENU)
    assert len({item.name for item in offered}) <= 2
    assert {*offered, *candidates(word, MENU)} <= set(MENU.items)


def test_what_the_menu_knows_needs_no_alias() -> None:
    assert is_on_menu("可乐", MENU)
    assert not is_on_menu("红烧鸡饭", MENU)
