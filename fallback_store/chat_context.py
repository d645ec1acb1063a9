"""What was ordered lately, in a chat or by a person: what 同上 and 再来一份 point at; read only when needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.ids import BuildingId, ChatId, Key, PersonId
from core.order import Order
from fallback_store.database import Tx
from fallback_store.order_rows import COLUMNS, line_from_row, order_from_row

#: Orders looked at; whoever says 同上 means one of the last.
LOOKED_AT = 8
#: Messages of all chats looked at for talk between an order and what was said about it.
MESSAGES_LOOKED_AT = 500

_WITH_LINES = (
    "SELECT found.*, item_id, merchant_id, name, quantity, options, unit_price_fen, order_lines.note FROM ({orders})"
    " AS found JOIN order_lines ON order_id = id ORDER BY placed_ms DESC, place DESC, line"
)
_IN_CHAT = _WITH_LINES.format(
    orders=f"SELECT {COLUMNS}, rowid AS place FROM orders"
    " WHERE building_id = :building AND state IN ('placed', 'accepted', 'picked_up')"
    " AND chat_id = :chat AND epoch = :epoch ORDER BY placed_ms DESC, rowid DESC LIMIT :limit"
)
_OF_PERSON = _WITH_LINES.format(
    orders=f"SELECT {COLUMNS}, rowid AS place FROM orders"
    " WHERE person_id = :person ORDER BY placed_ms DESC, rowid DESC LIMIT :limit"
)


def in_chat(tx: Tx, chat_id: ChatId, building_id: BuildingId, epoch: int) -> list[Order]:
    """The newest open orders that were placed in a building's group, newest first, in one statement."""
    # Found through the index of a building's open orders: an index by chat would cost every order its upkeep.
    parameters = {"building": building_id, "chat": chat_id, "epoch": epoch, "limit": LOOKED_AT}
    return _with_lines(tx.execute(_IN_CHAT, parameters))


def of_person(tx: Tx, person_id: PersonId) -> list[Order]:
    """A person's newest orders, newest first, in one statement."""
    return _with_lines(tx.execute(_OF_PERSON, {"person": person_id, "limit": LOOKED_AT}))


def was_talk(tx: Tx, chat_id: ChatId, since: Key, until: Key) -> bool:
    """Whether anything was said in a chat between two of its messages that had nothing to do with us.

    `until` may be the message in hand, not yet stored: then everything since counts.
    """
    (found,) = tx.execute(
        "SELECT EXISTS (SELECT 1 FROM (SELECT id, chat_id, state FROM inbox"
        " WHERE id < coalesce((SELECT id FROM inbox WHERE key = :until), (SELECT max(id) + 1 FROM inbox))"
        " ORDER BY id DESC LIMIT :scan) AS recent"
        " WHERE chat_id = :chat AND state = 'silent' AND id > (SELECT id FROM inbox WHERE key = :since))",
        {"chat": chat_id, "since": since, "until": until, "scan": MESSAGES_LOOKED_AT},
    ).fetchone()
    return bool(found)


def _with_lines(rows: Iterable[Any]) -> list[Order]:
    width = COLUMNS.count(",") + 2  # the columns and the place
    records: dict[str, tuple[Any, list[Any]]] = {}
    for row in rows:
        records.setdefault(row[0], (row, []))[1].append(line_from_row(row[width:]))
    return [order_from_row(record, lines) for record, lines in records.values()]
