"""How often something may be said: buckets that fill with time; whoever asks brings the time along."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

#: A minute's allowance of a group is spread: so many messages may follow each other at once, the rest drips in.
GROUP_BURST = 3
#: Our clock is not the vendor's clock: a little less than allowed is what is safe.
MARGIN = 1.02
#: What vendors allow over all chats is not documented to the message: this much of it is used.
SHARE_OVERALL = 0.94


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one vendor allows. None = no limit."""

    #: messages in any chat, a second
    chat_per_s: float | None = None
    #: messages in a group within any minute
    group_per_min: int | None = None
    #: messages in all chats within any second
    overall_per_s: int | None = None


NO_LIMITS = Limits()


class Bucket:
    """Tokens that come back with time. `now_s` is monotonic seconds; times that run backwards are ignored."""

    __slots__ = ("_at_s", "_tokens", "burst", "per_s")

    def __init__(self, burst: float, per_s: float) -> None:
        """`burst`: tokens at the most, and at the beginning; `per_s`: how fast they come back."""
        self.burst = burst
        self.per_s = per_s
        self._tokens = burst
        self._at_s: float | None = None

    def has(self, now_s: float) -> float:
        """Tokens there are now; less than none after an overdraft."""
        if self._at_s is not None and now_s > self._at_s:
            self._tokens = min(self.burst, self._tokens + (now_s - self._at_s) * self.per_s)
        if self._at_s is None or now_s > self._at_s:
            self._at_s = now_s
        return self._tokens

    def take(self, now_s: float, tokens: float = 1.0) -> None:
        """Takes tokens, whether they are there or not."""
        self.has(now_s)
        self._tokens -= tokens

    def ready_s(self, now_s: float, tokens: float = 1.0) -> float:
        """When so many tokens will be there, monotonic seconds; `now_s` when they are."""
        missing = tokens - self.has(now_s)
        # A hair later: a sum of fractions that is 0.9999… would wake whoever waits for nothing, for ever.
        return now_s if missing <= 0 else now_s + missing / self.per_s + 1e-6

    def is_full(self, now_s: float) -> bool:
        """Whether it remembers nothing worth keeping."""
        return self.has(now_s) >= self.burst


class ChatBudget:
    """What may be said in one chat: each of its buckets must have a token."""

    __slots__ = ("_buckets", "_silent_until_s")

    def __init__(self, limits: Limits, *, is_group: bool) -> None:
        """`is_group`: the minute's allowance counts as well."""
        buckets = []
        if limits.chat_per_s is not None:
            buckets.append(Bucket(1, limits.chat_per_s / MARGIN))
        if is_group and limits.group_per_min is not None:
            # Within any minute the burst and what drips in together stay inside the allowance, and nobody ever
            # waits longer than for the next drop: a window used up at once would silence the group for the rest of it.
            burst = min(GROUP_BURST, limits.group_per_min / 2)
            buckets.append(Bucket(burst, (limits.group_per_min - burst) / 60 / MARGIN))
        self._buckets = tuple(buckets)
        self._silent_until_s = 0.0

    def ready_s(self, now_s: float, spare: float = 0.0) -> float:
        """When one message may be said that leaves `spare` others behind, monotonic seconds."""
        ready_s = max(now_s, self._silent_until_s)
        for bucket in self._buckets:
            ready_s = max(ready_s, bucket.ready_s(now_s, min(1 + spare, bucket.burst)))
        return ready_s

    def left(self, now_s: float) -> float:
        """How many messages may follow each other, at the chat's pace; endless when there is no limit."""
        return min((b.has(now_s) for b in self._buckets if b.burst > 1), default=float("inf"))

    def take(self, now_s: float) -> None:
        """One message is said."""
        for bucket in self._buckets:
            bucket.take(now_s)

    def silence(self, now_s: float, seconds: float) -> None:
        """The vendor asks for silence instead of taking a message: nothing for so long."""
        self._silent_until_s = max(self._silent_until_s, now_s + seconds)

    def is_idle(self, now_s: float) -> bool:
        """Whether forgetting it changes nothing."""
        return now_s >= self._silent_until_s and all(bucket.is_full(now_s) for bucket in self._buckets)


class CallWindow:
    """Calls within any second, counted so that the vendor never counts more, however long a call is on its way.

    A call counts while it is under way, and for a second after it has ended: whenever within that time the vendor
    counted it, it is in here.
    """

    __slots__ = ("_ended", "_most", "_under_way")

    def __init__(self, most: int) -> None:
        """`most`: calls within a second."""
        self._most = most
        self._under_way = 0
        self._ended: deque[float] = deque()

    def may(self, now_s: float) -> bool:
        """Whether one more may be made now."""
        while self._ended and self._ended[0] <= now_s - 1:
            self._ended.popleft()
        return self._under_way + len(self._ended) < self._most

    def ready_s(self, now_s: float) -> float | None:
        """When one more may be made; None: not before one of those under way has ended."""
        if self.may(now_s):
            return now_s
        return self._ended[0] + 1 + 1e-6 if self._ended else None

    def begin(self) -> None:
        """One is made."""
        self._under_way += 1

    def end(self, now_s: float, *, counted: bool) -> None:
        """It has ended; `counted`: the vendor may have counted it."""
        self._under_way -= 1
        if counted:
            self._ended.append(now_s)


def call_window(limits: Limits) -> CallWindow | None:
    """The channel's own window; None = no limit."""
    return None if limits.overall_per_s is None else CallWindow(max(1, round(limits.overall_per_s * SHARE_OVERALL)))
