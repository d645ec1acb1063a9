"""The dishes of a store file, read beside whoever has it open: for commands that look and change nothing in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from core.catalog import Catalog
from core.errors import StoreBroken
from core.stock import StockRow
from fallback_store import catalog_snapshots, stock


def menu_and_stock(path: Path) -> tuple[Catalog | None, list[StockRow]]:
    """The newest menu and every dish's stock; None and nothing before the first. Raises: StoreBroken."""
    if not path.exists():
        return None, []
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, timeout=5.0)) as file:
            snapshot = catalog_snapshots.latest_in(file)
            return (snapshot.catalog if snapshot else None), stock.rows_in(file)
    except sqlite3.DatabaseError as problem:
        raise StoreBroken(f"{path}: {problem}") from problem
