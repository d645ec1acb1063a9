"""Figures that follow from others: rates and shares over minutes, evidence about payments, what is normal."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.conditions import base_name
from core.metrics import Metrics
from core.payment_evidence import PaymentEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedRules:
    """Over how long, and from how many, figures are derived."""

    #: payments: chance of failure while they work, and while they are broken
    payments_fail_share: float = 0.1
    payments_broken_share: float = 0.8
    #: evidence is not counted beyond this (natural log of the odds)
    payments_evidence: float = 13.0
    #: with no payment seen for so long, nothing is known of them
    payments_last_s: float = 600.0
    #: rates and shares are taken over so long
    rate_over_s: float = 600.0
    #: fewer expected or tried in that time say nothing
    smallest_sample: float = 30.0
    #: `recent` is the average of so long …
    recent_s: float = 600.0
    #: … once there was this much of it
    recent_after_s: float = 60.0


class Derived:
    """Keeps the last minutes; gives what follows from them after each round."""

    def __init__(self, rules: DerivedRules, recent_of: Collection[str] = ()) -> None:
        """`recent_of`: the metrics some rule compares with their own last minutes."""
        self._rules = rules
        self._payments = PaymentEvidence(
            works=rules.payments_fail_share, broken=rules.payments_broken_share, enough=rules.payments_evidence
        )
        self._recent = {name: _Average(base_name(name, "recent"), rules) for name in recent_of}
        self._orders = _Counts(rules.rate_over_s)
        #: only seconds of which it is known how many failed too
        self._judged_orders = _Counts(rules.rate_over_s)
        self._judged_pays = _Counts(rules.rate_over_s)

    def add(
        self, at_s: float, span_s: float, metrics: Metrics, usual: Mapping[str, float], *, is_online: bool = True
    ) -> dict[str, float]:
        """The round with everything that follows from it; `usual`: metric → what it is at this hour of the week.

        `is_online`: we ourselves are.
        """
        payments, rules = self._payments, self._rules
        if metrics.get("probe_ok") != 0.0 and is_online:
            # While nothing gets through, a payment that fails says nothing about payments.
            payments.add(at_s, metrics)
        found = dict(metrics)
        if payments.is_known(at_s, rules.payments_last_s):
            found |= {"payment_evidence": payments.evidence, "payment_trouble_s": payments.trouble_s}
        self._count(at_s, span_s, metrics)
        if (rate := self._orders.rate_per_minute) is not None:
            found["order_rate"] = rate
        for name, judged in (("order_success", self._judged_orders), ("pay_success", self._judged_pays)):
            if judged.tried >= rules.smallest_sample:
                found[name] = 1 - judged.failed / judged.tried
        for name, average in self._recent.items():
            value = metrics.get(name)
            average.age(at_s)
            if average.known_s >= rules.recent_after_s:
                found[average.name] = average.value
            if value is not None:
                average.add(at_s, span_s, value)
        for name, value in usual.items():
            # So few are expected at this hour that their absence proves nothing.
            if name != "order_rate" or value * rules.rate_over_s / 60 >= rules.smallest_sample:
                found[base_name(name, "usual")] = value
        return found

    def forget_payments(self) -> None:
        """A person knows better what they are than the evidence until now: it begins anew."""
        self._payments.forget()

    def _count(self, at_s: float, span_s: float, metrics: Metrics) -> None:
        orders, failed_orders = metrics.get("orders"), metrics.get("orders_failed")
        pays, failed_pays = metrics.get("pays"), metrics.get("pays_failed")
        if orders is not None:
            self._orders.add(at_s, span_s, orders, 0.0)
            if failed_orders is not None:
                self._judged_orders.add(at_s, span_s, orders, failed_orders)
        if pays is not None and failed_pays is not None:
            self._judged_pays.add(at_s, span_s, pays, failed_pays)
        for counts in (self._orders, self._judged_orders, self._judged_pays):
            # With or without a figure: what is read no longer must not stay known for ever.
            counts.age(at_s)


class _Average:
    """What a metric was in the last minutes, the newest counting most."""

    __slots__ = ("_over_s", "_seen_s", "known_s", "name", "value")

    def __init__(self, name: str, rules: DerivedRules) -> None:
        self.name = name
        self._over_s = rules.recent_s
        self._seen_s = 0.0
        self.known_s = 0.0
        self.value = 0.0

    def age(self, at_s: float) -> None:
        if self.known_s > 0 and at_s - self._seen_s > self._over_s:
            self.known_s = self.value = 0.0

    def add(self, at_s: float, span_s: float, value: float) -> None:
        self._seen_s = at_s
        self.known_s += span_s
        # A plain mean until enough is known, so that the first figure does not weigh more than its second.
        weight = span_s / min(self.known_s, self._over_s) if self.known_s > 0 else 1.0
        self.value += (value - self.value) * weight


class _Counts:
    """Things tried and failed within the last minutes, and for how many of those seconds that is known."""

    __slots__ = ("_looks", "_over_s", "failed", "known_s", "tried")

    def __init__(self, over_s: float) -> None:
        self._over_s = over_s
        self._looks: deque[tuple[float, float, float, float]] = deque()
        self.tried = 0.0
        self.failed = 0.0
        self.known_s = 0.0

    def add(self, at_s: float, span_s: float, tried: float, failed: float) -> None:
        looks = self._looks
        looks.append((at_s, span_s, tried, failed))
        self.tried += tried
        self.failed += failed
        self.known_s += span_s

    def age(self, at_s: float) -> None:
        looks = self._looks
        while looks and looks[0][0] <= at_s - self._over_s:
            _, gone_s, gone, gone_failed = looks.popleft()
            self.tried -= gone
            self.failed -= gone_failed
            self.known_s -= gone_s

    @property
    def rate_per_minute(self) -> float | None:
        """None until it is known for most of the time it is taken over."""
        return self.tried / self.known_s * 60 if self.known_s >= 0.8 * self._over_s else None
