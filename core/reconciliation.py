"""Two books of one epoch compared: what became of each order, the digest of many, every difference by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.primary import BUCKETS, BookOrder, EpochDigest

_MARK_BYTES = 16  # of an order's SHA-256, XORed into its bucket


# What became of an order -----------------------------------------------------------------------


class Standing(StrEnum):
    """What became of an acknowledged order; in a finished proof each is one of the first four."""

    APPLIED = "applied"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    PARKED = "parked"
    #: its order.placed still waits for the primary's answer
    UNSETTLED = "unsettled"
    #: nothing was ever written for the primary: a defect, shown and never hidden
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class EventStanding:
    """One event of an order and how far it came."""

    seq: int
    key: str
    kind: str
    #: waiting, leased, acked or parked
    state: str
    #: why it is parked, starting with the primary's code; "" otherwise
    reason: str = ""
    #: the primary refused it (otherwise a parked event never got an answer)
    is_refused: bool = False
    #: the total its body names (order.placed, order.changed)
    total_fen: int | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """A later event of an order that the primary has not taken."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """What the primary knows of one order, as far as it told us."""

    order_id: str
    standing: Standing
    #: as in the primary's books; None when it has none
    entry: BookOrder | None
    #: why it is refused or parked; "" otherwise
    reason: str = ""
    open_points: tuple[OpenPoint, ...] = ()


def standing_of(order_id: str, events: Sequence[EventStanding]) -> OrderStanding:
    """What became of an order, from its events in `seq` order. A corrected event counts for nothing any more."""
    replaced = {event.replaces for event in events if event.replaces}
    live = [event for event in events if event.key not in replaced]
    placed = next((event for event in live if event.kind == "order.placed"), None)
    if placed is None:
        return OrderStanding(order_id, Standing.MISSING, None, "order.placed was never written")
    if placed.state != "acked":
        standing = Standing.UNSETTLED
        if placed.state == "parked":
            standing = Standing.REFUSED if placed.is_refused else Standing.PARKED
        return OrderStanding(order_id, standing, None, placed.reason)
    acked = [event for event in live if event.state == "acked"]
    totals = [event.total_fen for event in acked if event.total_fen is not None]
    entry = BookOrder(order_id, acked[-1].kind, totals[-1] if totals else 0)
    # A payment may be settled after the cancellation: it changes the status, not what became of the order.
    is_cancelled = any(event.kind == "order.cancelled" for event in acked)
    open_points = tuple(OpenPoint(e.kind, e.reason or e.state) for e in live if e.state != "acked")
    return OrderStanding(
        order_id, Standing.CANCELLED if is_cancelled else Standing.APPLIED, entry, open_points=open_points
    )


# The digest of many ----------------------------------------------------------------------------


def bucket_of(order_id: str) -> int:
    """The bucket of an order: first byte of SHA-256(order_id)."""
    return hashlib.sha256(order_id.encode()).digest()[0]


class DigestBuilder:
    """Adds orders one by one, so that the books of a long day need not lie in memory."""

    def __init__(self) -> None:
        """Empty books."""
        self._count = 0
        self._amount_fen = 0
        self._buckets = [0] * BUCKETS

    def add(self, entry: BookOrder) -> None:
        """One more applied order."""
        mark = hashlib.sha256(f"{entry.order_id}|{entry.status}|{entry.total_fen}".encode()).digest()
        self._buckets[bucket_of(entry.order_id)] ^= int.from_bytes(mark[:_MARK_BYTES])
        self._count += 1
        self._amount_fen += entry.total_fen

    def digest(self) -> EpochDigest:
        """The books so far."""
        return EpochDigest(self._count, self._amount_fen, tuple(f"{bucket:032x}" for bucket in self._buckets))


def digest_of(entries: Iterable[BookOrder]) -> EpochDigest:
    """The digest of these books."""
    builder = DigestBuilder()
    for entry in entries:
        builder.add(entry)
    return builder.digest()


def seal(digest: EpochDigest) -> str:
    """The one figure an epoch is closed with: SHA-256 (hex) of its buckets, joined by line feeds."""
    return hashlib.sha256("\n".join(digest.buckets).encode()).hexdigest()


def differing_buckets(ours: EpochDigest, theirs: EpochDigest) -> tuple[int, ...]:
    """The buckets whose orders have to be looked at one by one."""
    return tuple(n for n, (a, b) in enumerate(zip(ours.buckets, theirs.buckets, strict=True)) if a != b)


# Every difference by name ----------------------------------------------------------------------


class DifferenceKind(StrEnum):
    """How the two books disagree about an order."""

    #: the primary acknowledged it and does not have it
    MISSING = "missing"
    #: the primary has it and never acknowledged it to us
    EXTRA = "extra"
    #: both have it, with another status or total
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Difference:
    """One order the books disagree about."""

    order_id: str
    kind: DifferenceKind
    ours: BookOrder | None
    theirs: BookOrder | None

    @property
    def heals_by_resending(self) -> bool:
        """We have the events it lacks: the same keys once more do no harm and may settle it."""
        return self.kind is not DifferenceKind.EXTRA


def mark_of(found: Iterable[Difference]) -> str:
    """Names exactly these differences, in 8 hex digits: who accepts them accepts no other order, status or amount."""
    words = "\n".join(f"{one.order_id}|{_words(one.ours)}|{_words(one.theirs)}" for one in found)
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def _words(entry: BookOrder | None) -> str:
    return "" if entry is None else f"{entry.status}|{entry.total_fen}"


def differences(ours: Mapping[str, BookOrder], theirs: Mapping[str, BookOrder]) -> list[Difference]:
    """Every order the two books disagree about, by order id."""
    found = []
    for order_id in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(order_id), theirs.get(order_id)
        if mine == other:
            continue
        kind = DifferenceKind.DIFFERS
        if other is None:
            kind = DifferenceKind.MISSING
        elif mine is None:
            kind = DifferenceKind.EXTRA
        found.append(Difference(order_id, kind, mine, other))
    return found
