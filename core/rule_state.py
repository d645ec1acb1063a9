"""Keeps, second by second, for how long the conditions of every rule have held, and which rules speak."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field

from core.cause import SAYS_NOTHING_OF_HEALTH, is_felt
from core.conditions import Condition
from core.metrics import Metrics
from core.rules import EMERGENCY, FACT, PARTIAL, WARNING, AlertRule
from core.windows import BadSeconds

#: Labels kept: no campus has more kitchens, and one that invents a label every second must not fill our memory.
_MOST_LABELS = 1000
#: A merchant that left the platform is spoken of no more: it must not stay broken for ever. Seconds.
FORGOTTEN_S = 1800.0


@dataclass(slots=True)
class _Signal:
    """A condition, looked at once a round for all rules that share it."""

    holds: Callable[[Metrics], bool | None]
    now: bool | None = None


@dataclass(slots=True)
class _Track:
    """One condition over one window; seconds in which one of `unless` holds are not counted."""

    signal: _Signal
    window: BadSeconds
    unless: frozenset[str]

    def add(self, at_s: float, span_s: float, facts: Set[str]) -> None:
        is_bad = self.signal.now is True and not (self.unless and not self.unless.isdisjoint(facts))
        self.window.add(at_s, span_s, is_bad)


@dataclass(slots=True)
class RuleState:
    """A rule at work."""

    rule: AlertRule
    tracks: list[_Track]
    #: rules whose `until` says otherwise count as mended by it
    until: _Signal | None
    #: it speaks now
    is_on: bool = False
    _held_s: float = field(default=-math.inf)

    def judge(self, at_s: float, slack_s: float, facts: Set[str]) -> bool:
        """Whether it speaks after a round."""
        rule = self.rule
        enough_s = rule.for_s - slack_s
        steady = 0
        for track in self.tracks:
            bad_s = track.window.bad_s
            if bad_s > 0 and bad_s >= enough_s:
                steady += 1
        is_on = steady >= rule.at_least
        if rule.holds_s:
            if is_on:
                self._held_s = at_s
            is_on = at_s - self._held_s <= rule.holds_s
        self.is_on = is_on and (not rule.needs or not rule.needs.isdisjoint(facts))
        return self.is_on

    def begin_anew(self) -> None:
        """Nothing was seen until now."""
        self.is_on, self._held_s = False, -math.inf
        for track in self.tracks:
            track.window.clear()

    @property
    def since_s(self) -> float:
        """When what it speaks of began, monotonic seconds."""
        return min((track.window.since_s for track in self.tracks), default=math.inf)

    @property
    def steady_metrics(self) -> tuple[str, ...]:
        """The metrics whose conditions have held for long enough, when it is a rule about several."""
        if len(self.rule.when) < 2:
            return ()
        pairs = zip(self.rule.when, self.tracks, strict=True)
        return tuple(when.comparisons[0].metric for when, track in pairs if track.window.bad_s >= self.rule.for_s - 0.5)


@dataclass(slots=True)
class PartState:
    """One part of the primary as one rule sees it."""

    part: str
    rule: AlertRule
    state: RuleState
    #: the last moment it was not certainly well
    doubtful_s: float = -math.inf
    #: the last moment anything was known of it, or the first it was asked for
    known_s: float = -math.inf

    @property
    def since_s(self) -> float:
        """When its trouble began."""
        return self.state.since_s


class RuleStates:
    """All rules at work; after `add`, what they say."""

    def __init__(self, rules: Sequence[AlertRule], interval_s: float, healthy_s: float) -> None:
        self._slack_s, self._healthy_s = interval_s / 2, healthy_s
        self._signals: dict[Condition, _Signal] = {}
        self._tracks: dict[tuple[Condition, float, frozenset[str]], _Track] = {}
        self._families = [rule for rule in rules if rule.family]
        #: (rule, label) → its state; a label is known once a metric carries it
        self._labelled: dict[tuple[str, str], RuleState] = {}
        plain = [self._state(rule) for rule in rules if not rule.family]
        self._facts = [state for state in plain if state.rule.level == FACT]
        self._others = [state for state in plain if state.rule.level != FACT]
        self._parts: dict[tuple[str, str], PartState] = {}
        for state in self._others:
            if state.rule.level == PARTIAL:
                self._parts[(state.rule.name, "")] = PartState(state.rule.part, state.rule, state)
        #: metrics some rule compares with their own last minutes
        self.recent_of = frozenset(
            one.metric for rule in rules for when in rule.when for one in when.comparisons if one.base == "recent"
        )
        #: the first rule of level 1 that speaks
        self.emergency: RuleState | None = None
        #: the first rule of level 3 that speaks, what people feel before what only admins care for
        self.warning: RuleState | None = None
        #: some warning says that the primary itself is not well
        self.has_serious_warning = False
        self.broken: tuple[PartState, ...] = ()
        self.mended: frozenset[str] = frozenset()
        #: every part a rule has ever known of
        self.known: frozenset[str] = frozenset()

    def add(self, at_s: float, span_s: float, metrics: Metrics, built_in: frozenset[str]) -> None:
        """Takes in a round with everything derived from it; `built_in`: the facts known without a rule."""
        if self._families:
            self._meet_labels(metrics)
        for signal in self._signals.values():
            signal.now = signal.holds(metrics)
        facts = set(built_in)
        for state in self._facts:
            # A fact's own seconds may depend on facts above it.
            for track in state.tracks:
                track.add(at_s, span_s, facts)
            if state.judge(at_s, self._slack_s, facts):
                facts.add(state.rule.name)
        for track in self._tracks.values():
            track.add(at_s, span_s, facts)
        self.emergency = self.warning = None
        self.has_serious_warning = False
        for state in self._others:
            if state.judge(at_s, self._slack_s, facts):
                self._speak(state)
        for state in self._labelled.values():
            if state.judge(at_s, self._slack_s, facts):
                self._speak(state)
        if self._parts:
            self._judge_parts(at_s)

    def forget(self, part: str) -> None:
        """What was seen of the part until now proves nothing any more: its rules count from the next look on."""
        for one in self._parts.values():
            if one.part == part:
                one.state.begin_anew()

    def _speak(self, state: RuleState) -> None:
        level = state.rule.level
        if level == EMERGENCY and self.emergency is None:
            self.emergency = state
        elif level == WARNING:
            if self.warning is None or is_felt(state.rule.cause) > is_felt(self.warning.rule.cause):
                self.warning = state
            self.has_serious_warning = self.has_serious_warning or state.rule.cause not in SAYS_NOTHING_OF_HEALTH

    def _judge_parts(self, at_s: float) -> None:
        broken, doubtful, known = [], set[str](), set[str]()
        for part in self._parts.values():
            state = part.state
            if state.is_on:
                broken.append(part)
            signals = [state.until] if state.until else [track.signal for track in state.tracks]
            if part.known_s == -math.inf or any(signal.now is not None for signal in signals):
                part.known_s = at_s
            is_well = state.until.now is True if state.until else all(signal.now is False for signal in signals)
            # Nothing begins by being well, and what is not heard of is not well, until nobody speaks of it any more.
            is_forgotten = at_s - part.known_s >= FORGOTTEN_S
            if state.is_on or part.doubtful_s == -math.inf or not (is_well or is_forgotten):
                part.doubtful_s = at_s
            known.add(part.part)
            if at_s - part.doubtful_s < self._healthy_s:
                doubtful.add(part.part)
        self.broken = tuple(broken)
        self.mended = frozenset(known - doubtful)
        self.known = frozenset(known)

    def _meet_labels(self, metrics: Metrics) -> None:
        for name in metrics:
            if ":" not in name:
                continue
            family, _, label = name.partition(":")
            for rule in self._families:
                is_new = rule.family == family and (rule.name, label) not in self._labelled
                if is_new and len(self._labelled) < _MOST_LABELS:
                    self._meet(rule, label)

    def _meet(self, rule: AlertRule, label: str) -> None:
        state = self._state(rule, label)
        self._labelled[(rule.name, label)] = state
        if rule.level == PARTIAL:
            self._parts[(rule.name, label)] = PartState(f"{rule.part}:{label}", rule, state)

    def _state(self, rule: AlertRule, label: str = "") -> RuleState:
        conditions = [when.with_label(rule.family, label) if label else when for when in rule.when]
        until = rule.until.with_label(rule.family, label) if rule.until and label else rule.until
        tracks = [self._track(rule, when) for when in conditions]
        return RuleState(rule, tracks, None if until is None else self._signal(until))

    def _track(self, rule: AlertRule, condition: Condition) -> _Track:
        signal = self._signal(condition)
        if rule.level == FACT:
            return _Track(signal, BadSeconds(rule.of_s), rule.unless)
        key = (condition, rule.of_s, rule.unless)
        if key not in self._tracks:
            self._tracks[key] = _Track(signal, BadSeconds(rule.of_s), rule.unless)
        return self._tracks[key]

    def _signal(self, condition: Condition) -> _Signal:
        if condition not in self._signals:
            self._signals[condition] = _Signal(condition.compiled())
        return self._signals[condition]
