"""What can go wrong with the twin, one small class per fault; they compose, expire, and strike by a seeded chance."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field
from pydantic.dataclasses import dataclass
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from drills.fault_kinds import STRICT, EventFault, Fault, RequestFault
from drills.fault_wire import Capture, Wire, client_gone, cut, replay, whole_body


@dataclass(config=STRICT, kw_only=True)
class Down(Fault):
    """The port is closed: new connections are refused, open ones reset. `share`, `times` and `path` do not apply."""

    name = "down"


@dataclass(config=STRICT, kw_only=True)
class Restart(Fault):
    """The process exits at once; its launcher starts it again after `seconds` (default 1)."""

    name = "restart"


@dataclass(config=STRICT, kw_only=True)
class Figures(Fault):
    """`GET /metrics` shows these figures instead of the measured ones."""

    name = "figures"
    figures: dict[str, float]


@dataclass(config=STRICT, kw_only=True)
class Unreachable(Fault):
    """The platform cannot reach one merchant or canteen: `GET /metrics` says so, everything else goes on."""

    name = "unreachable"
    #: `merchant:ID` or `canteen:NAME`, one of those that `GET /metrics` names
    place: str = Field(pattern=r"^(merchant|canteen):.")


# -- requests that never come to anything ------------------------------------------------------------------------------


@dataclass(config=STRICT, kw_only=True)
class Hang(RequestFault):
    """Takes the request and never answers."""

    name = "hang"

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """Waits until the client gives up."""

        async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
            await client_gone(receive)

        return hanging


@dataclass(config=STRICT, kw_only=True)
class LostRequest(RequestFault):
    """The connection is reset before the twin acts."""

    name = "lost_request"

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """Reads nothing, does nothing, resets."""

        async def losing(scope: Scope, receive: Receive, send: Send) -> None:
            await cut(scope, receive, wire, is_reset=True)

        return losing


@dataclass(config=STRICT, kw_only=True)
class ErrorAnswer(RequestFault):
    """Answers an error without acting."""

    name = "error_500"
    status: ClassVar[int] = 500
    #: seconds in Retry-After; None = no such header
    retry_after_s: int | None = None

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """The application is not asked."""
        headers = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
        error = {"error": {"code": self.name, "message": "injected by a drill"}}
        return JSONResponse(error, self.status, headers)


@dataclass(config=STRICT, kw_only=True)
class Unavailable(ErrorAnswer):
    """503 with Retry-After."""

    name = "unavailable_503"
    status: ClassVar[int] = 503
    retry_after_s: int | None = 2


@dataclass(config=STRICT, kw_only=True)
class TooMany(ErrorAnswer):
    """429 with Retry-After."""

    name = "too_many_429"
    status: ClassVar[int] = 429
    retry_after_s: int | None = 1


@dataclass(config=STRICT, kw_only=True)
class Payments(ErrorAnswer):
    """The payment gateway is down: payments for practice fail, and so do people's in `GET /metrics`."""

    name = "payments"
    status: ClassVar[int] = 502
    path: str = "/payments/practice"


@dataclass(config=STRICT, kw_only=True)
class NotJson(RequestFault):
    """A gateway in between answers 200 with a page of its own; the twin never saw the request."""

    name = "not_json"

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """The application is not asked."""
        return HTMLResponse("<!doctype html><title>网关</title><p>服务正在恢复，请稍候。</p>")


@dataclass(config=STRICT, kw_only=True)
class StaleEpoch(RequestFault):
    """Another node took over: every epoch that is shown is answered 409 with a higher one."""

    name = "stale_epoch"

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """Answers when the body carries an epoch, lets everything else through."""

        async def fencing(scope: Scope, receive: Receive, send: Send) -> None:
            body = await whole_body(receive)
            found = re.search(rb'"epoch"\s*:\s*(\d+)', body)
            answer = JSONResponse({"current_epoch": int(found[1]) + 1}, 409) if found else app
            await answer(scope, replay(body, receive), send)

        return fencing


@dataclass(config=STRICT, kw_only=True)
class Health(RequestFault):
    """`GET /health` says this instead of the truth."""

    name = "health"
    path: str = "/health"
    status: str = "fail"
    maintenance: bool = False

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """503 for `fail` and its synonyms, 200 otherwise."""
        is_failing = self.status in ("fail", "error", "down")
        return JSONResponse({"status": self.status, "maintenance": self.maintenance}, 503 if is_failing else 200)


# -- requests that are acted on, and answered badly --------------------------------------------------------------------


@dataclass(config=STRICT, kw_only=True)
class Slow(RequestFault):
    """Every answer takes `delay_s` longer."""

    name = "slow"
    delay_s: float = Field(2.0, gt=0)

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """Waits before acting, as a server does whose queue is long."""

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            await asyncio.sleep(self.delay_s)
            await app(scope, receive, send)

        return slow


@dataclass(config=STRICT, kw_only=True)
class LostAnswer(RequestFault):
    """The twin acts, then the connection is reset without an answer."""

    name = "lost_answer"

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """The application runs to its end; nobody hears of it."""

        async def losing(scope: Scope, receive: Receive, send: Send) -> None:
            await app(scope, receive, Capture())
            await cut(scope, receive, wire, is_reset=True)

        return losing


@dataclass(config=STRICT, kw_only=True)
class Truncated(RequestFault):
    """The twin acts and the answer stops half-way."""

    name = "truncated"
    #: the length header agrees with the cut body: only reading the JSON shows the harm
    is_framed: bool = False

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """Sends the head and half of the body."""

        async def cutting(scope: Scope, receive: Receive, send: Send) -> None:
            answer = Capture()
            await app(scope, receive, answer)
            half = answer.body[: len(answer.body) // 2]
            if self.is_framed:
                kept = [(name, value) for name, value in answer.headers if name != b"content-length"]
                answer.start["headers"] = [*kept, (b"content-length", b"%d" % len(half))]
            await send(answer.start)
            await send({"type": "http.response.body", "body": half, "more_body": not self.is_framed})
            if not self.is_framed:
                await cut(scope, receive, wire, is_reset=False)

        return cutting


# -- single events -----------------------------------------------------------------------------------------------------


@dataclass(config=STRICT, kw_only=True)
class Refuse(EventFault):
    """The primary says no to new orders: those with `item_id`, or a share of all; a key is always told the same."""

    name = "refuse"
    path: str = "/fallback/events"
    code: str = "sold_out"
    item_id: str | None = None

    def verdict(self, event: Mapping[str, Any], chance: float) -> str | None:
        """The code for order.placed events that are struck."""
        if event["kind"] != "order.placed":
            return None
        if self.item_id is not None and all(line["item_id"] != self.item_id for line in event["body"]["lines"]):
            return None
        drawn = int.from_bytes(hashlib.sha256(event["key"].encode()).digest()[:4]) / 2**32
        return self.code if drawn < self.share else None


@dataclass(config=STRICT, kw_only=True)
class Retry(EventFault):
    """The primary puts events off; each try is drawn anew."""

    name = "retry"
    path: str = "/fallback/events"
    #: only kinds that begin so
    kind: str = ""

    def verdict(self, event: Mapping[str, Any], chance: float) -> str | None:
        """`retry` for the events that are struck."""
        return "retry" if event["kind"].startswith(self.kind) and chance < self.share else None


FAULTS: dict[str, type[Fault]] = {
    fault.name: fault
    for fault in (
        Down, Restart, Figures, Unreachable, Payments, Hang, LostRequest, ErrorAnswer, Unavailable, TooMany, NotJson,
        StaleEpoch, Health, Slow, LostAnswer, Truncated, Refuse, Retry,
    )
}  # fmt: skip
