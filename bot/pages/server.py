"""Builds the web app: every address in one place, one room per page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.pages import (
    books,
    chat,
    chat_api,
    console,
    console_actions,
    control,
    healthz,
    heartbeat,
    metrics,
    notices,
    queue,
    sheet,
    status,
    status_api,
    status_feed,
    switch_question,
)
from bot.pages.guard import Guard
from bot.pages.live import Live
from bot.pages.menu_names import MenuNames
from bot.pages.parts import PageParts
from bot.pages.refusals import PageRefused, on_http_error, on_mistake, on_our_error, on_page_refused
from bot.pages.status_facts import StatusBoard
from core.errors import FallbackError

__all__ = ["PageParts", "build_app"]

#: Only what never holds a secret is compressed.
_SMALL = [Middleware(GZipMiddleware, minimum_size=500)]
_STATIC = Path(__file__).parent / "static"


def build_app(parts: PageParts) -> Starlette:
    """The pages. `bot.pages.serving.serve` runs them; any ASGI server can."""
    live, board = Live(parts.store, parts.clock), StatusBoard(parts)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            passing_on = group.create_task(live.run())
            group.create_task(board.warm_up())
            try:
                yield
            finally:
                live.stop()
                passing_on.cancel()

    app = Starlette(
        routes=[*parts.channel_routes, *_routes(has_chat=parts.settings.channels.local_chat.enabled)],
        lifespan=lifespan,
        middleware=[Middleware(Guard)],
        exception_handlers={
            PageRefused: on_page_refused,
            FallbackError: on_our_error,
            HTTPException: on_http_error,
            Exception: on_mistake,
        },
    )
    app.state.parts = parts
    app.state.live = live
    app.state.names = MenuNames(parts.store, parts.clock)
    app.state.status_board = board
    app.state.readiness = healthz.Readiness(parts)
    return app


def _routes(*, has_chat: bool) -> list[BaseRoute]:
    return [
        *control.routes(),
        *healthz.routes(),
        Route("/metrics", metrics.show),
        Route("/", status.show, middleware=_SMALL),
        Route("/history", status.history, middleware=_SMALL),
        *status_api.routes(),
        Route("/events/status", status.events),
        Route("/heartbeat/{name}", heartbeat.beat, methods=["POST"]),
        Route("/status.json", status.as_json),
        Route("/feed.atom", status_feed.show, middleware=_SMALL),
        Route("/admin", console.show),
        Route("/admin/login", console.log_in, methods=["POST"]),
        Route("/admin/logout", console.log_out, methods=["POST"]),
        Route("/admin/events", console.events),
        Route("/admin/mode", console_actions.change_mode, methods=["POST"]),
        Route("/admin/lock", console_actions.lock, methods=["POST"]),
        Route("/admin/unlock", console_actions.unlock, methods=["POST"]),
        Route("/admin/parked/{seq:int}/retry", console_actions.retry_parked, methods=["POST"]),
        Route("/admin/books/again", books.compare_again, methods=["POST"]),
        Route("/admin/books/accept", books.accept, methods=["POST"]),
        Route("/admin/questions/{question_id:int}/yes", switch_question.switch, methods=["POST"]),
        Route("/admin/questions/{question_id:int}/no", switch_question.leave, methods=["POST"]),
        Route("/admin/notices/{notice_id:int}/send", notices.send, methods=["POST"]),
        Route("/admin/notices/{notice_id:int}/hold", notices.hold, methods=["POST"]),
        Route("/admin/notices/{notice_id:int}/edit", notices.edit, methods=["POST"]),
        Route("/admin/links", console_actions.create_link, methods=["POST"]),
        Route("/admin/links/{link_id:int}/revoke", console_actions.revoke_link, methods=["POST"]),
        Route("/sheet/{token}", sheet.show, methods=["GET"]),
        Route("/sheet/{token}", sheet.edit, methods=["POST"]),
        Route("/sheet/{token}/all", sheet.edit_all, methods=["POST"]),
        Route("/sheet/{token}/events", sheet.events),
        Route("/queue/{token}", queue.show, methods=["GET"]),
        Route("/queue/{token}", queue.step, methods=["POST"]),
        Route("/queue/{token}/events", queue.events),
        *(_chat_routes() if has_chat else ()),
        Mount("/static", _Static(directory=_STATIC), middleware=_SMALL),
    ]


def _chat_routes() -> list[BaseRoute]:
    return [
        Route("/chat", chat.show),
        Route("/chat/login", chat.log_in, methods=["POST"]),
        Route("/chat/logout", chat.log_out, methods=["POST"]),
        Route("/chat/events", chat_api.events),
        Route("/chat/pictures/{id:int}", chat_api.picture),
        Route("/chat/api/rooms", chat_api.rooms),
        Route("/chat/api/{room:path}/messages", chat_api.messages, methods=["GET"]),
        Route("/chat/api/{room:path}/messages", chat_api.post, methods=["POST"]),
        Route("/chat/api/{room:path}/press", chat_api.press, methods=["POST"]),
        # After the others: a room may be called anything.
        Route("/chat/{room:path}", chat.show),
    ]


class _Static(StaticFiles):
    """An address with a fingerprint (`?v=…`) is kept for ever: bad Wi-Fi pays once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        is_named = scope["query_string"].startswith(b"v=") and response.status_code == 200
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_named else "no-cache"
        return response
