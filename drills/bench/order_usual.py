"""The usual baseline: the same logic with one aiosqlite transaction per message, statement by statement.

Written as aiosqlite's own documentation writes it: `async with db.execute(…) as cursor` around every question.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiosqlite
import orjson

from bot.channels.local_chat import LocalChat
from bot.desks.placing import brief, lines_text, receipt_buttons
from core.cart import cart_from_json
from core.chat import IncomingMessage, RawUpdate
from core.ids import BuildingId, OrderId
from core.mode import Mode
from core.money import yuan
from core.order import Order, OrderLine, OrderState, content_hash, placed_body, total_fen
from core.pickup_code import describe, pickup_code
from core.ports import Clock
from core.pricing import price
from core.reading.reader import read
from core.texts import text
from core.times import to_ms
from core.wish import Wish, next_question, wish_of
from drills.bench.lunch import LANGUAGE, SETTINGS, Campus
from fallback_store.messages import buttons_to_json

_PRAGMAS = ("synchronous = FULL", "foreign_keys = ON", "cache_size = -16000", "temp_store = MEMORY")


class SoldOut(Exception):
    """A line cannot be had: the transaction is rolled back."""


class UsualBot:
    """What such a bot looks like when it is written in the usual way; it leaves the same rows behind."""

    def __init__(self, connection: aiosqlite.Connection, campus: Campus, clock: Clock, channel: LocalChat) -> None:
        """`connection`: to a store that was settled and closed; `channel`: reads updates, nothing else."""
        self._file, self._campus, self._clock, self._channel = connection, campus, clock, channel
        self._transaction = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, campus: Campus, clock: Clock, channel: LocalChat) -> UsualBot:
        """Opens the file with the same care for durability as the store."""
        connection = await aiosqlite.connect(path, isolation_level=None)
        for pragma in _PRAGMAS:
            await connection.execute(f"PRAGMA {pragma}")
        return cls(connection, campus, clock, channel)

    async def close(self) -> None:
        """Lets go of the file."""
        await self._file.close()

    async def serve(self, updates: Sequence[RawUpdate], waiting: int) -> list[float]:
        """`waiting` handlers at once, each with its own message; seconds each message took."""
        left, took = iter(updates), list[float]()
        async with asyncio.TaskGroup() as handlers:
            for _ in range(waiting):
                handlers.create_task(self._handler(left, took))
        return took

    async def _handler(self, left: Iterator[RawUpdate], took: list[float]) -> None:
        for update in left:
            began_s = time.perf_counter()
            await self.handle(update)
            took.append(time.perf_counter() - began_s)

    async def handle(self, update: RawUpdate) -> None:
        """One message, one transaction."""
        message = self._channel.read(update)
        # A connection has one transaction at a time: handlers queue here, as they do in every such bot.
        async with self._transaction:
            await self._file.execute("BEGIN IMMEDIATE")
            try:
                await self._handle(update, message)
            except BaseException:
                await self._file.execute("ROLLBACK")
                raise
            await self._file.execute("COMMIT")

    # Inside one transaction -----------------------------------------------------------------------

    async def _handle(self, update: RawUpdate, message: IncomingMessage) -> None:
        now_ms = to_ms(self._clock.now())
        received = await self._file.execute(
            "INSERT INTO inbox (key, chat_id, payload, received_ms) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (update.key, update.chat_id, update.payload, now_ms),
        )
        if not received.rowcount:
            return
        order = await self._place(message)
        words = await self._receipt(order)
        await self._run(
            "INSERT INTO outgoing (key, chat_id, priority, text, buttons, reply_to, board, created_ms, brief)"
            " VALUES (?, ?, 1, ?, ?, ?, '', ?, ?)",
            (
                f"{message.key}>reply",
                message.chat_id,
                words,
                buttons_to_json(receipt_buttons(order, LANGUAGE, is_private=False)),
                message.key,
                now_ms,
                "" if message.action else brief(order, LANGUAGE, "receipt_placed_brief"),
            ),
        )
        await self._run("UPDATE inbox SET state = 'handled', handled_ms = ? WHERE id = ?", (now_ms, received.lastrowid))

    async def _place(self, message: IncomingMessage) -> Order:
        chat = await self._one("SELECT building_id, is_group, language FROM chats WHERE id = ?", (message.chat_id,))
        person = await self._one("SELECT name, building_id, room FROM people WHERE id = ?", (message.person_id,))
        await self._all("SELECT role, scope FROM roles WHERE person_id = ?", (message.person_id,))
        mode, epoch = await self._one("SELECT mode, epoch FROM mode_changes ORDER BY id DESC LIMIT 1", ())
        assert mode == Mode.EMERGENCY.value
        wish = await self._wish(message, chat[0], person[2])
        assert next_question(wish, self._campus.index, SETTINGS.orders.confirm) is None
        if await self._all("SELECT id FROM orders WHERE key = ?", (message.key,)):
            raise AssertionError(f"{message.key} was ordered before")
        lines = price(wish.lines, self._campus.catalog)
        await self._reserve(lines)
        order = await self._numbered(message, wish, lines, epoch)
        await self._insert(order)
        return order

    async def _wish(self, message: IncomingMessage, building_id: str, room: str) -> Wish:
        if message.action:
            place = (message.chat_id, message.person_id)
            (body,) = await self._one(
                "SELECT body FROM drafts WHERE chat_id = ? AND person_id = ? AND kind = 'cart'", place
            )
            await self._run("DELETE FROM drafts WHERE chat_id = ? AND person_id = ? AND kind = 'cart'", place)
            return Wish(
                lines=cart_from_json(orjson.loads(body)).wanted, room=room, building_id=building_id, is_confirmed=True
            )
        place = (message.chat_id, message.person_id)
        await self._all("SELECT body FROM drafts WHERE chat_id = ? AND person_id = ? AND kind = 'question'", place)
        return wish_of(read(message.text, self._campus.index, building_id), building_id, room)

    async def _reserve(self, lines: Sequence[OrderLine]) -> None:
        for line in lines:
            taken = await self._run(
                "UPDATE stock SET sold = sold + :quantity, changed_ms = :now_ms, revision = revision + 1"
                " WHERE item_id = :item_id AND is_stopped = 0 AND (supply IS NULL OR sold + :quantity <= supply)",
                {"quantity": line.quantity, "now_ms": to_ms(self._clock.now()), "item_id": line.item_id},
            )
            if not taken.rowcount:
                raise SoldOut(line.item_id)

    async def _numbered(self, message: IncomingMessage, wish: Wish, lines: tuple[OrderLine, ...], epoch: int) -> Order:
        assert wish.building_id is not None
        number, store = await self._one(
            "INSERT INTO order_numbers (epoch, building_id, last) VALUES (?, ?, 1)"
            " ON CONFLICT (epoch, building_id) DO UPDATE SET last = last + 1"
            " RETURNING last, (SELECT store_id FROM store_identity)",
            (epoch, wish.building_id),
        )
        order_id = OrderId(f"{store}-{epoch}-{wish.building_id}-{number}")
        order = Order(
            id=order_id,
            key=message.key,
            epoch=epoch,
            building_id=BuildingId(wish.building_id),
            number=number,
            chat_id=message.chat_id,
            person_id=message.person_id,
            person_name=message.person_name,
            room=wish.room or "",
            state=OrderState.PLACED,
            lines=lines,
            total_fen=total_fen(lines),
            snapshot_version=self._campus.catalog.version,
            pickup_code=pickup_code(order_id),
            placed_at=self._clock.now(),
        )
        return replace(order, note=wish.note) if wish.note else order

    async def _insert(self, order: Order) -> None:
        placed_ms = to_ms(order.placed_at)
        await self._run(
            "INSERT INTO orders (id, key, epoch, building_id, number, chat_id, person_id, person_name, room, state,"
            " total_fen, fees_fen, paid, snapshot_version, pickup_code, note, content_hash, placed_ms, changed_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                order.id,
                order.key,
                order.epoch,
                order.building_id,
                order.number,
                order.chat_id,
                order.person_id,
                order.person_name,
                order.room,
                order.state.value,
                order.total_fen,
                order.fees_fen,
                order.paid,
                order.snapshot_version,
                order.pickup_code,
                order.note,
                content_hash(order),
                placed_ms,
                placed_ms,
            ),
        )
        for number, line in enumerate(order.lines, start=1):
            options = orjson.dumps(line.options).decode()
            await self._run(
                "INSERT INTO order_lines (order_id, line, item_id, merchant_id, name, quantity, options,"
                " unit_price_fen, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (order.id, number, line.item_id, line.merchant_id, line.name, line.quantity, options,
                 line.unit_price_fen, line.note),
            )  # fmt: skip
        await self._run(
            "INSERT INTO order_history (order_id, step, kind, by, at_ms) VALUES (?, 1, 'order.placed', ?, ?)",
            (order.id, order.person_id, placed_ms),
        )
        await self._run(
            "INSERT INTO outbox (key, epoch, order_id, kind, body, at_ms) VALUES (?, ?, ?, 'order.placed', ?, ?)",
            (order.key, order.epoch, order.id, orjson.dumps(placed_body(order)).decode(), placed_ms),
        )

    async def _receipt(self, order: Order) -> str:
        name, pickup_place = await self._one(
            "SELECT name, pickup_place FROM buildings WHERE id = ?", (order.building_id,)
        )
        return text(
            LANGUAGE,
            "receipt_placed",
            number=order.label,
            lines=lines_text(order.lines, LANGUAGE),
            total=yuan(order.total_fen),
            room=order.room or text(LANGUAGE, "room_none"),
            place=pickup_place or text(LANGUAGE, "pickup_downstairs", building=name),
            code=describe(order.pickup_code, LANGUAGE),
            note=text(LANGUAGE, "receipt_note", note=order.note) if order.note else "",
        )

    async def _run(self, sql: str, parameters: Any) -> aiosqlite.Cursor:
        return await self._file.execute(sql, parameters)

    async def _one(self, sql: str, parameters: Any) -> Any:
        async with self._file.execute(sql, parameters) as cursor:
            return await cursor.fetchone()

    async def _all(self, sql: str, parameters: Any) -> list[Any]:
        async with self._file.execute(sql, parameters) as cursor:
            return list(await cursor.fetchall())
