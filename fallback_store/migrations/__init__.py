"""Numbered SQL files bring a store from any older version to the newest, all or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from core.errors import StoreBroken

_FOLDER = Path(__file__).parent
#: STRICT tables; Python brings the library of the system it runs on.
_OLDEST_SQLITE = (3, 37, 0)


def require_sqlite(version: tuple[int, ...]) -> None:
    """Raises: StoreBroken when the SQLite library that Python found is too old for our tables."""
    if version < _OLDEST_SQLITE:
        found, wanted = (".".join(map(str, one)) for one in (version, _OLDEST_SQLITE))
        raise StoreBroken(
            f"Python's SQLite is {found}, the store needs {wanted} or newer.",
            hint="Use a Python that was built with a newer SQLite: Debian 12, Ubuntu 22.04 and later have one.",
        )


def migrate(connection: sqlite3.Connection) -> None:
    """Applies what is missing, each file in one transaction with its `user_version`.

    Raises: StoreBroken when the file was written by a newer version of this program, or SQLite is too old.
    """
    require_sqlite(sqlite3.sqlite_version_info)
    (current,) = connection.execute("PRAGMA user_version").fetchone()
    steps = sorted(_FOLDER.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    if current > len(steps):
        raise StoreBroken(
            f"The store is at version {current}, this program knows {len(steps)}.",
            hint="Run the newer program.",
        )
    for number, step in enumerate(steps[current:], start=current + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Not executescript: it would commit the open transaction.
            for statement in _statements(step.read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
