"""The drill's own port into the twin, never struck by a fault: faults on and off, books open, menu edited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from drills.fault_board import FaultBoard, UnknownFault, fault_from_json
from drills.faults import Restart
from drills.twin_primary_app import BooksThread, answer_json, parse, read_body
from drills.twin_primary_service import TwinPrimary, problem


class TwinControl:
    """`/twin/…`."""

    def __init__(
        self,
        primary: TwinPrimary,
        books: BooksThread,
        board: FaultBoard,
        settle: Callable[[], Awaitable[None]],
        restart: Callable[[float], None],
    ) -> None:
        """`settle` returns when the port is as the board wants it; `restart` ends this process."""
        self._primary, self._books, self._board = primary, books, board
        self._settle, self._restart = settle, restart

    def routes(self) -> list[Route]:
        """Every path of the control port."""
        return [
            Route("/twin/books", self._show_books),
            Route("/twin/faults", self._show_faults),
            Route("/twin/faults", self._inject, methods=["POST"]),
            Route("/twin/faults", self._clear, methods=["DELETE"]),
            Route("/twin/menu", self._edit_menu, methods=["POST"]),
            Route("/twin/app-orders", self._take_in_the_app, methods=["POST"]),
        ]

    async def _show_books(self, request: Request) -> Response:
        return answer_json(await self._books.run(self._primary.books))

    async def _show_faults(self, request: Request) -> Response:
        return self._faults()

    async def _inject(self, request: Request) -> Response:
        try:
            fault = fault_from_json(parse(await read_body(request)))
        except UnknownFault as mistake:
            raise problem(422, "unknown_fault", str(mistake)) from None
        if isinstance(fault, Restart):
            answer = self._faults()
            answer.background = BackgroundTask(self._restart, fault.seconds or 1.0)
            return answer
        self._board.inject(fault)
        await self._settle()
        return self._faults()

    async def _clear(self, request: Request) -> Response:
        self._board.clear(request.query_params.get("name"))
        await self._settle()
        return self._faults()

    async def _edit_menu(self, request: Request) -> Response:
        edit = parse(await read_body(request))
        return answer_json(await self._books.run(lambda: self._primary.edit_menu(edit)))

    async def _take_in_the_app(self, request: Request) -> Response:
        return answer_json(await self._books.run(self._primary.take_in_the_app))

    def _faults(self) -> Response:
        active: list[dict[str, Any]] = [
            {"name": a.fault.name, "share": a.fault.share, "strikes": a.strikes} for a in self._board.active()
        ]
        return answer_json({"active": active})
