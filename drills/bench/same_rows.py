"""Proves that the baselines are real: after the same messages every table holds the same rows as after our own run."""

# ruff: noqa: S608 -- what is spliced into SQL are the table names and column lists below

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_TABLES = (
    "inbox", "outgoing", "drafts", "stock", "order_numbers", "orders", "order_lines", "order_history", "outbox",
    "people", "chats", "mode_changes",
)  # fmt: skip


class NotTheSame(Exception):
    """A baseline that leaves other rows behind proves nothing."""


def check_same_rows(ours: Path, theirs: Path, who: str) -> None:
    """Raises: NotTheSame, naming the first row that differs. Both ran on clocks that stood still."""
    with closing(sqlite3.connect(ours)) as mine, closing(sqlite3.connect(theirs)) as other:
        for table in _TABLES:
            # Every table's first column identifies its rows, alone or with the next ones.
            wanted = mine.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()
            found = other.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()
            if wanted != found:
                pairs = zip(wanted, found, strict=False)
                first = next((pair for pair in pairs if pair[0] != pair[1]), (len(wanted), len(found)))
                raise NotTheSame(f"{who}: {table}: {first[1]!r} instead of {first[0]!r}")
