"""The merchant's desk: tickets to accept, and the stock a kitchen keeps in its own hands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.desks import merchant_stock, tickets
from bot.desks.desk import SILENCE, Answer, Visit, in_place
from bot.desks.owners import tell_owners
from bot.desks.placing import find_by_reference
from core.catalog import Merchant
from core.chat import Role
from core.ids import whole_number
from core.order import Order, OrderState
from core.texts import text
from core.times import from_ms, to_ms
from fallback_store import building_queues, merchant_tickets, orders, people
from fallback_store.database import Tx

#: More than this is no command: it keeps what a hostile text can cost small.
LONGEST_COMMAND = 300  # characters
#: Tickets accepted by one message at the most: keeps one unit of work short.
AT_ONCE = 300

_TICKETS = re.compile(r"/?(?:接单|待接|新单|小票|tickets?)(?:@\S+)?", re.IGNORECASE)
_ACCEPT_ALL = re.compile(r"/?(?:全部接单|全接|接单\s*全部|accept\s*all)", re.IGNORECASE)
_ACCEPT = re.compile(r"/?(?:接单?|accept)\s*(?P<numbers>[#\w].*)", re.IGNORECASE)
_REFUSE = re.compile(r"/?(?:拒单|退单|refuse)\s*(?P<number>#?[\w-]+-\d{1,6})\s*(?P<reason>.*)", re.I | re.S)
_NUMBER = re.compile(r"#?(?P<building>[\w-]+)-(?P<number>\d{1,6})")
_BETWEEN = re.compile(r"[\s,，、]+")


@dataclass(frozen=True, slots=True)
class MerchantDesk:
    """Serves kitchens, each its own tickets and dishes."""

    def wants(self, visit: Visit) -> bool:
        """A merchant's button, or a merchant's words from somebody who is one."""
        if visit.message.action:
            return visit.message.action.startswith("merchant:")
        if Role.MERCHANT not in visit.person.roles or not visit.message.is_addressed:
            return False  # in a group a cook may say that something is gone without meaning us
        words = visit.message.text.strip()
        if len(words) > LONGEST_COMMAND:
            return False
        is_about_tickets = any(pattern.fullmatch(words) for pattern in (_TICKETS, _ACCEPT_ALL, _REFUSE))
        return is_about_tickets or bool(_numbers(words)) or merchant_stock.wants(words)

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """Shows or accepts tickets, or changes stock."""
        known = visit.menu.catalog.merchants if visit.menu else ()
        mine = [merchant for merchant in known if visit.person.may(Role.MERCHANT, merchant.id)]
        if not mine:
            name = "merchant_not_on_menu" if visit.menu else "merchant_no_menu"
            said = text(visit.language, name if Role.MERCHANT in visit.person.roles else "merchant_only")
            return Answer(toast=said) if visit.message.action else Answer(said)
        if visit.message.action:
            return _press(tx, visit, mine, visit.message.action.removeprefix("merchant:"))
        words = visit.message.text.strip()
        if _TICKETS.fullmatch(words):
            return tickets.shown(tx, visit.language, mine)
        if _ACCEPT_ALL.fullmatch(words):
            return _accept_all(tx, visit, mine, None)
        if numbers := _numbers(words):
            return _accept(tx, visit, mine, [_called(tx, number) for number in numbers])
        if refused := _REFUSE.fullmatch(words):
            return _refuse(tx, visit, mine, refused["number"], refused["reason"].strip())
        return merchant_stock.serve(tx, visit, mine, words) or SILENCE


def _press(tx: Tx, visit: Visit, mine: list[Merchant], action: str) -> Answer:
    """A button: its answer takes the place of the tickets it is under, with those that still wait below it."""
    verb, _, subject = action.partition(":")
    if verb == "accept":
        order = find_by_reference(tx, subject)
        if order is None or not _cooks(order, mine):
            return Answer(toast=text(visit.language, "merchant_no_such"))
        said = _accept(tx, visit, mine, [order])
    elif verb == "accept-all":
        shown_until, _, kitchens = subject.partition(":")
        until_ms = whole_number(shown_until)
        if until_ms is None or kitchens != tickets.kitchens(mine):
            return Answer(toast=text(visit.language, "merchant_no_such"))
        said = _accept_all(tx, visit, mine, from_ms(min(until_ms, to_ms(visit.now))))
    else:
        stopped = merchant_stock.press(tx, visit, mine, verb, subject)
        if stopped is None:
            return Answer(toast=text(visit.language, "merchant_no_such"))
        said = stopped
    now = tickets.shown(tx, visit.language, mine)
    return in_place(Answer(f"{said.text}\n\n{now.text}", now.buttons, toast=said.text.partition("\n")[0]))


def _numbers(words: str) -> list[re.Match[str]]:
    """The orders `接单 12-047 12-048` names; none when any part of it is something else."""
    accepted = _ACCEPT.fullmatch(words)
    parts = [part for part in _BETWEEN.split(accepted["numbers"]) if part] if accepted else []
    found = [number for part in parts if (number := _NUMBER.fullmatch(part))]
    return found if len(found) == len(parts) else []


def _called(tx: Tx, said: re.Match[str]) -> Order | None:
    building = people.find_building(tx, said["building"])
    return None if building is None else building_queues.open_numbered(tx, building.id, int(said["number"]))


# Tickets ---------------------------------------------------------------------------------------


def _accept_all(tx: Tx, visit: Visit, mine: list[Merchant], shown_until: datetime | None) -> Answer:
    waiting = [
        ticket for merchant in mine for ticket in merchant_tickets.waiting(tx, merchant.id, AT_ONCE, shown_until)
    ]
    if not waiting:
        return Answer(text(visit.language, "merchant_nothing_waits"))
    unique = {ticket.order.id: ticket.order for ticket in waiting}
    return _accept(tx, visit, mine, list(unique.values()))


def _accept(tx: Tx, visit: Visit, mine: list[Merchant], wanted: list[Order | None]) -> Answer:
    language, lines = visit.language, list[str]()
    accepted, news = list[Order](), {merchant.id: list[Order]() for merchant in mine}
    for order in wanted:
        kitchens = _cooks(order, mine) if order else []
        if order is None or not kitchens:
            lines.append(text(language, "merchant_no_such"))
            continue
        try:
            for merchant in kitchens:
                if merchant_tickets.accept(tx, order, merchant.id, by=visit.person.id, now=visit.now):
                    news[merchant.id].append(order)
            accepted.append(order)
        except orders.StepRefused as refused:
            state = text(language, f"state_{refused.order.state.value}")
            lines.append(text(language, "merchant_refused", number=order.label, state=state))
    for merchant in mine:
        moved = news[merchant.id]
        _tell(tx, visit, moved, "merchant_accepted_owner", merchant)
    if accepted:
        numbers = text(language, "list_comma").join(order.label for order in accepted)
        lines.insert(0, text(language, "merchant_accepted", numbers=numbers))
    return Answer("\n".join(lines))


def _cooks(order: Order, mine: list[Merchant]) -> list[Merchant]:
    """Which of these kitchens the order has something from."""
    wanted = {line.merchant_id for line in order.lines}
    return [merchant for merchant in mine if merchant.id in wanted]


def _refuse(tx: Tx, visit: Visit, mine: list[Merchant], number: str, reason: str) -> Answer:
    said = _NUMBER.fullmatch(number)
    order = _called(tx, said) if said else None
    if order is None or not _cooks(order, mine):
        return Answer(text(visit.language, "merchant_no_such"))
    if {line.merchant_id for line in order.lines} - {merchant.id for merchant in mine}:
        return Answer(text(visit.language, "merchant_shared", number=order.label))
    if not reason:
        example = f"{order.building_id}-{order.number:03d}"
        return Answer(text(visit.language, "merchant_why", number=order.label, example=example))
    if order.state not in (OrderState.PLACED, OrderState.ACCEPTED):
        state = text(visit.language, f"state_{order.state.value}")
        return Answer(text(visit.language, "merchant_refused", number=order.label, state=state))
    reason = reason[: building_queues.PROBLEM_LENGTH]
    orders.cancel(tx, order, by=visit.person.id, side="merchant", reason=reason, now=visit.now)
    _tell(tx, visit, [order], "merchant_cancelled_owner", _cooks(order, mine)[0], reason=reason)
    return Answer(text(visit.language, "merchant_cancelled", number=order.label))


def _tell(tx: Tx, visit: Visit, moved: Iterable[Order], name: str, merchant: Merchant, **facts: str) -> None:
    tell_owners(
        tx,
        moved,
        name,
        now=visit.now,
        language=visit.language,
        besides=visit.chat.id,
        about=merchant.id,
        merchant=merchant.name,
        **facts,
    )
