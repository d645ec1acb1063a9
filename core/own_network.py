"""Are we online ourselves? Asked of something that is not the primary, before anybody is blamed."""

from __future__ import annotations

from collections.abc import Mapping

from core.windows import Signal, Window


class OwnNetwork:
    """Tells our own outage from the primary's, and a dead reference from both.

    A reference that is silent while the primary answers proves nothing about us. It is ignored until it answers again:
    a mistyped address must not keep the watch from ever blaming anybody.
    """

    def __init__(self, *, after_s: float, window_s: float, interval_s: float) -> None:
        """Seconds of contradiction, within so many, until the reference is ignored; seconds between looks."""
        self._after_s = after_s
        self._interval_s = interval_s
        self._contradicted = Window(window_s)
        self._offline = Window(window_s)
        self._was_silent = False
        #: the reference is broken, not we and not the primary
        self.is_reference_dead = False
        #: right now: nothing can be said about the primary
        self.is_offline = False

    def add(self, at_s: float, span_s: float, metrics: Mapping[str, float]) -> None:
        """One look; `ref_ok` is 1 or 0, or absent where no reference was named."""
        reference = metrics.get("ref_ok")
        is_silent = reference is not None and reference < 1.0
        is_reached = metrics.get("probe_ok", 0.0) >= 1.0
        self._contradicted.add(at_s, span_s, Signal.BAD if is_silent and is_reached else Signal.GOOD)
        if reference is not None and not is_silent:
            self.is_reference_dead = False
        elif self._contradicted.has_bad(self._after_s, self._interval_s):
            self.is_reference_dead = True
        # One lost answer is no outage: without the second, each would hide a second of a real crash.
        self.is_offline = is_silent and self._was_silent and not is_reached and not self.is_reference_dead
        self._was_silent = is_silent
        self._offline.add(at_s, span_s, Signal.BAD if self.is_offline else Signal.GOOD)

    @property
    def is_steadily_offline(self) -> bool:
        """Whether it has lasted long enough to be worth a word."""
        return self._offline.has_bad(self._after_s, self._interval_s)
