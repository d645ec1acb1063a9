"""Counts how often groups complain about the platform: moments are remembered for a minute, words never."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from core.chat import IncomingMessage
from core.ids import Key
from core.ports import Clock

#: Complaints are counted over so long, seconds.
_OVER_S = 60.0
#: Group talk that long ago does not say that anybody would be heard now, seconds.
_TALK_LASTS_S = 3600.0
#: A message may be read twice, the second time soon after the first.
_REMEMBERED = 256


class Complaints:
    """One per process; messages may be read in another thread than the counts are looked at."""

    def __init__(self, clock: Clock, words: Sequence[str]) -> None:
        """`words`: what a complaint contains, whatever its case."""
        self._clock = clock
        self._said = re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None
        self._heard_s: deque[float] = deque()
        self._keys: deque[Key] = deque(maxlen=_REMEMBERED)
        self._talk_s: float | None = None

    def hear(self, message: IncomingMessage) -> None:
        """Something was said in a group."""
        if self._said is None:
            return
        now_s = self._talk_s = self._clock.monotonic_s()
        if self._said.search(message.text) and message.key not in self._keys:
            self._keys.append(message.key)
            self._heard_s.append(now_s)

    def metrics(self) -> dict[str, float]:
        """Complaints in the last minute; unknown where no group was heard for an hour."""
        now_s = self._clock.monotonic_s()
        while self._heard_s and self._heard_s[0] <= now_s - _OVER_S:
            self._heard_s.popleft()
        if self._talk_s is None or now_s - self._talk_s > _TALK_LASTS_S:
            return {}
        return {"complaints": float(len(self._heard_s))}
