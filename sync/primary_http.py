"""The primary over HTTP: the only client of docs/primary-api.yaml; anything but a well-shaped answer is unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import aiohttp
import orjson

from core.errors import (
    BatchMalformed,
    BatchTooLarge,
    BooksDiffer,
    EpochUnknown,
    NotSupported,
    PrimaryBusy,
    PrimaryDenied,
    PrimaryUnreachable,
    StaleEpoch,
)
from core.primary import BookOrder, EpochDigest, EpochGrant, EventResult, Fetched, Payment, PrimaryEvent, PrimaryHealth
from core.reconciliation import seal
from core.times import ms_to_rfc3339, to_rfc3339
from sync import primary_answers as answers

#: No answer of the contract is larger; a catalog of 3,000 dishes takes 1 MB.
ANSWER_LIMIT_BYTES = 32 * 1024 * 1024
_CONNECTIONS = 8  # the outbox's lanes, the pulls and a page asking at once
_LONGEST_WAIT_S = 3600.0  # what we believe of a Retry-After

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Answer:
    """A whole answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class PrimaryHttp:
    """One session, opened by `async with`; total time-outs, bounded bodies, no redirects: they would leak the token."""

    def __init__(self, base_url: str, token: str, *, timeout_s: float = 15.0) -> None:
        """`timeout_s`: for a whole call, from connecting to the last byte."""
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(timeout_s, 5.0))
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> PrimaryHttp:
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"},
            timeout=self._timeout,
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Lets go of the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def health(self) -> PrimaryHealth:
        """See core.ports.Primary. A 503 with a body is the primary saying that it is unwell."""
        answer = await self._exchange("GET", "/health")
        if answer.status not in (200, 503):
            raise _unknown(answer, "GET /health")
        return _shaped(answers.health, answer)

    async def catalog(self, etag: str | None) -> Fetched | None:
        """See core.ports.Primary."""
        return await self._fetch("/catalog", etag)

    async def directory(self, etag: str | None) -> Fetched | None:
        """See core.ports.Primary."""
        return await self._fetch("/directory", etag)

    async def dry_run_order(self, body: bytes) -> None:
        """See core.ports.Primary."""
        answer = await self._ask("POST", "/orders?dry_run=true", body)
        _check_supported(answer, "This primary cannot try an order.")
        if 400 <= answer.status < 500 and answer.status != 408:  # the question is refused, which says nothing of writes
            raise NotSupported(f"This primary does not take this dry run: {answer.status}: {_words(answer)}")
        if answer.status != 200:
            raise _unknown(answer, "POST /orders?dry_run=true")

    async def open_epoch(self, epoch: int, *, node: str, opened_at: datetime, reason: str) -> EpochGrant:
        """See core.ports.Primary."""
        body = {"epoch": epoch, "node": node, "opened_at": to_rfc3339(opened_at), "reason": reason}
        answer = await self._ask("POST", "/fallback/epochs", orjson.dumps(body))
        _check_fence(answer, epoch)
        return _shaped(lambda data: answers.epoch_grant(data, epoch), _ok(answer, "POST /fallback/epochs"))

    async def pause(self, epoch: int, *, is_paused: bool, since: datetime | None = None) -> Sequence[str]:
        """See core.ports.Primary."""
        body = {"paused": is_paused, "epoch": epoch} | ({} if since is None else {"since": to_rfc3339(since)})
        answer = await self._ask("POST", "/fallback/pause", orjson.dumps(body))
        _check_fence(answer, epoch)
        _check_supported(answer, "This primary cannot be paused from here.")
        return answers.taken_since(_ok(answer, "POST /fallback/pause").body)

    async def push(self, epoch: int, node: str, events: Sequence[PrimaryEvent]) -> list[EventResult]:
        """See core.ports.Primary."""
        answer = await self._ask("POST", "/fallback/events", _push_body(epoch, node, events))
        _check_fence(answer, epoch)
        if answer.status == 413:
            raise BatchTooLarge(f"The primary does not take {len(events)} events at once.")
        if answer.status == 400:
            raise BatchMalformed(f"The primary does not understand the batch: {_words(answer)}")
        sent = {event.key for event in events}
        return _shaped(lambda data: answers.event_results(data, sent), _ok(answer, "POST /fallback/events"))

    async def digest(self, epoch: int) -> EpochDigest:
        """See core.ports.Primary."""
        path = f"/fallback/epochs/{epoch}/digest"
        return _shaped(answers.epoch_digest, _ok(await self._ask("GET", path), f"GET {path}"))

    async def orders_in_bucket(self, epoch: int, bucket: int) -> list[BookOrder]:
        """See core.ports.Primary."""
        path = f"/fallback/epochs/{epoch}/orders?bucket={bucket}"
        return _shaped(lambda data: answers.book_orders(data, bucket), _ok(await self._ask("GET", path), f"GET {path}"))

    async def close_epoch(self, epoch: int, digest: EpochDigest) -> None:
        """See core.ports.Primary."""
        path = f"/fallback/epochs/{epoch}/close"
        body = {"count": digest.count, "amount_fen": digest.amount_fen, "digest": seal(digest)}
        answer = await self._ask("POST", path, orjson.dumps(body))
        if answer.status == 409:
            theirs = answers.figures(answer.body)
            if theirs is None and answers.current_epoch(answer.body) is not None:
                _check_fence(answer, epoch)
            raise BooksDiffer("The primary does not close the epoch on our figures.", figures=theirs)
        _shaped(answers.check_closed, _ok(answer, f"POST {path}"))

    async def payments(self, reference: str) -> list[Payment]:
        """See core.ports.Primary."""
        answer = await self._ask("GET", "/payments", query={"reference": reference})
        _check_supported(answer, "This primary cannot look up payments.")
        return _shaped(answers.payments, _ok(answer, "GET /payments"))

    # Inside ---------------------------------------------------------------------------------------

    async def _fetch(self, path: str, etag: str | None) -> Fetched | None:
        answer = await self._ask("GET", path, headers={"If-None-Match": etag} if etag else None)
        if answer.status == 304 and etag:
            return None
        body = _parsed(_ok(answer, f"GET {path}"))
        return Fetched(answer.body.decode(), body, answer.headers.get("ETag"))

    async def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> _Answer:
        answer = await self._exchange(method, path, body, headers=headers, query=query)
        if answer.status == 429:
            raise PrimaryBusy(f"{method} {path}: 429", retry_after_s=_retry_after_s(answer.headers))
        if answer.status >= 500:
            raise _unknown(answer, f"{method} {path}")
        return answer

    async def _exchange(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> _Answer:
        if self._session is None:
            raise PrimaryUnreachable("The client is closed.")
        all_headers = dict(headers or {})
        if body is not None:
            all_headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                method,
                self._base_url + path,
                data=body,
                headers=all_headers,
                params=query,
                allow_redirects=False,
            ) as response:
                answer = _Answer(response.status, response.headers, await _read_bounded(response))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
            raise PrimaryUnreachable(f"{method} {path}: {type(problem).__name__}: {problem}") from problem
        if answer.status in (401, 403):
            raise PrimaryDenied(f"{method} {path}: {answer.status}: {_words(answer)}")
        return answer


async def _read_bounded(response: aiohttp.ClientResponse) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(256 * 1024):
        size += len(chunk)
        if size > ANSWER_LIMIT_BYTES:
            raise PrimaryUnreachable(f"An answer of more than {ANSWER_LIMIT_BYTES} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def _push_body(epoch: int, node: str, events: Sequence[PrimaryEvent]) -> bytes:
    # A body is the text that was stored: decoding and encoding it again would cost more than all the rest.
    wire = []
    for event in events:
        row: dict[str, Any] = {
            "key": event.key,
            "seq": event.seq,
            "order_id": event.order_id,
            "kind": event.kind,
            "at": ms_to_rfc3339(event.at_ms),
            "body": orjson.Fragment(event.body),
        }
        if event.replaces is not None:
            row["replaces"] = event.replaces
        wire.append(row)
    return orjson.dumps({"epoch": epoch, "node": node, "events": wire})


def _check_fence(answer: _Answer, epoch: int) -> None:
    if answer.status == 409:
        current = answers.current_epoch(answer.body)
        if current is not None and current < epoch:
            raise EpochUnknown(f"The primary knows no epoch {epoch}; its newest is {current}.")
        raise StaleEpoch(current)


def _check_supported(answer: _Answer, words: str) -> None:
    if answer.status in (404, 405, 501):
        raise NotSupported(words)


def _ok(answer: _Answer, call: str) -> _Answer:
    if answer.status != 200:
        raise _unknown(answer, call)
    return answer


def _unknown(answer: _Answer, call: str) -> PrimaryUnreachable:
    return PrimaryUnreachable(
        f"{call}: {answer.status}: {_words(answer)}", retry_after_s=_retry_after_s(answer.headers)
    )


def _parsed(answer: _Answer) -> Any:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError as problem:
        raise PrimaryUnreachable(f"An answer that is no JSON: {_words(answer)}") from problem


def _shaped(read: Callable[[Any], _T], answer: _Answer) -> _T:
    data = _parsed(answer)
    try:
        return read(data)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise PrimaryUnreachable(f"An answer of another shape ({problem}): {_words(answer)}") from problem


def _words(answer: _Answer) -> str:
    return answer.body[:200].decode(errors="replace")


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    said = headers.get("Retry-After")
    if said is None:
        return None
    try:
        wait_s = float(said)
    except ValueError:
        return _until_s(said, headers.get("Date"))
    return min(max(0.0, wait_s), _LONGEST_WAIT_S) if wait_s == wait_s else None


def _until_s(said: str, date: str | None) -> float | None:
    # Both moments are the primary's: its clock may be wrong, the difference is not.
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(date or "")
    except ValueError:
        return None
    wait_s = (until.replace(tzinfo=UTC) - now.replace(tzinfo=UTC)).total_seconds()
    return min(max(0.0, wait_s), _LONGEST_WAIT_S)
