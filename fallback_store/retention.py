"""Forgets people once their orders are long handed back: found on a reader, written in units too small to be felt.

What stays of an order: lines, prices, numbers, state, history kinds, the outbox's outcomes and the hash of its key, so
that its proof can still be compared with this file. What is not delivered, and what waits for a person, is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import orjson

from core.ids import PersonId, private_chat_of
from core.order import Order, content_hash
from core.retention import forget_body, forget_event_key, forget_id, forget_order, forget_reason
from core.times import to_ms
from fallback_store import orders, outbox
from fallback_store.database import Store, Tx

# Orders ----------------------------------------------------------------------------------------

#: The order has events that still have to go out or to be looked at.
_IS_UNFINISHED = (
    "SELECT 1 FROM outbox WHERE epoch = orders.epoch AND order_id = orders.id"
    f" AND (state IN ('waiting', 'leased') OR {outbox.NEEDS_PERSON})"
)


async def epochs_to_forget(store: Store, before: datetime) -> list[int]:
    """Epochs that were handed back before then and whose people are not all forgotten, oldest first."""
    rows = await store.read_all(
        "SELECT epoch FROM hand_backs WHERE step = 'done' AND changed_ms < :before AND forgotten_ms IS NULL"
        " ORDER BY epoch",
        {"before": to_ms(before)},
    )
    return [row[0] for row in rows]


async def orders_to_forget(store: Store, epoch: int, after: str, limit: int) -> list[str]:
    """Ids above `after` of an epoch's orders whose people are still known and whose events are all settled."""
    rows = await store.read_all(
        "SELECT id FROM orders WHERE epoch = :epoch AND id > :after AND forgotten_ms IS NULL"
        f" AND NOT EXISTS ({_IS_UNFINISHED}) ORDER BY id LIMIT :limit",
        {"epoch": epoch, "after": after, "limit": limit},
    )
    return [row[0] for row in rows]


def forget_orders(tx: Tx, order_ids: Sequence[str], now: datetime) -> int:
    """Forgets the people of these orders; one that became unfinished since it was found is left. Returns how many."""
    return sum(_forget_order(tx, order_id, now) for order_id in order_ids)


def _forget_order(tx: Tx, order_id: str, now: datetime) -> bool:
    found = tx.execute(
        f"SELECT content_hash, courier_id FROM orders WHERE id = ? AND forgotten_ms IS NULL"
        f" AND NOT EXISTS ({_IS_UNFINISHED})",
        (order_id,),
    ).fetchone()
    order = orders.by_id(tx, order_id) if found else None
    if order is None:
        return False
    stated_hash, courier_id = found
    with _overwriting(tx):
        left = forget_order(order)
        hash_of_left = content_hash(left) if content_hash(order) == stated_hash else ""
        tx.execute(
            "UPDATE orders SET key = ?, chat_id = ?, person_id = ?, person_name = '', room = '', note = '',"
            " courier_id = ?, problem = NULL, forgotten_ms = ?, forgotten_hash = ? WHERE id = ?",
            (left.key, left.chat_id, left.person_id, courier_id and forget_id(courier_id), to_ms(now), hash_of_left,
             order_id),
        )  # fmt: skip
        tx.execute("UPDATE order_lines SET note = '' WHERE order_id = ? AND note <> ''", (order_id,))
        tx.execute("DELETE FROM delivery_photos WHERE order_id = ?", (order_id,))
        tx.execute("DELETE FROM payment_claims WHERE order_id = ?", (order_id,))
        _forget_history(tx, order_id)
        _forget_events(tx, order)
        tx.execute(
            "DELETE FROM relay_entries WHERE epoch = ? AND building_id = ? AND order_id = ?",
            (order.epoch, order.building_id, order_id),
        )
        tx.execute(
            "UPDATE people SET idle_since_ms = coalesce(idle_since_ms,"
            " (SELECT changed_ms FROM hand_backs WHERE epoch = ?)) WHERE id = ?",
            (order.epoch, order.person_id),
        )
    return True


def _forget_history(tx: Tx, order_id: str) -> None:
    steps = tx.execute("SELECT step, kind, by FROM order_history WHERE order_id = ?", (order_id,)).fetchall()
    # A merchant's id is no person's, and tickets are counted by it; whatever else is in a detail was typed by somebody.
    tx.executemany(
        "UPDATE order_history SET by = ?, detail = CASE kind WHEN 'merchant.accepted' THEN detail END"
        " WHERE order_id = ? AND step = ?",
        [(forget_id(by), order_id, step) for step, _, by in steps],
    )


def _forget_events(tx: Tx, order: Order) -> None:
    events = tx.execute(
        "SELECT seq, key, body, replaces, reason FROM outbox WHERE epoch = ? AND order_id = ?", (order.epoch, order.id)
    ).fetchall()
    tx.executemany(
        "UPDATE outbox SET key = ?, body = ?, replaces = ?, reason = ? WHERE seq = ?",
        [
            (
                forget_event_key(key, order.key),
                orjson.dumps(forget_body(orjson.loads(body))).decode(),
                replaces and forget_event_key(replaces, order.key),
                reason and forget_reason(reason),
                seq,
            )
            for seq, key, body, replaces, reason in events
        ],
    )


async def remembered(store: Store, epoch: int) -> int:
    """How many of an epoch's orders still name their people."""
    (row,) = await store.read_all(
        "SELECT count(*) FROM orders WHERE epoch = :epoch AND forgotten_ms IS NULL", {"epoch": epoch}
    )
    return int(row[0])


def close_epoch(tx: Tx, epoch: int, now: datetime) -> None:
    """Nobody is left to forget in this epoch's orders: the lines of its lists go that never became an order."""
    with _overwriting(tx):
        tx.execute("DELETE FROM relay_entries WHERE epoch = ?", (epoch,))
        tx.execute("DELETE FROM delivery_photos WHERE order_id IS NULL AND at_ms < ?", (to_ms(now - _UNSAID_LASTS),))
    tx.execute("UPDATE hand_backs SET forgotten_ms = ? WHERE epoch = ?", (to_ms(now), epoch))


#: A photo of which nobody said what it shows.
_UNSAID_LASTS = timedelta(days=1)

# Messages --------------------------------------------------------------------------------------


async def payloads_to_drop(store: Store, before: datetime, after: int, limit: int) -> list[int]:
    """Inbox rows above `after` that were served before then and still hold what was written."""
    return await _ids(
        store,
        "SELECT id FROM inbox WHERE id > :after AND state = 'handled' AND payload IS NOT NULL AND handled_ms < :before",
        before, after, limit,
    )  # fmt: skip


def drop_payloads(tx: Tx, ids: Sequence[int]) -> int:
    """Drops what was written and keeps the key, by which a redelivery is still known."""
    return _each(tx, "UPDATE inbox SET payload = NULL WHERE id = ? AND state = 'handled'", ids)


async def inbox_to_drop(store: Store, before: datetime, after: int, limit: int) -> list[int]:
    """Inbox rows above `after` that were done with before then; no vendor delivers again after so long."""
    return await _ids(
        store, "SELECT id FROM inbox WHERE id > :after AND state <> 'waiting' AND handled_ms < :before",
        before, after, limit,
    )  # fmt: skip


def drop_inbox(tx: Tx, ids: Sequence[int]) -> int:
    """Drops these rows, keys and all."""
    return _each(tx, "DELETE FROM inbox WHERE id = ? AND state <> 'waiting'", ids)


async def outgoing_to_drop(store: Store, before: datetime, after: int, limit: int) -> list[int]:
    """Messages above `after` that were written before then and do not wait to be said."""
    return await _ids(
        store, "SELECT id FROM outgoing WHERE id > :after AND state <> 'waiting' AND created_ms < :before",
        before, after, limit,
    )  # fmt: skip


def drop_outgoing(tx: Tx, ids: Sequence[int]) -> int:
    """Drops these messages."""
    return _each(tx, "DELETE FROM outgoing WHERE id = ? AND state <> 'waiting'", ids)


async def notice_targets_to_forget(store: Store, before: datetime, after: int, limit: int) -> list[int]:
    """Rows of the notices' ledger above `after` that stand for a person who was told before then."""
    return await _ids(
        store, "SELECT id FROM notice_deliveries WHERE id > :after AND channel = 'person' AND at_ms < :before"
        " AND target <> 'forgotten:' || id",
        before, after, limit,
    )  # fmt: skip


def forget_notice_targets(tx: Tx, ids: Sequence[int]) -> int:
    """Somebody was told, nobody can tell who: the reach of an old notice stays what it was."""
    return _each(tx, "UPDATE notice_deliveries SET target = 'forgotten:' || id WHERE id = ?", ids)


async def loans_to_forget(store: Store, before: datetime, after: int, limit: int) -> list[int]:
    """Captains' loans above `after` that ended before then, or that nobody took in time."""
    return await _ids(
        store, "SELECT id FROM captain_loans WHERE id > :after AND offered_by <> ''"
        " AND (ended_ms < :before OR taken_by IS NULL AND expires_ms < :before)",
        before, after, limit,
    )  # fmt: skip


def forget_loans(tx: Tx, ids: Sequence[int]) -> int:
    """Somebody lent a building's work to somebody; nobody can tell who."""
    return _each(
        tx, "UPDATE captain_loans SET offered_by = '', taken_by = iif(taken_by IS NULL, NULL, '') WHERE id = ?", ids
    )


async def room_messages_to_drop(store: Store, before: datetime, after: int, limit: int) -> list[int]:
    """What the local chat's rooms above `after` show from before then; a board is a state, not talk, and stays."""
    return await _ids(
        store, "SELECT id FROM room_messages WHERE id > :after AND board = '' AND at_ms < :before",
        before, after, limit,
    )  # fmt: skip


def drop_room_messages(tx: Tx, ids: Sequence[int]) -> int:
    """Drops these bubbles."""
    return _each(tx, "DELETE FROM room_messages WHERE id = ?", ids)


async def _ids(store: Store, select: str, before: datetime, after: int, limit: int) -> list[int]:
    rows = await store.read_all(
        f"{select} ORDER BY id LIMIT :limit", {"before": to_ms(before), "after": after, "limit": limit}
    )
    return [row[0] for row in rows]


def _each(tx: Tx, statement: str, ids: Sequence[Any]) -> int:
    with _overwriting(tx):
        return tx.executemany(statement, [(id_,) for id_ in ids]).rowcount


# People ----------------------------------------------------------------------------------------

_IS_NOBODYS_CUSTOMER = (
    " NOT EXISTS (SELECT 1 FROM roles WHERE person_id = people.id)"
    " AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.person_id = people.id)"
    " AND NOT EXISTS (SELECT 1 FROM drafts WHERE drafts.person_id = people.id)"
)


async def idle_people(store: Store, after: str, limit: int) -> list[PersonId]:
    """People above `after` without a role, a draft or an order that is still remembered."""
    rows = await store.read_all(
        f"SELECT id FROM people WHERE id > :after AND {_IS_NOBODYS_CUSTOMER} ORDER BY id LIMIT :limit",
        {"after": after, "limit": limit},
    )
    return [PersonId(row[0]) for row in rows]


def forget_people(tx: Tx, ids: Sequence[PersonId], before: datetime, now: datetime) -> int:
    """Forgets those who were idle since before then, with their private chats; of the others notes since when.

    Returns how many were forgotten.
    """
    tx.executemany(
        "UPDATE people SET idle_since_ms = ? WHERE id = ? AND idle_since_ms IS NULL", [(to_ms(now), id_) for id_ in ids]
    )
    forgotten = 0
    with _overwriting(tx):
        for person_id in ids:
            gone = tx.execute(
                f"DELETE FROM people WHERE id = ? AND idle_since_ms < ? AND {_IS_NOBODYS_CUSTOMER}",
                (person_id, to_ms(before)),
            ).rowcount
            if gone:
                chat_id = private_chat_of(person_id)
                tx.execute("DELETE FROM chats WHERE id = ? AND is_group = 0", (chat_id,))
                tx.execute("DELETE FROM reply_allowances WHERE chat_id = ?", (chat_id,))
                tx.execute("DELETE FROM board_places WHERE chat_id = ?", (chat_id,))
                tx.execute("UPDATE learned_aliases SET first_by = '' WHERE first_by = ?", (person_id,))
            forgotten += gone
    return forgotten


@contextmanager
def _overwriting(tx: Tx) -> Iterator[None]:
    """What is forgotten is overwritten in the file, not only unlinked; off again for everybody in a hurry."""
    tx.execute("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        tx.execute("PRAGMA secure_delete = OFF")
