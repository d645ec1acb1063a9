"""Telling the people whose orders moved: one line per chat, however many of its orders it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from core.chat import OutgoingMessage, Priority
from core.ids import ChatId, Key, channel_of
from core.order import Order
from core.texts import text
from core.times import to_ms
from fallback_store import messages, people
from fallback_store.database import Tx


def tell_owners(
    tx: Tx,
    moved: Iterable[Order],
    name: str,
    /,
    *,
    now: datetime,
    language: str,
    besides: ChatId | None = None,
    about: str = "",
    picture: str = "",
    **facts: object,
) -> None:
    """Says the sentence `name` (with `numbers`) in every chat these orders came from, as a digest.

    It belongs in the unit of work that moved them. `language`: of a chat that never said which; `besides`: a chat
    that hears of it anyway; `about` tells two such sentences of one moment apart; `picture`: goes with it, and says by
    `besides` which channel knows it.
    """
    ordered = sorted(moved, key=lambda order: (order.chat_id, order.building_id, order.number))
    for chat_id, members in groupby(ordered, key=lambda order: order.chat_id):
        if chat_id == besides:
            continue
        told = list(members)
        chat = people.chat(tx, chat_id, is_group=False, language=language)
        numbers = text(chat.language, "list_comma").join(order.label for order in told)
        message = OutgoingMessage(
            key=Key(f"owners>{name}{about}>{told[0].id}>{len(told)}>{to_ms(now)}"),
            chat_id=chat_id,
            text=text(chat.language, name, numbers=numbers, **facts),
            priority=Priority.DIGEST,
            picture=picture if besides and channel_of(chat_id) == channel_of(besides) else "",
        )
        messages.say(tx, message, now)
