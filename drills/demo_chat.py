"""The people of a drill at their phones: they type and press over the chat's real HTTP, and hear what the rooms say."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import orjson

from core.directory import Building
from drills.demo_phones import Bubble, Member, Phones, Said, TalkRefused

_AGAIN_S = 0.25  # a phone without an answer tries again this soon
_GIVES_UP_S = 90.0
_CALL_S = 10.0
_LISTENS = 8  # rooms one phone can hear at once
_LONGEST_LINE = 2**20  # bytes; one event of a stream


class CampusChat(Phones):
    """`async with CampusChat(base_url) as chat`: everybody in the bot's own web chat."""

    def __init__(self, base_url: str) -> None:
        """`base_url`: where the bot serves its pages."""
        super().__init__()
        self._base_url = base_url
        self._tasks = asyncio.TaskGroup()
        self._ears: list[asyncio.Task[None]] = []
        self._heard_rooms: set[str] = set()
        #: listeners whose line is cut right now
        self._deaf: set[str] = set()
        self._client_ids = 0
        self._waiting_replies: defaultdict[str, list[Bubble]] = defaultdict(list)
        self._said: dict[str, Said] = {}

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

    async def enter(self, admin: Member, buildings: Sequence[Building], timeout_s: float) -> list[str]:
        """The rooms are there as soon as the bot knows the buildings."""
        rooms: list[str] = []
        ends_s = time.monotonic() + timeout_s
        while len(rooms) < len(buildings) and time.monotonic() < ends_s:
            await asyncio.sleep(_AGAIN_S)
            rooms = await self.rooms(admin)
        for n, first in enumerate(range(0, len(rooms), _LISTENS)):
            self.hear(Member(f"listener-{n}", "listener"), rooms[first : first + _LISTENS])
        self.hear(admin, [admin.private_room])
        return rooms

    # -- hearing --------------------------------------------------------------------------------------------

    def hear(self, listener: Member, rooms: Sequence[str]) -> None:
        """From now on these rooms are heard; at most _LISTENS at once for one listener."""
        self._heard_rooms.update(rooms)
        self._ears.append(self._tasks.create_task(self._listen(listener, rooms)))

    def is_deaf(self) -> bool:
        """Whether some listener's line is cut."""
        return bool(self._deaf)

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
            self.news.set()


def _headers(member: Member) -> dict[str, str]:
    return {"X-Person": member.name, "X-Person-Name": quote(member.shown)}
