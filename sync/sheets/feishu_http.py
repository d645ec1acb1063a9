"""Calls of Feishu's open platform about one spreadsheet: one token for all, errors that say who can mend them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import orjson

from core.errors import FallbackError
from core.ports import Clock
from core.sheet_settings import FeishuSheetSettings
from sync.sheets.troubles import (
    LONGEST_WAIT_S,
    KeyRefused,
    SheetDenied,
    SheetNotFound,
    SheetRefused,
    SheetUnreachable,
    TabGone,
)

#: What makes an answer of its text. Raises: orjson.JSONDecodeError.
Read = Callable[[bytes], Any]
#: Seconds for a whole call.
TIMEOUT_S = 25.0
#: A token is not used any more when it has less than this left, seconds.
SPARE_S = 300.0

#: Answers from this size on are read in a thread, bytes.
LARGE = 100_000

#: Codes of the open platform and, without the leading 13 and with, of its spreadsheets.
_STALE_TOKENS = (99991661, 99991663, 99991664, 99991668)
_BUSY = (99991400, 90217, 1310217, 90235, 1310235, 90242, 1310242)
_NOT_FOUND = (91402, 90214, 1310214, 90249, 1310249)
_DENIED = (91403, 90213, 1310213, 99991672, 90218, 1310218)
_NO_TAB = (90215, 1310215, 90211, 1310211)
_BAD_SECRET = (10003, 10014)


class _StaleToken(Exception):
    """The token stopped counting before its time."""


class WrongRange(SheetRefused):
    """The sheet has fewer columns than we thought."""


class FeishuCalls:
    """One app, one spreadsheet."""

    def __init__(self, settings: FeishuSheetSettings, clock: Clock, *, timeout_s: float = TIMEOUT_S) -> None:
        self._settings, self._clock = settings, clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self._token = ""
        self._token_until_s = 0.0
        self._renewing = asyncio.Lock()

    async def call(
        self,
        method: str,
        version: str,
        verb: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        read: Read = orjson.loads,
    ) -> dict[str, Any]:
        """The `data` of the answer. `verb`: the path below the spreadsheet. Raises: `sync/sheets/troubles.py`."""
        path = f"/open-apis/sheets/{version}/spreadsheets/{self._settings.spreadsheet_token}/{verb}"
        try:
            return await self._try(method, path, query, body, read)
        except _StaleToken:
            self._token_until_s = 0.0
        try:
            return await self._try(method, path, query, body, read)
        except _StaleToken:
            raise KeyRefused("Feishu does not accept the token it gave us.", hint=_APP_HINT) from None

    async def close(self) -> None:
        """Lets the connections go."""
        if self._session is not None:
            await self._session.close()

    async def _try(
        self, method: str, path: str, query: Mapping[str, str] | None, body: Mapping[str, Any] | None, read: Read
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {await self._current_token()}"}
        status, answer, reset = await self._send(method, path, headers, query, body, read)
        code = answer.get("code")
        if code == 0:
            return dict(answer.get("data") or {})
        if code in _STALE_TOKENS:
            raise _StaleToken
        raise self._as_ours(status, code, str(answer.get("msg", "")), reset)

    async def _current_token(self) -> str:
        async with self._renewing:  # whoever comes while it is renewed waits for that one
            if self._clock.monotonic_s() < self._token_until_s:
                return self._token
            body = {"app_id": self._settings.app_id, "app_secret": self._settings.app_secret}
            path = "/open-apis/auth/v3/tenant_access_token/internal"
            status, answer, reset = await self._send("POST", path, {}, None, body)
            code = answer.get("code")
            if code in _BAD_SECRET:
                raise KeyRefused(f"Feishu does not accept the app's id and secret: {answer.get('msg')}", hint=_APP_HINT)
            if code != 0:
                raise self._as_ours(status, code, str(answer.get("msg", "")), reset)
            self._token = str(answer["tenant_access_token"])
            self._token_until_s = self._clock.monotonic_s() + float(answer["expire"]) - SPARE_S
            return self._token

    async def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        read: Read = orjson.loads,
    ) -> tuple[int, dict[str, Any], float | None]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        sent = {**headers, "Content-Type": "application/json; charset=utf-8"}
        data = None if body is None else orjson.dumps(body)
        url = self._settings.api_base + path
        try:
            async with self._session.request(method, url, params=query, data=data, headers=sent) as response:
                text = await response.read()
                reset = _seconds(response.headers.get("x-ogw-ratelimit-reset") or response.headers.get("Retry-After"))
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            raise SheetUnreachable(f"Feishu could not be reached: {type(problem).__name__}") from problem
        try:
            # The whole sheet is a megabyte: not where orders are served.
            answer = read(text) if len(text) < LARGE else await asyncio.to_thread(read, text)
        except orjson.JSONDecodeError:
            raise SheetUnreachable(f"Feishu answers {response.status} with something that is no JSON.") from None
        if not isinstance(answer, dict):
            raise SheetUnreachable(f"Feishu answers {response.status} with something unexpected.")
        return response.status, answer, reset

    def _as_ours(self, status: int, code: object, said: str, reset_s: float | None) -> FallbackError:
        token = self._settings.spreadsheet_token
        if code in _BUSY or status == 429:
            return SheetUnreachable("Feishu asks us to slow down.", retry_after_s=reset_s)
        if status >= 500 or (isinstance(code, int) and code // 1000 == 1315):
            return SheetUnreachable(f"Feishu answers {status}, code {code}.", retry_after_s=reset_s)
        if code in _NOT_FOUND:
            return SheetNotFound(f"Feishu knows no spreadsheet {token!r}.")
        if code in _DENIED:
            hint = "In the spreadsheet: …, More, Add document app: the app may edit. Its scope: sheets:spreadsheet."
            return SheetDenied(f"Feishu does not let the app in: {said}", hint=hint)
        if code in _NO_TAB:
            return TabGone()
        if code in (90202, 1310202):
            return WrongRange(f"Feishu answers: {said}")
        return SheetRefused(f"Feishu answers {status}, code {code}: {said[:200]}")


_APP_HINT = "Copy app id and secret from the app's credentials page into sheet.feishu.app_id and app_secret."


def _seconds(said: str | None) -> float | None:
    try:
        return None if said is None else min(LONGEST_WAIT_S, max(0.0, float(said)))
    except ValueError:
        return None
