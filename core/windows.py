"""How long something was good or bad within the last so many seconds; what is unknown counts for neither."""

from __future__ import annotations

import math
from collections import deque
from enum import Enum


class Signal(Enum):
    """What one look at something said."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"

    def worse(self, other: Signal) -> Signal:
        """Bad if either is bad, unknown only if both are."""
        if Signal.BAD in (self, other):
            return Signal.BAD
        return other if self is Signal.UNKNOWN else self


class Window:
    """The last `window_s` seconds of one signal, each look standing for the span of time before it."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._looks: deque[tuple[float, float, Signal]] = deque()
        self.good_s = 0.0
        self.bad_s = 0.0

    def add(self, at_s: float, span_s: float, signal: Signal) -> None:
        """A look at `at_s` that stands for the `span_s` seconds up to it; looks come in order of time."""
        self._looks.append((at_s, span_s, signal))
        self._count(signal, span_s)
        # Half a millisecond of slack: the sum of a thousand floats must not decide.
        while self._looks[0][0] <= at_s - self._window_s + 0.0005:
            _, gone_s, gone = self._looks.popleft()
            self._count(gone, -gone_s)

    def has_bad(self, after_s: float, interval_s: float) -> bool:
        """Whether at least `after_s` seconds were bad, to the nearest look."""
        return self.bad_s + interval_s / 2 >= after_s

    def _count(self, signal: Signal, span_s: float) -> None:
        if signal is Signal.BAD:
            self.bad_s += span_s
        elif signal is Signal.GOOD:
            self.good_s += span_s


class BadSeconds:
    """The bad seconds among the last `window_s`; nothing else is remembered, so that many rules cost little."""

    __slots__ = ("_looks", "_reach_s", "bad_s")

    def __init__(self, window_s: float) -> None:
        # Half a millisecond of slack, as above; the newest look stays however short the window is.
        self._reach_s = window_s - min(0.0005, window_s / 2)
        self._looks: deque[tuple[float, float]] = deque()
        self.bad_s = 0.0

    def add(self, at_s: float, span_s: float, is_bad: bool) -> None:
        """A look at `at_s` that stands for the `span_s` seconds up to it; looks come in order of time."""
        looks = self._looks
        if is_bad:
            looks.append((at_s, span_s))
            self.bad_s += span_s
        if looks:
            oldest_s = at_s - self._reach_s
            while looks and looks[0][0] <= oldest_s:
                self.bad_s -= looks.popleft()[1]
            if not looks:
                self.bad_s = 0.0

    def clear(self) -> None:
        """Nothing was seen until now."""
        self._looks.clear()
        self.bad_s = 0.0

    @property
    def since_s(self) -> float:
        """When the first bad second still remembered began; infinity when there is none."""
        return self._looks[0][0] - self._looks[0][1] if self._looks else math.inf
