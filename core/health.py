"""Is the primary alive: metrics over sliding windows become one verdict a second, by counting known bad seconds.

Three ideas carry it. Unknown is not zero: a metric that could not be read, or a second in which we ourselves were
offline, counts neither for nor against the primary. The longest harmless dark time decides (an 18 s restart), not the
cleverness of the detector: fewer than 20 bad seconds of 22 flip nothing. Payments are judged apart: hiccups of half a
minute are common there, and never a reason to take the orders over.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from core.metric_limits import HOT_LIMITS, Limit
from core.own_network import OwnNetwork
from core.payment_evidence import PaymentEvidence
from core.windows import Signal, Window

Metrics = Mapping[str, float]
"""What one round of probes read: name → value; what could not be read is absent."""


class Cause(StrEnum):
    """What is wrong, as far as it can be seen from outside."""

    NO_ANSWER = "no_answer"
    WRITES_FAIL = "writes_fail"
    DEGRADED = "degraded"
    PAYMENTS = "payments"
    #: a person said so
    BY_HAND = "by_hand"
    #: warnings only: these flip nothing
    FAILURES = "failures"
    SLOW_DATABASE = "slow_database"
    SATURATED = "saturated"
    OFFLINE = "offline"
    REFERENCE = "reference"
    BLIND = "blind"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRules:
    """Every number the verdict depends on; the defaults are those that did best on a thousand simulated days."""

    #: seconds from one round of probes to the next
    interval_s: float = 1.0
    #: total time-out of one probe
    timeout_s: float = 1.5
    #: down: this many bad seconds …
    down_after_s: float = 20.0
    #: … within so many
    down_window_s: float = 22.0
    #: down at once: bad without a break for so long, after saturation or where restarts are announced
    quick_after_s: float = 12.0
    #: the primary says `maintenance` before it restarts, so that an unannounced silence is no restart
    restarts_are_announced: bool = False
    #: an announcement covers this long from the last answer that carried it
    maintenance_s: float = 120.0
    #: degraded: bad seconds of one kind of probe …
    degraded_after_s: float = 36.0
    #: … or seconds in which either kind failed …
    degraded_either_s: float = 40.0
    #: … within so many
    degraded_window_s: float = 90.0
    #: payments: chance of failure while they work, and while they are broken
    payments_fail_share: float = 0.1
    payments_broken_share: float = 0.7
    #: evidence (natural log of the odds) that must pile up before payments are called broken
    payments_evidence: float = 10.0
    #: … and for how long, at least: most hiccups of a payment gateway are over by then
    payments_after_s: float = 30.0
    #: warning: this many failures, or seconds of a hot metric …
    warning_after_s: float = 3.0
    #: … within so many
    warning_window_s: float = 5.0
    #: hot metrics at once that make a warning
    warning_hot: int = 2
    #: hot metrics at once that make a following silence a crash rather than a restart …
    saturated_hot: int = 3
    #: … for so long after
    saturated_s: float = 180.0
    #: healthy again: so long with almost no bad second
    healthy_s: float = 120.0
    #: the share of bad seconds that is noise
    healthy_bad_share: float = 0.05
    #: nothing known about the primary for so long makes a warning
    blind_after_s: float = 30.0
    limits: tuple[Limit, ...] = HOT_LIMITS

    def faster(self, times: float) -> HealthRules:
        """The same rules with every duration divided: a demo or drill that watches in fast motion."""
        spans: dict[str, Any] = {
            field.name: getattr(self, field.name) / times for field in fields(self) if field.name.endswith("_s")
        }
        return replace(self, **spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement as of one moment."""

    #: monotonic seconds
    at_s: float
    #: why the primary cannot take orders; None while it can, or while that is unknown
    down: Cause | None = None
    #: when what `down` names began, monotonic seconds
    bad_since_s: float = math.inf
    are_payments_broken: bool = False
    are_payments_healthy: bool = False
    #: what deserves an admin's eye; flips nothing
    warning: Cause | None = None
    #: seconds since anything deserved one
    calm_s: float = 0.0
    #: steady for `healthy_s`: may be handed its orders
    is_healthy: bool = False
    #: metrics beyond their limits, steadily
    hot: tuple[str, ...] = ()


class Health:
    """Folds rounds of metrics, in order of time, into verdicts."""

    def __init__(self, rules: HealthRules) -> None:
        self.rules = rules
        self._last_s: float | None = None
        self._health = _Capability(rules)
        self._writes = _Capability(rules)
        self._either = Window(rules.degraded_window_s)
        self._steady = Window(rules.healthy_s)
        self._failures = Window(rules.warning_window_s)
        self._hot = {limit.metric: Window(rules.warning_window_s) for limit in rules.limits}
        self._own_network = OwnNetwork(
            after_s=rules.warning_after_s, window_s=rules.warning_window_s, interval_s=rules.interval_s
        )
        self._known_s: float | None = None
        self._troubled_s: float | None = None
        self._saturated_s = -math.inf
        self._maintenance_s = -math.inf
        self._payments = PaymentEvidence(
            works=rules.payments_fail_share,
            broken=rules.payments_broken_share,
            enough=rules.payments_evidence,
            after_s=rules.payments_after_s,
        )

    def add(self, at_s: float, metrics: Metrics) -> Verdict:
        """The verdict after a round read at `at_s`; a round stands for the time since the one before it.

        After a gap it stands for no more than a round can last: what happened meanwhile is unknown.
        """
        span_s = self._span(at_s)
        self._own_network.add(at_s, span_s, metrics)
        self._look(at_s, span_s, metrics)
        hot = self._steadily_hot(at_s, span_s, metrics)
        if len(hot) >= self.rules.saturated_hot:
            self._saturated_s = at_s
        if metrics.get("maintenance", 0.0) > 0:
            self._maintenance_s = at_s
        self._payments.add(at_s, metrics)
        down, bad_since_s = self._down(at_s)
        warning = self._warning(at_s, hot)
        if self._troubled_s is None or down or warning:
            self._troubled_s = at_s
        return Verdict(
            at_s=at_s,
            down=down,
            bad_since_s=bad_since_s,
            are_payments_broken=self._payments.are_broken,
            are_payments_healthy=self._payments.clear_s(at_s) >= self.rules.healthy_s,
            warning=warning,
            calm_s=at_s - self._troubled_s,
            is_healthy=down is None and warning in (None, Cause.REFERENCE) and self._is_steady(),
            hot=hot,
        )

    def _span(self, at_s: float) -> float:
        rules = self.rules
        since_s = rules.interval_s if self._last_s is None else at_s - self._last_s
        self._last_s = at_s
        return min(max(since_s, 0.0), rules.interval_s + rules.timeout_s)

    def _look(self, at_s: float, span_s: float, metrics: Metrics) -> None:
        is_offline = self._own_network.is_offline
        health = _signal(metrics.get("probe_ok"), is_offline)
        writes = _signal(metrics.get("write_ok"), is_offline)
        either = health.worse(writes)
        self._health.add(at_s, span_s, health)
        self._writes.add(at_s, span_s, writes)
        for window in (self._either, self._steady, self._failures):
            window.add(at_s, span_s, either)
        if either is not Signal.UNKNOWN or self._known_s is None:
            self._known_s = at_s

    def _down(self, at_s: float) -> tuple[Cause | None, float]:
        is_quick = self._silence_is_no_restart(at_s)
        for capability, cause in ((self._health, Cause.NO_ANSWER), (self._writes, Cause.WRITES_FAIL)):
            if capability.is_down(is_quick):
                return cause, capability.down.bad_since_s
        rules = self.rules
        reached = self._either.has_bad(rules.degraded_either_s, rules.interval_s)
        if reached or self._health.is_degraded or self._writes.is_degraded:
            return Cause.DEGRADED, self._either.bad_since_s
        return None, math.inf

    def _silence_is_no_restart(self, at_s: float) -> bool:
        rules = self.rules
        if at_s - self._maintenance_s <= rules.maintenance_s:
            return False
        return rules.restarts_are_announced or at_s - self._saturated_s <= rules.saturated_s

    def _steadily_hot(self, at_s: float, span_s: float, metrics: Metrics) -> tuple[str, ...]:
        rules = self.rules
        for limit in rules.limits:
            known = limit.metric in metrics
            signal = Signal.UNKNOWN if not known else Signal.BAD if limit.is_hot(metrics) else Signal.GOOD
            self._hot[limit.metric].add(at_s, span_s, signal)
        return tuple(
            name for name, window in self._hot.items() if window.has_bad(rules.warning_after_s, rules.interval_s)
        )

    def _warning(self, at_s: float, hot: tuple[str, ...]) -> Cause | None:
        rules = self.rules
        if self._failures.has_bad(rules.warning_after_s, rules.interval_s):
            return Cause.FAILURES
        if self._own_network.is_steadily_offline:
            return Cause.OFFLINE
        if self._own_network.is_reference_dead:
            return Cause.REFERENCE
        if self._known_s is not None and at_s - self._known_s >= rules.blind_after_s:
            return Cause.BLIND
        if "db_p95_ms" in hot:
            return Cause.SLOW_DATABASE
        return Cause.SATURATED if len(hot) >= rules.warning_hot else None

    def _is_steady(self) -> bool:
        rules, steady = self.rules, self._steady
        known_s = steady.bad_s + steady.good_s
        # A tenth may be unknown: a scrape missed now and then must not postpone the hand-back for ever.
        return known_s >= 0.9 * rules.healthy_s and steady.bad_s <= rules.healthy_bad_share * known_s


def _signal(value: float | None, is_offline: bool) -> Signal:
    if value is None:
        return Signal.UNKNOWN
    if value >= 1.0:
        return Signal.GOOD
    # The primary is blamed only while something that is not the primary answers.
    return Signal.UNKNOWN if is_offline else Signal.BAD


class _Capability:
    """One thing the primary must be able to do: answer, or write."""

    def __init__(self, rules: HealthRules) -> None:
        self._rules = rules
        self.down = Window(rules.down_window_s)
        self._quick = Window(rules.quick_after_s)
        self._degraded = Window(rules.degraded_window_s)

    def add(self, at_s: float, span_s: float, signal: Signal) -> None:
        for window in (self.down, self._quick, self._degraded):
            window.add(at_s, span_s, signal)

    def is_down(self, is_quick: bool) -> bool:
        rules = self._rules
        if is_quick and self._quick.has_bad(rules.quick_after_s, rules.interval_s):
            return True
        return self.down.has_bad(rules.down_after_s, rules.interval_s)

    @property
    def is_degraded(self) -> bool:
        return self._degraded.has_bad(self._rules.degraded_after_s, self._rules.interval_s)
