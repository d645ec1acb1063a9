"""The last good directory: buildings, couriers and captains as the primary knew them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.directory import Directory, directory_from_json
from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx

KEPT = 5


@dataclass(frozen=True, slots=True)
class DirectorySnapshot:
    """One version of the directory as the primary served it."""

    id: int
    directory: Directory
    etag: str | None
    #: when the primary last said that it is still true
    confirmed_at: datetime


def keep(tx: Tx, directory_json: str, etag: str | None, now: datetime) -> Directory:
    """Keeps a directory; one that says the same as the newest only confirms it.

    Raises: InvalidDirectory, and the last good one stays.
    """
    directory = directory_from_json(orjson.loads(directory_json))
    newest = tx.execute("SELECT id, body FROM directory_snapshots ORDER BY id DESC LIMIT 1").fetchone()
    if newest is not None and newest[1] == directory_json:
        tx.execute(
            "UPDATE directory_snapshots SET confirmed_ms = ?, etag = ? WHERE id = ?", (to_ms(now), etag, newest[0])
        )
        return directory
    tx.execute(
        "INSERT INTO directory_snapshots (version, etag, confirmed_ms, body) VALUES (?, ?, ?, ?)",
        (directory.version, etag, to_ms(now), directory_json),
    )
    tx.execute("DELETE FROM directory_snapshots WHERE id <= (SELECT max(id) FROM directory_snapshots) - ?", (KEPT,))
    return directory


def confirm(tx: Tx, now: datetime) -> None:
    """The primary says that the newest is still true."""
    tx.execute(
        "UPDATE directory_snapshots SET confirmed_ms = ? WHERE id = (SELECT max(id) FROM directory_snapshots)",
        (to_ms(now),),
    )


def newest_etag(tx: Tx) -> str | None:
    """The ETag of the newest; None when there is none."""
    row = tx.execute("SELECT etag FROM directory_snapshots ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else row[0]


def latest_in(tx: Tx) -> DirectorySnapshot | None:
    """The newest directory, inside the transaction."""
    return _snapshot(tx.execute(_LATEST).fetchone())


async def latest(store: Store) -> DirectorySnapshot | None:
    """The newest directory; None before the first."""
    rows = await store.read_all(_LATEST)
    return _snapshot(rows[0] if rows else None)


_LATEST = "SELECT id, etag, confirmed_ms, body FROM directory_snapshots ORDER BY id DESC LIMIT 1"


def _snapshot(row: Any) -> DirectorySnapshot | None:
    if row is None:
        return None
    return DirectorySnapshot(row[0], directory_from_json(orjson.loads(row[3])), row[1], from_ms(row[2]))
