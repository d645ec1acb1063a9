"""The twin's TCP port: it can be shut as a dead server's is, and opened again on the same number."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, zero seconds


def reserve_port(host: str, port: int = 0) -> socket.socket:
    """Holds a port without listening on it: connections are refused, and no other program is given the number."""
    # The protocol is named because asyncio sets TCP_NODELAY only then: without it every answer waits 40 ms.
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((host, port))
    return holder


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tells whoever waits that the port is open."""
        await super().startup(sockets)
        self.listens.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the twin's business: it has two doors and one life."""
        yield


class Door:
    """One application on one port. Implements drills.fault_wire.Wire."""

    def __init__(self, host: str, port: int = 0) -> None:
        """`port` 0 takes a free one, which stays ours while the door is shut."""
        self._holder = reserve_port(host, port)
        self._host = host
        self.port: int = self._holder.getsockname()[1]
        self._app: ASGIApp | None = None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._lock = asyncio.Lock()

    async def open(self, app: ASGIApp, tasks: asyncio.TaskGroup) -> None:
        """Listens; returns when the first connection would be answered."""
        self._app, self._tasks = app, tasks
        await self.follow(is_open=True)

    async def follow(self, *, is_open: bool) -> None:
        """Opens or shuts, whatever it takes."""
        async with self._lock:
            if is_open and self._server is None:
                await self._open()
            elif not is_open and self._server is not None:
                self._shut()

    async def close(self) -> None:
        """Shuts for good and gives the port back."""
        await self.follow(is_open=False)
        self._holder.close()

    def cut(self, scope: Scope, *, is_reset: bool) -> None:
        """Closes the request's connection: reset at once, or closed in order after what was written."""
        for transport in self._transports(tuple(scope["client"])):
            _drop(transport, is_reset=is_reset)

    async def _open(self) -> None:
        assert self._app is not None
        assert self._tasks is not None
        config = uvicorn.Config(
            self._app, log_config=None, access_log=False, lifespan="off", http="h11", ws="none", timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        listener = reserve_port(self._host, self.port)
        self._server = _Server(config)
        self._serving = self._tasks.create_task(self._server.serve(sockets=[listener]))
        await self._server.listens.wait()

    def _shut(self) -> None:
        assert self._server is not None
        assert self._serving is not None
        for listener in self._server.servers:
            listener.close()
        for transport in self._transports(None):
            _drop(transport, is_reset=True)
        # Nobody can reach it any more, so its own slower way to end would only cost two tenths of a second.
        self._serving.cancel()
        self._server = self._serving = None

    def _transports(self, client: tuple[str, int] | None) -> list[asyncio.Transport]:
        if self._server is None:
            return []
        connections = [c for c in self._server.server_state.connections if isinstance(c, H11Protocol)]
        return [c.transport for c in connections if client is None or c.client == client]


def _drop(transport: asyncio.Transport, *, is_reset: bool) -> None:
    if not is_reset:
        transport.close()
        return
    raw = transport.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
