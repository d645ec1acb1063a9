"""When to try again: longer after every failure, never in step with others, as the other side asked, not for ever."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySchedule:
    """Exponential pauses with jitter and a limit."""

    #: before the second try
    first_s: float = 0.5
    #: no pause of ours is longer
    longest_s: float = 30.0
    #: tries in all, the first included; None = without end
    limit: int | None = None

    def pause_s(self, failures: int, chance: float, retry_after_s: float | None = None) -> float | None:
        """Seconds to wait after `failures` failed tries (≥ 1); None when it was the last.

        `chance`, 0 ≤ chance < 1, spreads the pause over its upper half: nodes that failed together come back apart.
        `retry_after_s`, what the other side asked for, wins over our own figure.
        """
        if self.limit is not None and failures >= self.limit:
            return None
        if retry_after_s is not None:
            return max(0.0, retry_after_s)
        # 2.0 ** 1100 overflows; no schedule needs more doublings than this.
        doublings = min(failures - 1, 60)
        return min(self.longest_s, self.first_s * 2.0**doublings) * (0.5 + chance / 2)
