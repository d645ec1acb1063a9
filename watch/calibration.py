"""Runs recorded figures through the rules at several speeds and says what each would have found, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from core.calibration import Step, Tally, Trial, quantile
from core.errors import Unreadable
from core.health import HealthRules
from core.mode import ModeRules
from core.rules import EMERGENCY, PARTIAL
from fallback_store import recorded_rounds
from watch.replay import decide, rounds_in

Rounds = Iterator[tuple[float, Mapping[str, float]]]

#: How much slower or faster than they stand the rules of level 1 and 2 are tried.
PACES = (0.5, 0.75, 1.0, 1.5)


@dataclass(frozen=True, slots=True)
class Record:
    """A stretch of recorded rounds; read anew for every pace."""

    trial: Trial
    rounds: Callable[[], Rounds]


@dataclass(frozen=True, slots=True)
class Pace:
    """What the rules would have done at one pace."""

    #: every duration of levels 1 and 2 times this
    times: float
    by_kind: Mapping[str, Tally]

    @property
    def seconds_p95(self) -> float | None:
        """Until an outage that wanted the orders taken over was found, in 95 of 100 cases."""
        return quantile([s for tally in self.by_kind.values() for s in tally.seconds], 0.95)

    @property
    def false_flips(self) -> int:
        """Flips nobody needed."""
        return sum(tally.false_flips for tally in self.by_kind.values())

    @property
    def missed(self) -> int:
        """Outages never found."""
        return sum(tally.outages - tally.found for tally in self.by_kind.values())


def records_of_traces(folder: Path) -> list[Record]:
    """Every trace that `truth.json` in the folder names. Raises: Unreadable."""
    path = folder / "truth.json"
    try:
        truth: dict[str, Any] = orjson.loads(path.read_bytes())
        return [_trace(folder / name, told) for name, told in sorted(truth.items())]
    except OSError as problem:
        raise Unreadable(
            f"{path}: {problem.strerror}", hint="It says of each trace {kind, outage: [from, to] or null}."
        ) from problem
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Unreadable(f"{path}: {problem}", hint='Write {"000.jsonl": {"kind": …, "outage": …}}.') from problem


def _trace(path: Path, told: Mapping[str, Any]) -> Record:
    span = told["outage"]
    outage = None if span is None else (float(span[0]), float(span[1]))
    kind = str(told["kind"])

    def rounds() -> Rounds:
        with path.open(encoding="utf-8", errors="replace") as lines:
            yield from rounds_in(lines)

    return Record(Trial(kind, outage, kind.startswith("pay")), rounds)


def records_of_store(path: Path) -> list[Record]:
    """What this machine recorded, cut at its incidents: each is an outage, and so is what lies between them none.

    Raises: Unreadable when there is no such file or nothing was recorded.
    """
    found = recorded_rounds.stretches(path)
    if not found:
        raise Unreadable(f"{path}: no figures were recorded.", hint="Set watch.record_days and let the service run.")
    return [
        Record(
            Trial(stretch.kind, stretch.outage, stretch.is_partial),
            lambda stretch=stretch: recorded_rounds.rounds(path, stretch),  # type: ignore[misc]
        )
        for stretch in found
    ]


def calibrate(
    records: Sequence[Record], rules: HealthRules, mode_rules: ModeRules, paces: Sequence[float] = PACES
) -> list[Pace]:
    """What the rules would have done at each pace. Raises: Unreadable, naming the line of a trace."""
    found = []
    for times in paces:
        by_kind: dict[str, Tally] = {}
        slower = _at_pace(rules, times)
        for record in records:
            steps = [Step(one.at_s, one.mode) for one in decide(record.rounds(), slower, mode_rules)]
            by_kind.setdefault(record.trial.kind, Tally()).add(record.trial, steps)
        found.append(Pace(times, by_kind))
    return found


def _at_pace(rules: HealthRules, times: float) -> HealthRules:
    """Warnings and facts keep their pace: what is tried is when to switch."""
    changed = (rule.faster(1 / times) if rule.level in (EMERGENCY, PARTIAL) else rule for rule in rules.rules)
    return replace(rules, rules=tuple(changed))


def report(paces: Sequence[Pace]) -> dict[str, Any]:
    """The figures, for scripts."""
    return {
        "paces": [
            {
                "times": pace.times,
                "seconds_p95": pace.seconds_p95,
                "false_flips": pace.false_flips,
                "missed": pace.missed,
                "kinds": {kind: _figures(tally) for kind, tally in pace.by_kind.items()},
            }
            for pace in paces
        ]
    }


def _figures(tally: Tally) -> dict[str, Any]:
    return {
        "trials": tally.trials,
        "found": tally.found,
        "p50_s": quantile(tally.seconds, 0.5),
        "p95_s": quantile(tally.seconds, 0.95),
        "false_emergencies": tally.false_emergencies,
        "false_partials": tally.false_partials,
        "flips": tally.flips,
        "lead_p5_s": quantile(tally.leads, 0.05),
    }
