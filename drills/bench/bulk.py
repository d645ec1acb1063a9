"""Stores that already hold very many orders, written in bulk with the ids, keys and bodies real ones have."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from core.catalog import Item
from core.times import to_ms
from drills.bench.lunch import BEGAN, Campus

_CHUNK = 20_000
_MS = to_ms(BEGAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """How many orders, and how far they came."""

    orders: int
    epoch: int
    #: the primary has them and everybody was told; otherwise they wait to be handed back
    is_settled: bool
    #: also the messages they came from and the replies that were sent
    has_messages: bool = True


def write_orders(path: Path, campus: Campus, bulk: Bulk) -> None:
    """Adds the orders to a store file that nobody has open. What is stored is bulk; its shape is real."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        # Nothing to protect: a run that dies here is started again.
        file.execute("PRAGMA journal_mode = OFF")
        file.execute("PRAGMA synchronous = OFF")
        file.execute("PRAGMA cache_size = -200000")
        (store_id,) = file.execute("SELECT store_id FROM store_identity").fetchone()
        orders = _orders(store_id, campus, bulk)
        while chunk := list(islice(orders, _CHUNK)):
            file.execute("BEGIN")
            for sql, rows in _statements(chunk, bulk):
                file.executemany(sql, rows)
            file.execute("COMMIT")
        counts = _per_building(campus, bulk.orders)
        file.executemany(
            "INSERT INTO order_numbers (epoch, building_id, last) VALUES (?, ?, ?)",
            [(bulk.epoch, building_id, count) for building_id, count in counts.items() if count],
        )


def write_inbox(path: Path, updates: int, number: int) -> None:
    """Adds messages that wait to be served: small talk, as a group is full of. `number`: tells batches apart."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA synchronous = OFF")
        file.execute("BEGIN")
        file.executemany(
            "INSERT INTO inbox (key, chat_id, payload, received_ms) VALUES (?, 'web:building-1', ?, ?)",
            (
                (
                    f"web:building-1:talker-{n % 900}~w{number}-{n}",
                    _payload(f"web:talker-{n % 900}", "今天食堂人好多啊"),
                    _MS + n,
                )
                for n in range(updates)
            ),
        )
        file.execute("COMMIT")


@dataclass(frozen=True, slots=True)
class _Order:
    id: str
    key: str
    building_id: str
    number: int
    person_id: str
    placed_ms: int
    items: tuple[Item, Item]

    @property
    def total_fen(self) -> int:
        return self.items[0].price_fen + 2 * self.items[1].price_fen


def _orders(store_id: str, campus: Campus, bulk: Bulk) -> Iterator[_Order]:
    unlimited = [item for item in campus.catalog.items.values() if item.id in campus.unlimited]
    n = 0
    # Building by building: keys come in the order of the indexes, which is what makes a million of them quick.
    for building_id, count in sorted(_per_building(campus, bulk.orders).items()):
        chat_id = f"web:building-{building_id}"
        for number in range(1, count + 1):
            person = f"student-{building_id}-{number % 4000}"
            pair = (unlimited[n % len(unlimited)], unlimited[(n * 7 + 1) % len(unlimited)])
            yield _Order(
                f"{store_id}-{bulk.epoch}-{building_id}-{number}",
                f"{chat_id}:{person}~e{bulk.epoch}n{number}",
                building_id,
                number,
                f"web:{person}",
                _MS + n,
                pair if pair[0] is not pair[1] else (pair[0], unlimited[(n + 1) % len(unlimited)]),
            )
            n += 1


def _per_building(campus: Campus, orders: int) -> dict[str, int]:
    ids = [building.id for building in campus.directory.buildings]
    return {building_id: orders // len(ids) + (place < orders % len(ids)) for place, building_id in enumerate(ids)}


def _statements(chunk: list[_Order], bulk: Bulk) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    state = "delivered" if bulk.is_settled else "placed"
    yield (
        "INSERT INTO orders (id, key, epoch, building_id, number, chat_id, person_id, person_name, room, state,"
        " total_fen, snapshot_version, pickup_code, content_hash, placed_ms, changed_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, '同学', '305', ?, ?, 'bulk', ?, ?, ?, ?)",
        [
            (o.id, o.key, bulk.epoch, o.building_id, o.number, f"web:building-{o.building_id}", o.person_id, state,
             o.total_fen, _code(o), hashlib.sha256(o.id.encode()).hexdigest(), o.placed_ms, o.placed_ms)
            for o in chunk
        ],
    )  # fmt: skip
    yield (
        "INSERT INTO order_lines (order_id, line, item_id, merchant_id, name, quantity, unit_price_fen)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (o.id, line, item.id, item.merchant_id, item.name, line, item.price_fen)
            for o in chunk
            for line, item in enumerate(o.items, start=1)
        ],
    )
    yield (
        "INSERT INTO order_history (order_id, step, kind, by, at_ms) VALUES (?, 1, 'order.placed', ?, ?)",
        [(o.id, o.person_id, o.placed_ms) for o in chunk],
    )
    yield (
        "INSERT INTO outbox (key, epoch, order_id, kind, body, at_ms, state, outcome, settled_ms)"
        " VALUES (?, ?, ?, 'order.placed', ?, ?, ?, ?, ?)",
        [
            (o.key, bulk.epoch, o.id, _body(o), o.placed_ms, *(("acked", "applied", o.placed_ms) if bulk.is_settled
             else ("waiting", None, None)))
            for o in chunk
        ],
    )  # fmt: skip
    if bulk.has_messages:
        yield from _messages(chunk)


def _messages(chunk: list[_Order]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    yield (
        "INSERT INTO inbox (key, chat_id, payload, received_ms, state, handled_ms) VALUES (?, ?, ?, ?, 'handled', ?)",
        [
            (o.key, f"web:building-{o.building_id}", _payload(o.person_id, f"{o.items[0].name}一份，305寝"),
             o.placed_ms, o.placed_ms)
            for o in chunk
        ],
    )  # fmt: skip
    yield (
        "INSERT INTO outgoing (key, chat_id, priority, text, reply_to, created_ms, state, sent_ms)"
        " VALUES (?, ?, 1, ?, ?, ?, 'sent', ?)",
        [
            (f"{o.key}>reply", f"web:building-{o.building_id}", f"已记下 #{o.building_id}-{o.number:03d}\n"
             f"{o.items[0].name} ×1\n{o.items[1].name} ×2\n取餐码 {_code(o)}", o.key, o.placed_ms, o.placed_ms)
            for o in chunk
        ],
    )  # fmt: skip


def _code(order: _Order) -> str:
    return f"RC{order.number % 10_000:04d}A"


def _payload(person_id: str, words: str) -> str:
    return orjson.dumps({"person": person_id, "name": "同学", "text": words, "action": ""}).decode()


def _body(order: _Order) -> str:
    return orjson.dumps(
        {
            "channel": "web",
            "building": order.building_id,
            "room": "305",
            "person": {"id": order.person_id, "name": "同学"},
            "lines": [
                {"item_id": item.id, "quantity": quantity, "options": [], "unit_price_fen": item.price_fen}
                for quantity, item in enumerate(order.items, start=1)
            ],
            "fees_fen": 0,
            "total_fen": order.total_fen,
            "paid": "unpaid",
            "snapshot_version": "bulk",
            "pickup_code": _code(order),
            "placed_at": "2026-03-02T04:00:00.000Z",
        }
    ).decode()
