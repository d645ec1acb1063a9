"""How an order is paid while we are in charge: on delivery, or before, if the platform's gateway knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from core.primary import Payment

#: What `payment.claimed` and `payment.confirmed` name as their method: handed to the courier, or paid in the app.
ON_DELIVERY, IN_APP = "on_delivery", "in_app"

#: A gateway's number of a payment, as people copy it.
REFERENCE: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{5,63}"


class Paid(StrEnum):
    """What is known of an order's money."""

    UNPAID = "unpaid"
    #: somebody says so; nobody has seen it
    CLAIMED = "claimed"
    #: who was to get it has it
    CONFIRMED = "confirmed"


class Finding(StrEnum):
    """What the gateway says of a payment that was claimed."""

    PROVEN = "proven"
    #: it knows no such payment
    UNKNOWN = "unknown"
    #: it took another amount
    OTHER_AMOUNT = "other_amount"
    #: it paid for an order of the platform's own, or for another one here
    SPENT = "spent"


def finding_of(payments: Sequence[Payment], total_fen: int) -> Finding:
    """What payments under one reference prove of an order over `total_fen`; one that bought something pays no more."""
    free = [payment for payment in payments if payment.order_id is None]
    if not free:
        return Finding.SPENT if payments else Finding.UNKNOWN
    return Finding.PROVEN if any(one.amount_fen == total_fen for one in free) else Finding.OTHER_AMOUNT
