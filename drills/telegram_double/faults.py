"""What can go wrong between a bot and the vendor: the twin's faults, with errors worded as Telegram's gateway does."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from pydantic.dataclasses import dataclass
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from drills.fault_kinds import STRICT, Fault, RequestFault
from drills.fault_wire import Wire, replay, whole_body
from drills.faults import Down, ErrorAnswer, Hang, LostAnswer, LostRequest, Slow, Truncated


@dataclass(config=STRICT, kw_only=True)
class GatewayError(ErrorAnswer):
    """500, 502 or 504 from the vendor, in its own JSON; the call changed nothing."""

    name = "error_500"
    status: ClassVar[int] = 500
    description: ClassVar[str] = "Internal Server Error"

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """The application is not asked."""
        body = {"ok": False, "error_code": self.status, "description": self.description}
        return JSONResponse(body, self.status)


@dataclass(config=STRICT, kw_only=True)
class BadGateway(GatewayError):
    """502."""

    name = "error_502"
    status: ClassVar[int] = 502
    description: ClassVar[str] = "Bad Gateway"


@dataclass(config=STRICT, kw_only=True)
class TooMany(GatewayError):
    """429 for whoever calls."""

    name = "too_many_429"
    status: ClassVar[int] = 429
    retry_after_s: int | None = 1

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """The application is not asked."""
        wait_s = self.retry_after_s or 1
        body = {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {wait_s}",
            "parameters": {"retry_after": wait_s},
        }
        return JSONResponse(body, 429, {"Retry-After": str(wait_s)})


@dataclass(config=STRICT, kw_only=True)
class NotJson(RequestFault):
    """A gateway's page instead of JSON."""

    name = "not_json"

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """The application is not asked."""
        page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx/1.18.0</body>\r\n</html>"
        return HTMLResponse(page, 502)


@dataclass(config=STRICT, kw_only=True)
class SlowDeed(Slow):
    """Every call takes `delay_s` longer, and is done even when the client has given up by then."""

    name = "slow"

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """The request is read at once: what was asked is known, however long it takes."""

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            body = await whole_body(receive)
            await asyncio.sleep(self.delay_s)
            await app(scope, replay(body, receive), send)

        return slow


TELEGRAM_FAULTS: dict[str, type[Fault]] = {
    fault.name: fault
    for fault in (Down, Hang, LostRequest, LostAnswer, Truncated, SlowDeed, GatewayError, BadGateway, TooMany, NotJson)
}
