"""Runs the twin primary as a process of its own, keeps its port over kills and restarts, stops only that process."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from drills.own_process import OwnProcess
from drills.twin_door import reserve_port
from drills.twin_primary import RESTARTS

HOST = "127.0.0.1"
_START_S = 30.0  # a loaded machine takes a while to import everything
_STOP_S = 5.0
_CALL_S = 30.0
_HOME = Path(__file__).parents[1]


class TwinDied(Exception):
    """The twin's process ended before it could serve."""


class FaultRefused(Exception):
    """The twin does not know this fault or dish, or not with these fields."""


class TwinProcess(OwnProcess):
    """`async with TwinProcess(path) as twin:` gives a primary at `twin.base_url` until the block ends."""

    def __init__(self, store: Path, *, token: str = "twin-token", seed: int = 1, port: int = 0) -> None:  # noqa: S107
        """`store`: the twin's own SQLite file, kept over kills; `seed`: who is struck by a fault's share.

        `port`: the primary's; 0 takes a free one.
        """
        self.token = token
        self._store, self._seed, self._wanted_port = store, seed, port
        #: set while the twin serves
        self.listens = asyncio.Event()
        self._holders: list[socket.socket] = []
        self._tasks = asyncio.TaskGroup()
        self._attending: asyncio.Task[None] | None = None

    async def _prepare(self) -> None:
        # Held here as well: between two lives of the twin its ports must refuse, not belong to somebody else.
        self._holders = [reserve_port(HOST, self._wanted_port), reserve_port(HOST)]
        headers = {"Authorization": f"Bearer {self.token}"}
        self._session = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=_CALL_S))
        await self._tasks.__aenter__()

    @property
    def base_url(self) -> str:
        """What belongs into `primary.base_url`."""
        return self._url(0)

    @property
    def control_url(self) -> str:
        """Where `/twin/faults` and `/twin/books` are served, whatever fault is on."""
        return self._url(1)

    # -- its life -------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Starts it after `kill` or `stop`, on the same ports and the same books. Raises: TwinDied."""
        log = self._store.with_name(self._store.name + ".log")
        with log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(),
                cwd=_HOME,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        try:
            line = await asyncio.wait_for(_lines(self._process).readline(), _START_S)
        except TimeoutError:
            line = b""
        if not line:
            await self.kill()
            raise TwinDied(log.read_text(encoding="utf-8", errors="replace")[-2000:])
        self.listens.set()
        self._attending = self._tasks.create_task(self._attend(self._process))

    async def stop(self) -> None:
        """Asks it to end, and kills it when it does not."""
        self.listens.clear()
        await self._end_within(_STOP_S)

    async def kill(self) -> None:
        """SIGKILL: no chance to write anything more."""
        self.listens.clear()
        await self._end(signal.SIGKILL)

    async def restart(self, *, down_s: float = 0.0) -> None:
        """A planned restart; for `down_s` seconds its port refuses."""
        await self.stop()
        await asyncio.sleep(down_s)
        await self.start()

    # -- what a drill does to it ----------------------------------------------------------------------------

    async def inject(self, name: str, **fields: Any) -> None:
        """Turns a fault on (drills/faults.py lists names and fields). Raises: FaultRefused."""
        if name == "restart":
            self.listens.clear()
        await self._call("POST", "/twin/faults", {"name": name, **fields})

    async def clear(self, name: str | None = None) -> None:
        """Turns that fault, or every fault, off."""
        await self._call("DELETE", "/twin/faults" if name is None else f"/twin/faults?name={name}")

    async def faults(self) -> list[dict[str, Any]]:
        """The faults that are on, with their share and strikes."""
        return list((await self._call("GET", "/twin/faults"))["active"])

    async def books(self) -> dict[str, Any]:
        """Every applied order, refused event and item: `TwinPrimary.books`."""
        return await self._call("GET", "/twin/books")

    async def edit_menu(self, **edit: Any) -> str:
        """`item_id` with `price_fen` or `stock`, or `merchant_id` with `is_open`; the catalog's new version."""
        return str((await self._call("POST", "/twin/menu", edit))["version"])

    async def order_in_the_app(self) -> str:
        """Somebody orders in the app; its reference. Raises: FaultRefused while the app is paused."""
        return str((await self._call("POST", "/twin/app-orders", {}))["order_ref"])

    # -- inside ---------------------------------------------------------------------------------------------

    def _url(self, which: int) -> str:
        return f"http://{HOST}:{self._holders[which].getsockname()[1]}"

    def _command(self) -> list[str]:
        port, control_port = (str(holder.getsockname()[1]) for holder in self._holders)
        return [
            sys.executable, "-m", "drills.twin_primary", "--host", HOST, "--port", port, "--control-port", control_port,
            "--store", str(self._store.absolute()), "--seed", str(self._seed), "--announce", "--with-parent",
            f"--token={self.token}",  # in one word: a token may begin with a dash
        ]  # fmt: skip

    async def _attend(self, process: asyncio.subprocess.Process) -> None:
        # The twin's later lines say one thing only: that it ends now and wants to come back.
        after_s = 1.0
        while line := await _lines(process).readline():
            after_s = float(orjson.loads(line)["restart_after_s"])
        if await process.wait() == RESTARTS:
            self.listens.clear()
            await asyncio.sleep(after_s)
            await self.start()

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        async with self._session.request(method, self.control_url + path, json=body) as response:
            answer = orjson.loads(await response.read())
            if response.status != 200:
                raise FaultRefused(str(answer))
            return dict(answer)

    async def _close(self) -> None:
        if self._attending is not None:
            self._attending.cancel()
        await self.stop()
        await self._session.close()
        await self._tasks.__aexit__(None, None, None)
        for holder in self._holders:
            holder.close()


def _lines(process: asyncio.subprocess.Process) -> asyncio.StreamReader:
    assert process.stdout is not None
    return process.stdout
