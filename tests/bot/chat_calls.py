"""What the tests of the chat's pages say, press and hear over HTTP."""

from __future__ import annotations

import asyncio
import json

import aiohttp

from core.chat import Button, OutgoingMessage
from core.ids import ChatId, Key
from fallback_store import messages
from tests.bot.page_scene import Scene

GROUP = "/chat/api/building-12"


async def inbox(scene: Scene) -> list[str]:
    """Texts that wait to be served."""
    rows = await messages.waiting(scene.store, 0, 100)
    return [scene.local_chat.read(row.update).text for row in rows]


async def buttons(scene: Scene, chat_id: ChatId, *labels: str) -> int:
    """The bot says something with buttons; returns the message's id."""
    row = tuple(Button(label, f"do:{label}") for label in labels)
    said = OutgoingMessage(key=Key(f"k-{labels}"), chat_id=chat_id, text="选一个", buttons=(row,))
    return int(await scene.local_chat.send(said))


async def read_events(answer: aiohttp.ClientResponse, count: int) -> list[tuple[str, dict[str, object]]]:
    """The next events of a stream: name and data."""
    found: list[tuple[str, dict[str, object]]] = []
    name = ""
    async with asyncio.timeout(5):
        while len(found) < count:
            line = (await answer.content.readline()).decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                found.append((name, json.loads(line[6:])))
    return found


async def read_mark(answer: aiohttp.ClientResponse) -> str:
    """The id of the stream's next event, by which a page says how far it came."""
    async with asyncio.timeout(5):
        while not (line := (await answer.content.readline()).decode()).startswith("id: "):
            continue
    return line[4:].rstrip("\n")
