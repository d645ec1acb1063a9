"""One question at a time until an order is clear; what nobody answered is never an order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog import Catalog, catalog_from_json
from core.ids import ItemId
from core.reading.reading import ReadLine
from core.wish import (
    Ask,
    Question,
    Wish,
    choice_in_words,
    home_in_words,
    next_question,
    settle,
    wish_from_json,
)

NOODLES = ReadLine(ItemId("n1"), 2, ("辣",))
CLEAR = Wish(lines=(NOODLES,), room="305", building_id="12")


@pytest.fixture
def catalog() -> Catalog:
    return catalog_from_json(
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


def test_a_clear_wish_asks_nothing(catalog: Catalog) -> None:
    assert next_question(CLEAR, catalog, "unsure") is None


def test_always_asks_once_even_when_clear_and_never_does_not(catalog: Catalog) -> None:
    assert next_question(CLEAR, catalog, "always") == Question(Ask.CONFIRM)
    assert next_question(replace(CLEAR, is_confirmed=True), catalog, "always") is None
    assert next_question(replace(CLEAR, is_doubtful=True), catalog, "never") is None


def test_the_building_is_asked_before_the_room_and_the_room_before_confirmation(catalog: Catalog) -> None:
    wish = replace(CLEAR, room=None, building_id=None, is_doubtful=True)
    assert next_question(wish, catalog, "unsure") == Question(Ask.HOME)
    wish = replace(wish, building_id="12")
    assert next_question(wish, catalog, "unsure") == Question(Ask.ROOM)
    assert next_question(replace(wish, room=""), catalog, "unsure") == Question(Ask.CONFIRM)


def test_a_name_at_two_merchants_is_a_choice_and_the_choice_is_confirmed(catalog: Catalog) -> None:
    wish = replace(CLEAR, problems=("ambiguous:可乐",))
    question = next_question(wish, catalog, "unsure")
    assert question == Question(Ask.CHOOSE, ("a1", "b1"), "可乐")
    settled = settle(wish, question, 1)
    assert settled is not None
    assert settled.lines == (NOODLES, ReadLine(ItemId("b1"), 1))
    assert next_question(settled, catalog, "unsure") == Question(Ask.CONFIRM)


def test_an_unknown_dish_asks_whether_to_order_the_rest(catalog: Catalog) -> None:
    wish = replace(CLEAR, problems=("unknown:佛跳墙",))
    question = next_question(wish, catalog, "unsure")
    assert question == Question(Ask.WITHOUT)
    assert settle(wish, question, 1) is None
    rest = settle(wish, question, 0)
    assert rest is not None
    assert next_question(rest, catalog, "unsure") is None


def test_another_building_is_asked_not_guessed(catalog: Catalog) -> None:
    wish = replace(CLEAR, problems=("other_building:11",))
    question = next_question(wish, catalog, "unsure")
    assert question == Question(Ask.BUILDING, ("12", "11"), "11")
    moved = settle(wish, question, 1)
    assert moved is not None
    assert (moved.building_id, moved.problems) == ("11", ())


def test_a_button_that_does_not_exist_is_an_error_not_a_guess() -> None:
    with pytest.raises(IndexError):
        settle(CLEAR, Question(Ask.CONFIRM), 7)


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
    ],
)
def test_a_question_is_answered_by_number_or_words(question: Question, words: str, choice: int | None) -> None:
    assert choice_in_words(question, words, {"a1": "可乐", "b1": "可乐"}) == choice


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
    )
    assert wish_from_json(wish.to_json()) == wish


@given(st.text(max_size=40))
def test_no_words_break_a_question(words: str) -> None:
    home_in_words(words)
    for ask in Ask:
        choice_in_words(Question(ask, ("a1", "b1"), "可乐"), words, {"a1": "可乐", "b1": "百事"})
