"""The twin primary over HTTP: who may call, which verb answers which path, how a refusal is worded."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drills.twin_primary_metrics import TwinMetrics
from drills.twin_primary_service import Answer, TwinPrimary, problem
from drills.twin_primary_wire import Malformed

MAX_BODY_BYTES = 4 * 1024 * 1024
T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]


def answer_json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


class BooksThread:
    """The one thread that touches the twin's books."""

    def __init__(self, metrics: TwinMetrics) -> None:
        """`metrics` learns how long each visit took."""
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="books")

    async def run(self, verb: Callable[[], T]) -> T:
        """The verb's result; every other visitor waits."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._timed, verb)

    def close(self) -> None:
        """Lets the last visit end."""
        self._thread.shutdown()

    def _timed(self, verb: Callable[[], T]) -> T:
        started_s = time.perf_counter()
        try:
            return verb()
        finally:
            self._metrics.committed((time.perf_counter() - started_s) * 1000)


class TwinApp:
    """The contract's paths over one TwinPrimary."""

    def __init__(self, primary: TwinPrimary, books: BooksThread, metrics: TwinMetrics) -> None:
        """All three live as long as the process."""
        self._primary, self._books, self._metrics = primary, books, metrics

    def routes(self) -> list[Route]:
        """Every path of docs/primary-api.yaml."""
        return [
            Route("/health", self._health),
            Route("/metrics", self._show_metrics),
            Route("/catalog", self._catalog),
            Route("/directory", self._directory),
            Route("/orders", self._try_order, methods=["POST"]),
            Route("/payments", self._payments),
            Route("/payments/practice", self._try_payment, methods=["POST"]),
            Route("/fallback/epochs", self._open_epoch, methods=["POST"]),
            Route("/fallback/pause", self._pause, methods=["POST"]),
            Route("/fallback/events", self._push, methods=["POST"]),
            Route("/fallback/epochs/{epoch:int}/digest", self._digest),
            Route("/fallback/epochs/{epoch:int}/orders", self._bucket),
            Route("/fallback/epochs/{epoch:int}/close", self._close_epoch, methods=["POST"]),
        ]

    async def _health(self, request: Request) -> Response:
        return answer_json({"status": "pass", "maintenance": False, "checks": {"database": "pass"}})

    async def _show_metrics(self, request: Request) -> Response:
        return PlainTextResponse(self._metrics.render(), media_type="text/plain; version=0.0.4")

    async def _catalog(self, request: Request) -> Response:
        return _unless_known(request, await self._books.run(self._primary.catalog))

    async def _directory(self, request: Request) -> Response:
        return _unless_known(request, self._primary.directory)

    async def _try_order(self, request: Request) -> Response:
        if request.query_params.get("dry_run") != "true":
            raise problem(400, "dry_run_only", "only POST /orders?dry_run=true is served")
        body = await read_body(request)
        order = parse(body) if body else None
        return answer_json(await self._books.run(lambda: self._primary.try_order(order)))

    async def _payments(self, request: Request) -> Response:
        reference = request.query_params.get("reference")
        if not reference:
            raise problem(400, "malformed", "reference: the payment's reference is expected")
        return answer_json(await self._books.run(lambda: self._primary.payments(reference)))

    async def _try_payment(self, request: Request) -> Response:
        # Optional in the contract: a payment that is begun and given up, so that a gateway that is down is noticed.
        return answer_json({"ok": True})

    async def _open_epoch(self, request: Request) -> Response:
        body = parse(await read_body(request))
        return answer_json(await self._books.run(lambda: self._primary.open_epoch(body)))

    async def _pause(self, request: Request) -> Response:
        body = parse(await read_body(request))
        return answer_json(await self._books.run(lambda: self._primary.pause(body)))

    async def _push(self, request: Request) -> Response:
        raw = await read_body(request)
        return answer_json(await self._books.run(lambda: self._primary.push(parse(raw))))

    async def _digest(self, request: Request) -> Response:
        figures = await self._books.run(lambda: self._primary.figures(request.path_params["epoch"]))
        return answer_json({"count": figures.count, "amount_fen": figures.amount_fen, "buckets": figures.buckets})

    async def _bucket(self, request: Request) -> Response:
        named = request.query_params.get("bucket", "")
        bucket = int(named) if named.isascii() and named.isdigit() else -1
        return answer_json(await self._books.run(lambda: self._primary.bucket(request.path_params["epoch"], bucket)))

    async def _close_epoch(self, request: Request) -> Response:
        body = parse(await read_body(request))
        return answer_json(await self._books.run(lambda: self._primary.close_epoch(request.path_params["epoch"], body)))


class Porter:
    """Stands before an application: lets in who has the token, and counts what was answered."""

    def __init__(self, app: ASGIApp, token: str, metrics: TwinMetrics | None) -> None:
        """`token`: the one bearer token that opens everything; `metrics` None counts nothing."""
        self._app, self._expected, self._metrics = app, f"Bearer {token}".encode(), metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """401 without a token, 403 with a wrong one."""
        app = self._let_in(dict(scope["headers"]).get(b"authorization", b""))
        if self._metrics is None:
            await app(scope, receive, send)
        else:
            await self._counted(app, self._metrics, scope, receive, send)

    async def _counted(self, app: ASGIApp, metrics: TwinMetrics, scope: Scope, receive: Receive, send: Send) -> None:
        started_s, code = time.perf_counter(), 0

        async def counting(message: Message) -> None:
            nonlocal code
            code = message.get("status", code)
            await send(message)

        metrics.open_requests += 1
        try:
            await app(scope, receive, counting)
        finally:
            metrics.open_requests -= 1
            metrics.answered(_counted_path(scope), code, time.perf_counter() - started_s)

    def _let_in(self, shown: bytes) -> ASGIApp:
        if not shown.startswith(b"Bearer "):
            return _answer(problem(401, "no_token", "Authorization: Bearer <token> is expected"))
        if not hmac.compare_digest(shown, self._expected):
            return _answer(problem(403, "wrong_token", "this token is not accepted here"))
        return self._app


def application(routes: list[Route], token: str, metrics: TwinMetrics | None) -> ASGIApp:
    """The routes with the porter before them and every refusal as JSON."""
    handlers: dict[Any, Any] = {
        Answer: lambda request, refusal: _answer(refusal),
        Malformed: lambda request, mistake: _answer(problem(400, "malformed", str(mistake))),
        HTTPException: lambda request, e: _answer(problem(e.status_code, "no_such_call", e.detail)),
    }
    return Porter(Starlette(routes=routes, exception_handlers=handlers), token, metrics)


async def read_body(request: Request) -> bytes:
    """The body. Raises: Answer 413 when it is larger than any 500 events are."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise problem(413, "too_large", f"at most {MAX_BODY_BYTES} bytes in one body")
    return bytes(body)


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object in the body. Raises: Malformed."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as mistake:
        raise Malformed(f"not JSON: {mistake}") from None
    if type(body) is not dict:
        raise Malformed("an object is expected")
    return body


def _unless_known(request: Request, document: dict[str, Any]) -> Response:
    etag = f'"{document["version"]}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return answer_json(document, headers={"ETag": etag})


def _answer(refusal: Answer) -> Response:
    return answer_json(refusal.body, refusal.status)


def _counted_path(scope: Scope) -> str:
    # Numbers out of the label: one time series per path, not one per epoch.
    return "/".join("N" if part.isdigit() else part for part in scope["path"].split("/"))[:60]
