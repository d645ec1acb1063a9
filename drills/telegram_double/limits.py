"""The vendor's flood limits, enforced to the call: who speaks too often is told how long to be silent."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

#: what each of these counts as; other methods cost nothing
MESSAGES = frozenset(("sendmessage", "sendphoto", "senddocument"))
EDITS = frozenset(("editmessagetext", "editmessagecaption", "editmessagereplymarkup", "editmessagemedia"))
PINS = frozenset(("pinchatmessage", "unpinchatmessage", "unpinallchatmessages"))
_ROUNDING = 1e-6  # a second waited to the letter is a second
REACTIONS = frozenset(("setmessagereaction",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is too much. The vendor documents the first numbers and not whether pins and reactions count."""

    #: messages in one chat that may follow each other at once, and seconds until one more may
    chat_burst: int = 3
    chat_s: float = 1.0
    #: in a group within any 60 seconds
    group_per_minute: int = 20
    #: over all chats within any second
    overall_per_second: int = 30
    counts_edits: bool = True
    counts_pins: bool = False
    counts_reactions: bool = False
    #: False = nothing is ever refused
    is_enforced: bool = True

    def counts(self, method: str) -> bool:
        """Whether a call of this method (lower case) is a message to these limits."""
        return (
            method in MESSAGES
            or (self.counts_edits and method in EDITS)
            or (self.counts_pins and method in PINS)
            or (self.counts_reactions and method in REACTIONS)
        )


@dataclass(slots=True)
class _Chat:
    """One chat's account."""

    #: messages that may go at once, as of `seen_s`
    tokens: float
    seen_s: float
    #: when the latest went, monotonic seconds, oldest first
    minute: deque[float] = field(default_factory=deque)


class FloodAccounting:
    """Asked before every call that counts."""

    def __init__(self, limits: Limits) -> None:
        """`limits` may be exchanged while it runs."""
        self.limits = limits
        self._chats: dict[int, _Chat] = {}
        self._second: deque[float] = deque()
        #: refused calls by what they broke: `chat`, `group`, `overall`
        self.violations: defaultdict[str, int] = defaultdict(int)
        #: refused calls by chat id
        self.violations_of: defaultdict[int, int] = defaultdict(int)

    def spend(self, method: str, chat_id: int, now_s: float) -> int:
        """0 = it may go, and is counted; else the whole seconds to wait, and it is a violation.

        `now_s`: monotonic; group ids are negative, as the vendor's are.
        """
        if not self.limits.is_enforced or not self.limits.counts(method):
            return 0
        account = self._account(chat_id, now_s)
        waits = {
            "chat": max(0.0, 1 - account.tokens - _ROUNDING) * self.limits.chat_s,
            "group": self._full_for(account.minute, self.limits.group_per_minute, 60, now_s) if chat_id < 0 else 0.0,
            "overall": self._full_for(self._second, self.limits.overall_per_second, 1, now_s),
        }
        broken, wait_s = max(waits.items(), key=lambda item: item[1])
        if wait_s > 0:
            self.violations[broken] += 1
            self.violations_of[chat_id] += 1
            return max(1, math.ceil(wait_s))
        account.tokens -= 1
        account.minute.append(now_s)
        self._second.append(now_s)
        return 0

    def _account(self, chat_id: int, now_s: float) -> _Chat:
        burst = self.limits.chat_burst
        account = self._chats.setdefault(chat_id, _Chat(burst, now_s))
        account.tokens = min(burst, account.tokens + (now_s - account.seen_s) / self.limits.chat_s)
        account.seen_s = now_s
        return account

    @staticmethod
    def _full_for(went: deque[float], most: int, window_s: float, now_s: float) -> float:
        while went and went[0] <= now_s - window_s:
            went.popleft()
        return went[len(went) - most] + window_s - now_s if len(went) >= most else 0.0
