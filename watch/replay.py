"""Runs a recorded trace of metrics through the very rules that run live, and prints every decision."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from core.errors import Unreadable
from core.health import Health, HealthRules
from core.mode import WATCH, Mode, ModeRules, ModeState, advise, epoch_after
from core.times import from_ms


def replay(lines: Iterable[str], rules: HealthRules, mode_rules: ModeRules | None = None) -> Iterator[str]:
    """Mode decisions as JSON lines, one at the start and one at every change.

    In: `{"t": seconds, "metrics": {name: value}}` a line, in order of time. Out: `{"t", "mode", "epoch", "cause"}`.
    A hand-back, should `mode_rules` begin one, is taken to be over by the next line: a trace has no books to compare.
    Raises: Unreadable, naming the line.
    """
    mode_rules = mode_rules or ModeRules()
    health, state, entered_s = Health(rules), None, 0.0
    for at_s, metrics in _rounds(lines):
        if state is None:
            state, entered_s = _state(Mode.NORMAL, 0, at_s), at_s
            yield _decision(at_s, state, None)
        verdict = health.add(at_s, metrics)
        if state.mode is Mode.HANDING_BACK and not verdict.down:
            after, cause = Mode.NORMAL, None
        elif advice := advise(state, verdict, at_s - entered_s, state.since, mode_rules):
            after, cause = advice.mode, advice.cause
        else:
            continue
        state, entered_s = _state(after, epoch_after(state, after), at_s), at_s
        if after is Mode.HANDING_BACK:
            health = Health(rules)  # what was wrong before the hand-back must not end it
        yield _decision(at_s, state, cause)


def _state(mode: Mode, epoch: int, at_s: float) -> ModeState:
    return ModeState(mode, epoch, from_ms(round(at_s * 1000)), WATCH, "")


def _decision(at_s: float, state: ModeState, cause: str | None) -> str:
    return orjson.dumps({"t": at_s, "mode": state.mode, "epoch": state.epoch, "cause": cause}).decode()


def _rounds(lines: Iterable[str]) -> Iterator[tuple[float, dict[str, float]]]:
    last_s = -math.inf
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            data = orjson.loads(line)
            at_s, metrics = data["t"], _known(data["metrics"])
            if isinstance(at_s, bool) or not isinstance(at_s, int | float):
                raise TypeError("t: a number of seconds is expected")
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise Unreadable(
                f"line {number}: {problem}", hint='Each line is {"t": seconds, "metrics": {name: number}}.'
            ) from problem
        if at_s < last_s:
            raise Unreadable(f"line {number}: time goes back from {last_s} to {at_s}", hint="Sort the lines by t.")
        last_s = at_s
        yield at_s, metrics


def _known(metrics: dict[str, Any]) -> dict[str, float]:
    """Without what is no number: unknown, like a metric that is absent."""
    return {
        name: float(value) for name, value in metrics.items() if isinstance(value, int | float) and math.isfinite(value)
    }
