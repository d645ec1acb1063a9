"""The people of a drill at their phones, whatever chat they use: what they say, what they hear, how long they wait."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.directory import Building

GLANCE_S = 0.25  # a waiting person looks at the phone this often
_LONGEST_ABSENCE_S = 90.0


class TalkRefused(Exception):
    """The chat does not take this message, and would not the next time either."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a phone."""

    #: the person id without its channel, or what stands for it where a vendor gives the ids
    name: str
    #: as the rooms show it
    shown: str

    @property
    def private_room(self) -> str:
        """Their private chat with the bot."""
        return f"@{self.name}"


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as a room shows it."""

    id: int
    room: str
    #: None = the bot
    person_id: str | None
    text: str
    #: (label, action), row by row
    buttons: tuple[tuple[str, str], ...]
    #: key of the message it answers
    reply_to: str | None
    priority: str
    #: monotonic seconds
    heard_s: float


@dataclass(slots=True)
class Said:
    """One message somebody typed or pressed."""

    author: Member
    room: str
    text: str
    client_id: str
    #: its idempotency key, once it was acknowledged
    key: str = ""
    #: calls it took
    tries: int = 0
    acknowledged_s: float = 0.0
    replies: list[Bubble] = field(default_factory=list)


class Phones(ABC):
    """Everybody's phone at once. Rooms are called `building-<id>`, private ones `@<name>`."""

    #: after this long without an answer the bot took a message for talk
    silence_s = 6.0

    def __init__(self) -> None:
        """Nothing was heard yet."""
        #: everything heard from the bot, oldest first; an edit is heard again
        self.bubbles: list[Bubble] = []
        #: calls that had to be made again
        self.retries = 0
        #: messages that the vendor delivered once more after their answer, and those answered in other words then
        self.echoes = 0
        self.contradictions: list[str] = []
        self.news = asyncio.Event()

    @abstractmethod
    async def enter(self, admin: Member, buildings: Sequence[Building], timeout_s: float) -> list[str]:
        """Every building's room, once the bot serves it; from then on all are heard. Fewer when the time is up."""

    @abstractmethod
    async def say(self, author: Member, room: str, text: str) -> Said:
        """Types it, until the chat has it. Raises: TalkRefused."""

    @abstractmethod
    async def press(self, author: Member, bubble: Bubble, action: str) -> Said:
        """Presses a button under a message, the same way."""

    def toast(self, said: Said) -> str:
        """What only the presser saw of a press so far; "" = nothing, or the chat has no such thing."""
        return ""

    def is_deaf(self) -> bool:
        """Whether some phone hears nothing right now; such time is nobody's silence."""
        return False

    async def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Until the condition holds; false when it did not within `timeout_s`. Looked at whenever a room speaks."""
        ends_s = time.monotonic() + timeout_s
        while not condition():
            left_s = ends_s - time.monotonic()
            if left_s <= 0:
                return False
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(), min(left_s, GLANCE_S))
            except TimeoutError:
                continue
        return True

    async def answer(self, said: Said, silence_s: float | None = None) -> Bubble | None:
        """The bot's first answer to a message; None when it kept silent for `silence_s`, not counting its absence."""
        longest_s = self.silence_s if silence_s is None else silence_s
        listened_s, gives_up_s = 0.0, time.monotonic() + _LONGEST_ABSENCE_S
        while not said.replies and listened_s < longest_s and time.monotonic() < gives_up_s:
            began_s = time.monotonic()
            await self.wait_for(lambda: bool(said.replies), GLANCE_S)
            if not self.is_deaf():
                listened_s += time.monotonic() - began_s
        return said.replies[0] if said.replies else None
