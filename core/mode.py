"""Who is in charge: the modes, the steps between them, epochs and the admin's lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from core.cause import is_felt
from core.health import Cause, Verdict
from core.value import value

WATCH = "watch"
"""Who changes the mode when nobody does: the only one a lock holds back."""

HAND_BACK = "hand-back"
"""Who changes the mode when a hand-back ends, well or not."""


class Mode(StrEnum):
    """Who takes the orders, and what people are told."""

    NORMAL = "normal"
    WATCHING = "watching"
    PARTIAL = "partial"
    EMERGENCY = "emergency"
    HANDING_BACK = "handing_back"


@dataclass(frozen=True, slots=True)
class ModeLock:
    """An admin's word that outranks the probes."""

    by: str
    reason: str
    until: datetime


@value(frozen=True, slots=True)
class ModeState:
    """The mode as of its last change."""

    mode: Mode
    #: fencing number; +1 at every change of who is in charge; 0 before the first emergency
    epoch: int
    since: datetime
    by: str
    reason: str
    #: None when nobody holds it (an expired lock is none)
    lock: ModeLock | None = None
    #: what the change answered to; None = that trouble is over, or nobody named any
    cause: Cause | None = None

    @property
    def is_felt(self) -> bool:
        """Whether people may notice what it answers to; what nobody named counts as such."""
        return self.cause is None or is_felt(self.cause)


_STEPS = {
    Mode.NORMAL: {Mode.WATCHING, Mode.PARTIAL, Mode.EMERGENCY},
    Mode.WATCHING: {Mode.NORMAL, Mode.PARTIAL, Mode.EMERGENCY},
    Mode.PARTIAL: {Mode.NORMAL, Mode.EMERGENCY},
    # No way straight back to normal: orders are handed over before the primary is released.
    Mode.EMERGENCY: {Mode.HANDING_BACK},
    Mode.HANDING_BACK: {Mode.EMERGENCY, Mode.NORMAL},
}


def may_step(before: Mode, after: Mode) -> bool:
    """Whether the machine has this step."""
    return after in _STEPS[before]


def is_held_by(state: ModeState, now: datetime) -> ModeLock | None:
    """The lock that holds the mode against the probes, if one does."""
    return state.lock if state.lock is not None and now < state.lock.until else None


def epoch_after(state: ModeState, after: Mode, lowest: int = 0) -> int:
    """The epoch once `after` is entered: taking the orders over opens the next one, going back to them does not.

    `lowest`: no lower one may be opened.
    """
    is_opening = after is Mode.EMERGENCY and state.mode is not Mode.HANDING_BACK
    return max(state.epoch + 1, lowest) if is_opening else state.epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRules:
    """How a verdict moves the mode."""

    #: emergency and partial last at least so many seconds: a flapping primary causes one flip, not ten
    dwell_s: float = 180.0
    #: watching ends after so many seconds without a warning
    calm_s: float = 30.0
    #: enter emergency and partial without an admin
    enters_by_itself: bool = True
    #: an admin who is asked first has so long to answer …
    answer_within_s: float = 60.0
    #: … and when nobody does, the mode is switched all the same, or stays
    switches_on_silence: bool = False
    #: begin the hand-back without an admin; only of an emergency that no person opened
    hands_back_by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """The step a verdict leads to, and why."""

    mode: Mode
    #: None when trouble is over
    cause: Cause | None
    #: the part that broke, or is mended; "" = the step is about the whole
    part: str = ""
    #: when that began, monotonic seconds; None = now
    since_s: float | None = None


def advise(
    state: ModeState,
    verdict: Verdict,
    in_mode_s: float,
    now: datetime,
    rules: ModeRules,
    open_parts: Mapping[str, float] = MappingProxyType({}),
) -> Advice | None:
    """What the watch does next, if anything. `in_mode_s`: seconds since the mode was entered, monotonic.

    `open_parts`: what is told to be broken → for so many seconds.
    """
    if is_held_by(state, now):
        return None
    match state.mode:
        case Mode.EMERGENCY:
            return _out_of_emergency(state, verdict, in_mode_s, rules)
        case Mode.HANDING_BACK:
            return _down(verdict) if verdict.down else None
        case Mode.PARTIAL if not (verdict.down and rules.enters_by_itself):
            return _while_partial(verdict, rules, open_parts)
        case _:
            return _while_the_primary_is_in_charge(state, verdict, rules)


def wanted(
    state: ModeState,
    verdict: Verdict,
    in_mode_s: float,
    now: datetime,
    rules: ModeRules,
    open_parts: Mapping[str, float] = MappingProxyType({}),
) -> Advice | None:
    """The switch the watch would make if it had not to ask: into emergency or partial; None = none."""
    if state.mode in (Mode.EMERGENCY, Mode.HANDING_BACK):
        return None
    found = advise(state, verdict, in_mode_s, now, replace(rules, enters_by_itself=True), open_parts)
    is_switch = found is not None and found.cause is not None and found.mode in (Mode.EMERGENCY, Mode.PARTIAL)
    return found if is_switch else None


def is_ready_to_hand_back(state: ModeState, verdict: Verdict, in_mode_s: float, rules: ModeRules) -> bool:
    """The primary has been healthy and the emergency has lasted long enough: an admin may be asked."""
    return state.mode is Mode.EMERGENCY and verdict.is_healthy and in_mode_s >= rules.dwell_s


def _down(verdict: Verdict) -> Advice:
    return Advice(Mode.EMERGENCY, verdict.down, since_s=verdict.bad_since_s)


def _out_of_emergency(state: ModeState, verdict: Verdict, in_mode_s: float, rules: ModeRules) -> Advice | None:
    # What a person opened only a person ends: they may know what the probes cannot see. A hand-back that failed
    # had been wanted, and is tried again.
    may_end = rules.hands_back_by_itself and state.by in (WATCH, HAND_BACK)
    return (
        Advice(Mode.HANDING_BACK, None) if may_end and is_ready_to_hand_back(state, verdict, in_mode_s, rules) else None
    )


def _while_partial(verdict: Verdict, rules: ModeRules, open_parts: Mapping[str, float]) -> Advice | None:
    """One part at a time: what broke besides is told of, what is mended is told of, the last of them ends it."""
    if rules.enters_by_itself:
        for broken in verdict.broken:
            if broken.part not in open_parts:
                return Advice(Mode.PARTIAL, broken.cause, broken.part, broken.since_s)
    for part, open_s in open_parts.items():
        is_over = part in verdict.mended or verdict.never_heard_of(part)
        if is_over and open_s >= rules.dwell_s:
            return Advice(Mode.NORMAL if len(open_parts) == 1 else Mode.PARTIAL, None, part)
    return None


def _while_the_primary_is_in_charge(state: ModeState, verdict: Verdict, rules: ModeRules) -> Advice | None:
    broken = verdict.broken[0] if verdict.broken else None
    if rules.enters_by_itself:
        if verdict.down:
            return _down(verdict)
        if broken:
            return Advice(Mode.PARTIAL, broken.cause, broken.part, broken.since_s)
    worry = verdict.down or (broken.cause if broken else verdict.warning)
    if state.mode is Mode.NORMAL:
        return Advice(Mode.WATCHING, worry) if worry else None
    if worry is None:
        return Advice(Mode.NORMAL, None) if verdict.calm_s >= rules.calm_s else None
    # A certificate that runs out in a week must not keep the admins from hearing what happens meanwhile.
    if is_felt(worry) is state.is_felt or (state.is_felt and verdict.unfelt_s < rules.calm_s):
        return None
    return Advice(Mode.WATCHING, worry)
