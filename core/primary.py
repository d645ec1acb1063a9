"""What travels between us and the primary: the values of docs/primary-api.yaml, before and after HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from core.ids import Key

# What a drain makes by the hundred thousand is a tuple with names: half the cost of a frozen dataclass.

#: Events in one push at the most, by contract.
PUSH_LIMIT = 500
#: Digest buckets of an epoch, by contract: one per value of a byte.
BUCKETS = 256


@dataclass(frozen=True, slots=True)
class PrimaryHealth:
    """What the primary says about itself."""

    status: Literal["pass", "warn", "fail"]
    #: it announces that it is down on purpose
    is_in_maintenance: bool
    checks: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document the primary serves with an ETag."""

    #: as it came, JSON text
    text: str
    #: the same, parsed
    body: Any
    etag: str | None


@dataclass(frozen=True, slots=True)
class EpochGrant:
    """The primary's word on an epoch that was registered with it."""

    #: it was closed before: its books agreed, nothing more is to be pushed under it
    is_closed: bool
    #: the primary's own intake is paused
    is_paused: bool


class PrimaryEvent(NamedTuple):
    """One thing that happened to an order while we were in charge."""

    #: grows per node without gaps
    seq: int
    key: Key
    #: "" for `stock.adjusted`
    order_id: str
    kind: str
    at_ms: int
    #: JSON text, written when it happened: a resend is the same bytes
    body: str
    #: the refused key this one corrects
    replaces: str | None = None


class EventOutcome(StrEnum):
    """The primary's word on one event."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    RETRY = "retry"


class EventResult(NamedTuple):
    """The primary's answer to one event."""

    key: Key
    outcome: EventOutcome
    #: what the primary calls the order
    order_ref: str | None = None
    #: why not, as a word such as `sold_out`; "" when it gave none
    code: str = ""
    #: why not, in the primary's words
    message: str = ""


@dataclass(frozen=True, slots=True)
class BookOrder:
    """One applied order in somebody's books of an epoch."""

    order_id: str
    #: the last event kind applied to it
    status: str
    total_fen: int


@dataclass(frozen=True, slots=True)
class EpochDigest:
    """The books of one epoch in 258 figures."""

    count: int
    amount_fen: int
    #: 256 × 32 hex digits
    buckets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Payment:
    """Money the primary's gateway took."""

    reference: str
    amount_fen: int
    paid_at: datetime
    order_id: str | None = None
