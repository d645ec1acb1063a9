"""People who use WeChat: what they were shown, and how many messages the vendor still lets an account send them."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.ports import Clock

#: Bytes of a text the vendor takes.
LONGEST = 2048
#: errcodes as the vendor documents them.
OUT_OF_TIME, TOO_MANY, NOT_A_PERSON, NOT_A_FOLLOWER, TOO_LONG = 45015, 45047, 40003, 43004, 45002


@dataclass(slots=True)
class Person:
    """One follower of the account."""

    openid: str
    is_following: bool = True
    #: everything the account said to them, oldest first: passive answers and service messages
    shown: list[str] = field(default_factory=list)
    #: how many of these were service messages
    pushed: int = 0
    allowed: int = 0
    allowed_until_s: float = float("-inf")

    def did(self, clock: Clock, count: int, lasts_s: float) -> None:
        """They wrote (5 messages in 48 h may follow) or tapped, scanned, followed (3 in a minute)."""
        now_s = clock.monotonic_s()
        is_open = now_s < self.allowed_until_s
        self.allowed = max(count, self.allowed if is_open else 0)
        self.allowed_until_s = max(now_s + lasts_s, self.allowed_until_s if is_open else now_s)


class Followers:
    """Everybody the account knows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.people: dict[str, Person] = {}
        #: service messages refused because the person may not be written to
        self.violations = 0

    def person(self, openid: str) -> Person:
        """The person with this id, new if need be."""
        return self.people.setdefault(openid, Person(openid))

    def push(self, openid: str, content: str) -> int:
        """A service message; returns the vendor's errcode, 0 when it is shown."""
        person = self.people.get(openid)
        if person is None:
            return NOT_A_PERSON
        if not person.is_following:
            return NOT_A_FOLLOWER
        if len(content.encode()) > LONGEST:
            return TOO_LONG
        if self._clock.monotonic_s() >= person.allowed_until_s:
            self.violations += 1
            return OUT_OF_TIME
        if not person.allowed:
            self.violations += 1
            return TOO_MANY
        person.allowed -= 1
        person.pushed += 1
        person.shown.append(content)
        return 0
