"""A page behind a secret link, as the one who has the link reads it, writes into it and hears from it."""

from __future__ import annotations

import asyncio
import html

import aiohttp

from tests.bot.page_scene import Scene

TOKEN = "a-secret-address"


async def read(scene: Scene, path: str) -> str:
    """A page as its owner reads it."""
    async with scene.http.get(scene.base + path) as answer:
        assert answer.status == 200
        return html.unescape(await answer.text())


async def send(scene: Scene, path: str, **form: str) -> tuple[int, str]:
    """A form: status and page, redirects followed."""
    async with scene.http.post(scene.base + path, data=form, headers={"Origin": scene.base}) as answer:
        return answer.status, html.unescape(await answer.text())


async def next_events(stream: aiohttp.ClientResponse, wanted: set[str]) -> dict[str, str]:
    """The stream's events up to the last of the wanted names."""
    found: dict[str, str] = {}
    name, data = "", list[str]()
    async with asyncio.timeout(5):
        while not wanted <= set(found):
            line = (await stream.content.readline()).decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data.append(line[6:])
            elif not line and data:
                found[name] = "\n".join(data)
                name, data = "", []
    return found
