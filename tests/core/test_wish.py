"""One question at a time until an order is clear; what nobody answered is never an order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.answer_words import choice_in_words, home_in_words
from core.catalog import catalog_from_json
from core.ids import ItemId
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from core.reading.reading import Chosen, ReadLine
from core.wish import (
    Ask,
    Question,
    Wish,
    next_question,
    settle,
    wish_from_json,
    wish_of,
    with_more_words,
)

NOODLES = ReadLine(ItemId("n1"), 2, ("辣",))
CLEAR = Wish(lines=(NOODLES,), room="305", building_id="12")


@pytest.fixture
def menu() -> MenuIndex:
    return MenuIndex(
        catalog_from_json(
            {
                "version": "1",
                "option_groups": {"hot": {"exclusive": True, "options": [{"name": "辣", "price_fen": 50}]}},
                "merchants": [
                    {
                        "id": "n",
                        "name": "面馆",
                        "items": [{"id": "n1", "name": "牛肉面", "price_fen": 1200, "options": ["hot"]}],
                    },
                    {"id": "a", "name": "甲", "items": [{"id": "a1", "name": "可乐", "price_fen": 300}]},
                    {"id": "b", "name": "乙", "items": [{"id": "b1", "name": "可乐", "price_fen": 350}]},
                ],
            }
        )
    )


def test_a_clear_wish_asks_nothing(menu: MenuIndex) -> None:
    assert next_question(CLEAR, menu, "unsure") is None


def test_always_asks_once_even_when_clear_and_never_does_not(menu: MenuIndex) -> None:
    assert next_question(CLEAR, menu, "always") == Question(Ask.CONFIRM)
    assert next_question(replace(CLEAR, is_confirmed=True), menu, "always") is None
    assert next_question(replace(CLEAR, is_doubtful=True), menu, "never") is None


def test_the_building_is_asked_before_the_room_and_the_room_before_confirmation(menu: MenuIndex) -> None:
    wish = replace(CLEAR, room=None, building_id=None, is_doubtful=True)
    assert next_question(wish, menu, "unsure") == Question(Ask.HOME)
    wish = replace(wish, building_id="12")
    assert next_question(wish, menu, "unsure") == Question(Ask.ROOM)
    assert next_question(replace(wish, room=""), menu, "unsure") == Question(Ask.CONFIRM)


def said(words: str, menu: MenuIndex) -> Wish:
    """What somebody of 12 in 305 wants who types this."""
    return wish_of(read(words, menu, "12"), "12", "305", words)


def test_a_name_at_two_merchants_is_a_choice_that_keeps_number_and_wishes(menu: MenuIndex) -> None:
    wish = said("牛肉面一份要辣，可乐三瓶", menu)
    question = next_question(wish, menu, "unsure")
    assert question == Question(Ask.CHOOSE, ("a1", "b1"), "可乐")
    settled = settle(wish, question, 1, menu)
    assert settled is not None
    assert settled.lines == (ReadLine(ItemId("n1"), 1, ("辣",)), ReadLine(ItemId("b1"), 3))
    assert next_question(settled, menu, "unsure") is None
    assert settle(wish, question, 2, menu) is None


def test_an_unknown_word_near_one_name_is_asked_about_and_never_mapped(menu: MenuIndex) -> None:
    wish = said("来两份牛肉粉要辣", menu)
    question = next_question(wish, menu, "unsure")
    assert question == Question(Ask.NEAR, ("n1",), "牛肉粉")
    picked, declined = settle(wish, question, 0, menu), settle(wish, question, 1, menu)
    assert picked is not None
    assert picked.lines == (ReadLine(ItemId("n1"), 2, ("辣",)),)
    assert declined is not None
    assert next_question(declined, menu, "unsure") == Question(Ask.WITHOUT)


def test_an_impossible_number_is_asked_for_and_the_wishes_stay(menu: MenuIndex) -> None:
    wish = said("牛肉面300份要辣", menu)
    question = next_question(wish, menu, "unsure")
    assert question == Question(Ask.QUANTITY, (), "牛肉面")
    counted = settle(wish, question, 3, menu)
    assert counted is not None
    assert counted.lines == (ReadLine(ItemId("n1"), 3, ("辣",)),)
    assert settle(wish, question, 0, menu) is None


def test_words_added_while_a_word_is_in_doubt_go_with_the_message(menu: MenuIndex) -> None:
    wish = with_more_words(said("可乐两瓶", menu), "牛肉面一份", menu)
    assert (wish.lines, wish.problems) == ((ReadLine(ItemId("n1"), 1),), ("ambiguous:可乐",))


def test_an_unknown_dish_asks_whether_to_order_the_rest(menu: MenuIndex) -> None:
    wish = replace(CLEAR, problems=("unknown:佛跳墙",))
    question = next_question(wish, menu, "unsure")
    assert question == Question(Ask.WITHOUT)
    assert settle(wish, question, 1, menu) is None
    rest = settle(wish, question, 0, menu)
    assert rest is not None
    assert next_question(rest, menu, "unsure") is None


def test_another_building_is_asked_not_guessed(menu: MenuIndex) -> None:
    wish = replace(CLEAR, problems=("other_building:11",))
    question = next_question(wish, menu, "unsure")
    assert question == Question(Ask.BUILDING, ("12", "11"), "11")
    moved = settle(wish, question, 1, menu)
    assert moved is not None
    assert (moved.building_id, moved.problems) == ("11", ())


def test_a_button_that_does_not_exist_is_an_error_not_a_guess(menu: MenuIndex) -> None:
    with pytest.raises(IndexError):
        settle(CLEAR, Question(Ask.CONFIRM), 7, menu)


@pytest.mark.parametrize(
    ("words", "home"),
    [
        ("305", ("", "305")),
        (" 305室 ", ("", "305")),
        ("12栋305", ("12", "305")),
        ("１２－３０５", ("12", "305")),
        ("12 305", ("12", "305")),
        ("a301", ("", "A301")),
        ("12号楼 1203寝", ("12", "1203")),
        ("送到306", ("", "306")),
        ("我在12栋306", ("12", "306")),
        ("房间306", ("", "306")),
        ("to room 306", ("", "306")),
        ("黄焖鸡一份", None),
        ("好的", None),
        ("30", None),
    ],
)
def test_a_home_is_read_as_people_write_it(words: str, home: tuple[str, str] | None) -> None:
    assert home_in_words(words) == home


@pytest.mark.parametrize(
    ("question", "words", "choice"),
    [
        (Question(Ask.CONFIRM), "1", 0),
        (Question(Ask.CONFIRM), "好的！", 0),
        (Question(Ask.CONFIRM), "算了", 1),
        (Question(Ask.CONFIRM), "来两份米饭", None),
        (Question(Ask.ROOM), "楼下自取", 0),
        (Question(Ask.CHOOSE, ("a1", "b1"), "可乐"), "2", 1),
        (Question(Ask.CHOOSE, ("a1", "b1"), "可乐"), "３", None),
        (Question(Ask.CHOOSE, ("a1", "b1"), "可乐"), "可乐", None),  # names both
        (Question(Ask.CHOOSE, ("a1", "b1"), "可乐"), "第二个吧", 1),
        (Question(Ask.CHOOSE, ("a1", "b1"), "可乐"), "老王的", 0),
        (Question(Ask.CHOOSE, ("a1", "b1"), "可乐"), "算了", 2),
        (Question(Ask.NEAR, ("a1",), "可了"), "是的", 0),
        (Question(Ask.NEAR, ("a1",), "可了"), "都不是", 1),
        (Question(Ask.NEAR, ("a1",), "可了"), "算了", 2),
        (Question(Ask.QUANTITY, (), "可乐"), "三份", 3),
        (Question(Ask.QUANTITY, (), "可乐"), "12", 12),
        (Question(Ask.QUANTITY, (), "可乐"), "30", None),
        (Question(Ask.QUANTITY, (), "可乐"), "算了", 0),
        (Question(Ask.AMEND), "不用了", 0),
    ],
)
def test_a_question_is_answered_by_number_or_words(question: Question, words: str, choice: int | None) -> None:
    assert choice_in_words(question, words, {"a1": "可乐（老王快餐）", "b1": "可乐（三号奶茶）"}) == choice


@given(
    room=st.none() | st.text(max_size=6),
    note=st.text(max_size=20),
    building=st.none() | st.text(max_size=4),
    quantity=st.integers(1, 20),
    flags=st.tuples(st.booleans(), st.booleans()),
)
def test_a_wish_survives_its_draft(
    room: str | None, note: str, building: str | None, quantity: int, flags: tuple[bool, bool]
) -> None:
    wish = Wish(
        lines=(ReadLine(ItemId("n1"), quantity, ("辣",)),),
        problems=("unknown:x",),
        room=room,
        note=note,
        building_id=building,
        is_confirmed=flags[0],
        is_doubtful=flags[1],
        text=note,
        chosen=Chosen({"可乐": ItemId("n1")}, {"面": quantity}),
        declined=("x",),
    )
    assert wish_from_json(wish.to_json()) == wish


@given(st.text(max_size=40))
def test_no_words_break_a_question(words: str) -> None:
    home_in_words(words)
    for ask in Ask:
        choice_in_words(Question(ask, ("a1", "b1"), "可乐"), words, {"a1": "可乐", "b1": "百事"})
