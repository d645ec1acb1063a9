"""What must hold after anything: receipts people hold, our store file and the primary's books tell one story.

Plain comparisons that share no code with what they judge: own digest, own idea of an order's life.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drills.our_books import OurBooks


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a person holds: their message was taken (HTTP 200) and was answered with an order number."""

    #: the message's idempotency key, or a list entry's; "" when only the number was seen
    key: str
    #: as the receipt says it, such as `#12-047`
    label: str
    epoch: int


@dataclass(frozen=True, slots=True)
class BookTotals:
    """One epoch's applied orders in three figures."""

    count: int
    amount_fen: int
    digest: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every way the story does not hold, by name; and the counts."""

    acknowledged: int
    applied: int
    refused: int
    cancelled: int
    parked: int
    #: acknowledged, and neither at the primary nor refused by it nor parked for a person
    lost: tuple[str, ...]
    #: one wish, two orders
    doubled: tuple[str, ...]
    #: more promised than a merchant ever offered
    oversold: tuple[str, ...]
    #: both books disagree
    unequal: tuple[str, ...]
    torn: tuple[str, ...]
    #: orders nobody holds a receipt for; a client that gave up leaves some, one that retries leaves none
    unannounced: int
    #: epoch → both books' figures, ours first
    totals: Mapping[int, tuple[BookTotals, BookTotals]] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Nothing lost, doubled, oversold, unequal or torn."""
        return not (self.lost or self.doubled or self.oversold or self.unequal or self.torn)

    def counts(self) -> dict[str, int]:
        """The figures a person asks for."""
        found = {name: getattr(self, name) for name in ("acknowledged", "applied", "refused", "cancelled", "parked")}
        for name in ("lost", "doubled", "oversold", "unequal", "torn"):
            found[name] = len(getattr(self, name))
        return found | {"unannounced": self.unannounced}

    def findings(self) -> list[str]:
        """One line for each thing that is wrong."""
        return [*self.lost, *self.doubled, *self.oversold, *self.unequal, *self.torn]


def judge(
    receipts: Iterable[Receipt],
    ours: OurBooks,
    twin_books: Mapping[str, Any],
    offered: Mapping[tuple[int, str], int] | None = None,
) -> Verdict:
    """Compares receipts, our books and the twin's (`GET /twin/books`).

    `offered`: (epoch, item id) → the most portions a merchant ever allowed in that epoch; unnamed = unlimited.
    """
    held = {(receipt.epoch, receipt.label): receipt for receipt in receipts}
    twin_orders: dict[str, Mapping[str, Any]] = {order["order_id"]: order for order in twin_books["orders"]}
    fates = _fates(ours, twin_orders, twin_books)
    by_label = {(order.epoch, order.label): order for order in ours.orders}
    lost = []
    for place, receipt in held.items():
        order = by_label.get(place)
        if order is None or (receipt.key and order.key != receipt.key):
            lost.append(f"lost: {receipt.label} of epoch {receipt.epoch} ({receipt.key}): we have no such order")
        elif fates[order.id] == "lost":
            lost.append(f"lost: {receipt.label} ({order.id}): the primary never heard of it")
    counted = Counter(fates[by_label[place].id] for place in held if place in by_label)
    totals = _totals(ours, twin_books)
    return Verdict(
        acknowledged=len(held),
        applied=counted["applied"],
        refused=counted["refused"],
        cancelled=counted["cancelled"],
        parked=counted["parked"],
        lost=tuple(lost),
        doubled=tuple(_doubled(held.values(), ours, twin_books)),
        oversold=tuple(_oversold(ours, twin_books, offered or {})),
        unequal=tuple(_unequal(ours, twin_orders)),
        torn=ours.torn,
        unannounced=sum((order.epoch, order.label) not in held for order in ours.orders),
        totals=totals,
    )


# Comparing -------------------------------------------------------------------------------------


def _fates(
    ours: OurBooks, twin_orders: Mapping[str, Mapping[str, Any]], twin_books: Mapping[str, Any]
) -> dict[str, str]:
    """What became of each of our orders."""
    refused = {event["order_id"] for event in twin_books["refused"] if event["kind"] == "order.placed"}
    parked = {event.order_id for event in ours.events if event.kind == "order.placed" and event.state == "parked"}
    fates = {}
    for order in ours.orders:
        known = twin_orders.get(order.id)
        if known is not None:
            fates[order.id] = "cancelled" if known["stage"] == "order.cancelled" else "applied"
        elif order.id in refused:
            fates[order.id] = "refused"
        else:
            fates[order.id] = "parked" if order.id in parked else "lost"
    return fates


def _doubled(receipts: Iterable[Receipt], ours: OurBooks, twin_books: Mapping[str, Any]) -> Iterable[str]:
    for who, keys in (
        ("the primary has", (order["key"] for order in twin_books["orders"])),
        ("our file has", (order.key for order in ours.orders)),
        ("people hold", (receipt.key for receipt in receipts if receipt.key)),
    ):
        for key, count in Counter(keys).items():
            if count > 1:
                yield f"doubled: {who} {count} orders for {key}"
    mine = {order.id for order in ours.orders}
    for order in twin_books["orders"]:
        if order["order_id"] not in mine:
            yield f"doubled: the primary has {order['order_id']}, which we never wrote"


def _oversold(ours: OurBooks, twin_books: Mapping[str, Any], offered: Mapping[tuple[int, str], int]) -> Iterable[str]:
    sold: Counter[tuple[int, str]] = Counter()
    for order in ours.orders:
        if not order.is_cancelled:
            for item_id, quantity in order.portions.items():
                sold[order.epoch, item_id] += quantity
    for (epoch, item_id), most in offered.items():
        if sold[epoch, item_id] > most:
            yield f"oversold: {sold[epoch, item_id]} of {item_id} in epoch {epoch}, {most} were offered"
    last_epoch = max((epoch["epoch"] for epoch in twin_books["epochs"]), default=0)
    eaten: Counter[str] = Counter()
    for known in twin_books["orders"]:
        # A meal that was delivered during the outage is imported whatever the primary has left.
        if known["is_completed_import"] and known["epoch"] == last_epoch:
            for line in known["lines"]:
                eaten[line["item_id"]] += line["quantity"]
    for item in twin_books["items"]:
        if item["supply"] is not None and item["sold"] - eaten[item["item_id"]] > item["supply"]:
            yield f"oversold: the primary has {item['sold']} of {item['item_id']}, {item['supply']} were offered"


def _our_entries(ours: OurBooks) -> dict[str, tuple[str, int]]:
    """What the primary acknowledged to us: order id → (last kind, total)."""
    entries: dict[str, tuple[str, int]] = {}
    for event in ours.events:
        if event.order_id and event.state == "acked":
            total_fen = event.total_fen if event.total_fen is not None else entries.get(event.order_id, ("", 0))[1]
            entries[event.order_id] = (event.kind, total_fen)
    return entries


def _unequal(ours: OurBooks, twin_orders: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    mine = _our_entries(ours)
    theirs = {order_id: (order["status"], order["total_fen"]) for order_id, order in twin_orders.items()}
    for order_id in sorted(mine.keys() | theirs.keys()):
        if mine.get(order_id) != theirs.get(order_id):
            yield f"unequal: {order_id}: ours {mine.get(order_id)}, the primary's {theirs.get(order_id)}"
    for event in ours.events:
        if event.state in ("waiting", "leased"):
            yield f"unequal: {event.key} still waits for the primary"


def _totals(ours: OurBooks, twin_books: Mapping[str, Any]) -> dict[int, tuple[BookTotals, BookTotals]]:
    mine = _our_entries(ours)
    epoch_of = {order.id: order.epoch for order in ours.orders}
    epochs = {epoch["epoch"] for epoch in twin_books["epochs"]} | set(epoch_of.values())
    found = {}
    for epoch in sorted(epochs):
        our_entries = [(key, *entry) for key, entry in mine.items() if epoch_of.get(key) == epoch]
        twin_entries = [
            (order["order_id"], order["status"], order["total_fen"])
            for order in twin_books["orders"]
            if order["epoch"] == epoch
        ]
        found[epoch] = (_book_totals(our_entries), _book_totals(twin_entries))
    return found


def _book_totals(entries: Sequence[tuple[str, str, int]]) -> BookTotals:
    """The figures of docs/primary-api.yaml, `Digest`."""
    buckets = [0] * 256
    for order_id, status, total_fen in entries:
        mark = hashlib.sha256(f"{order_id}|{status}|{total_fen}".encode()).digest()
        buckets[hashlib.sha256(order_id.encode()).digest()[0]] ^= int.from_bytes(mark[:16], "big")
    words = "\n".join(f"{bucket:032x}" for bucket in buckets)
    return BookTotals(len(entries), sum(entry[2] for entry in entries), hashlib.sha256(words.encode()).hexdigest())
