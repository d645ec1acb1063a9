"""Runs the web app under uvicorn inside somebody's TaskGroup: no signal handlers, and open streams end first."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from bot.pages.live import Live
from core.errors import Permanent

#: Requests under way get this long to finish when the service stops.
GRACE_S = 5


class PortTaken(Permanent):
    """The pages' address cannot be used."""

    hint = "Stop the other program, or set web.port (FALLBACK_WEB__PORT) to a free one; 0 = any."


async def serve(app: Starlette, *, host: str, port: int, announce: Callable[[int], None]) -> None:
    """Serves until cancelled; calls `announce` with the real port once requests are answered.

    Raises: PortTaken.
    """
    with _listen(host, port) as listener:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,  # addresses of sheets and queues are secrets
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
            lifespan="on",
        )
        server = _Server(config, lambda: announce(int(listener.getsockname()[1])))
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve(sockets=[listener]))
            try:
                await asyncio.shield(serving)
            finally:
                live = app.state.live
                assert isinstance(live, Live)
                live.stop()
                server.should_exit = True
                # Cancelling uvicorn would drop answers on the floor; it ends by itself within the grace.
                await asyncio.shield(serving)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to `main.py`."""
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: only then does asyncio switch Nagle's algorithm off, which costs 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        raise PortTaken(f"{host}:{port}: {problem.strerror}.") from problem
    listener.listen(1024)
    listener.setblocking(False)
    return listener
