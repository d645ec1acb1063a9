"""What a demo proved: receipts people hold against the platform's own books, and the figures of the outage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from core.money import yuan
from core.pickup_code import describe
from drills.demo_crowd import EPOCH, Promise
from drills.demo_texts import say
from drills.invariants import Verdict
from drills.our_books import OurBooks


@dataclass(slots=True)
class Figures:
    """One outage in numbers; seconds count from the cut."""

    orders_sent: int = 0
    seconds_to_emergency: float = 0.0
    seconds_to_first_receipt: float = 0.0
    seconds_to_first_notice: float = 0.0
    handback_seconds: float = 0.0
    bot_kills: int = 0
    proof: Path | None = None
    #: what the proof's independent checker found; empty = it adds up
    proof_findings: list[str] = field(default_factory=lambda: ["there is no proof"])
    #: portions promised after a merchant had stopped the dish
    sold_after_stop: int = 0
    #: receipts whose content or code is not what the primary has
    broken_promises: list[str] = field(default_factory=list)
    verdict: Verdict | None = None

    @property
    def is_good(self) -> bool:
        """Nothing lost, doubled or oversold, the books agree and the proof verifies."""
        return self.verdict is not None and not self.findings()

    def findings(self) -> list[str]:
        """One line for everything that is wrong."""
        stopped = [f"oversold: {self.sold_after_stop} portions of a stopped dish"] if self.sold_after_stop else []
        judged = self.verdict.findings() if self.verdict else ["the books were not compared"]
        return [*judged, *self.broken_promises, *stopped, *(f"proof: {finding}" for finding in self.proof_findings)]

    def as_json(self) -> str:
        """The one line for scripts."""
        assert self.verdict is not None
        counts = self.verdict.counts()
        line = {
            "orders_sent": self.orders_sent,
            **{name: counts[name] for name in ("acknowledged", "applied", "refused", "cancelled", "parked")},
            "lost": counts["lost"] + len(self.broken_promises),
            "doubled": counts["doubled"],
            "oversold": counts["oversold"] + self.sold_after_stop,
            "seconds_to_emergency": round(self.seconds_to_emergency, 2),
            "seconds_to_first_receipt": round(self.seconds_to_first_receipt, 2),
            "seconds_to_first_notice": round(self.seconds_to_first_notice, 2),
            "handback_seconds": round(self.handback_seconds, 2),
            "bot_kills": self.bot_kills,
            "proof": str(self.proof),
        }
        return orjson.dumps(line).decode()

    def rows(self, language: str) -> list[tuple[str, str]]:
        """The same for people."""
        line: Mapping[str, Any] = orjson.loads(self.as_json())

        def several(*names: str) -> str:
            return " / ".join(str(line[name]) for name in names)

        def seconds(name: str) -> str:
            return say(language, "row_seconds", seconds=line[name])

        return [
            (say(language, "row_orders"), several("orders_sent", "acknowledged")),
            (say(language, "row_fates"), several("applied", "refused", "cancelled", "parked")),
            (say(language, "row_bad"), several("lost", "doubled", "oversold")),
            (say(language, "row_emergency"), seconds("seconds_to_emergency")),
            (say(language, "row_notice"), seconds("seconds_to_first_notice")),
            (say(language, "row_receipt"), seconds("seconds_to_first_receipt")),
            (say(language, "row_hand_back"), seconds("handback_seconds")),
            (say(language, "row_kills"), str(self.bot_kills)),
            (say(language, "row_proof"), str(self.proof)),
        ]


def broken_promises(
    promises: Iterable[Promise], ours: OurBooks, twin_books: Mapping[str, Any], language: str
) -> list[str]:
    """Receipts whose total or pickup code is not that of the order the primary has under their number."""
    order_id_of = {order.label: order.id for order in ours.orders if order.epoch == EPOCH}
    at_primary = {order["order_id"]: order for order in twin_books["orders"]}
    found = []
    for promise in promises:
        order = at_primary.get(order_id_of.get(promise.label, ""))
        if order is None or order["stage"] == "order.cancelled":
            continue  # whether it may be missing is judged elsewhere
        code, total = describe(order["pickup_code"], language), yuan(order["total_fen"])
        is_coded = not promise.has_code or code in promise.first_text
        if not is_coded or total not in promise.text:
            found.append(f"lost: {promise.label} was promised as {promise.text!r}, the primary has {total} {code}")
    return found
