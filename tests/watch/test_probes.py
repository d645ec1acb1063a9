"""One question each, against real sockets: answers, silence, lies and trickles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from watch.probes import HttpProbes, Offers
from watch.system_clock import SystemClock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TIMEOUT_S = 0.4
#: A port on which nobody answers, and that no other program is given meanwhile.
NOBODY = "http://127.0.0.1:9"


@asynccontextmanager
async def serving(**handlers: Handler) -> AsyncIterator[str]:
    """A server on this machine with a handler for health, orders or reference; gives its address."""
    app = web.Application()
    for name, handler in handlers.items():
        app.router.add_route("*", f"/{name}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


def probes(base_url: str, reference_url: str = "") -> HttpProbes:
    return HttpProbes(base_url, "t0ken", reference_url, timeout_s=TIMEOUT_S, clock=SystemClock())


def answering(status: int = 200, body: str = '{"status": "pass"}', **headers: str) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=body, headers=headers)

    return answer


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def trickle(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(b" ")
        await asyncio.sleep(0.05)
    return response


async def flood(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(200):
        await response.write(b"x" * 50_000)
    return response


async def test_a_healthy_primary_answers_everything() -> None:
    seen: list[str] = []

    async def note(request: web.Request) -> web.StreamResponse:
        seen.append(f"{request.method} {request.path_qs} {request.headers['Authorization']}")
        return web.json_response({"status": "pass", "maintenance": False})

    async with (
        serving(health=note, orders=note, reference=answering(204, "")) as url,
        probes(url, f"{url}/reference") as asked,
    ):
        found = await asked.ask()
    assert (found["probe_ok"], found["write_ok"], found["ref_ok"], found["maintenance"]) == (1, 1, 1, 0)
    assert 0 < found["probe_ms"] < TIMEOUT_S * 1000
    assert abs(found["clock_skew_s"]) < 5
    assert sorted(seen) == ["GET /health Bearer t0ken", "POST /orders?dry_run=true Bearer t0ken"]


@pytest.mark.parametrize("word", ["pass", "warn", "ok", "UP"])
async def test_every_usual_word_for_well_is_understood(word: str) -> None:
    async with serving(health=answering(body=f'{{"status": "{word}"}}')) as url, probes(url) as asked:
        assert (await asked.health())["probe_ok"] == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, '{"status": "fail"}'),
        (503, '{"status": "pass"}'),
        (500, "oops"),
        (200, "<html>welcome to the Wi-Fi</html>"),
        (200, '{"healthy": true}'),
        (200, '["pass"]'),
        (200, ""),
        (302, ""),
        (404, "{}"),
    ],
)
async def test_anything_but_a_healthy_answer_is_bad(status: int, body: str) -> None:
    async with serving(health=answering(status, body)) as url, probes(url) as asked:
        assert (await asked.health())["probe_ok"] == 0


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_an_answer_that_is_not_for_us_says_nothing_about_its_health(status: int) -> None:
    async with serving(health=answering(status), orders=answering(status)) as url, probes(url) as asked:
        found = await asked.ask()
    assert "probe_ok" not in found
    assert "write_ok" not in found


@pytest.mark.parametrize(("status", "write_ok"), [(200, 1), (500, 0), (503, 0), (404, None), (422, None)])
async def test_a_write_probe_is_good_bad_or_unknown(status: int, write_ok: int | None) -> None:
    async with serving(orders=answering(status)) as url, probes(url) as asked:
        assert (await asked.write()).get("write_ok") == write_ok


async def test_maintenance_is_heard_even_while_it_is_down_for_it() -> None:
    body = '{"status": "fail", "maintenance": true}'
    async with serving(health=answering(503, body)) as url, probes(url) as asked:
        found = await asked.health()
    assert (found["probe_ok"], found["maintenance"]) == (0, 1)


@pytest.mark.parametrize("handler", [hang, trickle, flood])
async def test_a_hanging_trickling_or_flooding_primary_holds_nobody_up(handler: Handler) -> None:
    started_s = asyncio.get_running_loop().time()
    async with (
        serving(health=handler, orders=handler, reference=answering()) as url,
        probes(url, f"{url}/reference") as asked,
    ):
        found = await asked.ask()
        took_s = asyncio.get_running_loop().time() - started_s
    assert (found["probe_ok"], found["ref_ok"]) == (0, 1)
    assert took_s < TIMEOUT_S + 0.8


async def test_a_closed_door_is_bad_and_a_dead_reference_means_we_are_offline() -> None:
    async with probes(NOBODY, NOBODY) as asked:
        assert await asked.ask() == {"probe_ok": 0, "write_ok": 0, "ref_ok": 0}


async def test_without_a_reference_nothing_is_said_about_ourselves() -> None:
    async with probes(NOBODY) as asked:
        assert "ref_ok" not in await asked.ask()


@pytest.mark.parametrize(("status", "ref_ok"), [(200, 1), (204, 1), (401, 1), (404, 1), (502, 1), (511, 0)])
async def test_whatever_the_reference_answers_came_over_a_network_that_works(status: int, ref_ok: int) -> None:
    async with serving(reference=answering(status)) as url, probes(url, f"{url}/reference") as asked:
        assert await asked.reference() == {"ref_ok": ref_ok}


@pytest.mark.parametrize(
    ("location", "ref_ok"),
    [("http://127.0.0.1:9/", 1), ("/login", 1), ("http://portal.campus.invalid/", 0), ("http://[", 0), ("", 1)],
)
async def test_a_redirect_is_not_followed_and_is_the_references_own_only_on_its_host(
    location: str, ref_ok: int
) -> None:
    moved = answering(302, "", Location=location)
    async with serving(reference=moved) as url, probes(url, f"{url}/reference") as asked:
        assert await asked.reference() == {"ref_ok": ref_ok}


async def test_a_reference_may_be_a_long_page_and_a_silent_one_is_silence() -> None:
    async with serving(reference=flood) as url, probes(url, f"{url}/reference") as asked:
        assert await asked.reference() == {"ref_ok": 1}
    async with serving(reference=hang) as url, probes(url, f"{url}/reference") as asked:
        assert await asked.reference() == {"ref_ok": 0}
    async with probes(NOBODY, NOBODY) as asked:
        assert await asked.reference() == {"ref_ok": 0}


@pytest.mark.parametrize("date", ["yesterday", "Mon, 32 Foo 2026 99:00:00 GMT"])
async def test_a_date_that_is_none_says_nothing_about_its_clock(date: str) -> None:
    async with serving(health=answering(Date=date)) as url, probes(url) as asked:
        found = await asked.health()
    assert found["probe_ok"] == 1
    assert "clock_skew_s" not in found


async def test_a_primary_whose_clock_is_wrong_is_noticed() -> None:
    wrong = (datetime.now(UTC) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    async with serving(health=answering(Date=wrong)) as url, probes(url) as asked:
        assert (await asked.health())["clock_skew_s"] == pytest.approx(3600, abs=10)


class StandingStill(SystemClock):
    """A machine that was suspended during the round: two readings of its clock lie a minute apart."""

    def __init__(self) -> None:
        self._extra_s = 0.0

    def monotonic_s(self) -> float:
        self._extra_s += 60.0
        return super().monotonic_s() + self._extra_s


async def test_a_round_in_which_we_stood_still_ourselves_says_nothing() -> None:
    url = NOBODY
    async with HttpProbes(url, "", url, timeout_s=TIMEOUT_S, clock=StandingStill()) as asked:
        assert await asked.ask() == {}


class Ahead(SystemClock):
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.by_s = 0.0

    def monotonic_s(self) -> float:
        return self.by_s


async def test_a_payment_that_failed_is_tried_again_every_second_for_a_minute_and_no_longer() -> None:
    status, clock = 200, Ahead()

    async def pay(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    async with (
        serving(pay=pay) as url,
        HttpProbes(url, "", "", timeout_s=5, clock=clock, offers=Offers(pay_path="/pay", pay_every_s=5.0)) as asked,
    ):

        async def tried_in(seconds: int) -> list[float]:
            found = list[float]()
            for _ in range(seconds):
                clock.by_s += 1
                found += (await asked.pay()).values()
            return found

        assert await tried_in(10) == [1.0, 1.0]
        status = 502
        assert await tried_in(10) == [0.0] * 10
        assert 50 <= len(await tried_in(60)) <= 57
        assert len(await tried_in(20)) == 4
        status = 200
        assert await tried_in(20) == [1.0] * 4
        status = 502
        assert len(await tried_in(10)) >= 5
