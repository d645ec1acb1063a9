"""Runs the double as a process of its own and speaks to its control port; stops only that process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from drills.own_process import OwnProcess
from drills.telegram_double.double import BOT_TOKEN, HOST
from drills.telegram_double.values import Json

_START_S = 30.0  # a loaded machine takes a while to import everything
_STOP_S = 5.0
_CALL_S = 40.0  # longer than the longest wait for the journal
_HOME = Path(__file__).parents[2]


class DoubleDied(Exception):
    """The double's process ended before it could serve."""


class ActRefused(Exception):
    """The double knows no such act, person or message, or a phone does not let people do this."""


class TelegramProcess(OwnProcess):
    """`async with TelegramProcess(log) as telegram:` gives a Bot API at `telegram.api_base` until the block ends."""

    def __init__(self, log: Path, *, token: str = BOT_TOKEN, seed: int = 1, port: int = 0) -> None:
        """`log`: where its last words go; `port`: the Bot API's, 0 takes a free one."""
        self.token = token
        self._log, self._seed, self._wanted_port = log, seed, port
        #: what belongs into channels.telegram.api_base, and where /double/… is served
        self.api_base = self.control_url = ""

    async def _prepare(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        timeout = aiohttp.ClientTimeout(total=_CALL_S)
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(headers=headers, timeout=timeout, connector=connector)

    # -- people and faults ----------------------------------------------------------------------------------

    async def new_person(self, name: str, **more: Any) -> int:
        """Somebody's id. `more`: username, language, has_started."""
        return int((await self.call("POST", "/double/people", {"name": name, **more}))["id"])

    async def new_group(self, title: str, members: Sequence[int] = (), **more: Any) -> int:
        """A group's id. `more`: kind, bot, id."""
        return int((await self.call("POST", "/double/groups", {"title": title, "members": [*members], **more}))["id"])

    async def act(self, verb: str, **fields: Any) -> Json:
        """Somebody does something: telegram_double/acts.py lists the verbs. Raises: ActRefused."""
        return await self.call("POST", "/double/acts", {"verb": verb, **fields})

    async def chat(self, chat_id: int) -> Json:
        """What a chat shows now."""
        return await self.call("GET", f"/double/chats/{chat_id}")

    async def journal(self, after: int, wait_s: float = 0.0) -> list[Json]:
        """What anybody saw since the entry of that number."""
        return list((await self.call("GET", f"/double/journal?after={after}&wait_s={wait_s}"))["entries"])

    async def ledger(self) -> Json:
        """Calls by method and outcome, violations of the limits."""
        return await self.call("GET", "/double/ledger")

    async def inject(self, name: str, **fields: Any) -> None:
        """Turns a fault on; `method` names the call it strikes. Raises: ActRefused."""
        await self.call("POST", "/double/faults", {"name": name, **fields})

    async def poison(self, fields: Json) -> int:
        """An update with exactly these fields comes next; its number."""
        return int((await self.call("POST", "/double/updates", {"raw": fields}))["update_id"])

    async def lose_confirmations(self, times: int = 1) -> None:
        """So many confirmations are not heard: the same updates come again."""
        await self.call("POST", "/double/updates", {"lose_confirmations": times})

    async def refuse(self, code: int, description: str, **where: Any) -> None:
        """The next call gets this answer. `where`: method, chat, times, retry_after, migrate_to_chat_id."""
        await self.call("POST", "/double/refusals", {"code": code, "description": description, **where})

    async def clear(self) -> None:
        """Turns every fault off."""
        await self.call("DELETE", "/double/faults")

    async def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """One call of the control port. Raises: ActRefused."""
        async with self._session.request(method, self.control_url + path, json=body) as response:
            answer = orjson.loads(await response.read())
            if response.status != 200:
                raise ActRefused(f"{path} {body}: {answer}")
            return dict(answer)

    # -- inside ---------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Starts it. Raises: DoubleDied with the last lines it wrote."""
        with self._log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "drills.telegram_double.program", "--port", str(self._wanted_port),
                "--seed", str(self._seed), "--announce", "--with-parent", f"--token={self.token}",
                cwd=_HOME, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors,
                start_new_session=True,  # a terminal's Ctrl-C is for the drill, which then ends it in order
            )  # fmt: skip
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), _START_S)
        except TimeoutError:
            line = b""
        if not line:
            raise DoubleDied(self._log.read_text(encoding="utf-8", errors="replace")[-2000:])
        announced = orjson.loads(line)
        self.api_base, self.control_url = announced["api_base"], f"http://{HOST}:{announced['control_port']}"

    async def _close(self) -> None:
        await self._end_within(_STOP_S)
        await self._session.close()
