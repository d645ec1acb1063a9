"""Calls to a bot that is killed now and then: made again until they are answered."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

_AGAIN_S = 0.1
_GIVES_UP_S = 90.0
_CALL_S = 10.0


class NoAnswer(Exception):
    """The bot stayed silent, or refuses what it has to take."""


class Door:
    """The admin's shell calls, and the forms of the sheet and the queue page."""

    def __init__(self, base_url: str, admin_token: str) -> None:
        """`base_url`: where the bot serves, before and after a kill."""
        self._base_url = base_url
        self._admin = {"Authorization": f"Bearer {admin_token}"}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_CALL_S))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def status(self) -> dict[str, Any]:
        """What `python main.py status` shows. Raises: NoAnswer."""
        _, body = await self._call("GET", "/admin/api/status", headers=self._admin)
        return dict(orjson.loads(body))

    async def flip(self, call: str, reason: str) -> None:
        """`emergency` or `hand-back`. A conflict is no error: an earlier try may have done it already."""
        await self._call("POST", f"/admin/api/{call}", json={"reason": reason}, headers=self._admin)

    async def submit(self, path: str, form: dict[str, str]) -> int:
        """Sends a page's form as often as it takes; the last status. Raises: NoAnswer."""
        status, _ = await self._call("POST", path, data=form, allow_redirects=False)
        return status

    async def wait_for(self, modes: tuple[str, ...], within_s: float) -> dict[str, Any]:
        """The first status that shows one of these modes. Raises: NoAnswer when it does not come."""
        ends_s = time.monotonic() + within_s
        while True:
            found = await self.status()
            if found["mode"] in modes:
                return found
            if time.monotonic() > ends_s:
                raise NoAnswer(f"waited {within_s:.0f} s for {' or '.join(modes)}: {found}")
            await asyncio.sleep(_AGAIN_S)

    async def _call(self, method: str, path: str, **fields: Any) -> tuple[int, bytes]:
        ends_s = time.monotonic() + _GIVES_UP_S
        while time.monotonic() < ends_s:
            try:
                async with self._session.request(method, self._base_url + path, **fields) as answer:
                    body = await answer.read()
                    if answer.status < 500:
                        return answer.status, body
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass  # whether it was taken is unknown: that is what the forms' keys are for
            await asyncio.sleep(_AGAIN_S)
        raise NoAnswer(f"{method} {path}: no answer in {_GIVES_UP_S:.0f} s")
