"""Sets the demo's stage: a fresh folder, the twin and the bot as processes of their own, phones and the office."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from core.recommended import RECOMMENDED
from drills.bot_process import HOST, BotProcess, is_free
from drills.demo_campus import Campus, ask_campus
from drills.demo_phones import Member, Phones
from drills.demo_staff import Office
from drills.demo_venues import LOCAL, TELEGRAM, WECHAT, LocalVenue, TelegramVenue, Venue, WeChatVenue
from drills.twin_process import TwinProcess

ADMIN = Member("anna", "Anna")
PRIMARY_PORT, PAGES_PORT = 9900, 8780
_TURNSTILE_PORT = 9902  # whoever listens here is the first demo, wherever its files are
#: The campus's rules, watched in fast motion: 20 bad seconds of 22 pass in 5.
TIMES_FASTER = 4.0


class Stage:
    """`async with Stage(folder, …) as stage`; the bot and what talks to it come with `open_bot`."""

    bot: BotProcess
    chat: Phones
    office: Office

    def __init__(self, folder: Path, *, seed: int, language: str, channel: str = LOCAL) -> None:
        """`folder`: fresh and empty; `language`: what the rooms speak; `channel`: of VENUES."""
        self.folder, self.seed, self.language = folder, seed, language
        self.admin_token = secrets.token_urlsafe(12)
        self.config = folder / "config.yaml"
        self.store = folder / "fallback.sqlite3"
        self.is_cut = False
        self._parts = AsyncExitStack()
        self._tasks = asyncio.TaskGroup()
        self._watching: list[asyncio.Task[None]] = []
        self._has_usual_ports = False
        self._platform = "竹园校区" if language == "zh" else "Bamboo Campus"
        self.venue: Venue = LocalVenue(self._parts, language=language)
        if channel == TELEGRAM:
            self.venue = TelegramVenue(self._parts, folder, seed=seed, language=language, platform=self._platform)
        elif channel == WECHAT:
            self.venue = WeChatVenue(self._parts, language=language, platform=self._platform)

    async def __aenter__(self) -> Self:
        """Returns when the twin serves. Raises: TwinDied."""
        self._has_usual_ports = self._parts.enter_context(_first_demo())
        self.twin = TwinProcess(
            self.folder / "primary.sqlite3",
            token=secrets.token_urlsafe(12),
            seed=self.seed,
            port=self.usual_port(PRIMARY_PORT),
        )
        await self._parts.enter_async_context(self.twin)
        await self._parts.enter_async_context(self._tasks)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Everything that was started here ends."""
        for task in self._watching:
            task.cancel()
        await self._parts.__aexit__(kind, error, trace)

    async def open_bot(self, campus: Campus) -> None:
        """Starts the bot on a fresh store, and gives everybody a phone. Raises: BotDied."""
        self.bot = BotProcess(self.config, log=self.folder / "bot.log", port=self.usual_port(PAGES_PORT))
        port = self.bot.reserve()
        settings = self._settings(port) | await self.venue.prepare(ADMIN, campus)
        self.config.touch(mode=0o600)
        self.config.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        await self._parts.enter_async_context(self.bot)
        self._watching.append(self._tasks.create_task(self.bot.stays_alive()))
        self.chat = await self.venue.open(self.bot.base_url)
        self.office = await self._parts.enter_async_context(Office(self.bot.base_url, self.admin_token))

    def usual_port(self, port: int) -> int:
        """`port`, if this is the only demo on the machine and nobody listens there; else 0, any free one."""
        return port if self._has_usual_ports and is_free(port) else 0

    async def campus(self) -> Campus:
        """Asks the platform, as the bot does."""
        return await ask_campus(self.twin.base_url, self.twin.token)

    async def cut(self) -> None:
        """The primary is gone: its port refuses and open connections are reset."""
        await self.twin.inject("down")
        self.is_cut = True

    async def restore(self) -> None:
        """The primary is back as it was."""
        await self.twin.clear()
        self.is_cut = False

    def _settings(self, port: int) -> dict[str, Any]:
        return {
            "primary": {"base_url": self.twin.base_url, "token": self.twin.token},
            "store": {"path": str(self.store)},
            "web": {"port": port, "admin_token": self.admin_token},
            "watch": {
                "times_faster": TIMES_FASTER,
                "timeout_s": 1,
                "healthy_s": 8,
                "dwell_s": 20,
                "rules": _rules(),
            },
            "campus": {"name": self._platform, "language": self.language},
            "node": {"name": f"demo-{datetime.now(UTC):%H%M%S}"},
            "sync": {"pull_every_s": 2, "longest_pause_s": 2, "timeout_s": 5},
        }


def _rules() -> list[dict[str, Any]]:
    """The recommended ones, but a cut is remembered for 30 s: a campus has 90, here nobody wants to wait for it."""
    shortened = (
        rule.model_copy(update={"for_": 24.0, "of": 30.0}) if rule.name.startswith("degraded") else rule
        for rule in RECOMMENDED
    )
    return [rule.model_dump(mode="json", by_alias=True, exclude_defaults=True) for rule in shortened]


@contextmanager
def _first_demo() -> Iterator[bool]:
    """Whether no other demo runs on this machine: a port that is only reserved cannot be told from a free one."""
    with socket.socket() as turnstile:
        try:
            turnstile.bind((HOST, _TURNSTILE_PORT))
            turnstile.listen(1)
        except OSError:  # another demo stands in it
            is_first = False
        else:
            is_first = True
        yield is_first


def make_folder(parent: Path) -> Path:
    """A fresh folder that is kept, named so that the newest is easy to find."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    for attempt in range(100):
        folder = parent / f"fallback-demo-{stamp}{f'-{attempt}' if attempt else ''}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(parents=True, mode=0o700)
            return folder
    raise FileExistsError(f"{parent} is full of demos")
