"""What both vendors' doubles have: files, quotas, people faster than the bot, and all that goes wrong on a line."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Self

from aiohttp import web

from core.ports import Clock
from drills.sheet_doubles.book import Book
from drills.sheet_doubles.trouble import Quota, Troubles, drop


class VendorDouble(ABC):
    """A spreadsheet vendor over HTTP; its subclass knows the calls and the words of its answers."""

    #: what stands in a 502 of whatever is in front of the vendor
    bad_gateway = "<html>502 Bad Gateway</html>"

    def __init__(self, clock: Clock, *, per_minute: int) -> None:
        """`per_minute`: requests allowed, reads and writes apart."""
        self.clock = clock
        self.books: dict[str, Book] = {}
        #: files that are there but not shared with us
        self.forbidden: set[str] = set()
        self.trouble = Troubles()
        self.reads, self.writes = Quota(clock, per_minute), Quota(clock, per_minute)
        #: requests refused for want of quota
        self.refused = 0
        #: called right before a write is applied: people who are faster than the bot
        self.before_write: Callable[[], Awaitable[None]] | None = None
        self.origin = ""
        self._recorded: list[bytes] | None = None

    def record(self) -> list[bytes]:
        """From now on every request, address and body, as it came."""
        self._recorded = []
        return self._recorded

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Self]:
        """Listens on a port the system chose until the block ends."""
        app = web.Application(client_max_size=16 * 2**20)
        self.add_routes(app.router)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self.trouble.released.set()
            await runner.cleanup()

    async def sheets(self, request: web.Request) -> web.StreamResponse:
        """A call about a spreadsheet, or what goes wrong with it."""
        if self._recorded is not None:
            self._recorded.append(request.raw_path.encode() + b"\n" + await request.read())
        if self.trouble.latency_s:
            await self.clock.sleep(self.trouble.latency_s)
        match self.trouble.next():
            case "429":
                return self.slow_down(request)
            case "500":
                return self.broken()
            case "html_502":
                return web.Response(status=502, text=self.bad_gateway, content_type="text/html")
            case "hang":
                await self.trouble.hang()
                return web.Response(status=504)
            case "dropped":
                drop(request)
                return web.Response(status=500)
            case "applied_then_dropped":
                await self._answer(request)
                drop(request)
                return web.Response(status=500)
        return await self._answer(request)

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            return await self.answer(request)
        except ConnectionResetError:  # the client gave up in the middle of its request
            return web.Response(status=499)

    @abstractmethod
    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The vendor's addresses; those of spreadsheets lead to `sheets`."""

    @abstractmethod
    async def answer(self, request: web.Request) -> web.Response:
        """What the vendor answers when nothing goes wrong, refusals included."""

    @abstractmethod
    def slow_down(self, request: web.Request) -> web.Response:
        """Too many requests."""

    @abstractmethod
    def broken(self) -> web.Response:
        """Something of the vendor's own is broken."""

    @abstractmethod
    def expire_all(self) -> None:
        """Every token given so far stops counting."""

    @abstractmethod
    def revoke_key(self) -> None:
        """Somebody takes our key away in the vendor's console."""
