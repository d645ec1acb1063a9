"""How often something may be said: buckets that fill with time; whoever asks brings the time along."""

from __future__ import annotations

from dataclasses import dataclass

#: A minute's allowance of a group is spread: so many messages may follow each other at once, the rest drips in.
GROUP_BURST = 3
#: Our clock and the vendor's network are not the vendor's clock: a little less than allowed is what is safe.
MARGIN = 1.04
#: Over all chats: the share that may follow each other at once, and the distance kept.
BURST_OVERALL, MARGIN_OVERALL = 0.1, 1.08


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

    def give_back(self, now_s: float, tokens: float = 1.0) -> None:
        """What they were taken for did not happen."""
        self._tokens = min(self.burst, self.has(now_s) + tokens)

    def empty(self, now_s: float) -> None:
        """Somebody who counts better says that nothing is left."""
        self._tokens = min(0.0, self.has(now_s))

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
        """The vendor asks for silence instead of taking a message: nothing for so long, and the message cost nothing."""
        self._silent_until_s = max(self._silent_until_s, now_s + seconds)
        for bucket in self._buckets:
            bucket.give_back(now_s)

    def is_idle(self, now_s: float) -> bool:
        """Whether forgetting it changes nothing."""
        return now_s >= self._silent_until_s and all(bucket.is_full(now_s) for bucket in self._buckets)


def overall_bucket(limits: Limits) -> Bucket | None:
    """The channel's own bucket; None = no limit.

    Any second of the vendor's sees a little less than it allows: many calls are on their way at once and arrive in
    bunches. A small burst makes up for what is lost when we wake a little late.
    """
    if limits.overall_per_s is None:
        return None
    burst = max(1.0, limits.overall_per_s * BURST_OVERALL)
    return Bucket(burst, (limits.overall_per_s - burst) / MARGIN_OVERALL)
