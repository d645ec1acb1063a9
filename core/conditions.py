"""Reads a condition as people write it, such as `db_p95 > 500ms`, and says of a round of metrics whether it holds."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.metrics import KIND_BY_NAME, Metrics, Unit, kind_of

_COMPARISON = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*(?::[^\s<>=!]+)?)\s*(?P<sign><=|>=|==|=|!=|<|>)\s*"
    r"(?P<number>-?\d+(?:\.\d+)?)\s*(?P<unit>[a-z/%]*)(?:\s+(?P<base>recent|usual))?"
)
_SIGNS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}
#: What a written unit is worth in the metric's own.
_WORTH: Final[Mapping[Unit, Mapping[str, float]]] = {
    Unit.MILLISECONDS: {"ms": 1, "s": 1000, "": 1},
    Unit.SECONDS: {"s": 1, "ms": 0.001, "min": 60, "h": 3600, "": 1},
    Unit.DAYS: {"days": 1, "d": 1, "h": 1 / 24, "": 1},
    Unit.SHARE: {"%": 0.01, "": 1},
    Unit.PER_MINUTE: {"/min": 1, "/s": 60, "": 1},
    Unit.COUNT: {"": 1},
    Unit.FACT: {"": 1},
}
_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>s|min|h|d)?")
_SECONDS: Final[Mapping[str | None, float]] = {None: 1, "s": 1, "min": 60, "h": 3600, "d": 86_400}


def duration_s(written: str | float) -> float:
    """`20s`, `3min`, `2h` or plain seconds. Raises: ValueError, saying what to write."""
    if isinstance(written, int | float) and not isinstance(written, bool):
        return float(written)
    found = _DURATION.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None:
        raise ValueError(f"{written!r} is no duration; write 20s, 3min or 2h")
    return float(found["number"]) * _SECONDS[found["unit"]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric beside a figure, or beside so many times what is normal for it."""

    metric: str
    sign: str
    value: float
    #: "" = a plain figure, else `recent` (its last ten minutes) or `usual` (the same hour of the week)
    base: str = ""

    def compiled(self) -> Callable[[Metrics], bool | None]:
        """Says whether it holds; None when something it needs is unknown."""
        metric, compare, limit = self.metric, _SIGNS[self.sign], self.value
        if self.base:
            return _beside(metric, compare, limit, base_name(metric, self.base))

        def plain(metrics: Metrics) -> bool | None:
            found = metrics.get(metric)
            return None if found is None else compare(found, limit)

        return plain


def base_name(metric: str, base: str) -> str:
    """What the normal figure of a metric is called in a round: `db_p95_ms@recent`."""
    return f"{metric}@{base}"


@dataclass(frozen=True, slots=True)
class Condition:
    """Comparisons joined by `and` and `or`; `and` binds closer. Unknown is neither true nor false."""

    written: str
    #: any of these holds if all of its comparisons do
    ways: tuple[tuple[Comparison, ...], ...]

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """All of them."""
        return tuple(comparison for way in self.ways for comparison in way)

    def compiled(self) -> Callable[[Metrics], bool | None]:
        """Says whether it holds; None when that depends on something unknown."""
        ways = [_every([comparison.compiled() for comparison in way]) for way in self.ways]
        return ways[0] if len(ways) == 1 else _any(ways)

    def with_label(self, family: str, label: str) -> Condition:
        """The same condition about one of a family: `merchant_ok` becomes `merchant_ok:noodles`, other metrics stay."""

        def each(one: Comparison) -> Comparison:
            return replace(one, metric=f"{family}:{label}") if one.metric == family else one

        return Condition(self.written, tuple(tuple(each(one) for one in way) for way in self.ways))


def read_condition(written: str) -> Condition:
    """Reads a condition. Raises: ValueError, saying what is not understood and what to write."""
    ways = tuple(
        tuple(_comparison(part.strip()) for part in re.split(r"\band\b", way))
        for way in re.split(r"\bor\b", written.strip())
    )
    return Condition(written, ways)


def _comparison(written: str) -> Comparison:
    found = _COMPARISON.fullmatch(written)
    if found is None:
        raise ValueError(f"{written!r} is no condition; write it like `db_p95 > 500ms` or `write_ok == 0`")
    kind = kind_of(found["name"])
    if kind is None:
        raise ValueError(f"there is no metric {found['name']!r}; known: {', '.join(KIND_BY_NAME)}")
    _, colon, label = found["name"].partition(":")
    name, unit, number = f"{kind.name}{colon}{label}", found["unit"], float(found["number"])
    if found["base"] or unit == "x":
        if not (found["base"] and unit == "x"):
            raise ValueError(f"{written!r}: write so many times what is normal as `3x recent` or `0.3x usual`")
        return Comparison(name, found["sign"], number, found["base"])
    worth = _WORTH[kind.unit].get(unit)
    if worth is None:
        units = ", ".join(repr(known) for known in _WORTH[kind.unit] if known) or "no unit"
        raise ValueError(f"{written!r}: {kind.name} is not counted in {unit!r}; write {units}")
    return Comparison(name, found["sign"], number * worth)


_Holds = Callable[[Metrics], bool | None]


def _beside(metric: str, compare: Callable[[float, float], bool], times: float, normal: str) -> _Holds:
    def beside(metrics: Metrics) -> bool | None:
        found, base = metrics.get(metric), metrics.get(normal)
        return None if found is None or base is None else compare(found, times * base)

    return beside


def _every(parts: list[_Holds]) -> _Holds:
    if len(parts) == 1:
        return parts[0]

    def every(metrics: Metrics) -> bool | None:
        outcome: bool | None = True
        for part in parts:
            held = part(metrics)
            if held is False:
                return False
            if held is None:
                outcome = None
        return outcome

    return every


def _any(parts: list[_Holds]) -> _Holds:
    def some(metrics: Metrics) -> bool | None:
        outcome: bool | None = False
        for part in parts:
            held = part(metrics)
            if held:
                return True
            if held is None:
                outcome = None
        return outcome

    return some
