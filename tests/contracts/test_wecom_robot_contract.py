"""The vendor's own client works on our gateway, so what our client does on the gateway is what the vendor expects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from drills.wechat_double.robot_gateway import RobotGateway
from tests.contracts.vendors_libraries import installed


class TheirClient:
    """The npm SDK in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def saw(self, what: str) -> dict[str, Any]:
        """The next thing of this kind that it reports. Raises: TimeoutError."""
        assert self._process.stdout is not None
        async with asyncio.timeout(10):
            while line := await self._process.stdout.readline():
                found: dict[str, Any] = json.loads(line)
                if found["saw"] == what:
                    return found
        raise AssertionError(f"it ended without {what}")


@asynccontextmanager
async def their_client(gateway: RobotGateway, secret: str = "s") -> AsyncIterator[TheirClient]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "node", "robot.mjs", gateway.url, "bot", secret, cwd=installed(), stdin=pipe, stdout=pipe
    )
    try:
        yield TheirClient(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_vendors_client_talks_with_our_gateway() -> None:
    async with RobotGateway("bot", "s") as gateway, their_client(gateway) as client:
        await client.saw("authenticated")
        await gateway.text("zhang", "红烧肉两份")
        heard = await client.saw("text")
        assert (heard["content"], heard["person"], heard["chattype"]) == ("红烧肉两份", "zhang", "single")
        assert (await client.saw("pushed"))["errcode"] == 0
        assert gateway.shown["zhang"] == ["heard: 红烧肉两份", "**pushed**"]

        await gateway.text("li", "你好", group="dorm-12")
        heard = await client.saw("text")
        assert (heard["content"], heard["chattype"], heard["chatid"]) == ("@点餐助手 你好", "group", "dorm-12")
        await client.saw("pushed")
        assert gateway.shown["dorm-12"] == ["heard: @点餐助手 你好", "**pushed**"]

        await gateway.enters("li")
        assert (await client.saw("entered"))["person"] == "li"
        await gateway.press("li", "order:1")
        assert (await client.saw("pressed"))["event"]["template_card_event"]["event_key"] == "order:1"
        async with asyncio.timeout(5):
            await gateway.pinged.wait()
        assert not gateway.violations


async def test_the_vendors_client_is_denied_and_replaced_as_it_expects() -> None:
    async with RobotGateway("bot", "s") as gateway:
        async with their_client(gateway, secret="wrong") as denied:
            assert "Authentication failed" in (await denied.saw("error"))["message"]
        async with their_client(gateway) as first:
            await first.saw("authenticated")
            async with their_client(gateway) as second:
                await second.saw("authenticated")
                await first.saw("replaced")
