"""A kitchen's tickets as it reads them: what waits, with a button to accept each, all of them, or to stop a dish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.desks.desk import Answer
from bot.desks.placing import order_reference
from core.catalog import Merchant
from core.chat import Button, ButtonRows
from core.texts import text
from core.times import to_ms
from fallback_store import merchant_tickets
from fallback_store.database import Tx
from fallback_store.merchant_tickets import Ticket

#: Tickets shown at once, each with a button.
SHOWN = 12
#: Dishes of those tickets with a button to stop their sale.
STOPPABLE = 6


@dataclass(slots=True)
class _Page:
    """What one message shows."""

    lines: list[str] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    is_empty: bool = True


def shown(tx: Tx, language: str, mine: Sequence[Merchant], placed_after: datetime | None = None) -> Answer:
    """What waits for these kitchens; `placed_after`: only what came later, and nothing when nothing did."""
    page = _Page()
    for merchant in mine:
        _add(tx, language, page, merchant, placed_after)
    if placed_after is not None and page.is_empty:
        return Answer()
    return Answer("\n".join(page.lines), _buttons(language, mine, page.tickets))


def kitchens(mine: Sequence[Merchant]) -> str:
    """Whose tickets a message shows, as it stands in a button's action."""
    return ".".join(merchant.id for merchant in mine)


def _add(tx: Tx, language: str, page: _Page, merchant: Merchant, placed_after: datetime | None) -> None:
    tickets = merchant_tickets.waiting(tx, merchant.id, SHOWN, placed_after=placed_after)
    if not tickets:
        if placed_after is None:
            page.lines.append(text(language, "merchant_no_tickets", merchant=merchant.name))
        return
    page.is_empty = False
    count = merchant_tickets.count_waiting(tx, merchant.id)
    page.lines.append(text(language, "merchant_tickets", merchant=merchant.name, count=count))
    page.lines += [_line(language, ticket) for ticket in tickets]
    if count > len(tickets):
        page.lines.append(text(language, "merchant_more", count=count - len(tickets)))
    page.tickets += tickets


def _line(language: str, ticket: Ticket) -> str:
    comma = text(language, "list_comma")
    items = comma.join(
        f"{line.name}×{line.quantity}"
        + (text(language, "relay_options", options=comma.join(line.options)) if line.options else "")
        for line in ticket.lines
    )
    note = text(language, "merchant_note", note=ticket.order.note) if ticket.order.note else ""
    return text(language, "merchant_ticket", number=ticket.order.label, items=items, note=note)


def _accept(language: str, ticket: Ticket) -> Button:
    label = text(language, "merchant_accept", number=ticket.order.label)
    return Button(label, f"merchant:accept:{order_reference(ticket.order)}")


def _buttons(language: str, mine: Sequence[Merchant], tickets: Sequence[Ticket]) -> ButtonRows:
    rows = [(_accept(language, ticket),) for ticket in tickets]
    if len(rows) > 1:
        # The button means what was shown: whatever arrives after this message is not accepted unseen.
        newest = max(to_ms(ticket.order.placed_at) for ticket in tickets)
        everything = Button(text(language, "merchant_accept_shown"), f"merchant:accept-all:{newest}:{kitchens(mine)}")
        rows.insert(0, (everything,))
    dishes = {line.item_id: line.name for ticket in tickets for line in ticket.lines}
    stops = [
        Button(text(language, "merchant_stop", name=name), f"merchant:stop::{item_id}")
        for item_id, name in list(dishes.items())[:STOPPABLE]
    ]
    return (*rows, *(tuple(stops[at : at + 2]) for at in range(0, len(stops), 2)))
