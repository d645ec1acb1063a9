"""Interactions of the WeCom robot that are still open: what an answer goes back to, also after a restart."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.ids import Key
from core.times import to_ms
from fallback_store.database import Store, Tx

#: An answer this late is a message of its own; the vendor has long ended the interaction by itself.
LASTS = timedelta(minutes=10)


def opened(tx: Tx, key: Key, request: str, now: datetime) -> None:
    """The message `key` came with this request; a repetition brings another, and the answer goes back to that."""
    tx.execute(
        "INSERT INTO robot_requests (key, request, opened_ms) VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET request = excluded.request, opened_ms = excluded.opened_ms",
        (key, request, to_ms(now)),
    )


def ended(tx: Tx, key: Key, request: str) -> None:
    """It was answered, or the vendor knows nothing of it any more."""
    tx.execute("DELETE FROM robot_requests WHERE key = ? AND request = ?", (key, request))


def forget(tx: Tx, now: datetime) -> int:
    """Drops what the vendor has long ended; returns how many that were."""
    return tx.execute("DELETE FROM robot_requests WHERE opened_ms <= ?", (to_ms(now - LASTS),)).rowcount


async def still_open(store: Store, now: datetime) -> dict[Key, str]:
    """Message → request, oldest first."""
    rows = await store.read_all(
        "SELECT key, request FROM robot_requests WHERE opened_ms > :since ORDER BY opened_ms, key",
        {"since": to_ms(now - LASTS)},
    )
    return {Key(row[0]): row[1] for row in rows}
