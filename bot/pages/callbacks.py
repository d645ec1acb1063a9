"""Addresses that a vendor calls: what comes is handed to its channel as it is, and the channel's answer goes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.wechat.callbacks import CallbackAnswer, IsGone


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
        if request.method == "POST":
            said = await receiver.receive(request.query_params, await request.body(), request.is_disconnected)
        else:
            said = receiver.verify(request.query_params)
        return Response(said.body, said.status, media_type=said.content_type)

    return Route(path, answer, methods=["GET", "POST"])
