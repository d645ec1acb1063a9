"""Stands in for a gateway that takes signed webhooks: checks every signature itself, and misbehaves on demand."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

#: A signature older than this is a replay, seconds.
TOLERANCE_S = 300


@dataclass
class WebhookDouble:
    """`async with` it; posts to `url` are kept once their signature holds, each key once."""

    secret: bytes
    #: bodies by their idempotency key, in order of first arrival
    kept: dict[str, Any] = field(default_factory=dict)
    posts: list[str] = field(default_factory=list)
    #: what the next posts meet: a status, `status:retry-after`, `hang`, `dribble`, `flood` or `lost_answer`
    faults: list[str] = field(default_factory=list)
    refused: int = 0
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/notices", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/notices"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.pop(0) if self.faults else ""
        body = await request.read()
        if not self._is_genuine(request, body):
            self.refused += 1
            return web.Response(status=401)
        key = request.headers["webhook-id"]
        self.posts.append(key)
        status, _, retry_after = fault.partition(":")
        if status.isdigit():
            return web.Response(status=int(status), headers={"Retry-After": retry_after} if retry_after else {})
        if fault == "hang":
            await asyncio.sleep(3600)
        if fault in ("dribble", "flood"):
            return await _pour(request, slowly=fault == "dribble")
        self.kept.setdefault(key, json.loads(body))
        if fault == "lost_answer":
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=204)

    def _is_genuine(self, request: web.Request, body: bytes) -> bool:
        """As the published rule says, in code of its own: what signs must not vouch for itself."""
        try:
            key, at_s = request.headers["webhook-id"], request.headers["webhook-timestamp"]
            version, _, shown = request.headers["webhook-signature"].partition(",")
        except KeyError:
            return False
        wanted = hmac.new(self.secret, f"{key}.{at_s}.".encode() + body, hashlib.sha256).digest()
        is_fresh = at_s.isdigit() and abs(int(at_s) - time.time()) <= TOLERANCE_S
        return version == "v1" and is_fresh and hmac.compare_digest(base64.b64encode(wanted).decode(), shown)


async def _pour(request: web.Request, *, slowly: bool) -> web.StreamResponse:
    """An answer without an end: a byte now and then, or as much as fits."""
    response = web.StreamResponse(status=200)
    await response.prepare(request)
    for _ in range(600 if slowly else 2_000):
        await response.write(b"x" if slowly else b"x" * 65_536)
        await asyncio.sleep(0.1 if slowly else 0)
    return response
