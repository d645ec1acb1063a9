"""Who a browser is: sealed cookies that survive a restart, and the token that proves a form came from our page."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from core.times import to_ms

#: A shift and then some; people log in once a day.
SESSION_LASTS = timedelta(hours=16)


def seal(subject: str, secret: str, now: datetime) -> str:
    """A cookie value that says `subject` and cannot be made without `secret`."""
    body = f"{quote(subject, safe='')}|{to_ms(now)}|{secrets.token_urlsafe(12)}"
    return f"{body}|{_mac(secret, body)}"


def unseal(cookie: str, secret_of: Callable[[str], str | None], now: datetime) -> str | None:
    """The subject of a cookie; None when it is not ours, too old, or its secret has changed since.

    No key of its own: a restarted service still knows its visitors, and a changed token logs them out.
    """
    parts = cookie.split("|")
    if len(parts) != 4 or not parts[1].isascii() or not parts[1].isdigit():
        return None
    subject = unquote(parts[0])
    secret = secret_of(subject)
    if secret is None or not is_same(_mac(secret, "|".join(parts[:3])), parts[3]):
        return None
    age_ms = to_ms(now) - int(parts[1])
    return subject if 0 <= age_ms <= SESSION_LASTS.total_seconds() * 1000 else None


def csrf_token(cookie: str) -> str:
    """What a form of this session carries; another site cannot read the cookie, so it cannot know this."""
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest()[:32]


def is_same(one: str, other: str) -> bool:
    """Comparison that takes the same time wherever they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Keeps it from scripts and from other sites."""
    response.set_cookie(
        name,
        value,
        max_age=int(SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _mac(secret: str, body: str) -> str:
    return hmac.new(b"fallback session:" + secret.encode(), body.encode(), hashlib.sha256).hexdigest()
