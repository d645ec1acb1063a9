"""Runs the bot as a process of its own, keeps its port over kills and restarts, stops only that process."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from drills.own_process import OwnProcess
from drills.twin_door import reserve_port

HOST = "127.0.0.1"
_START_S = 60.0  # a loaded machine takes a while to import everything
_STOP_S = 10.0
_GLANCE_S = 0.2
_LOG_TAIL = 2000  # characters
_HOME = Path(__file__).parents[1]


class BotDied(Exception):
    """The bot's process ended before it could serve; the message is what it wrote last."""


class BotProcess(OwnProcess):
    """`async with BotProcess(config, log=…) as bot:` serves `config` at `bot.base_url` until the block ends."""

    def __init__(self, config: Path, *, log: Path, port: int = 0, secrets: Mapping[str, str] | None = None) -> None:
        """`port`: 0 takes a free one; `secrets`: `FALLBACK_…` variables, which outrank the config file."""
        self._config, self._log, self._wanted_port = config, log, port
        self._secrets = dict(secrets or {})
        #: how often it was killed with SIGKILL
        self.kills = 0
        #: seconds the last start took until pages were served
        self.start_s = 0.0
        self._holder: socket.socket | None = None
        self._is_wanted = False

    def reserve(self) -> int:
        """Takes the port before the bot is started, for a config that has to name it. Raises: OSError."""
        # Held over kills too: between two lives of the bot its port must refuse, not belong to somebody else.
        if self._holder is None:
            self._holder = reserve_port(HOST, self._wanted_port)
        return int(self._holder.getsockname()[1])

    @property
    def base_url(self) -> str:
        """Where its pages are."""
        return f"http://{HOST}:{self.reserve()}"

    async def start(self) -> None:
        """Starts it, or starts it again on the same port and the same store. Raises: BotDied."""
        began_s = time.monotonic()
        said = self._log.with_suffix(".out")
        said_before = said.stat().st_size if said.exists() else 0
        # Both go to files, not pipes: a pipe nobody empties would stop the bot once it is full.
        with self._log.open("ab") as errors, said.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "main.py", "run", "--config", str(self._config.absolute()), "--announce",
                cwd=_HOME,
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                # Ctrl-C in the terminal is the drill's to hear: it stops the bot itself, in order.
                start_new_session=True,
            )  # fmt: skip
        while not said.read_bytes()[said_before:].endswith(b"\n"):
            if self._process.returncode is not None or time.monotonic() - began_s > _START_S:
                await self._end(signal.SIGKILL)
                raise BotDied(self._last_words())
            await asyncio.sleep(0.02)
        self._is_wanted = True
        self.start_s = time.monotonic() - began_s

    async def stays_alive(self) -> None:
        """Watches it for ever. Raises: BotDied as soon as it ended and nobody here had asked it to."""
        while True:
            if self._is_wanted and self.pid is None:
                raise BotDied(self._last_words())
            await asyncio.sleep(_GLANCE_S)

    async def kill(self) -> None:
        """SIGKILL: no chance to write anything more."""
        self.kills += 1
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Asks it to end, and kills it when it does not."""
        await self._end_within(_STOP_S)

    async def ended(self) -> int:
        """Its exit code, once it has ended by itself or by somebody else's signal."""
        assert self._process is not None
        return await self._process.wait()

    async def _prepare(self) -> None:
        self.reserve()

    async def _end(self, with_signal: signal.Signals) -> None:
        self._is_wanted = False
        await super()._end(with_signal)

    async def _close(self) -> None:
        # A second Ctrl-C must not leave the bot behind.
        await asyncio.shield(self.stop())
        if self._holder is not None:
            self._holder.close()

    def _last_words(self) -> str:
        said = self._log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:].strip()
        ended = "never served" if self._process is None else f"ended with exit code {self._process.returncode}"
        return f"{said}\nThe bot {ended}; its log is {self._log}"

    def _environment(self) -> dict[str, str]:
        # What the operator has set for the real service must not leak into a drill.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FALLBACK_")}
        port = str(self.reserve())
        return inherited | self._secrets | {"FALLBACK_WEB__HOST": HOST, "FALLBACK_WEB__PORT": port}


def is_free(port: int) -> bool:
    """Whether nobody listens on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True
