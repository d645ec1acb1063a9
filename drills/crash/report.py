"""What a crash drill counts, and what it finds when every book is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drills.crash.people import Ledger
from drills.crash.private_orders import Tally
from drills.invariants import Verdict, judge
from drills.our_books import OurBooks, read_our_books
from sync.proof_check import check_proof


@dataclass(slots=True)
class Report:
    """What happened, and what the books say."""

    kills: dict[str, int] = field(default_factory=lambda: {"intake": 0, "hand_back": 0})
    twin_kills: int = 0
    outages: int = 0
    sent: int = 0
    edits: int = 0
    steps: int = 0
    declined: int = 0
    alone: Tally = field(default_factory=Tally)
    pastes: int = 0
    #: callbacks that the vendor delivered once more though they had been answered
    echoes: int = 0
    seconds: float = 0.0
    verdict: Verdict | None = None
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nothing lost, doubled, oversold, unequal, torn or unannounced, and every proof holds."""
        return self.verdict is not None and not self.findings

    def counts(self) -> dict[str, Any]:
        """Every count, by name."""
        found: dict[str, Any] = {
            "kills": sum(self.kills.values()),
            "kills_in_intake": self.kills["intake"],
            "kills_in_hand_back": self.kills["hand_back"],
            "primary_kills": self.twin_kills,
            "outages": self.outages,
            "messages_sent": self.sent,
            "declined": self.declined,
            "lists_pasted": self.pastes,
            "answered_delivered_again": self.echoes,
            "typed_alone": self.alone.typed,
            "carts": self.alone.carts,
            "taps": self.alone.taps,
            "taps_repeated": self.alone.repeated,
            "sheet_edits": self.edits,
            "courier_steps": self.steps,
            "seconds": round(self.seconds, 1),
            "findings": len(self.findings),
        }
        return found | (self.verdict.counts() if self.verdict else {})


def settle(
    report: Report, ledger: Ledger, folder: Path, twin_books: dict[str, Any], item_ids: Mapping[str, str]
) -> None:
    """Judges what people saw, our store and proofs in `folder`, and the primary's books; writes it into the report.

    `item_ids`: by the names that carts show.
    """
    store = folder / "store.sqlite3"
    books = read_our_books(store)
    verdict = judge(ledger.receipts, books, twin_books, ledger.offered)
    report.verdict = verdict
    report.sent, report.edits, report.steps = ledger.sent, ledger.edits, ledger.steps
    report.declined, report.pastes = ledger.declined, ledger.pastes
    report.findings += verdict.findings()
    if verdict.unannounced:
        report.findings.append(f"{verdict.unannounced} orders were placed that nobody was told about")
    if verdict.refused:
        # Nothing changes at the primary during this drill: it has no reason to refuse what a student was promised.
        report.findings.append(f"{verdict.refused} acknowledged orders were refused by the primary")
    report.findings += _forgotten_cancellations(ledger, books, twin_books)
    report.alone = ledger.alone
    report.findings += [*ledger.doubled_carts, *ledger.doubled_lines, *other_carts(ledger, books, item_ids)]
    proofs = sorted((folder / "proofs").glob("*.json"))
    if len(proofs) < report.outages:
        report.findings.append(f"{report.outages} outages left {len(proofs)} proofs")
    for proof in proofs:
        report.findings += [f"{proof.name}: {finding}" for finding in check_proof(proof, store)]


def other_carts(ledger: Ledger, books: OurBooks, item_ids: Mapping[str, str]) -> list[str]:
    """Carts that were ordered as something else than the screen said."""
    ordered = {(order.epoch, order.label): order.portions for order in books.orders}
    shown = {place: {item_ids[name]: count for name, count in cart.items()} for place, cart in ledger.carts.items()}
    return [
        f"{place[1]} of epoch {place[0]} was a cart with {cart} and is {ordered.get(place)}"
        for place, cart in sorted(shown.items())
        if ordered.get(place) != cart
    ]


def _forgotten_cancellations(ledger: Ledger, books: OurBooks, twin_books: dict[str, Any]) -> list[str]:
    """Orders whose owner read that they are called off, and that the primary would still cook."""
    stages = {order["order_id"]: order["stage"] for order in twin_books["orders"]}
    ours = {(order.epoch, order.label): order.id for order in books.orders}
    return [
        f"{label} of epoch {epoch} was called off and is {stages.get(ours.get((epoch, label), ''))} at the primary"
        for epoch, label in sorted(ledger.cancelled)
        if stages.get(ours.get((epoch, label), "")) != "order.cancelled"
    ]
