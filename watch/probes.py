"""One question each to the primary and to the world, answered within a total time-out or not at all."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urljoin, urlsplit

import aiohttp

from core.ports import Clock
from watch import scrape
from watch.health_answer import read_health

#: No health answer is longer; whoever sends more is not answering the question.
_BODY_LIMIT_BYTES = 64 * 1024
#: The primary answers, but not to us: a wrong token or too many questions say nothing about its health.
_NOT_FOR_US = frozenset({401, 403, 429})
#: A payment that failed is tried again after this long, so that a breakdown is told from bad luck in seconds …
_PAY_AGAIN_S = 1.0
#: … for so long; a gateway that stays down is then asked at the usual pace again. Seconds.
_PAY_AGAIN_FOR_S = 60.0
#: Network Authentication Required: said by portals, never by whom we asked.
_LOGIN_TO_THE_NETWORK = 511


class Reply(Protocol):
    """As much of an answer as tells who gave it."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


def is_the_reference(url: str, answer: Reply) -> bool:
    """Whether whom we asked was reached: any status counts, for a 404 or 502 too came over a network that works.

    Were it taken for silence, a reference that lost a page would soon be ignored, and our next own outage blamed on
    the primary. Only what stands between us and the world does not count: a captive portal answers in everybody's
    name, with 511 or by sending us to another host.
    """
    if answer.status == _LOGIN_TO_THE_NETWORK:
        return False
    to = answer.headers.get("Location")
    if not to or not 300 <= answer.status < 400:
        return True
    try:
        return urlsplit(urljoin(url, to)).hostname == urlsplit(url).hostname
    except ValueError:  # what it names is no address
        return False


class Probes(Protocol):
    """What the watcher asks, opened for as long as it runs."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def ask(self) -> Mapping[str, float]:
        """One round, all questions at once. What could not be learned is absent; never raises for a bad answer."""
        ...


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back in time."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What a primary offers to be asked beyond the contract's own paths."""

    #: Prometheus text; "" = none
    metrics_path: str = ""
    #: our metric → what it is called there, where that differs
    metric_names: Mapping[str, str] = field(default_factory=dict)
    #: a payment tried for practice, POSTed to; "" = none
    pay_path: str = ""
    #: seconds between two of them: each costs the gateway something
    pay_every_s: float = 5.0


class HttpProbes:
    """The probes of a primary that serves docs/primary-api.yaml, and of a reference that is not the primary."""

    def __init__(
        self,
        base_url: str,
        token: str,
        reference_url: str,
        *,
        timeout_s: float,
        clock: Clock,
        offers: Offers | None = None,
    ) -> None:
        """`reference_url`: something that answers while we are online; "" = nobody can tell. `timeout_s`: total."""
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._reference_url = reference_url
        self._timeout_s = timeout_s
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._offers = offers or Offers()
        self._scrape = scrape.Scrape(self._offers.metric_names)
        self._paid_s = -math.inf
        #: since when payments for practice fail, monotonic seconds; None = the last one was good
        self._unpaid_s: float | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            # `total` holds against a trickling server, which a time-out per read does not.
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            # A new connection each time, as a student's phone makes one: an old one may outlive a closed door.
            connector=aiohttp.TCPConnector(force_close=True, ttl_dns_cache=30),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def ask(self) -> Mapping[str, float]:
        """See Probes."""
        started_s = self._clock.monotonic_s()
        async with asyncio.TaskGroup() as group:
            probes = (self.health, self.write, self.reference, self.figures, self.pay)
            asked = [group.create_task(probe()) for probe in probes]
        if self._clock.monotonic_s() - started_s > self._timeout_s + 1.0:
            # The time-outs ran out long ago: we stood still, not the primary.
            return {}
        return {name: value for probe in asked for name, value in probe.result().items()}

    async def health(self) -> dict[str, float]:
        """Does it say that it is well? probe_ok, probe_ms, maintenance, clock_skew_s, and its checks by name."""
        started_s = self._clock.monotonic_s()
        answer = await self._exchange("GET", f"{self._base_url}/health", self._headers)
        if answer is None:
            return {"probe_ok": 0.0}
        took_ms = (self._clock.monotonic_s() - started_s) * 1000
        found = {"probe_ms": took_ms} | self._clock_skew(answer)
        if answer.status in _NOT_FOR_US:
            return found
        said = read_health(answer.body)
        is_well = said.pop("is_well", 0.0) > 0 and answer.status == 200
        return {"maintenance": 0.0} | found | said | {"probe_ok": float(is_well)}

    async def write(self) -> dict[str, float]:
        """Could an order be written? A dry run without a body: write_ok, write_ms."""
        started_s = self._clock.monotonic_s()
        answer = await self._exchange("POST", f"{self._base_url}/orders?dry_run=true", self._headers)
        if answer is None:
            return {"write_ok": 0.0}
        took_ms = (self._clock.monotonic_s() - started_s) * 1000
        if 400 <= answer.status < 500:
            return {"write_ms": took_ms}  # it refuses the question (no such path, not our token): unknown
        return {"write_ok": float(answer.status == 200), "write_ms": took_ms}

    async def reference(self) -> dict[str, float]:
        """Are we online ourselves? ref_ok; absent when nobody was named to ask."""
        if not self._reference_url:
            return {}
        # Its head is answer enough: a home page may be long.
        answer = await self._exchange("GET", self._reference_url, {}, None)
        return {"ref_ok": float(answer is not None and is_the_reference(self._reference_url, answer))}

    async def figures(self) -> dict[str, float]:
        """What does it show of itself? scrape_ok and every metric that could be read; nothing where it shows none."""
        if not self._offers.metrics_path:
            return {}
        url = self._base_url + self._offers.metrics_path
        answer = await self._exchange("GET", url, self._headers | {"Accept": "text/plain"}, scrape.LIMIT_BYTES)
        if answer is None or answer.status != 200:
            self._scrape.forget()
            return {"scrape_ok": 0.0}
        found = self._scrape.read(answer.body)
        return found | {"scrape_ok": float(bool(found))}

    async def pay(self) -> dict[str, float]:
        """Could somebody pay? pay_probe, every few seconds where the primary offers a payment for practice."""
        now_s = self._clock.monotonic_s()
        if not self._offers.pay_path or now_s - self._paid_s < self._pay_every_s(now_s) - 0.05:
            return {}
        self._paid_s = now_s
        answer = await self._exchange("POST", self._base_url + self._offers.pay_path, self._headers)
        if answer is not None and 400 <= answer.status < 500:
            return {}  # it refuses the question: unknown
        is_paid = answer is not None and answer.status == 200
        if is_paid:
            self._unpaid_s = None
        elif self._unpaid_s is None:
            self._unpaid_s = now_s
        return {"pay_probe": float(is_paid)}

    def _pay_every_s(self, now_s: float) -> float:
        is_urgent = self._unpaid_s is not None and now_s - self._unpaid_s < _PAY_AGAIN_FOR_S
        return min(self._offers.pay_every_s, _PAY_AGAIN_S) if is_urgent else self._offers.pay_every_s

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], limit_bytes: int | None = _BODY_LIMIT_BYTES
    ) -> _Answer | None:
        """An answer; None when there was none in time, or it was longer than `limit_bytes` (None: only its head)."""
        if self._session is None:
            raise RuntimeError("probes are asked inside `async with`")
        try:
            # Redirects are answers too: following them would take the token elsewhere.
            async with self._session.request(method, url, headers=headers, allow_redirects=False) as response:
                body = b"" if limit_bytes is None else await _read(response, limit_bytes)
                return None if body is None else _Answer(response.status, response.headers, body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return None

    def _clock_skew(self, answer: _Answer) -> dict[str, float]:
        try:
            theirs = parsedate_to_datetime(answer.headers["Date"])
            return {"clock_skew_s": (theirs - self._clock.now()).total_seconds()}
        except (KeyError, ValueError, TypeError):  # no date, no date at all, or one without a zone
            return {}


async def _read(response: aiohttp.ClientResponse, limit_bytes: int) -> bytes | None:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit_bytes:
            return None
    return bytes(body)
