"""At the door of every page: body size, same origin, and headers that keep a page from loading anything foreign."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.pages.refusals import refusal

#: Bytes; the longest message (10,000 characters, escaped as JSON) fits.
LARGEST_BODY = 64 * 1024
#: The same for what a vendor of chats pushes to us: it repeats for a day what is refused, and holds back what follows.
LARGEST_PUSH = 1024 * 1024
_PUSHES = "/channels/"
#: A body that takes longer than this is dripping.
SLOWEST_BODY_S = 15.0

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Sheet and queue addresses are secrets: no other site learns where a reader came from. Not `no-referrer`:
    # it makes browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Wraps the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a good request through; answers a bad one itself."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _with_headers(scope, send)
        if scope["method"] in _SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if not is_same_origin(request.headers):
            await refusal(request, 403, "page_foreign_origin")(scope, receive, send)
            return
        largest = LARGEST_PUSH if scope["path"].startswith(_PUSHES) else LARGEST_BODY
        try:
            async with asyncio.timeout(SLOWEST_BODY_S):
                body = await _read(request, largest)
        except TimeoutError:
            await refusal(request, 408, "page_slow_body")(scope, receive, send)
            return
        if body is None and largest == LARGEST_PUSH:
            await Response(status_code=413)(scope, receive, send)  # a vendor reads no page
            return
        if body is None:
            limit_kb = largest // 1024
            await refusal(request, 413, "page_too_large", limit_kb=limit_kb)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


def is_same_origin(headers: Headers) -> bool:
    """Whether a state-changing request comes from our own page, or from a program that brings no cookie along."""
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == headers.get("host", "") != ""
    # Neither header: no browser of this decade. A cookie could have been attached by an old one on any site's behalf.
    return "cookie" not in headers


async def _read(request: Request, largest: int) -> bytes | None:
    """The body; None when it is larger than allowed, found out without reading all of it."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > largest:
        return None
    chunks, size = list[bytes](), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > largest:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    is_told = False

    async def replay() -> Message:
        nonlocal is_told
        if is_told:
            return await receive()
        is_told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _with_headers(scope: Scope, send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if not scope["path"].startswith("/static/"):
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return send_with_headers
