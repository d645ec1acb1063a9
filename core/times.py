"""Moments: aware UTC datetimes in the rules, integer milliseconds in the store, RFC 3339 on the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def check_aware(moment: datetime) -> datetime:
    """The same moment in UTC. Raises: ValueError when it carries no zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(UTC)


# One moment is written into a dozen columns of an order.
@lru_cache(maxsize=64)
def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC; exact, unlike a float timestamp."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """The aware UTC moment `ms` milliseconds after 1970-01-01."""
    return _EPOCH + ms * _MILLISECOND


def to_rfc3339(moment: datetime) -> str:
    """Wire form, UTC, milliseconds: `2026-11-22T04:05:06.789Z`."""
    return ms_to_rfc3339(to_ms(check_aware(moment)))


def ms_to_rfc3339(ms: int) -> str:
    """The same of a moment as the store keeps it."""
    seconds, rest = divmod(ms, 1000)
    return f"{_to_the_second(seconds)}.{rest:03d}Z"


# At lunch many orders share a second.
@lru_cache(maxsize=64)
def _to_the_second(seconds: int) -> str:
    return from_ms(seconds * 1000).isoformat()[:19]


def from_rfc3339(text: str) -> datetime:
    """The moment a wire time names. Raises: ValueError when malformed or without a zone."""
    return check_aware(datetime.fromisoformat(text))
