"""What a raw update of a lunch hour costs from the vendor's JSON to a durable decision, beside two bare handlers.

The bare ones store nothing and decide nothing: python-telegram-bot and aiogram parse the same updates and call an
empty handler.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import orjson

from core.mode import Mode
from drills.bench.figure import Figure, each, ratio, take_turns
from drills.bench.telegram_campus import TelegramCampus, telegram_campus
from drills.telegram_double.double import BOT_TOKEN
from drills.telegram_double.room import Room
from watch.system_clock import SystemClock

_WAITS = "SELECT EXISTS (SELECT 1 FROM inbox WHERE state = 'waiting')"
ROUNDS, A_ROUND, A_BATCH = 7, 2_000, 100
#: of a hundred updates so many are talk, presses, orders
TALK, PRESSES = 80, 15
_TALK = (
    "有人去打球吗",
    "明天的课改到下午了",
    "@小李 你的快递我拿了",
    "哈哈哈哈哈",
    "谁的伞落在一楼了",
    "今天好热啊",
    "作业第三题怎么写",
    "宿舍几点断电来着",
)


async def measure_raw() -> list[Figure]:
    """Updates a second on one core, ours and the bare handlers' in turn."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
            async with telegram_campus(Path(folder), SystemClock(), mode=Mode.EMERGENCY) as campus:
                rates = await _rates(campus)
    finally:
        os.sched_setaffinity(0, cores)
    detail = each("/s", **rates)
    return [
        Figure(
            name="raw Telegram updates to durable decisions, one core",
            value=median(rates["ours"]),
            target=2_000,
            unit="/s",
            detail=detail,
        ),
        *(
            Figure(
                name=f"… beside {name} that parses, calls an empty handler and stores nothing",
                value=ratio(rates["ours"], rates[who]),
                target=target,
                unit="× bare",
            )
            for who, name, target in (("ptb", "python-telegram-bot", 0.2), ("aiogram", "aiogram", 0.2))
        ),
    ]


async def _rates(campus: TelegramCampus) -> dict[str, list[float]]:
    rounds = [_lunch(campus, number) for number in range(ROUNDS + 1)]
    bare: dict[str, _Bare] = {"ptb": _Ptb(), "aiogram": _Aiogram()}
    serving = asyncio.create_task(campus.desk.run())

    async def ours(number: int) -> float:
        began_s = time.perf_counter()
        for batch in rounds[number]:
            # As python-telegram-bot hands the vendor's answer to us.
            await campus.channel.receive(json.loads(batch)["result"])
        await _decided(campus)
        return A_ROUND / (time.perf_counter() - began_s)

    async def of(who: str, number: int) -> float:
        began_s = time.perf_counter()
        for batch in rounds[number]:
            await bare[who].serve(batch)
        return A_ROUND / (time.perf_counter() - began_s)

    async def ptb(number: int) -> float:
        return await of("ptb", number)

    async def aiogram(number: int) -> float:
        return await of("aiogram", number)

    try:
        for warm in (ours, ptb, aiogram):
            await warm(ROUNDS)
        rates = await take_turns(ROUNDS, ours=ours, ptb=ptb, aiogram=aiogram)
    finally:
        serving.cancel()
        await asyncio.wait([serving])
    (placed,) = (await campus.store.read_all("SELECT count(*) FROM orders"))[0]
    wanted = (ROUNDS + 1) * A_ROUND * (100 - TALK - PRESSES) // 100
    if placed != wanted or any(handler.count != (ROUNDS + 1) * A_ROUND for handler in bare.values()):
        raise NotTheSame(f"{placed} of {wanted} orders placed; {[handler.count for handler in bare.values()]} handled")
    return rates


async def _decided(campus: TelegramCampus) -> None:
    """Returns when nothing waits in the inbox: whatever was received is decided, and durable."""
    while (await campus.store.read_all(_WAITS))[0][0]:  # noqa: ASYNC110 (the store is asked, nobody rings)
        await asyncio.sleep(0.001)


class NotTheSame(Exception):
    """The contenders did not all see to every update."""


class _Bare(Protocol):
    count: int

    async def serve(self, batch: bytes) -> None: ...


class _Ptb:
    """python-telegram-bot as its examples use it, without its network."""

    def __init__(self) -> None:
        from telegram.ext import Application, CallbackQueryHandler, MessageHandler, filters

        self.count = 0
        self._application = Application.builder().token(BOT_TOKEN).updater(None).build()
        self._application._initialized = True  # initialising asks the vendor who the bot is
        self._application.add_handler(MessageHandler(filters.ALL, self._handle))
        self._application.add_handler(CallbackQueryHandler(self._handle))

    async def _handle(self, update: Any, context: Any) -> None:
        self.count += 1

    async def serve(self, batch: bytes) -> None:
        """Parses and dispatches a batch."""
        from telegram import Update

        for body in json.loads(batch)["result"]:
            update = Update.de_json(body, self._application.bot)
            await self._application.process_update(update)


class _Aiogram:
    """aiogram as its examples use it, without its network."""

    def __init__(self) -> None:
        from aiogram import Bot, Dispatcher

        self.count = 0
        self._bot, self._dispatcher = Bot(BOT_TOKEN), Dispatcher()
        self._dispatcher.message.register(self._handle)
        self._dispatcher.callback_query.register(self._handle)

    async def _handle(self, event: Any) -> None:
        self.count += 1

    async def serve(self, batch: bytes) -> None:
        """Parses and dispatches a batch."""
        for body in json.loads(batch)["result"]:
            await self._dispatcher.feed_raw_update(self._bot, body)


def _lunch(campus: TelegramCampus, number: int) -> Sequence[bytes]:
    """One round's answers of the vendor, as bytes: everybody in it is new, so that nobody orders twice."""
    chance = random.Random(number)
    kinds = ["talk"] * TALK + ["press"] * PRESSES + ["order"] * (100 - TALK - PRESSES)
    groups, batches = list(campus.groups.values()), list[bytes]()
    for start in range(number * A_ROUND, (number + 1) * A_ROUND, A_BATCH):
        chance.shuffle(kinds)
        updates = [
            _update(kind, start + place, campus, chance.choice(groups), chance) for place, kind in enumerate(kinds)
        ]
        batches.append(orjson.dumps({"ok": True, "result": updates}))
    return batches


def _update(kind: str, number: int, campus: TelegramCampus, room: Room, chance: random.Random) -> dict[str, Any]:
    chat = {"id": room.id, "type": "supergroup", "title": room.chat.title}
    author = {
        "id": 600_000_000 + number,
        "is_bot": False,
        "first_name": "同学",
        "last_name": str(number),
        "username": f"student{number}",
        "language_code": "zh-hans",
    }
    if kind == "press":
        below = {
            "message_id": 3,
            "date": 1_760_000_000,
            "chat": chat,
            "from": {
                "id": campus.double.world.bot.id,
                "is_bot": True,
                "first_name": "应急点餐",
                "username": "fallback_bot",
            },
            "text": "■ 应急接单中",
            "reply_markup": {"inline_keyboard": [[{"text": "看菜单", "callback_data": "order:menu:"}]]},
        }
        press = {"id": str(number), "from": author, "message": below, "chat_instance": "9", "data": "order:menu:"}
        return {"update_id": number, "callback_query": press}
    words = chance.choice(_TALK)
    if kind == "order":
        words = f"{chance.choice(campus.dishes)}一份 {number % 8 + 1}{number % 20 + 1:02d}"
    message = {"message_id": 10 + number, "date": 1_760_000_000, "chat": chat, "from": author, "text": words}
    return {"update_id": number, "message": message}
