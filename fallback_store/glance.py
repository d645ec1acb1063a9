"""A look into a store that another process holds: reads a little, writes nothing, takes no lock."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from core.ids import ChatId


def bound_groups(path: Path, channel: str) -> list[tuple[ChatId, str]]:
    """(chat, title) of every group of a building on one channel; none when there is no such store yet."""
    if not path.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, timeout=5.0)) as store:
            rows = store.execute(
                "SELECT id, title FROM chats WHERE is_group = 1 AND building_id IS NOT NULL"
                " AND id >= ? AND id < ? ORDER BY id",
                (f"{channel}:", f"{channel};"),
            ).fetchall()
    except sqlite3.DatabaseError:  # no store of ours; the check of the store itself says so
        return []
    return [(ChatId(row[0]), row[1]) for row in rows]
