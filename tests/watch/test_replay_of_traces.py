"""Recorded metrics in, mode decisions out, by the rules that run live."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import Unreadable
from core.health import HealthRules
from core.mode import ModeRules
from watch.replay import replay

GOOD = {"probe_ok": 1, "write_ok": 1, "ref_ok": 1}
DEAD = {"probe_ok": 0, "write_ok": 0, "ref_ok": 1}


def trace(*spans: tuple[int, dict[str, Any]], start: int = 43_200) -> list[str]:
    """One line a second."""
    rounds = [metrics for seconds, metrics in spans for _ in range(seconds)]
    return [json.dumps({"t": start + number, "metrics": metrics}) for number, metrics in enumerate(rounds)]


def decisions(lines: list[str], mode_rules: ModeRules | None = None) -> list[tuple[int, str]]:
    found = [json.loads(line) for line in replay(lines, HealthRules(), mode_rules)]
    return [(line["t"] - 43_200, line["mode"]) for line in found]


def test_a_crash_is_watched_then_taken_over_and_kept() -> None:
    assert decisions(trace((60, GOOD), (300, DEAD), (600, GOOD))) == [
        (0, "normal"),
        (62, "watching"),
        (79, "emergency"),
    ]


def test_with_a_hand_back_by_itself_the_trace_returns_to_normal() -> None:
    rules = ModeRules(hands_back_by_itself=True)
    assert [mode for _, mode in decisions(trace((60, GOOD), (300, DEAD), (600, GOOD)), rules)] == [
        "normal",
        "watching",
        "emergency",
        "handing_back",
        "normal",
    ]


def test_a_decision_says_its_epoch_and_its_cause() -> None:
    last = json.loads(list(replay(trace((60, GOOD), (30, DEAD)), HealthRules()))[-1])
    assert last == {"t": 43_279, "mode": "emergency", "epoch": 1, "cause": "no_answer"}


def test_a_decision_comes_with_the_line_that_led_to_it_and_needs_no_later_one() -> None:
    fed: list[int] = []

    def lines() -> Any:
        for number, line in enumerate(trace((30, GOOD), (60, DEAD))):
            fed.append(number)
            yield line

    decided = replay(lines(), HealthRules())
    assert json.loads(next(decided))["mode"] == "normal"
    assert json.loads(next(decided))["mode"] == "watching"
    assert len(fed) == 33


def test_broken_payments_are_partial_and_a_restart_is_nothing() -> None:
    paying = {**GOOD, "pays": 2, "pays_failed": 2}
    assert [mode for _, mode in decisions(trace((60, GOOD), (120, paying)))] == ["normal", "partial"]
    restart = decisions(trace((60, GOOD), (18, DEAD), (300, GOOD)))
    assert [mode for _, mode in restart] == ["normal", "watching", "normal"]


def test_what_is_no_number_is_unknown_like_what_is_absent() -> None:
    odd = {"probe_ok": None, "write_ok": "no", "db_p95_ms": [1]}
    assert [mode for _, mode in decisions(trace((60, GOOD), (25, odd)))] == ["normal"]


def test_blank_lines_are_skipped_and_an_empty_trace_decides_nothing() -> None:
    assert list(replay(["", "  \n"], HealthRules())) == []
    assert decisions([*trace((2, GOOD)), "\n"]) == [(0, "normal")]


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "{}", '{"t": "noon", "metrics": {}}', '{"t": 5, "metrics": 3}', '{"t": true, "metrics": {}}', "null"],
)
def test_a_broken_line_is_named(line: str) -> None:
    with pytest.raises(Unreadable, match="line 2"):
        list(replay([*trace((1, GOOD), start=0), line], HealthRules()))


def test_time_that_goes_back_is_refused() -> None:
    with pytest.raises(Unreadable, match="time goes back"):
        list(replay([*trace((1, GOOD)), *trace((1, GOOD), start=0)], HealthRules()))
