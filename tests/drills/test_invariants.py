"""The judge of every drill notices each way the story can fail, and nothing else."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.order import Order
from core.primary import EventOutcome
from drills.invariants import Receipt, Verdict, judge
from drills.our_books import OurBooks, read_our_books
from fallback_store import orders, outbox
from fallback_store.database import Store, Tx
from tests.small_campus import ANNA, EPOCH, NOON, place, small_campus

Books = dict[str, Any]


async def _noon(store: Store) -> list[Receipt]:
    """Three orders, one of them cancelled, and everything acknowledged by the primary."""

    def order_and_deliver(tx: Tx) -> list[Order]:
        placed = [place(tx, "anna", "301"), place(tx, "bo", "302", "egg lemon"), place(tx, "cai", "303", "lemon")]
        orders.cancel(tx, placed[2], by=ANNA, side="student", reason="cancelled in chat", now=NOON)
        events = tx.execute("SELECT seq FROM outbox").fetchall()
        outbox.settle(tx, [outbox.Ack(seq, EventOutcome.APPLIED) for (seq,) in events], NOON)
        return placed

    placed = await store.write(order_and_deliver)
    return [Receipt(order.key, order.label, order.epoch) for order in placed]


def _twin_books(ours: OurBooks) -> Books:
    """The books of a primary that took every event, in the words of `GET /twin/books`."""
    entries = {event.order_id: event for event in ours.events if event.kind == "order.placed"}
    return {
        "orders": [
            {
                "order_id": order.id,
                "key": order.key,
                "epoch": order.epoch,
                "status": "order.cancelled" if order.is_cancelled else "order.placed",
                "stage": "order.cancelled" if order.is_cancelled else "order.placed",
                "total_fen": entries[order.id].total_fen,
                "lines": [{"item_id": item_id, "quantity": n} for item_id, n in order.portions.items()],
                "is_completed_import": False,
            }
            for order in ours.orders
        ],
        "epochs": [{"epoch": EPOCH}],
        "refused": [],
        "items": [{"item_id": "pork", "supply": 10, "sold": 1, "ordered": 1}],
    }


class Noon:
    """What the judge is shown, before a test spoils it."""

    def __init__(self, receipts: list[Receipt], ours: OurBooks) -> None:
        self.receipts, self.ours, self.twin = receipts, ours, _twin_books(ours)

    def judged(self, **offered: int) -> Verdict:
        limits = {(EPOCH, item_id): most for item_id, most in offered.items()}
        return judge(self.receipts, self.ours, self.twin, limits)


@pytest.fixture
async def noon(tmp_path: Path) -> Noon:
    async with small_campus(tmp_path) as store:
        receipts = await _noon(store)
        return Noon(receipts, read_our_books(store.path))


async def test_a_story_that_holds_is_clean_and_counted(noon: Noon) -> None:
    verdict = noon.judged(pork=1, lemon=1)
    assert verdict.findings() == []
    assert verdict.is_clean
    assert verdict.counts() == {
        "acknowledged": 3, "applied": 2, "refused": 0, "cancelled": 1, "parked": 0,
        "lost": 0, "doubled": 0, "oversold": 0, "unequal": 0, "torn": 0, "unannounced": 0,
    }  # fmt: skip
    ours, theirs = verdict.totals[EPOCH]
    assert ours == theirs
    assert (ours.count, ours.amount_fen) == (3, 1600 + 1250 + 600 + 600)


async def test_a_receipt_without_an_order_is_lost(noon: Noon) -> None:
    noon.receipts.append(Receipt("web:building-12:x~1", "#12-999", EPOCH))
    assert [finding[:5] for finding in noon.judged().findings()] == ["lost:"]


async def test_a_receipt_that_names_somebody_elses_order_is_lost(noon: Noon) -> None:
    noon.receipts[0] = replace(noon.receipts[0], key="web:building-12:somebody~else")
    assert len(noon.judged().lost) == 1


async def test_an_order_the_primary_never_got_is_lost_and_unequal(noon: Noon) -> None:
    del noon.twin["orders"][0]
    verdict = noon.judged()
    assert len(verdict.lost) == 1
    assert len(verdict.unequal) == 1
    ours, theirs = verdict.totals[EPOCH]
    assert ours.digest != theirs.digest


async def test_an_order_the_primary_refused_is_not_lost(noon: Noon) -> None:
    gone = noon.twin["orders"].pop(0)
    noon.twin["refused"].append({"order_id": gone["order_id"], "kind": "order.placed"})
    noon.ours = replace(
        noon.ours,
        events=tuple(
            replace(event, state="parked") if event.order_id == gone["order_id"] else event
            for event in noon.ours.events
        ),
    )
    verdict = noon.judged()
    assert verdict.is_clean
    assert verdict.refused == 1


async def test_one_key_twice_at_the_primary_is_doubled(noon: Noon) -> None:
    noon.twin["orders"].append(copy.deepcopy(noon.twin["orders"][0]) | {"order_id": "another-3-12-9"})
    assert all(finding.startswith("doubled: the primary has") for finding in noon.judged().doubled)
    assert len(noon.judged().doubled) == 2


async def test_two_receipts_for_one_message_are_doubled(noon: Noon) -> None:
    noon.receipts[1] = replace(noon.receipts[1], key=noon.receipts[0].key)
    assert any("people hold 2 orders" in finding for finding in noon.judged().doubled)


async def test_more_than_was_ever_offered_is_oversold_here(noon: Noon) -> None:
    assert noon.judged(pork=1).oversold == ()
    assert len(noon.judged(pork=0).oversold) == 1


async def test_cancelled_portions_are_not_sold(noon: Noon) -> None:
    assert noon.judged(lemon=1).oversold == ()


async def test_more_than_the_primary_offered_is_oversold_there_unless_it_was_eaten(noon: Noon) -> None:
    noon.twin["items"][0] |= {"supply": 0, "sold": 1}
    assert len(noon.judged().oversold) == 1
    noon.twin["orders"][0]["is_completed_import"] = True
    assert noon.judged().oversold == ()


async def test_another_total_or_status_at_the_primary_is_unequal(noon: Noon) -> None:
    noon.twin["orders"][0]["total_fen"] += 1
    noon.twin["orders"][1]["status"] = "order.delivered"
    assert len(noon.judged().unequal) == 2


async def test_an_event_that_still_waits_is_unequal(noon: Noon) -> None:
    first, *others = noon.ours.events
    noon.ours = replace(noon.ours, events=(replace(first, state="waiting"), *others))
    assert any("still waits" in finding for finding in noon.judged().unequal)


async def test_gaps_in_our_file_are_torn(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        await _noon(store)

        def tear(tx: Tx) -> None:
            tx.execute("UPDATE outbox SET state = 'acked'")
            tx.execute("DELETE FROM outbox WHERE seq = 2")

        await store.write(tear)
        torn = read_our_books(store.path).torn
    assert any("rows up to number" in finding for finding in torn)
    assert any("no event" in finding for finding in torn)


async def test_portions_are_counted_from_the_lines(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        await store.write(lambda tx: place(tx, "anna", "301", "pork egg", quantity=2))
        (order,) = read_our_books(store.path).orders
    assert order.portions == {"pork": 2, "egg": 2}
