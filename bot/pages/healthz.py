"""`/healthz`: whether this service is alive and ready to take orders, as health+json, for whoever restarts it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.pages.parts import PageParts, parts_of
from core.errors import FallbackError
from core.observation_settings import silence_limit_s
from core.times import to_rfc3339
from fallback_store import disk_room, vitals

#: The store must answer within this, seconds.
PATIENCE_S = 2.0
#: People wait this long for an answer that is written already: a channel is stuck, seconds.
SEND_LAG_S = 60.0
#: An answer holds for so long, seconds.
KEPT_S = 1.0
_WORST = ("pass", "warn", "fail")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    status: str
    value: float | None
    unit: str
    #: "" = nothing to say
    output: str = ""


def routes() -> list[BaseRoute]:
    """`/healthz` is ready or not, `/healthz/live` alive."""
    return [Route("/healthz", ready), Route("/healthz/ready", ready), Route("/healthz/live", live)]


async def live(request: Request) -> Response:
    """GET: 200 as long as this process answers at all."""
    return _answer(parts_of(request), {}, "pass")


async def ready(request: Request) -> Response:
    """GET: 200 with `pass` or `warn`, 503 with `fail` when orders could not be taken."""
    readiness = request.app.state.readiness
    assert isinstance(readiness, Readiness)
    checks = await readiness.checks()
    return _answer(parts_of(request), checks, max((check.status for check in checks.values()), key=_WORST.index))


class Readiness:
    """Looks at most once a second, however many ask: a question must not become a burden."""

    def __init__(self, parts: PageParts) -> None:
        self._parts = parts
        self._one_at_a_time = asyncio.Lock()
        self._known: dict[str, Check] = {}
        self._until_s = 0.0

    async def checks(self) -> Mapping[str, Check]:
        """Every check by its name, a second old at the most."""
        async with self._one_at_a_time:
            clock = self._parts.clock
            if not self._known or clock.monotonic_s() >= self._until_s:
                self._known = {
                    "store:write": await _store(self._parts),
                    "disk:free": _disk(self._parts),
                    "watch:silence": _watch(self._parts),
                    **await _vitals(self._parts),
                }
                self._until_s = clock.monotonic_s() + KEPT_S
            return self._known


async def _store(parts: PageParts) -> Check:
    started_s = parts.clock.monotonic_s()
    try:
        async with asyncio.timeout(PATIENCE_S):
            await parts.store.write(lambda _: None)
    except TimeoutError:
        return Check("fail", None, "ms", "the store's writer does not answer")
    except FallbackError as problem:
        return Check("fail", None, "ms", str(problem))
    return Check("pass", (parts.clock.monotonic_s() - started_s) * 1000, "ms")


def _disk(parts: PageParts) -> Check:
    free = disk_room.free_bytes(parts.store)
    status = "fail" if free < disk_room.TOO_LITTLE_BYTES else "warn" if free < disk_room.LITTLE_BYTES else "pass"
    return Check(status, float(free), "bytes")


async def _vitals(parts: PageParts) -> dict[str, Check]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = await vitals.read(parts.store, parts.clock.now())
    except TimeoutError:
        return {"store:read": Check("fail", None, "ms", "the store's readers do not answer")}
    age_s = found.get("snapshot_age_s")
    menu = Check("warn", None, "s", "there is no snapshot: an emergency would have no menu")
    if age_s is not None:
        menu = Check("warn" if age_s > parts.settings.sync.stale_after_s else "pass", age_s, "s")
    lag_s = found.get("send_lag_s", 0.0)
    return {"snapshot:age": menu, "outgoing:lag": Check("warn" if lag_s > SEND_LAG_S else "pass", lag_s, "s")}


def _watch(parts: PageParts) -> Check:
    silent_s, limit_s = parts.watch_silent_s(), silence_limit_s(parts.settings.watch.interval_s)
    return Check("fail" if silent_s > limit_s else "warn" if silent_s > limit_s / 2 else "pass", silent_s, "s")


def _answer(parts: PageParts, checks: Mapping[str, Check], status: str) -> Response:
    now = to_rfc3339(parts.clock.now())
    body: dict[str, object] = {"status": status, "serviceId": parts.settings.node.name}
    if checks:
        body["checks"] = {
            name: [
                {
                    "status": check.status,
                    "observedValue": check.value,
                    "observedUnit": check.unit,
                    "time": now,
                    **({"output": check.output} if check.output else {}),
                }
            ]
            for name, check in checks.items()
        }
    code = 503 if status == "fail" else 200
    return Response(orjson.dumps(body), code, media_type="application/health+json")
