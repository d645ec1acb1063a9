"""Pauses grow, stay apart, obey the other side and end."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.retry import RetrySchedule

PLAIN = RetrySchedule(first_s=0.5, longest_s=30.0)


def test_each_pause_is_twice_the_one_before_until_the_longest() -> None:
    assert [PLAIN.pause_s(n, 1.0) for n in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert PLAIN.pause_s(50, 1.0) == 30.0


def test_what_the_other_side_asked_for_wins() -> None:
    assert PLAIN.pause_s(1, 0.5, retry_after_s=90.0) == 90.0
    assert PLAIN.pause_s(9, 0.5, retry_after_s=-1.0) == 0.0


def test_the_last_try_has_no_pause_after_it() -> None:
    schedule = RetrySchedule(limit=3)
    assert schedule.pause_s(2, 0.0) is not None
    assert schedule.pause_s(3, 0.0) is None
    assert schedule.pause_s(3, 0.0, retry_after_s=1.0) is None


@given(st.integers(1, 5_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_lies_in_the_upper_half_of_its_step(failures: int, chance: float) -> None:
    pause_s = PLAIN.pause_s(failures, chance)
    whole_s = min(30.0, 0.5 * 2.0 ** min(failures - 1, 60))
    assert pause_s is not None
    assert whole_s / 2 <= pause_s <= whole_s


@given(st.floats(0, 1, exclude_max=True))
def test_pauses_never_shrink(chance: float) -> None:
    pauses = [PLAIN.pause_s(n, chance) or 0.0 for n in range(1, 20)]
    assert all(a <= b for a, b in pairwise(pauses))
