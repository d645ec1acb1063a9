"""Odd answers: whatever a half-dead server sends, the client waits no longer and believes no more than it should."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from core.errors import BooksDiffer, NotSupported, PrimaryUnreachable, StaleEpoch
from core.ids import Key
from core.primary import PrimaryEvent
from core.reconciliation import digest_of
from sync import primary_http
from sync.primary_http import PrimaryHttp

EVENT = PrimaryEvent(1, Key("k1"), "o1", "order.placed", 1795320000123, '{"total_fen": 5 }', "old")


@asynccontextmanager
async def answering(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]], timeout_s: float = 5.0
) -> AsyncIterator[PrimaryHttp]:
    """A client of a server that gives every request this answer."""

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with PrimaryHttp(f"http://127.0.0.1:{runner.addresses[0][1]}/", "token", timeout_s=timeout_s) as client:
            yield client
    finally:
        await runner.cleanup()


def always(
    body: Any = None, *, status: int = 200, headers: dict[str, str] | None = None
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The same answer to everybody; `body` as JSON, bytes as they are."""

    async def answer(request: web.Request) -> web.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(body=content, status=status, headers=headers)

    return answer


def result(**fields: Any) -> dict[str, Any]:
    return {"results": [{"key": "k1", "outcome": "applied"} | fields]}


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"results": None},
        {"results": {}},
        {"results": ["applied"]},
        {"results": [{"outcome": "applied"}]},
        {"results": [{"key": ["k1"], "outcome": "applied"}]},
        {"results": [{"key": "k1", "outcome": ["applied"]}]},
        {"results": [{"key": "k1", "outcome": "applied"}, {"key": "k1", "outcome": "refused"}]},
    ],
)
async def test_a_push_answered_in_another_shape_is_unknown(body: Any) -> None:
    async with answering(always(body)) as client:
        with pytest.raises(PrimaryUnreachable):
            await client.push(1, "n", [EVENT])


@pytest.mark.parametrize("fields", [{"key": "k2"}, {"outcome": "ok"}, {"outcome": "APPLIED"}, {"outcome": None}])
async def test_a_result_that_says_nothing_about_the_event_settles_nothing(fields: dict[str, Any]) -> None:
    async with answering(always(result(**fields))) as client:
        assert await client.push(1, "n", [EVENT]) == []


async def test_the_stored_body_travels_byte_for_byte() -> None:
    heard: list[bytes] = []

    async def hear(request: web.Request) -> web.Response:
        heard.append(await request.read())
        assert request.headers["Authorization"] == "Bearer token"
        assert request.headers["Content-Type"] == "application/json"
        return web.json_response(result())

    async with answering(hear) as client:
        await client.push(4, "n", [EVENT])
    assert heard == [
        b'{"epoch":4,"node":"n","events":[{"key":"k1","seq":1,"order_id":"o1","kind":"order.placed",'
        b'"at":"2026-11-22T04:00:00.123Z","body":{"total_fen": 5 },"replaces":"old"}]}'
    ]


@pytest.mark.parametrize("status", [201, 204, 302, 404, 418, 500, 502])
async def test_only_200_is_success(status: int) -> None:
    headers = {"Location": "/elsewhere"} if status == 302 else {}
    body = b"" if status == 204 else b'{"state":"closed","results":[]}'
    async with answering(always(body, status=status, headers=headers)) as client:
        for call in (client.push(1, "n", [EVENT]), client.close_epoch(1, digest_of([]))):
            with pytest.raises(PrimaryUnreachable):
                await call


async def test_a_drip_of_bytes_ends_with_the_time_out() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(50):
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response

    async with answering(drip, timeout_s=0.3) as client:
        async with asyncio.timeout(1.5):
            with pytest.raises(PrimaryUnreachable, match="Timeout"):
                await client.digest(1)


async def test_an_endless_answer_is_cut_off() -> None:
    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(40):
            await response.write(b" " * 1024 * 1024)
        return response

    async with answering(flood) as client:
        with pytest.raises(PrimaryUnreachable, match=str(primary_http.ANSWER_LIMIT_BYTES)):
            await client.digest(1)


@pytest.mark.parametrize(
    ("said", "date", "heard"),
    [
        ("5", None, 5.0),
        ("0.5", None, 0.5),
        ("-3", None, 0.0),
        ("1e9", None, 3600.0),
        ("nan", None, None),
        ("soon", None, None),
        ("Sun, 22 Nov 2026 04:00:30 GMT", "Sun, 22 Nov 2026 04:00:00 GMT", 30.0),
        ("Sun, 22 Nov 2026 03:00:00 GMT", "Sun, 22 Nov 2026 04:00:00 GMT", 0.0),
    ],
)
async def test_retry_after_is_read_in_seconds_and_as_a_date(said: str, date: str | None, heard: float | None) -> None:
    headers = {"Retry-After": said} | ({"Date": date} if date else {})
    async with answering(always(status=429, headers=headers)) as client:
        with pytest.raises(PrimaryUnreachable) as raised:
            await client.catalog(None)
        assert raised.value.retry_after_s == heard


async def test_a_conflict_without_words_is_a_stale_epoch() -> None:
    async with answering(always(status=409)) as client:
        with pytest.raises(StaleEpoch) as raised:
            await client.push(3, "n", [EVENT])
        assert raised.value.current_epoch is None
        with pytest.raises(BooksDiffer):
            await client.close_epoch(3, digest_of([]))


@pytest.mark.parametrize(("status", "problem"), [(400, NotSupported), (422, NotSupported), (408, PrimaryUnreachable)])
async def test_a_refused_dry_run_says_nothing_of_writes(status: int, problem: type[Exception]) -> None:
    async with answering(always({"error": {}}, status=status)) as client:
        with pytest.raises(problem):
            await client.dry_run_order(b"")


async def test_optional_calls_may_be_missing() -> None:
    async with answering(always(status=404)) as client:
        with pytest.raises(NotSupported):
            await client.pause(1, is_paused=True)
        with pytest.raises(NotSupported):
            await client.payments("r")


@pytest.mark.parametrize(
    "body",
    [
        {"count": 0, "amount_fen": 0, "buckets": ["0" * 32] * 255},
        {"count": 0, "amount_fen": 0, "buckets": ["0" * 31 + "x"] * 256},
        {"count": True, "amount_fen": 0, "buckets": ["0" * 32] * 256},
        {"count": 0, "amount_fen": 1.5, "buckets": ["0" * 32] * 256},
    ],
)
async def test_a_digest_of_another_shape_is_unknown(body: Any) -> None:
    async with answering(always(body)) as client:
        with pytest.raises(PrimaryUnreachable):
            await client.digest(1)


async def test_a_bucket_filter_that_was_ignored_does_no_harm() -> None:
    rows = [{"order_id": f"o{n}", "status": "order.placed", "total_fen": 1} for n in range(600)]
    async with answering(always({"orders": rows})) as client:
        found = [order.order_id for bucket in range(256) for order in await client.orders_in_bucket(1, bucket)]
        assert sorted(found) == sorted(f"o{n}" for n in range(600))


@pytest.mark.parametrize(("said", "read"), [("ok", "pass"), ("UP", "pass"), ("warn", "warn"), ("down", "fail")])
async def test_health_is_read_in_both_spellings(said: str, read: str) -> None:
    async with answering(always({"status": said})) as client:
        assert (await client.health()).status == read


async def test_a_closed_client_says_so() -> None:
    async with answering(always({})) as client:
        await client.close()
        with pytest.raises(PrimaryUnreachable, match="closed"):
            await client.health()
