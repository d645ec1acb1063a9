"""Runs a recorded trace of metrics through the very rules that run live, and prints every decision."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from core.errors import Unreadable
from core.health import Cause, Health, HealthRules
from core.mode import WATCH, Advice, Mode, ModeRules, ModeState, advise, epoch_after
from core.times import from_ms


def replay(lines: Iterable[str], rules: HealthRules, mode_rules: ModeRules | None = None) -> Iterator[str]:
    """Mode decisions as JSON lines, one at the start and one at every change.

    In: `{"t": seconds, "metrics": {name: value}}` a line, in order of time. Out: `{"t", "mode", "epoch", "cause"}`.
    A hand-back, should `mode_rules` begin one, is taken to be over by the next line: a trace has no books to compare.
    Raises: Unreadable, naming the line.
    """
    for decision in decide(rounds_in(lines), rules, mode_rules or ModeRules()):
        yield orjson.dumps(
            {
                "t": decision.at_s,
                "mode": decision.mode,
                "epoch": decision.epoch,
                "cause": decision.cause,
                **({"part": decision.part} if decision.part else {}),
            }
        ).decode()


@dataclass(frozen=True, slots=True)
class Decision:
    """The mode from one moment of a trace on."""

    at_s: float
    mode: Mode
    epoch: int
    cause: Cause | None
    #: the part that broke or is mended; "" = the whole
    part: str = ""


def decide(
    rounds: Iterable[tuple[float, Mapping[str, float]]], rules: HealthRules, mode_rules: ModeRules
) -> Iterator[Decision]:
    """The decisions over a trace, as they fall: each needs no later round than its own."""
    health, state, entered_s = Health(rules), None, 0.0
    parts: dict[str, float] = {}
    for at_s, metrics in rounds:
        if state is None:
            state, entered_s = _state(Mode.NORMAL, 0, at_s), at_s
            yield Decision(at_s, Mode.NORMAL, 0, None)
        verdict = health.add(at_s, metrics)
        if state.mode is Mode.HANDING_BACK and not verdict.down:
            advice = Advice(Mode.NORMAL, None)
        else:
            open_s = {part: at_s - since_s for part, since_s in parts.items()}
            found = advise(state, verdict, at_s - entered_s, state.since, mode_rules, open_s)
            if found is None:
                continue
            advice = found
        parts = _parts_after(parts, advice, at_s)
        if advice.mode is not state.mode:
            state, entered_s = _state(advice.mode, epoch_after(state, advice.mode), at_s, advice.cause), at_s
        elif advice.mode is Mode.WATCHING:
            state = replace(state, cause=advice.cause)
        if advice.mode is Mode.HANDING_BACK:
            health = Health(rules)  # what was wrong before the hand-back must not end it
        yield Decision(at_s, state.mode, state.epoch, advice.cause, advice.part)


def _parts_after(parts: dict[str, float], advice: Advice, at_s: float) -> dict[str, float]:
    if advice.mode is not Mode.PARTIAL:
        return {}
    if advice.cause is None:
        return {part: since_s for part, since_s in parts.items() if part != advice.part}
    return parts | {advice.part: at_s}


def _state(mode: Mode, epoch: int, at_s: float, cause: Cause | None = None) -> ModeState:
    return ModeState(mode, epoch, from_ms(round(at_s * 1000)), WATCH, "", cause=cause)


def rounds_in(lines: Iterable[str]) -> Iterator[tuple[float, dict[str, float]]]:
    """(seconds, metrics) of every line of a trace. Raises: Unreadable, naming the line."""
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
