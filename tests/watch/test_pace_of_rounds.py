"""Whatever the primary does to a probe, the next round begins on time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from core.health import HealthRules
from core.mode import ModeRules
from core.notices import NoticeRules
from fallback_store.database import Store
from watch.mode_switch import StoreModeSwitch
from watch.probes import HttpProbes, Offers
from watch.system_clock import SystemClock
from watch.watcher import Watcher

INTERVAL_S, TIMEOUT_S, ROUNDS = 0.1, 0.4, 15
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Timed:
    """Passes everything on and notes when each round began."""

    def __init__(self, probes: HttpProbes) -> None:
        self.began_s: list[float] = []
        self._probes = probes

    async def __aenter__(self) -> Self:
        await self._probes.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._probes.__aexit__(kind, error, trace)

    async def ask(self) -> Mapping[str, float]:
        self.began_s.append(asyncio.get_running_loop().time())
        return await self._probes.ask()


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def trickle(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(200):
        await response.write(b" ")
        await asyncio.sleep(0.05)
    return response


async def ten_megabytes(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(160):
        await response.write(b"db_p95_ms 5\n" * 5_461)
    return response


async def garbage(_: web.Request) -> web.StreamResponse:
    return web.Response(body=bytes(range(256)) * 3_000)


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("handler", [hang, trickle, ten_megabytes, garbage])
async def test_a_primary_that_misbehaves_delays_no_round(handler: Handler, tmp_path: Path) -> None:
    clock, offers = SystemClock(), Offers(metrics_path="/metrics", pay_path="/pay", pay_every_s=0.2)
    async with serving(handler) as url, await Store.open(tmp_path / "s.sqlite3") as store:
        timed = Timed(HttpProbes(url, "", "", timeout_s=TIMEOUT_S, clock=clock, offers=offers))
        watcher = Watcher(
            store,
            clock,
            StoreModeSwitch(NoticeRules(platform="东湖", timezone=ZoneInfo("Asia/Shanghai"))),
            timed,
            health_rules=HealthRules(interval_s=INTERVAL_S, timeout_s=TIMEOUT_S),
            mode_rules=ModeRules(),
        )
        async with asyncio.TaskGroup() as group:
            running = group.create_task(watcher.run())
            for _ in range(400):
                if len(timed.began_s) > ROUNDS:
                    break
                await asyncio.sleep(0.02)
            running.cancel()
    took_s = timed.began_s[ROUNDS] - timed.began_s[0]
    # Waiting for one answer before asking again would take four times as long; a busy machine may be late itself.
    assert took_s < ROUNDS * TIMEOUT_S / 2
    assert watcher.verdict is not None
