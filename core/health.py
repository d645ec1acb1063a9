"""Is the primary alive: metrics over sliding windows become one verdict a second, by the operator's rules.

Two ideas carry it. Unknown is not zero: a metric that could not be read, or a second in which we ourselves were
offline, counts neither for nor against the primary. And what is broken decides how much is switched: the whole, one
part of it, or nothing but the admins' attention.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.cause import Cause, is_felt
from core.derived import Derived, DerivedRules
from core.metrics import Metrics
from core.own_network import OwnNetwork
from core.recommended import RECOMMENDED
from core.rule_state import FORGOTTEN_S, PartState, RuleStates
from core.rules import REF_DOWN, RESTARTS_ANNOUNCED, AlertRule
from core.windows import Signal, Window

__all__ = ["BrokenPart", "Cause", "Health", "HealthRules", "Metrics", "Verdict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRules:
    """Everything the verdict depends on."""

    #: seconds from one round of probes to the next
    interval_s: float = 1.0
    #: total time-out of one probe
    timeout_s: float = 1.5
    #: the operator's rules, in order: of several that hold, the first of a level names the cause
    rules: tuple[AlertRule, ...] = tuple(setting.rule() for setting in RECOMMENDED)
    derived: DerivedRules = field(default_factory=DerivedRules)
    #: the primary says `maintenance` before it restarts, so that an unannounced silence is no restart
    restarts_are_announced: bool = False
    #: our own network: this many contradictions with the reference …
    doubt_after_s: float = 3.0
    #: … within so many seconds
    doubt_window_s: float = 5.0
    #: healthy again: so long with almost no bad second
    healthy_s: float = 120.0
    #: the share of bad seconds that is noise
    healthy_bad_share: float = 0.05
    #: nothing known about the primary for so long makes a warning
    blind_after_s: float = 30.0

    def faster(self, times: float) -> HealthRules:
        """The same rules with every duration divided: a demo or drill that watches in fast motion."""
        return replace(
            self,
            interval_s=self.interval_s / times,
            timeout_s=self.timeout_s / times,
            doubt_after_s=self.doubt_after_s / times,
            doubt_window_s=self.doubt_window_s / times,
            healthy_s=self.healthy_s / times,
            blind_after_s=self.blind_after_s / times,
            rules=tuple(rule.faster(times) for rule in self.rules),
        )


@dataclass(frozen=True, slots=True)
class BrokenPart:
    """One part of the primary that does not work while the rest does."""

    #: `payments`, `merchant:ID` or `canteen:ID`
    part: str
    cause: Cause
    #: when that began, monotonic seconds
    since_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement as of one moment."""

    #: monotonic seconds
    at_s: float
    #: why the primary cannot take orders; None while it can, or while that is unknown
    down: Cause | None = None
    #: when what `down` names began, monotonic seconds
    bad_since_s: float = math.inf
    #: parts that are broken
    broken: tuple[BrokenPart, ...] = ()
    #: parts that have been well for `healthy_s`
    mended: frozenset[str] = frozenset()
    #: parts that some rule has ever known of
    parts: frozenset[str] = frozenset()
    #: for so long rounds have been looked at, seconds
    looked_s: float = 0.0
    #: what deserves an admin's eye; flips nothing
    warning: Cause | None = None
    #: seconds since anything deserved one
    calm_s: float = 0.0
    #: seconds since anything was wrong that people may notice
    unfelt_s: float = 0.0
    #: steady for `healthy_s`: may be handed its orders
    is_healthy: bool = False
    #: metrics beyond the limits of the rule that warns, steadily
    hot: tuple[str, ...] = ()

    def never_heard_of(self, part: str) -> bool:
        """Nothing has spoken of the part for as long as it takes to forget one."""
        return part not in self.parts and self.looked_s >= FORGOTTEN_S


class Health:
    """Folds rounds of metrics, in order of time, into verdicts."""

    def __init__(self, rules: HealthRules) -> None:
        self.rules = rules
        self._first_s: float | None = None
        self._last_s: float | None = None
        self._states = RuleStates(rules.rules, rules.interval_s, rules.healthy_s)
        self._derived = Derived(rules.derived, self._states.recent_of)
        self._steady = Window(rules.healthy_s)
        self._own_network = OwnNetwork(
            after_s=rules.doubt_after_s, window_s=rules.doubt_window_s, interval_s=rules.interval_s
        )
        self._known_s: float | None = None
        self._troubled_s: float | None = None
        self._felt_s: float | None = None
        #: the last round with everything that follows from it
        self.known: Metrics = {}

    def add(self, at_s: float, metrics: Metrics, usual: Mapping[str, float] | None = None) -> Verdict:
        """The verdict after a round read at `at_s`; a round stands for the time since the one before it.

        After a gap it stands for no more than a round can last: what happened meanwhile is unknown.
        `usual`: metric → what it is at this hour of the week; what is not named is unknown.
        """
        span_s = self._span(at_s)
        if self._first_s is None:
            self._first_s = at_s
        self._own_network.add(at_s, span_s, metrics)
        self._look(at_s, span_s, metrics)
        is_online = not self._own_network.is_offline
        self.known = known = self._derived.add(at_s, span_s, metrics, usual or {}, is_online=is_online)
        states = self._states
        states.add(at_s, span_s, known, self._facts())
        down = states.emergency
        warning = states.warning
        worry = warning.rule.cause if warning is not None else self._own_warning(at_s)
        if self._troubled_s is None or down or worry:
            self._troubled_s = at_s
        if self._felt_s is None or down or states.broken or (worry and is_felt(worry)):
            self._felt_s = at_s
        return Verdict(
            at_s=at_s,
            down=None if down is None else down.rule.cause,
            bad_since_s=math.inf if down is None else min(down.since_s, at_s),
            broken=tuple(_broken(part, at_s, known) for part in states.broken),
            mended=states.mended,
            parts=states.known,
            looked_s=at_s - self._first_s,
            warning=worry,
            calm_s=at_s - self._troubled_s,
            unfelt_s=at_s - self._felt_s,
            is_healthy=down is None and not states.has_serious_warning and self._knows() and self._is_steady(),
            hot=() if warning is None else warning.steady_metrics,
        )

    def forget_evidence(self, part: str) -> None:
        """A person said that the part works: what was seen of it before proves nothing any more."""
        self._states.forget(part)
        if part == "payments":
            self._derived.forget_payments()

    def _span(self, at_s: float) -> float:
        rules = self.rules
        since_s = rules.interval_s if self._last_s is None else at_s - self._last_s
        self._last_s = at_s
        return min(max(since_s, 0.0), rules.interval_s + rules.timeout_s)

    def _look(self, at_s: float, span_s: float, metrics: Metrics) -> None:
        is_offline = self._own_network.is_offline
        health = _signal(metrics.get("probe_ok"), is_offline)
        either = health.worse(_signal(metrics.get("write_ok"), is_offline))
        self._steady.add(at_s, span_s, either)
        if either is not Signal.UNKNOWN or self._known_s is None:
            self._known_s = at_s

    def _facts(self) -> frozenset[str]:
        # The primary is blamed only while something that is not the primary answers.
        facts = {REF_DOWN} if self._own_network.is_offline else set()
        return frozenset(facts | {RESTARTS_ANNOUNCED} if self.rules.restarts_are_announced else facts)

    def _own_warning(self, at_s: float) -> Cause | None:
        if self._own_network.is_steadily_offline:
            return Cause.OFFLINE
        if self._own_network.is_reference_dead:
            return Cause.REFERENCE
        if self._known_s is not None and at_s - self._known_s >= self.rules.blind_after_s:
            return Cause.BLIND
        return None

    def _knows(self) -> bool:
        at_s = self._last_s or 0.0
        return self._own_warning(at_s) in (None, Cause.REFERENCE)

    def _is_steady(self) -> bool:
        rules, steady = self.rules, self._steady
        known_s = steady.bad_s + steady.good_s
        # A tenth may be unknown: a scrape missed now and then must not postpone the hand-back for ever.
        return known_s >= 0.9 * rules.healthy_s and steady.bad_s <= rules.healthy_bad_share * known_s


def _broken(part: PartState, at_s: float, known: Metrics) -> BrokenPart:
    # Evidence about payments remembers by itself when they began to fail; a rule that only goes on holding does not.
    since_s = min(part.since_s, at_s)
    if part.rule.cause is Cause.PAYMENTS and "payment_trouble_s" in known:
        since_s = at_s - known["payment_trouble_s"]
    return BrokenPart(part.part, part.rule.cause, since_s)


def _signal(value: float | None, is_offline: bool) -> Signal:
    if value is None:
        return Signal.UNKNOWN
    if value >= 1.0:
        return Signal.GOOD
    return Signal.UNKNOWN if is_offline else Signal.BAD
