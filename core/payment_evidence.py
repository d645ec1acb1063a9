"""Are payments broken: every failed one is evidence for it, every good one against it (a CUSUM)."""

from __future__ import annotations

import math
from collections.abc import Mapping

#: Trouble began half-way between the last good payment and the first failed one, and no longer before that, seconds.
_LONGEST_DOUBT_S = 5.0
#: Nobody having paid for so long, what was known of payments before is out of date, seconds.
_OUT_OF_DATE_S = 1800.0


class PaymentEvidence:
    """Adds up payments, counted or probed; hiccups of half a minute are common and must not be enough."""

    def __init__(self, *, works: float, broken: float, enough: float) -> None:
        """`works`, `broken`: chance that a payment fails in either case; `enough`: log of the odds it stops at."""
        self._failure = math.log(broken / works)
        self._success = math.log((1 - broken) / (1 - works))
        self._enough = enough
        self._good_s: float | None = None
        self._began_s: float | None = None
        #: when a payment, good or failed, was last seen; None = none was
        self._seen_s: float | None = None
        #: natural log of the odds that they are broken, from 0 to `enough`
        self.evidence = 0.0
        #: seconds since the trouble that the evidence speaks of began; 0 without any
        self.trouble_s = 0.0

    def add(self, at_s: float, metrics: Mapping[str, float]) -> None:
        """`pays` and `pays_failed` are counts since the last look, `pay_probe` is 1 or 0; any may be absent.

        Payments of which nobody knows how many failed are evidence of nothing.
        """
        tried, failures = metrics.get("pays"), metrics.get("pays_failed")
        good, failed = (0.0, 0.0) if tried is None or failures is None else (tried - failures, failures)
        probe = metrics.get("pay_probe")
        if probe is not None:
            good, failed = (good + 1, failed) if probe >= 1.0 else (good, failed + 1)
        if failed > 0 or good > 0:
            if self._seen_s is not None and at_s - self._seen_s > _OUT_OF_DATE_S:
                self.forget()
            self._seen_s = at_s
            self._weigh(at_s, max(0.0, good), failed)
        self.trouble_s = 0.0 if self._began_s is None else at_s - self._began_s

    def is_known(self, at_s: float, lasts_s: float) -> bool:
        """Whether a payment was seen within the last `lasts_s` seconds: before the first one there is no evidence."""
        return self._seen_s is not None and at_s - self._seen_s <= lasts_s

    def forget(self) -> None:
        """Begins anew: until the next payment nothing is known."""
        self._good_s = self._began_s = self._seen_s = None
        self.evidence = self.trouble_s = 0.0

    def _weigh(self, at_s: float, good: float, failed: float) -> None:
        evidence = self.evidence + failed * self._failure + good * self._success
        # Bounded above, so that a long breakdown is not remembered longer than a short one.
        self.evidence = min(max(evidence, 0.0), self._enough)
        if self.evidence <= 0:
            self._began_s = None
        elif self._began_s is None:
            since_good_s = 0.0 if self._good_s is None else at_s - self._good_s
            self._began_s = at_s - min(since_good_s, _LONGEST_DOUBT_S) / 2
        if good > 0:
            self._good_s = at_s
