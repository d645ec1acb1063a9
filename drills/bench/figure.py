"""One promised figure: what was measured beside what was promised, as a ratio of runs that took turns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the report."""

    name: str
    value: float
    target: float
    #: what the value is counted in: "× bare", "s", "MB"
    unit: str
    #: the value may not exceed the target (otherwise: not fall below it)
    is_at_most: bool = False
    #: what the ratio was made of, for whoever wants to judge it
    detail: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the promise holds in this run."""
        return self.value <= self.target if self.is_at_most else self.value >= self.target

    def line(self) -> str:
        """Name, value, target, met or not."""
        sign = "≤" if self.is_at_most else "≥"
        verdict = "met" if self.is_met else "NOT MET"
        words = f"{self.name}: {self.value:.3g} {self.unit} (target {sign} {self.target:g}) — {verdict}"
        return f"{words}\n    {self.detail}" if self.detail else words

    def to_json(self) -> dict[str, Any]:
        """The same, for a script."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "target": self.target,
            "unit": self.unit,
            "is_at_most": self.is_at_most,
            "is_met": self.is_met,
            "detail": self.detail,
        }


Measure = Callable[[int], Awaitable[float]]
"""One timed run of round number `int`; returns what is compared (a rate, a time)."""


async def take_turns(rounds: int, **measures: Measure) -> dict[str, list[float]]:
    """Runs every measure once a round, in turn: a noisy neighbour strikes them alike. Results by name, by round."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds):
        names = list(measures)
        # Who goes first changes: the first of a round pays for whatever the last one left behind.
        for name in names[number % len(names) :] + names[: number % len(names)]:
            found[name].append(await measures[name](number))
    return found


def ratio(ours: Sequence[float], baseline: Sequence[float]) -> float:
    """The median over the rounds of ours ÷ baseline within one round."""
    return median(a / b for a, b in zip(ours, baseline, strict=True))


def each(unit: str, **found: Sequence[float]) -> str:
    """The medians in words: `ours 5,120/s, bare 11,300/s`."""
    return ", ".join(f"{name} {median(values):,.4g}{unit}" for name, values in found.items())
