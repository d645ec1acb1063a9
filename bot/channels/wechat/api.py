"""Calls to the vendor's API: one session, total time-outs, and what its error codes mean for a waiting message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import orjson

from bot.channels.wechat.access_tokens import AccessRefused, AccessTokens, Granted
from core.errors import Permanent, Temporary
from core.ports import Clock

TIMEOUT_S = 10.0
#: Bytes; what we ask for is answered in a few hundred.
LARGEST_ANSWER = 256 * 1024

#: The token ran out or was replaced by somebody else's: worth one more try with a new one.
_SPOILED_TOKEN = frozenset({40001, 40014, 41001, 42001, 42007})
#: Asked for a token, these say that the settings are wrong.
_REFUSED = frozenset({40001, 40002, 40013, 40125, 40164, 40243, 41002, 41004, 48004, 50004, 50007, 89501, 89503, 89506})
#: Try again later: the vendor is busy, or we were too fast.
_LATER = frozenset({-1, 45009, 45011, 45033, 45002013, 846607})


class WeChatRefused(Permanent):
    """The vendor will not deliver this."""

    def __init__(self, code: int, message: str) -> None:
        """`code`: the vendor's errcode."""
        super().__init__(f"errcode {code}: {message}")
        self.code = code


class WeChatApi:
    """The client of one account; `async with` opens its session."""

    def __init__(self, clock: Clock, origin: str, token_request: tuple[str, str, Mapping[str, Any]]) -> None:
        """`origin`: such as https://api.weixin.qq.com; `token_request`: method, path and fields that get a token."""
        self._origin = origin.rstrip("/")
        self._token_request = token_request
        self._session: aiohttp.ClientSession | None = None
        self.tokens = AccessTokens(clock, self._ask_token)

    async def __aenter__(self) -> WeChatApi:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Calls `path` with a token; returns the answer. Raises: Temporary, WeChatRefused, AccessRefused."""
        return await self._with_token(path, {}, lambda: body)

    async def upload(self, path: str, name: str, content: bytes, content_type: str) -> dict[str, Any]:
        """Uploads one picture to `path`; returns the answer. Raises: as `post`."""

        def form() -> aiohttp.FormData:
            made = aiohttp.FormData()
            made.add_field("media", content, filename=name, content_type=content_type)
            return made

        return await self._with_token(path, {"type": "image"}, form)

    async def _with_token(
        self, path: str, query: Mapping[str, str], make_body: Callable[[], Mapping[str, Any] | aiohttp.FormData]
    ) -> dict[str, Any]:
        """`make_body`: asked again for a second try, because a form is sent once."""
        for _ in range(2):
            token = await self.tokens.get()
            answer = await self._call("POST", path, {"access_token": token, **query}, make_body())
            code = int(answer.get("errcode") or 0)
            if code not in _SPOILED_TOKEN:
                break
            self.tokens.spoiled(token)
        if code == 0:
            return answer
        if code in _LATER or code in _SPOILED_TOKEN:
            raise Temporary(f"errcode {code}: {answer.get('errmsg', '')}"[:200])
        raise WeChatRefused(code, str(answer.get("errmsg", ""))[:200])

    async def _ask_token(self) -> Granted:
        method, path, fields = self._token_request
        if method == "GET":
            answer = await self._call(method, path, fields, None)
        else:
            answer = await self._call(method, path, {}, fields)
        code = int(answer.get("errcode") or 0)
        if code in _REFUSED:
            raise AccessRefused(f"errcode {code}: {answer.get('errmsg', '')}"[:200])
        if code or not answer.get("access_token"):
            raise Temporary(f"no access token: errcode {code}"[:200])
        return Granted(str(answer["access_token"]), float(answer.get("expires_in") or 7200))

    async def _call(
        self, method: str, path: str, query: Mapping[str, Any], body: Mapping[str, Any] | aiohttp.FormData | None
    ) -> dict[str, Any]:
        if self._session is None:
            raise Temporary("not connected yet")
        # The vendor wants Chinese as it is: escapes would be shown as escapes.
        data = body if body is None or isinstance(body, aiohttp.FormData) else orjson.dumps(body)
        try:
            async with self._session.request(
                method, f"{self._origin}{path}", params=dict(query), data=data, allow_redirects=False
            ) as answer:
                content = bytearray()
                async for chunk in answer.content.iter_any():
                    content += chunk
                    if len(content) > LARGEST_ANSWER:
                        raise Temporary("no answer: too long")
                if answer.status == 429 or answer.status >= 500:
                    wished = answer.headers.get("Retry-After", "")
                    raise Temporary(f"HTTP {answer.status}", retry_after_s=float(wished) if wished.isdigit() else None)
                found = orjson.loads(content)
        except (aiohttp.ClientError, TimeoutError, OSError, orjson.JSONDecodeError) as problem:
            # Said by its kind alone: a message of aiohttp's may quote the address, and the token is in it.
            raise Temporary(f"no answer: {type(problem).__name__}") from None
        if not isinstance(found, dict):
            raise Temporary("no answer: not an object")
        return found


def official_account_token(app_id: str, app_secret: str) -> tuple[str, str, Mapping[str, Any]]:
    """How an Official Account asks: the stable token, which other programs of the operator's do not replace."""
    fields = {"grant_type": "client_credential", "appid": app_id, "secret": app_secret, "force_refresh": False}
    return "POST", "/cgi-bin/stable_token", fields


def wecom_token(corp_id: str, secret: str) -> tuple[str, str, Mapping[str, Any]]:
    """How a WeCom app asks."""
    return "GET", "/cgi-bin/gettoken", {"corpid": corp_id, "corpsecret": secret}
