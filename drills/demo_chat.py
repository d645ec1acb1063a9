"""The people of a drill at their phones: they type and press over the chat's real HTTP, and hear what the rooms say."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import orjson

_AGAIN_S = 0.25  # a phone without an answer tries again this soon
_GIVES_UP_S = 90.0
_CALL_S = 10.0
_GLANCE_S = 0.25  # a waiting person looks at the phone this often
_LONGEST_LINE = 2**20  # bytes; one event of a stream


class TalkRefused(Exception):
    """The chat does not take this message, and would not the next time either."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a phone."""

    #: as in `X-Person`: the person id without its channel
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


class CampusChat:
    """`async with CampusChat(base_url) as chat`: everybody's phone at once."""

    def __init__(self, base_url: str) -> None:
        """`base_url`: where the bot serves its pages."""
        self._base_url = base_url
        self._tasks = asyncio.TaskGroup()
        self._ears: list[asyncio.Task[None]] = []
        self._heard_rooms: set[str] = set()
        #: listeners whose line is cut right now
        self._deaf: set[str] = set()
        self._client_ids = 0
        self._waiting_replies: defaultdict[str, list[Bubble]] = defaultdict(list)
        self._said: dict[str, Said] = {}
        self._news = asyncio.Event()
        #: everything heard from the bot, oldest first
        self.bubbles: list[Bubble] = []
        #: calls that had to be made again
        self.retries = 0

    async def __aenter__(self) -> Self:
        """Ready to talk."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_CALL_S), connector=aiohttp.TCPConnector(limit=0)
        )
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Everybody puts the phone away."""
        for ear in self._ears:
            ear.cancel()
        try:
            await self._tasks.__aexit__(kind, error, trace)
        finally:
            await self._session.close()

    # -- talking --------------------------------------------------------------------------------------------

    async def say(self, author: Member, room: str, text: str) -> Said:
        """Types it, again and again under the same client_id until the bot has it. Raises: TalkRefused."""
        return await self._send(author, room, text, "messages", {"text": text})

    async def press(self, author: Member, bubble: Bubble, action: str) -> Said:
        """Presses a button under a message, the same way."""
        wish = {"action": action, "message": bubble.id}
        return await self._send(author, bubble.room, action, "press", wish)

    async def _send(self, author: Member, room: str, text: str, verb: str, wish: dict[str, Any]) -> Said:
        self._client_ids += 1
        said = Said(author, room, text, f"c{self._client_ids}")
        self._hear_private(author, room)
        address = f"{self._base_url}/chat/api/{quote(room)}/{verb}"
        gives_up_s = time.monotonic() + _GIVES_UP_S
        while True:
            said.tries += 1
            try:
                async with self._session.post(
                    address, json=wish | {"client_id": said.client_id}, headers=_headers(author)
                ) as answer:
                    body = await answer.read()
                    if answer.status == 200:
                        said.key = str(orjson.loads(body)["key"])
                        break
                    if answer.status < 500 and answer.status not in (408, 429):
                        raise TalkRefused(f"{address}: {answer.status} {body.decode(errors='replace')[:200]}")
            except (aiohttp.ClientError, TimeoutError, OSError):
                # Whether it was taken is unknown: only the same client_id makes trying again harmless.
                pass
            if time.monotonic() > gives_up_s:
                raise TalkRefused(f"{address}: no answer in {_GIVES_UP_S:.0f} s")
            self.retries += 1
            await asyncio.sleep(_AGAIN_S)
        said.acknowledged_s = time.monotonic()
        self._said[said.key] = said
        said.replies = self._waiting_replies[said.key]
        return said

    async def rooms(self, member: Member) -> list[str]:
        """The groups a member may enter; none while the bot does not answer."""
        try:
            async with self._session.get(f"{self._base_url}/chat/api/rooms", headers=_headers(member)) as answer:
                found = orjson.loads(await answer.read())["rooms"] if answer.status == 200 else []
        except (aiohttp.ClientError, TimeoutError, OSError):
            return []
        return [room["room"] for room in found if room["is_group"]]

    # -- hearing --------------------------------------------------------------------------------------------

    def hear(self, listener: Member, rooms: Sequence[str]) -> None:
        """From now on these rooms are heard; at most 8 at once for one listener."""
        self._heard_rooms.update(rooms)
        self._ears.append(self._tasks.create_task(self._listen(listener, rooms)))

    async def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Until the condition holds; false when it did not within `timeout_s`. Looked at whenever a room speaks."""
        ends_s = time.monotonic() + timeout_s
        while not condition():
            left_s = ends_s - time.monotonic()
            if left_s <= 0:
                return False
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), min(left_s, _GLANCE_S))
            except TimeoutError:
                continue
        return True

    async def answer(self, said: Said, silence_s: float) -> Bubble | None:
        """The bot's first answer to a message; None when it kept silent for `silence_s`, not counting its absence."""
        listened_s, gives_up_s = 0.0, time.monotonic() + _GIVES_UP_S
        while not said.replies and listened_s < silence_s and time.monotonic() < gives_up_s:
            began_s = time.monotonic()
            await self.wait_for(lambda: bool(said.replies), _GLANCE_S)
            if not self._deaf:
                listened_s += time.monotonic() - began_s
        return said.replies[0] if said.replies else None

    def _hear_private(self, author: Member, room: str) -> None:
        if room == author.private_room and room not in self._heard_rooms:
            self.hear(author, [room])

    async def _listen(self, listener: Member, rooms: Sequence[str]) -> None:
        heard_to = ""
        query = "&".join(f"room={quote(room)}" for room in rooms)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CALL_S, sock_read=60.0)
        while True:
            try:
                async with self._session.get(
                    f"{self._base_url}/chat/events?{query}&after=0",
                    # Edits that were missed come again too: only the last event's own name tells how far we are.
                    headers=_headers(listener) | ({"Last-Event-ID": heard_to} if heard_to else {}),
                    timeout=timeout,
                    read_bufsize=_LONGEST_LINE,
                ) as stream:
                    self._deaf.discard(listener.name)
                    kind = mark = ""
                    async for line in stream.content:
                        name, _, value = line.decode().rstrip("\n").partition(": ")
                        if name == "event":
                            kind = value
                        elif name == "id":
                            mark = value
                        elif name == "data" and kind == "message":
                            self._take(orjson.loads(value))
                            heard_to = mark
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            self._deaf.add(listener.name)
            await asyncio.sleep(_AGAIN_S)

    def _take(self, shown: dict[str, Any]) -> None:
        bubble = Bubble(
            id=shown["id"],
            room=shown["room"],
            person_id=shown["person_id"],
            text=shown["text"],
            buttons=tuple((button["label"], button["action"]) for row in shown["buttons"] for button in row),
            reply_to=shown["answers"] or shown["reply_to"],
            priority=shown["priority"],
            heard_s=time.monotonic(),
        )
        if shown["is_bot"]:
            self.bubbles.append(bubble)
            if bubble.reply_to:
                self._waiting_replies[bubble.reply_to].append(bubble)
            self._news.set()


def _headers(member: Member) -> dict[str, str]:
    return {"X-Person": member.name, "X-Person-Name": quote(member.shown)}
