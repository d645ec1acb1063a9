"""The shapes of the primary's answers: each reader takes parsed JSON and raises ValueError or its kin if it differs."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

import orjson

from core.ids import Key
from core.primary import BUCKETS, BookOrder, EpochDigest, EpochGrant, EventOutcome, EventResult, Payment, PrimaryHealth
from core.reconciliation import bucket_of
from core.times import from_rfc3339

_STATUS = {"pass": "pass", "ok": "pass", "up": "pass", "warn": "warn", "fail": "fail", "error": "fail", "down": "fail"}
_OUTCOMES = {outcome.value: outcome for outcome in EventOutcome}
_BUCKET = re.compile(r"[0-9a-f]{32}")


def health(data: Any) -> PrimaryHealth:
    """`GET /health`, in either of the two spellings that are common."""
    checks = data.get("checks")
    status: Any = _STATUS[str(data["status"]).lower()]
    return PrimaryHealth(status, data.get("maintenance") is True, checks if isinstance(checks, dict) else {})


def epoch_grant(data: Any, epoch: int) -> EpochGrant:
    """`POST /fallback/epochs`."""
    if _whole(data["epoch"]) != epoch:
        raise ValueError("it answers for another epoch")
    return EpochGrant(is_closed=data.get("state") == "closed", is_paused=data.get("primary_paused") is True)


def event_results(data: Any, sent: Set[str]) -> list[EventResult]:
    """`POST /fallback/events`: what it says of the keys sent; an outcome outside the contract says nothing."""
    found: dict[str, EventResult] = {}
    for row in _list(data["results"]):
        key, outcome = row["key"], _OUTCOMES.get(row["outcome"])
        if key not in sent or outcome is None:
            continue
        result = _result(row, key, outcome)
        if key in found and found[key] != result:
            raise ValueError(f"two different results for {key}")
        found[key] = result
    return list(found.values())


def _result(row: Any, key: str, outcome: EventOutcome) -> EventResult:
    ref, reason = row.get("order_ref"), row.get("reason")
    if not isinstance(reason, dict):
        return EventResult(Key(key), outcome, None if ref is None else str(ref))
    code, message = str(reason.get("code") or ""), str(reason.get("message") or "")
    return EventResult(Key(key), outcome, None if ref is None else str(ref), code, message)


def epoch_digest(data: Any) -> EpochDigest:
    """`GET /fallback/epochs/{epoch}/digest`."""
    buckets = tuple(str(bucket).lower() for bucket in _list(data["buckets"]))
    if len(buckets) != BUCKETS or not all(_BUCKET.fullmatch(bucket) for bucket in buckets):
        raise ValueError("256 buckets of 32 hex digits are expected")
    return EpochDigest(_whole(data["count"]), _whole(data["amount_fen"]), buckets)


def book_orders(data: Any, bucket: int) -> list[BookOrder]:
    """`GET /fallback/epochs/{epoch}/orders?bucket=N`; one of another bucket means that the filter was ignored."""
    found = [
        BookOrder(_text(row["order_id"]), _text(row["status"]), _whole(row["total_fen"]))
        for row in _list(data["orders"])
    ]
    return [order for order in found if bucket_of(order.order_id) == bucket]


def check_closed(data: Any) -> None:
    """`POST /fallback/epochs/{epoch}/close`."""
    if data["state"] != "closed":
        raise ValueError(f"state {data['state']!r}")


def payments(data: Any) -> list[Payment]:
    """`GET /payments`."""
    return [
        Payment(_text(row["reference"]), _whole(row["amount_fen"]), from_rfc3339(row["paid_at"]), row.get("order_id"))
        for row in _list(data["payments"])
    ]


def taken_since(body: bytes) -> list[str]:
    """References of orders the app took itself, which a primary may add to `POST /fallback/pause`; else none."""
    try:
        return [_text(order["order_ref"]) for order in _list(orjson.loads(body)["taken"])]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return []


def current_epoch(body: bytes) -> int | None:
    """The epoch a 409 names; None when it is a 409 about something else."""
    try:
        return _whole(orjson.loads(body)["current_epoch"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


def figures(body: bytes) -> tuple[int, int, str] | None:
    """The primary's own count, amount and digest in a refused close; None when it did not name them."""
    try:
        data = orjson.loads(body)
        return _whole(data["count"]), _whole(data["amount_fen"]), str(data["digest"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


def _whole(value: Any) -> int:
    # True is an int in Python, and no figure.
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is no whole number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list is expected")
    return value
