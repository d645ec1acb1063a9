"""Are payments broken: every failed one is evidence for it, every good one against it (a CUSUM)."""

from __future__ import annotations

import math
from collections.abc import Mapping


class PaymentEvidence:
    """Adds up payments, counted or probed; hiccups of half a minute are common and must not be enough."""

    def __init__(self, *, works: float, broken: float, enough: float, after_s: float) -> None:
        """`works`, `broken`: chance that a payment fails in either case; `enough`: log of the odds that decides;
        `after_s`: how long the evidence must have been there."""
        self._failure = math.log(broken / works)
        self._success = math.log((1 - broken) / (1 - works))
        self._enough = enough
        self._after_s = after_s
        self._evidence = 0.0
        self._last_s = 0.0
        self._suspect_since_s = 0.0
        self._doubtful_s: float | None = None

    def add(self, at_s: float, metrics: Mapping[str, float]) -> None:
        """`pays` and `pays_failed` are counts since the last look, `pay_probe` is 1 or 0; any may be absent."""
        failed = metrics.get("pays_failed", 0.0)
        good = max(0.0, metrics.get("pays", 0.0) - failed)
        if "pay_probe" in metrics:
            is_good = metrics["pay_probe"] >= 1.0
            good, failed = good + is_good, failed + (not is_good)
        if self._evidence <= 0:
            self._suspect_since_s = at_s
        self._last_s = at_s
        evidence = self._evidence + failed * self._failure + good * self._success
        # Bounded above, so that a long breakdown is not remembered longer than a short one.
        self._evidence = min(max(evidence, 0.0), self._enough)
        if self._doubtful_s is None or self._evidence > self._enough / 2:
            self._doubtful_s = at_s

    @property
    def are_broken(self) -> bool:
        """Whether the evidence is enough, and has been building up long enough."""
        return self._evidence >= self._enough and self._last_s - self._suspect_since_s >= self._after_s

    def clear_s(self, at_s: float) -> float:
        """Seconds since payments were last in doubt; counted from the first look."""
        return 0.0 if self._doubtful_s is None else at_s - self._doubtful_s
