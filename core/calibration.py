"""How well rules would have decided: seconds until an outage was found, against flips that nobody needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil

from core.mode import Mode

#: A saturation shows before the crash it leads to: a flip so long before the crash is none too many, seconds.
_EARLY_S = 120.0
_OURS = (Mode.EMERGENCY, Mode.HANDING_BACK)


@dataclass(frozen=True, slots=True)
class Trial:
    """One recorded stretch of time, and what really happened in it."""

    kind: str
    #: (start, end) of the outage in the record's own seconds; None = nothing was wrong
    outage: tuple[float, float] | None
    #: only payments were broken: partial is the right answer
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """From this moment the mode was this one."""

    at_s: float
    mode: Mode


@dataclass(slots=True)
class Tally:
    """What came of all trials of one kind."""

    trials: int = 0
    outages: int = 0
    found: int = 0
    false_emergencies: int = 0
    false_partials: int = 0
    flips: int = 0
    #: seconds from the beginning of each outage until it was found
    seconds: list[float] = field(default_factory=list)
    #: seconds by which the first warning, or the flip, came before each outage; negative = after
    leads: list[float] = field(default_factory=list)

    def add(self, trial: Trial, steps: Sequence[Step]) -> None:
        """Counts one trial."""
        flips = flips_of(steps)
        self.trials += 1
        self.flips += len(flips)
        false = flips
        if trial.outage is not None:
            began_s, ended_s = trial.outage
            earliest_s = began_s - _EARLY_S if trial.kind.startswith("saturat") else began_s
            wanted = {Mode.EMERGENCY, Mode.PARTIAL} if trial.is_partial else {Mode.EMERGENCY}
            good = [flip.at_s for flip in flips if earliest_s <= flip.at_s < ended_s and flip.mode in wanted]
            false = [flip for flip in flips if flip.at_s < earliest_s]
            self.outages += 1
            self.found += bool(good)
            self.seconds += [max(0.0, good[0] - began_s)] if good else []
            warned = [step.at_s for step in steps if step.mode is Mode.WATCHING][:1] + good[:1]
            self.leads += [began_s - min(warned)] if warned else []
        self.false_emergencies += sum(flip.mode is Mode.EMERGENCY for flip in false)
        self.false_partials += sum(flip.mode is Mode.PARTIAL for flip in false)

    @property
    def false_flips(self) -> int:
        """Of either kind."""
        return self.false_emergencies + self.false_partials


def flips_of(steps: Iterable[Step]) -> list[Step]:
    """The steps that told the campus something: into partial, or into emergency while the primary was in charge."""
    found, mode = list[Step](), Mode.NORMAL
    for step in steps:
        if step.mode is not mode and step.mode in (Mode.PARTIAL, Mode.EMERGENCY) and mode not in _OURS:
            found.append(step)
        mode = step.mode
    return found


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value that `share` of them do not exceed; None of none."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None
