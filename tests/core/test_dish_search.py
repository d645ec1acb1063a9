"""A dish is the one called exactly so; anything less is a question, and never somebody else's dish."""

from __future__ import annotations

import pytest

from core.dish_search import CANDIDATES, find_dish
from tests.small_campus import CATALOG

WANGS = CATALOG.merchants[0].items


@pytest.mark.parametrize("said", ["红烧肉饭", "红烧肉", " 红烧肉 ", "番茄 炒蛋"])
def test_a_name_or_an_alias_is_found(said: str) -> None:
    found = find_dish(said, WANGS)
    assert found.item is not None
    assert found.item.name in ("红烧肉饭", "番茄炒蛋")
    assert found.candidates == ()


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("红烧", ["红烧肉饭", "红烧排骨"]),
        ("番茄抄蛋", ["番茄炒蛋"]),
        ("红烧排骨饭", ["红烧排骨", "红烧肉饭"]),
        ("柠檬水", []),
        ("", []),
        ("。。", []),
    ],
)
def test_anything_less_is_a_question(said: str, names: list[str]) -> None:
    found = find_dish(said, WANGS)
    assert found.item is None
    assert [item.name for item in found.candidates] == names


def test_two_dishes_of_one_name_are_asked_about() -> None:
    twice = (*WANGS, *WANGS[:1])
    assert find_dish("红烧肉", twice).item is None
    assert len(find_dish("红烧肉", twice).candidates) == 2
    assert len(find_dish("红烧", WANGS * 5).candidates) == CANDIDATES
