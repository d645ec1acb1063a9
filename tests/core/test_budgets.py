"""Budgets: never more than the vendor allows in any window, and never silent for longer than need be."""

from __future__ import annotations

import heapq
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.budgets import NO_LIMITS, Bucket, CallWindow, ChatBudget, Limits, call_window

TELEGRAM = Limits(chat_per_s=1, group_per_min=20, overall_per_s=30)


def spoken(budget: ChatBudget, until_s: float) -> list[float]:
    """When a chat with no end of messages speaks."""
    times, now_s = list[float](), 0.0
    while (now_s := budget.ready_s(now_s)) <= until_s:
        budget.take(now_s)
        times.append(now_s)
    return times


def most_within(times: list[float], window_s: float) -> int:
    return max(sum(1 for other in times if began <= other < began + window_s) for began in times)


def test_a_group_never_says_more_than_it_may_in_any_minute() -> None:
    times = spoken(ChatBudget(TELEGRAM, is_group=True), 600)
    assert most_within(times, 60) <= 20
    assert len(times) >= 165  # of 200 a vendor would take in ten minutes


def test_a_group_in_a_flood_is_never_silent_for_long() -> None:
    times = spoken(ChatBudget(TELEGRAM, is_group=True), 600)
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) < 4


def test_messages_of_one_chat_are_a_second_apart() -> None:
    times = spoken(ChatBudget(TELEGRAM, is_group=False), 60)
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 1


def test_all_chats_together_never_exceed_the_vendors_second_however_long_calls_take() -> None:
    """Calls that take up to a second, counted by the vendor at any moment of their way."""
    window, chance = call_window(TELEGRAM), random.Random(3)
    assert window is not None
    counted, ends, now_s = list[float](), list[float](), 0.0
    while now_s < 60:
        while ends and ends[0] <= now_s:
            window.end(heapq.heappop(ends), counted=True)
        if window.may(now_s):
            window.begin()
            took_s = chance.choice((0.05, 0.1, 1.0))
            counted.append(now_s + chance.random() * took_s)
            heapq.heappush(ends, now_s + took_s)
            continue
        ready_s = window.ready_s(now_s)
        now_s = min(one for one in (ready_s, ends[0] if ends else None) if one is not None)
    assert most_within(sorted(counted), 1) <= 28
    assert len(counted) > 60 * 16


def test_quick_calls_use_what_the_vendor_allows() -> None:
    window, now_s, made = call_window(TELEGRAM), 0.0, 0
    assert window is not None
    while now_s < 20:
        if window.may(now_s):
            window.begin()
            window.end(now_s, counted=True)
            made += 1
        else:
            now_s = window.ready_s(now_s) or now_s
    assert made >= 20 * 28


def test_a_call_that_was_refused_or_never_made_counts_for_nothing() -> None:
    window = CallWindow(1)
    for _ in range(5):
        window.begin()
        assert not window.may(0)
        window.end(0, counted=False)
    assert window.may(0)


@given(st.lists(st.floats(0, 30), min_size=1, max_size=80), st.integers(4, 60))
def test_whenever_a_group_is_asked_it_stays_within_its_minute(gaps: list[float], per_min: int) -> None:
    budget, now_s, times = ChatBudget(Limits(group_per_min=per_min), is_group=True), 0.0, list[float]()
    for gap in gaps:
        now_s = budget.ready_s(now_s + gap)
        budget.take(now_s)
        times.append(now_s)
    assert most_within(times, 60) <= per_min


def test_a_spare_token_is_left_where_there_is_more_than_one() -> None:
    budget = ChatBudget(TELEGRAM, is_group=True)
    assert budget.ready_s(0, spare=1) == 0
    for _ in range(2):
        budget.take(budget.ready_s(0))
    assert budget.ready_s(10.0, spare=1) == 10.0
    budget = ChatBudget(TELEGRAM, is_group=True)
    for _ in range(3):
        budget.take(0)
    assert budget.ready_s(0, spare=1) > budget.ready_s(0) > 1


def test_a_chat_asked_for_silence_keeps_it() -> None:
    budget = ChatBudget(TELEGRAM, is_group=True)
    budget.silence(5, 7)
    assert budget.ready_s(5) == 12
    assert budget.ready_s(12, spare=1) == 12


def test_without_limits_everything_may_be_said_at_once() -> None:
    budget = ChatBudget(NO_LIMITS, is_group=True)
    assert {budget.ready_s(3.0, spare=1) for _ in range(100)} == {3.0}
    assert budget.left(3.0) == float("inf")
    assert call_window(NO_LIMITS) is None


def test_a_clock_that_runs_backwards_gives_nothing_away() -> None:
    bucket = Bucket(1, 1)
    bucket.take(100)
    assert bucket.has(50) == 0
    assert bucket.has(100.5) == pytest.approx(0.5)


def test_what_is_full_again_need_not_be_remembered() -> None:
    budget = ChatBudget(TELEGRAM, is_group=True)
    assert budget.is_idle(0)
    budget.take(0)
    assert not budget.is_idle(1)
    assert budget.is_idle(30)
