"""A long text in parts: nothing is lost, every part fits, cut where a reader would pause."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.long_text import first_part, length


@given(st.text(max_size=300), st.integers(4, 60))
def test_parts_fit_and_hold_every_character(text: str, longest: int) -> None:
    parts, rest = list[str](), text
    while rest:
        part, rest = first_part(rest, longest)
        assert length(part) <= longest
        parts.append(part)
        assert len(parts) <= len(text) + 1
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")


def test_emoji_count_twice_and_are_not_cut_in_half() -> None:
    assert length("🍜a") == 3
    assert first_part("🍜🍜🍜", 5) == ("🍜🍜", "🍜")


def test_the_cut_is_at_a_line_that_leaves_at_least_half() -> None:
    assert first_part("abcdef\nghij\nk", 9) == ("abcdef", "ghij\nk")
    assert first_part("a\nbcdefghijkl", 8) == ("a\nbcdefg", "hijkl")


def test_what_fits_stays_whole() -> None:
    assert first_part("short", 5) == ("short", "")
