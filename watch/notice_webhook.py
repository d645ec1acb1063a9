"""Posts notices to webhooks, signed and with an idempotency key: what gateways for texts and app pushes take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime

import aiohttp
import orjson

from core.errors import Permanent, Temporary
from core.notice_settings import WebhookSettings
from core.ports import Clock
from core.times import to_rfc3339
from core.webhook_signature import sign
from watch.notice_delivery import Letter

#: Answers that mean "not now"; any other refusal will not change by itself.
_NOT_NOW = frozenset({408, 421, 425, 429})
#: An answer is read no further than this, bytes: only its status matters.
_READ_BYTES = 4096


class WebhookCarrier:
    """All webhooks of the settings; obeys `Carrier`."""

    channel = "webhook"

    def __init__(self, webhooks: Sequence[WebhookSettings], clock: Clock, *, timeout_s: float) -> None:
        """`timeout_s`: total, of one post."""
        self._webhooks = {webhook.name: webhook for webhook in webhooks}
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def carry(self, letter: Letter, target: str) -> None:
        """See Carrier."""
        webhook = self._webhooks.get(target)
        if webhook is None:
            raise Permanent(f"{target} is no longer in the settings")
        body = body_of(letter)
        at_s = int(self._clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": letter.key,
            **sign(webhook.secret, letter.key, at_s, body),
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
                # A redirect would take a signed notice to whoever answers there.
                session.post(webhook.url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                await answer.content.read(_READ_BYTES)
                self._judge(target, answer.status, answer.headers)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
            raise Temporary(f"{target}: {type(problem).__name__}") from problem

    def _judge(self, target: str, status: int, headers: Mapping[str, str]) -> None:
        if 200 <= status < 300:
            return
        if status in _NOT_NOW or status >= 500:
            raise Temporary(f"{target}: answered {status}", retry_after_s=self._retry_after_s(headers))
        raise Permanent(f"{target}: answered {status}")

    def _retry_after_s(self, headers: Mapping[str, str]) -> float | None:
        """Seconds or a date, as RFC 9110 has it; None when it says neither."""
        said = headers.get("Retry-After", "").strip()
        if said.isascii() and said.isdigit():
            return float(said)
        try:
            return max(0.0, (parsedate_to_datetime(said) - self._clock.now()).total_seconds())
        except (ValueError, TypeError):
            return None


def body_of(letter: Letter) -> bytes:
    """The post's body: the same bytes at every try."""
    notice = letter.notice
    assert notice.told_at is not None  # only what was told is delivered
    return orjson.dumps(
        {
            "type": f"notice.{notice.kind.value}",
            "timestamp": to_rfc3339(notice.told_at),
            "data": {
                "key": letter.key,
                "incident": notice.incident_id,
                "number": notice.number,
                "kind": notice.kind.value,
                "language": letter.language,
                "title": letter.title,
                "text": letter.text,
                "texts": dict(notice.texts),
            },
        }
    )
