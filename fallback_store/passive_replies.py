"""Replies that go back inside the vendor's own request, and how many may follow later: WeChat's way of speaking."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.chat import ButtonRows, Priority
from core.ids import ChatId, Key
from core.times import to_ms
from fallback_store.database import Store, Tx
from fallback_store.messages import buttons_from_json


@dataclass(frozen=True, slots=True)
class PassiveReply:
    """What to answer a message with, inside the request that brought it."""

    #: pending: it still waits for a desk, or is not even stored; silent: nothing is to be said; said: `text`
    state: Literal["pending", "silent", "said"]
    text: str = ""
    buttons: ButtonRows = ()
    #: as in OutgoingMessage; it cannot go back inside the request
    picture: str = ""
    #: nobody had claimed it before
    is_new: bool = False


def claim(tx: Tx, key: Key, now: datetime) -> PassiveReply:
    """The reply to the message with this key, which counts as sent from now on; the same again for a repetition."""
    reply_key = f"{key}>reply"
    claimed = tx.execute(
        "UPDATE outgoing SET state = 'sent', vendor_id = 'passive', sent_ms = ?, attempts = attempts + 1"
        " WHERE key = ? AND state = 'waiting'",
        (to_ms(now), reply_key),
    )
    said = tx.execute("SELECT text, buttons, picture FROM outgoing WHERE key = ?", (reply_key,)).fetchone()
    if said is not None:
        return PassiveReply("said", said[0], buttons_from_json(said[1]), said[2], claimed.rowcount > 0)
    state = tx.execute("SELECT state FROM inbox WHERE key = ?", (key,)).fetchone()
    return PassiveReply("pending" if state in (None, ("waiting",)) else "silent")


def give_back(tx: Tx, key: Key) -> None:
    """What was claimed for this message could not be said any more: it waits again, whole, for whoever says it next."""
    tx.execute(
        "UPDATE outgoing SET state = 'waiting', vendor_id = NULL, sent_ms = NULL"
        " WHERE key = ? AND state = 'sent' AND vendor_id = 'passive'",
        (f"{key}>reply",),
    )
    # What did not fit into the answer was put beside it, and is part of the whole again.
    beside = (f"{key}>reply-", f"{key}>reply.", f"{key}>picture")
    tx.execute("DELETE FROM outgoing WHERE (key >= ? AND key < ? OR key = ?) AND state = 'waiting'", beside)


async def answerable(store: Store, keys: Sequence[Key]) -> list[Key]:
    """Those of these messages that no longer wait for a desk."""
    rows = await store.read_all(
        "SELECT value FROM json_each(:keys)"
        " WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE key = value AND state = 'waiting')",
        {"keys": json.dumps(keys)},
    )
    return [Key(row[0]) for row in rows]


def settled(tx: Tx, keys: Sequence[Key]) -> dict[Key, bool]:
    """Those of these messages that nothing more will be said to: True where nothing was said at all."""
    found = dict[Key, bool]()
    for key in keys:
        row = tx.execute(
            "SELECT inbox.state, outgoing.state FROM inbox LEFT JOIN outgoing ON outgoing.key = inbox.key || '>reply'"
            " WHERE inbox.key = ?",
            (key,),
        ).fetchone()
        if row is not None and row[0] != "waiting" and row[1] != "waiting":
            found[key] = row[1] is None
    return found


def still_waits(tx: Tx, outgoing_key: Key) -> bool:
    """Whether this message is to be said; else it went back inside a request already, or as part of another."""
    found = tx.execute("SELECT 1 FROM outgoing WHERE key = ? AND state = 'waiting'", (outgoing_key,)).fetchone()
    return found is not None


def allow(tx: Tx, key: Key, chat_id: ChatId, count: int, lasts: timedelta, now: datetime) -> None:
    """The person did something new: `count` messages may follow for so long, and what waited for that is due now."""
    if tx.execute("SELECT 1 FROM inbox WHERE key = ?", (key,)).fetchone():
        return  # a repetition allows nothing more
    now_ms = to_ms(now)
    tx.execute(
        "INSERT INTO reply_allowances (chat_id, left_over, until_ms) VALUES (:chat, :count, :until)"
        " ON CONFLICT (chat_id) DO UPDATE SET left_over = max(:count, iif(until_ms > :now, left_over, 0)),"
        " until_ms = max(:until, iif(until_ms > :now, until_ms, 0))",
        {"chat": chat_id, "count": count, "until": now_ms + lasts // timedelta(milliseconds=1), "now": now_ms},
    )
    _try_again(tx, chat_id, now_ms)


def _try_again(tx: Tx, chat_id: ChatId, now_ms: int) -> None:
    """What was put off until the person did something is new again, and what waits behind it after it.

    The sender looks for ids it has not seen.
    """
    # +priority: the index of the chat is the one to use, not that of everything that waits.
    rows = tx.execute(
        "SELECT id, not_before_ms FROM outgoing WHERE chat_id = ? AND state = 'waiting' AND +priority = ? ORDER BY id",
        (chat_id, list(Priority).index(Priority.RECEIPT)),
    ).fetchall()
    if all(not_before_ms <= now_ms for _, not_before_ms in rows):
        return
    for number, _ in rows:
        tx.execute(
            "UPDATE outgoing SET id = (SELECT max(id) FROM outgoing) + 1, not_before_ms = 0 WHERE id = ?", (number,)
        )


def forbid(tx: Tx, chat_id: ChatId) -> None:
    """The person left: nothing can follow."""
    tx.execute("DELETE FROM reply_allowances WHERE chat_id = ?", (chat_id,))


def use(tx: Tx, chat_id: ChatId, now: datetime, *, keeps: int) -> bool:
    """Takes one message off the allowance; False when no more than `keeps` are left, and nothing is taken."""
    taken = tx.execute(
        "UPDATE reply_allowances SET left_over = left_over - 1 WHERE chat_id = ? AND left_over > ? AND until_ms > ?",
        (chat_id, keeps, to_ms(now)),
    )
    return taken.rowcount > 0


def used_up(tx: Tx, chat_id: ChatId) -> None:
    """The vendor says that nothing more may follow, whatever we counted."""
    tx.execute("UPDATE reply_allowances SET left_over = 0 WHERE chat_id = ?", (chat_id,))
