"""Words people used for dishes that the menu does not know, how often, and what an admin decided about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core.ids import ItemId, PersonId
from core.times import to_ms
from fallback_store.database import Store, Tx

State = Literal["offered", "approved", "rejected"]

_COLUMNS = "id, word, item_id, times, state"


@dataclass(frozen=True, slots=True)
class LearnedAlias:
    """One word and the dish it was used for."""

    id: int
    #: in the spelling messages are looked up in
    word: str
    item_id: ItemId
    #: how often somebody picked that dish for it
    times: int
    state: State


def learn(tx: Tx, word: str, item_id: ItemId, by: PersonId, now: datetime) -> LearnedAlias:
    """Somebody picked this dish for this word; once more, if it is known already."""
    row = tx.execute(
        "INSERT INTO learned_aliases (word, item_id, first_by, first_ms) VALUES (?, ?, ?, ?)"
        f" ON CONFLICT (word, item_id) DO UPDATE SET times = times + 1 RETURNING {_COLUMNS}",
        (word, item_id, by, to_ms(now)),
    ).fetchone()
    return _alias(row)


def decide(tx: Tx, alias_id: int, *, approved: bool, by: PersonId, now: datetime) -> LearnedAlias | None:
    """An admin's word about it, the last one counts; None when there is no such alias."""
    row = tx.execute(
        "UPDATE learned_aliases SET state = ?, decided_by = ?, decided_ms = ?,"
        f" revision = (SELECT max(revision) + 1 FROM learned_aliases) WHERE id = ? RETURNING {_COLUMNS}",
        ("approved" if approved else "rejected", by, to_ms(now), alias_id),
    ).fetchone()
    return None if row is None else _alias(row)


def listed(tx: Tx, state: State, limit: int) -> list[LearnedAlias]:
    """Those in a state, the most used first."""
    rows = tx.execute(
        f"SELECT {_COLUMNS} FROM learned_aliases WHERE state = ? ORDER BY times DESC, id LIMIT ?", (state, limit)
    )
    return [_alias(row) for row in rows]


async def approved(store: Store) -> list[tuple[str, ItemId]]:
    """Every approved word with its dish, in the order they were first said."""
    rows = await store.read_all("SELECT word, item_id FROM learned_aliases WHERE state = 'approved' ORDER BY id")
    return [(row[0], ItemId(row[1])) for row in rows]


def _alias(row: Any) -> LearnedAlias:
    return LearnedAlias(row[0], row[1], ItemId(row[2]), row[3], row[4])
