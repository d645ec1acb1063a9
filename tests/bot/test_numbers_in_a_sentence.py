"""Numbers are read out of a sentence as people join them, and no text makes the reading of them take long."""

from __future__ import annotations

import pytest

from bot.desks.courier_commands import read_numbers, read_step


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("12-001和12-002", ["12-001", "12-002"]),
        ("#12-001 和 #12-002、3", ["#12-001", "#12-002", "3"]),
        ("12-001，和 7,\n8", ["12-001", "7", "8"]),
        ("和园-001和仁和-002 和园-003", ["和园-001", "仁和-002", "和园-003"]),
    ],
)
def test_numbers_are_told_apart_and_names_of_buildings_stay_whole(words: str, numbers: list[str]) -> None:
    assert [number[0] for number in read_numbers(words) or ()] == numbers


@pytest.mark.parametrize("unit", ["1和1-", "和", " 和", "1 和", "1-", "1、和", "和1", "-和-1 "])
@pytest.mark.timeout(20)
def test_a_text_of_nothing_but_joints_is_soon_known_for_talk(unit: str) -> None:
    words = unit * 200
    assert read_numbers(f"{words[:199]}!") is None
    assert read_step(f"取 1{words[:297]}!") is None
