"""Addresses that the vendor calls: size first, then whatever the channel makes of query and body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.wechat.seal import CallbackRefused

log = structlog.get_logger(__name__)

#: Bytes; the longest text a person can send takes a tenth of it. More is not read, let alone parsed.
LARGEST_CALLBACK = 64 * 1024

#: Whether the vendor has hung up meanwhile.
IsGone = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What to answer a callback with."""

    status: int
    body: str
    content_type: str = "text/plain"


#: The one answer to everything that is not the vendor's.
REFUSED = CallbackAnswer(403, "refused")
#: "We have it, and nothing to say."
TAKEN = CallbackAnswer(200, "success")
#: "We do not have it": the vendor repeats it.
NOT_TAKEN = CallbackAnswer(503, "not taken")


class Receiver(Protocol):
    """A channel with a callback address."""

    def verify(self, query: Mapping[str, str]) -> CallbackAnswer:
        """Answers the vendor's trial of the address."""
        ...

    async def receive(self, query: Mapping[str, str], body: bytes, is_gone: IsGone) -> CallbackAnswer:
        """Takes one callback; what it brought is durable when this returns, or the answer says that it is not."""
        ...


def route(path: str, receiver: Receiver) -> Route:
    """The address of one channel."""

    async def answer(request: Request) -> Response:
        if request.method != "POST":
            said = receiver.verify(request.query_params)
        elif (body := await _body(request)) is None:
            said = refused(path, CallbackRefused("the body is too large"))
        else:
            said = await receiver.receive(request.query_params, body, request.is_disconnected)
        return Response(said.body, said.status, media_type=said.content_type)

    return Route(path, answer, methods=["GET", "POST"])


async def _body(request: Request) -> bytes | None:
    """The body; None for one that is too large, which is heard to its end and not kept."""
    kept, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_CALLBACK:
            kept.clear()
        else:
            kept += chunk
    return bytes(kept) if size <= LARGEST_CALLBACK else None


def refused(where: str, problem: CallbackRefused) -> CallbackAnswer:
    """Says no; why goes to the log, not to whoever tries."""
    log.warning("callback refused", where=where, reason=str(problem), hint=problem.hint)
    return REFUSED
