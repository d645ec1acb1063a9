"""Others that report to us: who did so lately, and who has fallen silent."""

from __future__ import annotations

from collections.abc import Mapping

from core.ports import Clock

#: One report may be lost, or late; two in a row are a silence.
_MISSED = 2.5


class Heartbeats:
    """Remembers the last report of each; one that never reported is unknown, not dead."""

    def __init__(self, clock: Clock, every_s: Mapping[str, float]) -> None:
        """`every_s`: who is expected to report → how often, seconds."""
        self._clock = clock
        self._every_s = every_s
        self._heard_s: dict[str, float] = {}

    def beat(self, name: str) -> bool:
        """Somebody reports; False when nobody of that name is expected."""
        if name not in self._every_s:
            return False
        self._heard_s[name] = self._clock.monotonic_s()
        return True

    def metrics(self) -> dict[str, float]:
        """heartbeat_ok:NAME of everybody who ever reported."""
        now_s = self._clock.monotonic_s()
        return {
            f"heartbeat_ok:{name}": float(now_s - heard_s <= _MISSED * self._every_s[name])
            for name, heard_s in self._heard_s.items()
        }
