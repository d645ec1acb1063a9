"""A cart that became another order than the screen said, or two, is found by the crash drill."""

from __future__ import annotations

import pytest

from drills.crash.people import Ledger
from drills.crash.report import other_carts
from drills.our_books import OurBooks, OurOrder

IDS = {"牛肉面": "noodles", "可乐": "cola"}


def books(**portions: int) -> OurBooks:
    """Order 1 of building 12 with these portions."""
    return OurBooks((OurOrder("s-3-12-1", "k", 3, "#12-001", False, portions),), (), ())


def ledger(cart: dict[str, int]) -> Ledger:
    return Ledger(epoch=3, carts={(3, "#12-001"): cart})


def test_a_cart_that_was_ordered_as_shown_is_no_finding() -> None:
    assert other_carts(ledger({"牛肉面": 2, "可乐": 1}), books(noodles=2, cola=1), IDS) == []


@pytest.mark.parametrize("cart", [{"牛肉面": 1}, {"牛肉面": 2, "可乐": 1}, {}])
def test_one_portion_more_or_less_is_found(cart: dict[str, int]) -> None:
    (finding,) = other_carts(ledger(cart), books(noodles=2), IDS)
    assert finding.startswith("#12-001 of epoch 3 was a cart with")


def test_a_receipt_is_held_once_however_often_it_is_shown() -> None:
    held = Ledger(epoch=3)
    held.hold("#12-001")
    held.hold("#12-001")
    assert [(receipt.label, receipt.key) for receipt in held.receipts] == [("#12-001", "")]
