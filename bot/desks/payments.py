"""Money at the door: students say what they paid before, couriers and admins what they received."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.desks.courier_commands import read_numbers
from bot.desks.courier_queues import serves
from bot.desks.desk import SILENCE, Answer, Visit
from bot.desks.owners import tell_owners
from core.chat import Role
from core.mode import Mode
from core.money import yuan
from core.order import Order, OrderState
from core.payment import REFERENCE, Paid
from core.texts import text
from fallback_store import building_queues, hand_backs, payment_claims, people
from fallback_store.database import Tx

#: Longer than this is no such sentence: it keeps what a text can cost small, and how many numbers it names.
_LONGEST = 200  # characters

_PAID: Final = re.compile(
    rf"/?(?:我?已付款?了?|我?付过了|paid)\s*(?P<number>#?[\w-]+-\d{{1,6}})(?:[\s:：,，]+(?P<reference>{REFERENCE}))?",
    re.IGNORECASE,
)
_RECEIVED: Final = re.compile(r"/?(?:已?收到?款|已?收钱|received|collected)\s*(?P<numbers>[#\w].*)", re.I | re.S)


@dataclass(frozen=True, slots=True)
class PaymentDesk:
    """Serves students about their own orders, couriers about those of their buildings, admins about all."""

    def wants(self, visit: Visit) -> bool:
        """已付 #12-047 4200…, 收到款 #12-047."""
        words = visit.message.text.strip()
        if visit.message.action or visit.is_overheard or len(words) > _LONGEST:
            return False
        return bool(_PAID.fullmatch(words) or _numbers(words))

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """Notes what is said, or writes down what was received."""
        words = visit.message.text.strip()
        if paid := _PAID.fullmatch(words):
            return _claim(tx, visit, paid["number"], paid["reference"] or "")
        numbers = _numbers(words)
        return _receive(tx, visit, numbers) if numbers else SILENCE


def _numbers(words: str) -> list[str]:
    found = _RECEIVED.fullmatch(words)
    return [number[0] for number in (found and read_numbers(found["numbers"])) or ()]


def _claim(tx: Tx, visit: Visit, number: str, reference: str) -> Answer:
    order = _called(tx, visit, number)
    if isinstance(order, Answer):
        return order
    language, facts = visit.language, {"number": order.label, "total": yuan(order.total_fen)}
    if order.person_id != visit.person.id:
        return Answer(text(language, "pay_not_yours", **facts))
    if order.state is OrderState.CANCELLED:
        return Answer(text(language, "pay_cancelled", **facts))
    if order.paid == Paid.CONFIRMED:
        return Answer(text(language, "pay_received_before", **facts))
    # Looked up when the hand-back begins: nobody would ask about what is said later.
    if visit.mode.mode is not Mode.EMERGENCY or hand_backs.step_of(tx, order.epoch) is hand_backs.Step.DONE:
        return Answer(text(language, "pay_too_late", **facts))
    payment_claims.claim(tx, order, reference, by=visit.person.id, now=visit.now)
    if not reference:
        return Answer(text(language, "pay_claimed_bare", example=f"{order.label} {_EXAMPLE}", **facts))
    return Answer(text(language, "pay_claimed", reference=reference, **facts))


def _receive(tx: Tx, visit: Visit, numbers: list[str]) -> Answer:
    if not visit.person.roles.keys() & {Role.COURIER, Role.ADMIN}:
        return Answer(text(visit.language, "pay_couriers_only"))
    lines, received = list[str](), list[Order]()
    for number in numbers:
        order = _called(tx, visit, number)
        if isinstance(order, Answer):
            lines.append(order.text)
        elif not serves(visit, order.building_id):
            lines.append(text(visit.language, "courier_not_yours", number=order.label))
        elif order.state is OrderState.CANCELLED:
            lines.append(text(visit.language, "pay_cancelled", number=order.label))
        else:
            lines.append(_received(tx, visit, order, received))
    tell_owners(tx, received, "pay_received_owner", now=visit.now, language=visit.language, besides=visit.chat.id)
    return Answer("\n".join(lines))


def _received(tx: Tx, visit: Visit, order: Order, received: list[Order]) -> str:
    facts = {"number": order.label, "total": yuan(order.total_fen)}
    if order.paid == Paid.CONFIRMED:
        return text(visit.language, "pay_received_before", **facts)
    received.append(payment_claims.collect(tx, order, by=visit.person.id, now=visit.now))
    return text(visit.language, "pay_received", **facts)


def _called(tx: Tx, visit: Visit, number: str) -> Order | Answer:
    """The order a number names; a bare one is the group's building's, or the only one this courier has."""
    word, _, digits = number.removeprefix("#").rpartition("-")
    buildings = people.buildings_in(tx)
    if word:
        buildings = [one for one in (people.find_building(tx, word),) if one is not None]
    else:
        mine = [one for one in buildings if serves(visit, one.id)]
        buildings = [one for one in mine if one.id == visit.chat.building_id] or mine
    found = [building_queues.open_numbered(tx, one.id, int(digits)) for one in buildings]
    orders = [order for order in found if order is not None]
    if len(orders) > 1:
        labels = text(visit.language, "list_comma").join(order.label for order in orders)
        return Answer(text(visit.language, "pay_which", numbers=labels))
    return orders[0] if orders else Answer(text(visit.language, "courier_no_such", number=number))


_EXAMPLE: Final = "4200001234"
