"""Tells whether a loop of ours still turns, from something that is new at each of its rounds."""

from __future__ import annotations

from collections.abc import Callable

from core.ports import Clock


class Pulse:
    """Looked at now and then; it needs nothing of the loop but what it leaves behind."""

    def __init__(self, clock: Clock, left_behind: Callable[[], object]) -> None:
        """`left_behind`: another object after every round."""
        self._clock = clock
        self._left_behind = left_behind
        self._last: object = None
        self._since_s = clock.monotonic_s()

    def silent_s(self) -> float:
        """For how long, as far as anybody looked, no round has ended; seconds."""
        found, now_s = self._left_behind(), self._clock.monotonic_s()
        if found is not self._last:
            self._last, self._since_s = found, now_s
        return now_s - self._since_s
