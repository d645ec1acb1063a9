"""The real service on real files, with a shell beside it: what tests of an operator's day begin with."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import yaml

from drills.bot_process import BotProcess
from drills.twin_process import TwinProcess

HOME = Path(__file__).parents[2]
ADMIN_TOKEN = "operator"
#: A port on which nobody answers: the primary is down.
NOBODY = "http://127.0.0.1:9"
_ENDS_S = 60.0
_WAITS_S = 20.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ran to its end."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on its last line."""
        return json.loads(self.out.splitlines()[-1])


async def shell(
    *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None, folder: Path = HOME
) -> Ended:
    """Runs `python main.py …` as an operator would, with none of this machine's own settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FALLBACK_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(HOME / "main.py"), *arguments,
        cwd=folder,
        env=inherited | dict(environment or {}),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = await asyncio.wait_for(process.communicate(stdin), _ENDS_S)
    except BaseException:
        process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


def write_config(folder: Path, base_url: str = NOBODY, token: str = "", **groups: Any) -> Path:
    """A config file whose store lies in `folder`; `groups` are added to it."""
    settings: dict[str, Any] = {
        "primary": {"base_url": base_url, "token": token},
        "store": {"path": str(folder / "store.sqlite3")},
        "web": {"admin_token": ADMIN_TOKEN},
        "channels": {"local_chat": {"identities": "simulated"}},
        "people": {"admins": ["web:root"]},
        "sync": {"pull_every_s": 0.2, "longest_pause_s": 0.5},
        "orders": {"confirm": "never"},
    }
    for name, group in groups.items():
        settings[name] = {**settings.get(name, {}), **group}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return path


@dataclass
class Service:
    """A running service, its operator and its students."""

    process: BotProcess
    config: Path
    log: Path
    session: aiohttp.ClientSession

    async def command(self, name: str, *arguments: str) -> Ended:
        """A shell command that speaks to this service."""
        port = self.process.base_url.rpartition(":")[2]
        return await shell(name, "--config", str(self.config), *arguments, environment={"FALLBACK_WEB__PORT": port})

    async def status(self) -> dict[str, Any]:
        """What `status` shows."""
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        async with self.session.get(f"{self.process.base_url}/admin/api/status", headers=headers) as answer:
            return dict(await answer.json())

    async def flip(self, call: str) -> int:
        """`emergency` or `hand-back`; the HTTP status."""
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        url = f"{self.process.base_url}/admin/api/{call}"
        async with self.session.post(url, json={"reason": "test"}, headers=headers) as answer:
            return answer.status

    async def says(self, name: str, room: str, text: str, client_id: str) -> tuple[int, dict[str, Any]]:
        """One post to the chat: the HTTP status and the body."""
        url = f"{self.process.base_url}/chat/api/{room}/messages"
        headers = {"X-Person": quote(name)}
        async with self.session.post(url, json={"text": text, "client_id": client_id}, headers=headers) as answer:
            return answer.status, await answer.json()

    async def shown(self, name: str, room: str) -> list[dict[str, Any]]:
        """What a room shows."""
        url = f"{self.process.base_url}/chat/api/{room}/messages?limit=200"
        async with self.session.get(url, headers={"X-Person": quote(name)}) as answer:
            return list((await answer.json())["messages"])

    async def answers(self, name: str, room: str, key: str) -> list[str]:
        """What the bot answered to one message, once it has."""
        found: list[str] = []

        async def is_answered() -> bool:
            found[:] = [m["text"] for m in await self.shown(name, room) if m["reply_to"] == key]
            return bool(found)

        await until(is_answered)
        return found

    async def has_menu(self) -> None:
        """Returns once the snapshot is there and the buildings have their rooms."""

        async def is_ready() -> bool:
            status = await self.status()
            return status["snapshot_age_s"] is not None and "building-1" in await self._rooms()

        await until(is_ready)

    async def _rooms(self) -> set[str]:
        async with self.session.get(f"{self.process.base_url}/chat/api/rooms", headers={"X-Person": "root"}) as answer:
            return {room["room"] for room in (await answer.json())["rooms"]}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the store file says, read by an outsider."""
        path = self.config.with_name("store.sqlite3")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
            return store.execute(sql).fetchall()


async def until(is_so: Any) -> None:
    """Returns once it is so. Raises: TimeoutError."""
    ends_s = time.monotonic() + _WAITS_S
    while not await is_so():
        if time.monotonic() > ends_s:
            raise TimeoutError(f"{is_so.__qualname__} did not come true within {_WAITS_S:.0f} s")
        await asyncio.sleep(0.05)


@asynccontextmanager
async def service(folder: Path, config: Path, *, log: Path | None = None) -> AsyncIterator[Service]:
    """The service at work until the block ends. `log`: where its standard error goes."""
    log = log or folder / "bot.log"
    async with (
        BotProcess(config, log=log) as process,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session,
    ):
        yield Service(process, config, log, session)


@asynccontextmanager
async def campus(
    folder: Path, *, elsewhere: Path | None = None, **groups: Any
) -> AsyncIterator[tuple[Service, TwinProcess]]:
    """The service beside a healthy primary, with its snapshot taken. `elsewhere`: where the primary has its disk."""
    async with TwinProcess((elsewhere or folder) / "twin.sqlite3") as twin:
        config = write_config(folder, twin.base_url, twin.token, **groups)
        async with service(folder, config) as running:
            await running.has_menu()
            yield running, twin
