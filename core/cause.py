"""What can be wrong, as far as it can be seen from outside: the words incidents, notices and rules share."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """What is wrong, as far as it can be seen from outside."""

    NO_ANSWER = "no_answer"
    WRITES_FAIL = "writes_fail"
    DEGRADED = "degraded"
    PAYMENTS = "payments"
    #: one merchant, or one canteen, cannot be reached; everybody else can
    MERCHANT = "merchant"
    CANTEEN = "canteen"
    #: a person said so
    BY_HAND = "by_hand"
    #: warnings only: these flip nothing
    FAILURES = "failures"
    SLOW_DATABASE = "slow_database"
    SATURATED = "saturated"
    OFFLINE = "offline"
    REFERENCE = "reference"
    BLIND = "blind"
    ORDER_RATE = "order_rate"
    COMPLAINTS = "complaints"
    CALLS = "calls"
    CERTIFICATE = "certificate"
    CLOCK = "clock"
    HEARTBEAT = "heartbeat"
    SERVICE = "service"
    OURSELVES = "ourselves"


#: Worth an admin's eye, and nothing a student could notice: who runs things has to look, nobody else.
_ONLY_FOR_ADMINS = frozenset(
    {
        Cause.OFFLINE,
        Cause.REFERENCE,
        Cause.BLIND,
        Cause.ORDER_RATE,
        Cause.CERTIFICATE,
        Cause.CLOCK,
        Cause.HEARTBEAT,
        Cause.OURSELVES,
    }
)


def is_felt(cause: Cause) -> bool:
    """Whether students may notice it themselves; only that is said in public."""
    return cause not in _ONLY_FOR_ADMINS


#: Worth an admin's eye, and no reason to keep the orders from a primary that is otherwise well. People stay away and
#: call while it is down, so their number says nothing about whether it is back.
SAYS_NOTHING_OF_HEALTH = frozenset(
    {
        Cause.REFERENCE,
        Cause.ORDER_RATE,
        Cause.COMPLAINTS,
        Cause.CALLS,
        Cause.CERTIFICATE,
        Cause.CLOCK,
        Cause.SERVICE,
        Cause.OURSELVES,
    }
)
