"""Telling the people whose orders moved: one line per chat, however many of its orders it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from bot.desks.desk import Visit
from core.chat import OutgoingMessage, Priority
from core.ids import Key
from core.order import Order
from core.texts import text
from fallback_store import messages, people
from fallback_store.database import Tx


def tell_owners(
    tx: Tx, visit: Visit, moved: Iterable[Order], name: str, /, *, about: str = "", **facts: object
) -> None:
    """Says the sentence `name` (with `numbers`) in every chat these orders came from, except the one that moved them.

    A digest: it waits behind every notice and receipt, and the same message moving them again says nothing twice.
    `about` tells two such sentences of one message apart.
    """
    ordered = sorted(moved, key=lambda order: (order.chat_id, order.building_id, order.number))
    for chat_id, members in groupby(ordered, key=lambda order: order.chat_id):
        if chat_id == visit.chat.id:
            continue
        chat = people.chat(tx, chat_id, is_group=False, language=visit.language)
        numbers = text(chat.language, "list_comma").join(order.label for order in members)
        message = OutgoingMessage(
            key=Key(f"{visit.message.key}>{name}{about}>{chat_id}"),
            chat_id=chat_id,
            text=text(chat.language, name, numbers=numbers, **facts),
            priority=Priority.DIGEST,
        )
        messages.say(tx, message, visit.now)
