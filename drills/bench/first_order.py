"""From the crash to the first order: how long nobody takes orders, whole product, real processes, real time."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import aiohttp
import yaml

from core.catalog import Catalog
from drills.bench.figure import Figure
from drills.bot_process import BotProcess
from drills.demo_campus import ask_campus
from drills.twin_process import TwinProcess

ADMIN_TOKEN = "bench-admin"  # noqa: S105 (of a service that lives for a minute)
ROUNDS = 3
#: The watch sees a healthy primary for so long before anything happens, seconds.
_CALM_S = 8.0
_PATIENCE_S = 90.0


class NobodyTookIt(Exception):
    """It did not come to that in time."""


async def measure_first_order() -> list[Figure]:
    """Each on real processes: the twin is cut, or an admin says so; a student types until an order is noted."""
    by_itself = [await _round(_cut) for _ in range(ROUNDS)]
    by_command = [await _round(_command) for _ in range(ROUNDS)]
    return [
        Figure(
            name="crash to first order acknowledged, by itself",
            value=max(by_itself),
            target=30.0,
            unit="s",
            is_at_most=True,
            detail=f"slowest of {ROUNDS}; median {median(by_itself):.1f} s",
        ),
        Figure(
            name="an admin's command to first order acknowledged",
            value=max(by_command),
            target=2.0,
            unit="s",
            is_at_most=True,
            detail=f"slowest of {ROUNDS}; median {median(by_command):.2f} s",
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Scene:
    """A twin, a bot with the rules it ships with, and a student's phone."""

    twin: TwinProcess
    bot: BotProcess
    session: aiohttp.ClientSession
    room: str
    words: str

    async def status(self) -> dict[str, Any]:
        async with self.session.get(f"{self.bot.base_url}/admin/api/status", headers=_ADMIN) as answer:
            return dict(await answer.json())

    async def orders(self, number: int) -> str:
        """Types the order; the key of the message."""
        url, body = (
            f"{self.bot.base_url}/chat/api/{self.room}/messages",
            {"text": self.words, "client_id": f"m{number}"},
        )
        async with self.session.post(url, json=body, headers=_WHO) as answer:
            return str((await answer.json())["key"])

    async def is_noted(self) -> bool:
        """Whether some order of hers has its receipt."""
        url = f"{self.bot.base_url}/chat/api/{self.room}/messages?limit=200"
        async with self.session.get(url, headers=_WHO) as answer:
            found = (await answer.json())["messages"]
        return any(message.get("reply_to") and "已记下" in message["text"] for message in found)


_ADMIN = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
_WHO = {"X-Person": "bench", "X-Person-Name": quote("小李")}


async def _cut(scene: _Scene) -> None:
    await scene.twin.inject("down")


async def _command(scene: _Scene) -> None:
    url = f"{scene.bot.base_url}/admin/api/emergency"
    async with scene.session.post(url, json={"reason": "bench"}, headers=_ADMIN) as answer:
        answer.raise_for_status()


async def _round(trouble: Callable[[_Scene], Awaitable[None]]) -> float:
    """Seconds from the trouble to the first receipt."""
    async with _scene() as scene:
        await asyncio.sleep(_CALM_S)
        began_s = time.monotonic()
        await trouble(scene)
        for number in range(int(_PATIENCE_S * 10)):
            # A student tries again twice a second; before the emergency the bot notes nothing.
            if number % 5 == 0:
                await scene.orders(number)
            if await scene.is_noted():
                return time.monotonic() - began_s
            await asyncio.sleep(0.1)
    raise NobodyTookIt(f"no order was noted within {_PATIENCE_S:.0f} s")


@asynccontextmanager
async def _scene() -> AsyncIterator[_Scene]:
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as name:
        folder = Path(name)
        async with TwinProcess(folder / "twin.sqlite3") as twin, aiohttp.ClientSession() as session:
            campus = await ask_campus(twin.base_url, twin.token)
            async with BotProcess(
                _config(folder, twin), log=folder / "bot.log", secrets={"FALLBACK_WEB__ADMIN_TOKEN": ADMIN_TOKEN}
            ) as bot:
                building = campus.buildings[0]
                scene = _Scene(twin, bot, session, f"building-{building.id}", f"{_dish(campus.catalog)}一份 305")
                await _until_ready(scene)
                yield scene


def _config(folder: Path, twin: TwinProcess) -> Path:
    settings = {
        "primary": {"base_url": twin.base_url, "token": twin.token},
        "store": {"path": str(folder / "store.sqlite3")},
        "watch": {"reference_url": f"{twin.control_url}/twin/faults"},
        "channels": {"local_chat": {"identities": "simulated"}},
        "orders": {"confirm": "never"},
        "sync": {"pull_every_s": 1},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def _dish(catalog: Catalog) -> str:
    """A dish that there is enough of and that asks nothing back."""
    return next(item.name for item in catalog.items.values() if item.stock is None and not item.groups)


async def _until_ready(scene: _Scene) -> None:
    for _ in range(int(_PATIENCE_S * 10)):
        if (await scene.status())["snapshot_age_s"] is not None:
            url = f"{scene.bot.base_url}/chat/api/{scene.room}/messages"
            async with scene.session.get(url, headers=_WHO) as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.1)
    raise NobodyTookIt("the bot has no menu or no rooms")
