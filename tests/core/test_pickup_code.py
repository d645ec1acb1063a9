"""A pickup code is unique in its building, the same every time, and a misreading does not pass for another bag."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.pickup_code import check, describe, pickup_code, read_code

EVERYTHING = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
order_ids = st.builds(
    lambda store, epoch, building, number: f"{store:06x}-{epoch}-{building}-{number}",
    st.integers(0, 16**6 - 1),
    st.integers(1, 99),
    st.sampled_from(["1", "12", "B7", "north-3"]),
    st.integers(1, 5000),
)


def test_a_code_is_a_colour_a_shape_digits_and_a_check_character() -> None:
    code = pickup_code("a1b2c3-7-12-47")
    assert code == pickup_code("a1b2c3-7-12-47")
    assert code == "YC49516"
    assert describe(code, "zh") == "黄●49516"
    assert describe(code, "en") == "yellow ● 49516"


def test_no_two_orders_of_a_building_share_a_code() -> None:
    codes = [pickup_code(f"a1b2c3-7-12-{number}") for number in range(1, 5001)]
    assert len(set(codes)) == 5000


def test_neighbours_look_different() -> None:
    faces = {pickup_code(f"a1b2c3-7-12-{number}")[:2] for number in range(1, 41)}
    assert len(faces) > 15


def test_an_order_id_of_another_shape_has_a_code_too() -> None:
    assert check(pickup_code("whatever"))
    assert len(pickup_code("a1b2c3-7-12-47", digits=6)) == 9


@given(order_ids)
def test_every_single_wrong_character_is_caught(order_id: str) -> None:
    code = pickup_code(order_id)
    assert check(code)
    for place, right in enumerate(code):
        for wrong in EVERYTHING.replace(right, ""):
            assert not check(code[:place] + wrong + code[place + 1 :])


@given(order_ids)
def test_any_two_swapped_characters_are_caught(order_id: str) -> None:
    code = pickup_code(order_id)
    for first, second in combinations(range(len(code)), 2):
        swapped = list(code)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        assert code[first] == code[second] or not check("".join(swapped))


@given(order_ids, st.sampled_from(["zh", "en"]))
def test_what_people_see_can_be_typed_back(order_id: str, language: str) -> None:
    code = pickup_code(order_id)
    assert read_code(describe(code, language)) == code
    assert read_code(f" {describe(code, language).lower()} ") == code


@pytest.mark.parametrize("typed", ["红♥60157", "红色爱心 6015 7", "red heart 60157", "rh60157", "ＲＨ６０１５７"])
def test_a_code_may_be_typed_in_many_ways(typed: str) -> None:
    assert read_code(typed) == "RH60157"


@given(st.text(max_size=30))
def test_any_other_text_is_no_code(typed: str) -> None:
    found = read_code(typed)
    assert found is None or check(found)
    assert isinstance(check(typed), bool)
    assert describe("not a code", "zh") == "not a code"
