"""What faults are made of: cutting a connection, holding an answer back, playing a request again."""

from __future__ import annotations

from typing import Any, Protocol

from starlette.types import Message, Receive, Scope


class Wire(Protocol):
    """The TCP connections under the twin's HTTP."""

    def cut(self, scope: Scope, *, is_reset: bool) -> None:
        """Closes the request's connection: reset at once, or closed in order after what was written."""


class Capture:
    """Takes an answer instead of the client; give it to an application as its `send`."""

    def __init__(self) -> None:
        """Nothing was answered yet."""
        self.start: dict[str, Any] = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """Keeps one piece of the answer."""
        if message["type"] == "http.response.start":
            self.start = dict(message)
        else:
            self.body += message.get("body", b"")

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The answer's headers."""
        return list(self.start["headers"])


async def client_gone(receive: Receive) -> None:
    """Returns when the client has closed its end."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def cut(scope: Scope, receive: Receive, wire: Wire, *, is_reset: bool) -> None:
    """Cuts the connection and waits until the server knows, or it would try to answer 500 itself."""
    wire.cut(scope, is_reset=is_reset)
    await client_gone(receive)


async def whole_body(receive: Receive) -> bytes:
    """The request's body."""
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that tells the body again, then goes on with the real one."""
    told: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return told.pop() if told else await receive()

    return receive_again
