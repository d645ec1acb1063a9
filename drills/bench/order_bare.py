"""The bare baseline: the very rows of a real run, written again in grouped transactions, with no logic at all.

Many orders: their inbox rows in one transaction, all they become in the next, the two moments the pattern promises.
One order alone: everything in a single transaction.
"""

# ruff: noqa: S608 -- what is spliced into SQL are the table names and column lists below

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.chat import RawUpdate

Row = tuple[Any, ...]

_TABLES = {
    "orders": "id, key, epoch, building_id, number, chat_id, person_id, person_name, room, state, total_fen, fees_fen,"
    " paid, snapshot_version, pickup_code, note, content_hash, placed_ms, changed_ms",
    "order_lines": "order_id, line, item_id, merchant_id, name, quantity, options, unit_price_fen, note",
    "order_history": "order_id, step, kind, by, at_ms, detail",
    "outbox": "key, epoch, order_id, kind, body, at_ms",
    "outgoing": "key, chat_id, priority, text, buttons, reply_to, board, incident_id, created_ms, brief",
}


def _insert(table: str) -> str:
    return f"INSERT INTO {table} ({_TABLES[table]}) VALUES ({', '.join('?' * (_TABLES[table].count(',') + 1))})"


_RECEIVE = "INSERT INTO inbox (key, chat_id, payload, received_ms) VALUES (?, ?, ?, ?)"
_HANDLED = "UPDATE inbox SET state = 'handled', handled_ms = ? WHERE id = ?"
_DROP = "DELETE FROM drafts WHERE chat_id = ? AND person_id = ? AND kind = 'cart'"
_RESERVE = "UPDATE stock SET sold = sold + ?, changed_ms = ?, revision = revision + 1 WHERE item_id = ?"
_NUMBER = (
    "INSERT INTO order_numbers (epoch, building_id, last) VALUES (?, ?, 1)"
    " ON CONFLICT (epoch, building_id) DO UPDATE SET last = last + 1"
)
_ORDER, _LINE, _STEP, _EVENT, _SAY = (_insert(table) for table in _TABLES)


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything one message left in the store."""

    received: Row
    handled_ms: int
    cart: Row | None
    order: Row
    lines: tuple[Row, ...]
    step: Row
    event: Row
    reply: Row


def recorded(path: Path, updates: Sequence[RawUpdate]) -> list[Rows]:
    """The rows these messages left in a store, in their order. Raises: LookupError when one is no order there."""
    file = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def one(table: str, where: str, value: str) -> Row:
        found = file.execute(f"SELECT {_TABLES[table]} FROM {table} WHERE {where} = ?", (value,)).fetchone()
        if found is None:
            raise LookupError(f"{value} left nothing in {table}")
        return tuple(found)

    rows = []
    for update in updates:
        order = one("orders", "key", update.key)
        received = file.execute(
            "SELECT key, chat_id, payload, received_ms, handled_ms FROM inbox WHERE key = ?", (update.key,)
        ).fetchone()
        lines = file.execute(f"SELECT {_TABLES['order_lines']} FROM order_lines WHERE order_id = ?", (order[0],))
        is_press = "order:cart" in update.payload
        rows.append(
            Rows(
                received=received[:4],
                handled_ms=received[4],
                cart=(order[5], order[6]) if is_press else None,
                order=order,
                lines=tuple(lines),
                step=one("order_history", "order_id", order[0]),
                event=one("outbox", "key", update.key),
                reply=one("outgoing", "reply_to", update.key),
            )
        )
    file.close()
    return rows


class BareScript:
    """Holds a store's file open the way the store does, and knows nothing else."""

    def __init__(self, path: Path) -> None:
        """`path`: a store that was settled and closed."""
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.execute("PRAGMA wal_autocheckpoint = 4000")
        self._file.execute("PRAGMA foreign_keys = ON")
        self._file.execute("PRAGMA cache_size = -16000")
        (self._last_id,) = self._file.execute("SELECT coalesce(max(id), 0) FROM inbox").fetchone()

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    async def write(self, rows: Sequence[Rows], group: int) -> list[float]:
        """Writes them `group` at a time, in a thread as the store does; seconds each group took."""
        return await asyncio.to_thread(self._write, rows, group)

    def _write(self, rows: Sequence[Rows], group: int) -> list[float]:
        took = []
        for start in range(0, len(rows), group):
            began_s = time.perf_counter()
            self._write_group(rows[start : start + group])
            took.append(time.perf_counter() - began_s)
        return took

    def _write_group(self, rows: Sequence[Rows]) -> None:
        # Two commits, because a message must be durable before its vendor is told so, long before anybody reads it.
        run = self._file.execute
        run("BEGIN IMMEDIATE")
        self._receive(rows)
        if len(rows) > 1:
            run("COMMIT")
            run("BEGIN IMMEDIATE")
        for row in rows:
            self._last_id += 1
            self._write_one(row)
        run("COMMIT")

    def _receive(self, rows: Sequence[Rows]) -> None:
        for row in rows:
            self._file.execute(_RECEIVE, row.received)

    def _write_one(self, row: Rows) -> None:
        run = self._file.execute
        if row.cart is not None:
            run(_DROP, row.cart)
        for line in row.lines:
            run(_RESERVE, (line[5], row.order[-1], line[2]))
        run(_NUMBER, (row.order[2], row.order[3]))
        run(_ORDER, row.order)
        self._file.executemany(_LINE, row.lines)
        run(_STEP, row.step)
        run(_EVENT, row.event)
        run(_SAY, row.reply)
        run(_HANDLED, (row.handled_ms, self._last_id))
