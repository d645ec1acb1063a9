"""Wrong codes that people brought, kept so that nobody can go on guessing after a restart."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.ids import PersonId
from core.times import from_ms, to_ms
from fallback_store.database import Tx

#: Wrong codes one person may bring in so long.
MOST, COUNT_FOR = 5, timedelta(minutes=10)


def note(tx: Tx, person_id: PersonId, now: datetime) -> None:
    """One more wrong code of this person's."""
    tx.execute("INSERT INTO code_tries (person_id, at_ms) VALUES (?, ?)", (person_id, to_ms(now)))


def waits_until(tx: Tx, person_id: PersonId, now: datetime) -> datetime | None:
    """When this person may bring a code again; None = now."""
    row = tx.execute(
        "SELECT at_ms FROM code_tries WHERE person_id = ? AND at_ms > ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?",
        (person_id, to_ms(now - COUNT_FOR), MOST - 1),
    ).fetchone()
    return None if row is None else from_ms(row[0]) + COUNT_FOR


def forget(tx: Tx, now: datetime) -> int:
    """Drops what no longer counts; returns how many that were."""
    return tx.execute("DELETE FROM code_tries WHERE at_ms <= ?", (to_ms(now - COUNT_FOR),)).rowcount
