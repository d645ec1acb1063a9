"""Groups that couriers have to themselves: only there is a queue, with its names and rooms, shown to a group."""

from __future__ import annotations

from collections.abc import Iterable

from core.ids import BuildingId, ChatId
from fallback_store.database import Tx


def bind(tx: Tx, chat_id: ChatId, buildings: Iterable[BuildingId]) -> None:
    """Makes a group the couriers' own, for these buildings and no others; none = it is theirs no more."""
    tx.execute("DELETE FROM courier_groups WHERE chat_id = ?", (chat_id,))
    tx.executemany(
        "INSERT INTO courier_groups (chat_id, building_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(chat_id, building_id) for building_id in buildings],
    )
    tx.execute("DELETE FROM queue_views WHERE chat_id = ?", (chat_id,))


def buildings_of(tx: Tx, chat_id: ChatId) -> frozenset[BuildingId]:
    """The buildings whose queues are shown in this group; none when it is not the couriers' own."""
    rows = tx.execute("SELECT building_id FROM courier_groups WHERE chat_id = ?", (chat_id,))
    return frozenset(BuildingId(row[0]) for row in rows)
