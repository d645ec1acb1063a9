"""What happens to a chat as a whole: it moves to another id, it becomes unreachable, it can be reached again."""

from __future__ import annotations

from typing import NamedTuple

from core.ids import ChatId
from fallback_store.database import Store, Tx


class LostGroup(NamedTuple):
    """A building's group in which nothing can be said."""

    building: str
    #: its title, or its id where nobody gave it one
    group: str
    #: as the vendor said it
    why: str


def move(tx: Tx, old: ChatId, new: ChatId) -> None:
    """The chat goes on under another id: its building, its language, what waits to be said and what is asked follow.

    Orders keep the chat they were made in: it is part of their fingerprint. Doing it twice changes nothing, and what
    was set up in the new chat stays as it is.
    """
    if old == new:
        return
    tx.execute(
        "INSERT INTO chats (id, is_group, building_id, title, language, speaks)"
        " SELECT :new, is_group, building_id, title, language, speaks FROM chats WHERE id = :old"
        " ON CONFLICT (id) DO UPDATE SET building_id = coalesce(chats.building_id, excluded.building_id),"
        " title = CASE chats.title WHEN '' THEN excluded.title ELSE chats.title END,"
        " language = CASE WHEN chats.building_id IS NULL THEN excluded.language ELSE chats.language END,"
        " speaks = CASE WHEN chats.building_id IS NULL THEN excluded.speaks ELSE chats.speaks END",
        {"old": old, "new": new},
    )
    tx.execute("DELETE FROM chats WHERE id = ?", (old,))
    # Numbers of messages begin anew there: nothing of the old chat can be edited, so it is said as new, unless it only
    # brings an older message up to date.
    tx.execute(
        "UPDATE outgoing SET chat_id = :new, edits = '', not_before_ms = 0 WHERE chat_id = :old"
        " AND state = 'waiting' AND manner = 'message' AND NOT (board <> '' AND edits <> '')",
        {"old": old, "new": new},
    )
    tx.execute(
        "UPDATE outgoing SET state = 'superseded' WHERE chat_id = ? AND state = 'waiting'",
        (old,),
    )
    # What the old chat's boards said must not count as said: the next look at the board says it in the new one.
    tx.execute("DELETE FROM outgoing WHERE chat_id = ? AND board <> ''", (old,))
    tx.execute("DELETE FROM board_places WHERE chat_id = ?", (old,))
    tx.execute("UPDATE OR IGNORE courier_groups SET chat_id = ? WHERE chat_id = ?", (new, old))
    tx.execute("DELETE FROM queue_views WHERE chat_id = ?", (old,))
    tx.execute("UPDATE inbox SET chat_id = ? WHERE chat_id = ? AND state = 'waiting'", (new, old))
    tx.execute("UPDATE OR IGNORE drafts SET chat_id = ? WHERE chat_id = ?", (new, old))


def unbind(tx: Tx, chat_id: ChatId) -> None:
    """The group is no building's any more; what its board was about to say is not said."""
    tx.execute("UPDATE chats SET building_id = NULL WHERE id = ?", (chat_id,))
    tx.execute("DELETE FROM outgoing WHERE chat_id = ? AND board <> '' AND state = 'waiting'", (chat_id,))


def mark_unreachable(tx: Tx, chat_id: ChatId, why: str) -> int:
    """Nothing can be said there: what waits has failed. Returns how many messages that was."""
    tx.execute("UPDATE chats SET unreachable = ? WHERE id = ?", (why[:200] or "?", chat_id))
    failed = tx.execute(
        "UPDATE outgoing SET state = 'failed', error = ? WHERE chat_id = ? AND state = 'waiting'",
        (why[:500], chat_id),
    )
    return failed.rowcount


def mark_reachable(tx: Tx, chat_id: ChatId) -> None:
    """Something was said there, or we were let in again: a board that failed meanwhile is said anew."""
    tx.execute("DELETE FROM outgoing WHERE chat_id = ? AND board <> '' AND state = 'failed'", (chat_id,))
    tx.execute("UPDATE chats SET unreachable = '' WHERE id = ? AND unreachable <> ''", (chat_id,))


def lost_groups(tx: Tx) -> list[LostGroup]:
    """The groups of buildings in which nothing can be said, by building."""
    return [LostGroup(*row) for row in tx.execute(_LOST).fetchall()]


async def read_lost_groups(store: Store) -> list[LostGroup]:
    """The same, outside a transaction."""
    return [LostGroup(*row) for row in await store.read_all(_LOST)]


_LOST = (
    "SELECT name, coalesce(nullif(title, ''), chats.id), unreachable FROM chats"
    " JOIN buildings ON buildings.id = building_id WHERE is_group = 1 AND unreachable <> ''"
    " ORDER BY position, buildings.id, chats.id"
)
