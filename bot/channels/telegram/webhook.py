"""Where the vendor pushes updates to: only with the secret, and answered only when they are durable."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from core.errors import StoreNotNow

PATH = "/channels/telegram"
#: Pushes at the same time, as we ask the vendor for: while one commit is under way the next gather.
CONNECTIONS = 16
_SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 (the header's name)
_FULL_RETRY_S = 5


class Webhook:
    """One address of our own server."""

    def __init__(self, secret: str, take: Callable[[Sequence[Any]], Awaitable[None]]) -> None:
        """`take`: stores updates durably."""
        self._secret = secret.encode()
        self._take = take
        self._waiting: list[Any] = []
        self._lock = asyncio.Lock()

    async def receive(self, request: Request) -> Response:
        """POST: 200 once the update is stored, 403 without the secret, 503 while the disk is full."""
        shown = request.headers.get(_SECRET, "").encode()
        if not self._secret or not hmac.compare_digest(shown, self._secret):
            return Response(status_code=403)
        try:
            update = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            # The vendor itself would repeat it for a day and hold back everything behind it.
            update = (await request.body()).decode("utf-8", "replace")
        try:
            await self._store(update)
        except StoreNotNow:
            return Response(status_code=503, headers={"Retry-After": str(_FULL_RETRY_S)})
        return Response(status_code=200)

    async def _store(self, update: Any) -> None:
        """Stores it together with what else came meanwhile, in the vendor's order: pushes overtake each other."""
        mine = _Push(update)
        self._waiting.append(mine)
        async with self._lock:
            if mine in self._waiting:
                batch, self._waiting = sorted(self._waiting, key=_Push.number), []
                try:
                    await self._take([push.update for push in batch])
                except BaseException as problem:
                    for push in batch:
                        push.problem = problem
                    raise
        if mine.problem is not None:
            raise StoreNotNow if isinstance(mine.problem, StoreNotNow) else RuntimeError("its batch was not stored")


class _Push:
    """An update on its way."""

    __slots__ = ("problem", "update")

    def __init__(self, update: Any) -> None:
        self.update = update
        self.problem: BaseException | None = None

    def number(self) -> int:
        number = self.update.get("update_id") if isinstance(self.update, dict) else None
        return number if type(number) is int else 0
