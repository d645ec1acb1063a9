"""Everybody who goes on using the bot while it is killed, and what each was promised."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.catalog import Item
from drills.crash.door import Door
from drills.crash.private_orders import PrivateOrders, Tally, Unanswered
from drills.demo_phones import Bubble, Member, Phones, Said
from drills.invariants import Receipt

#: A receipt of its own, or its line in a message to several.
_PLACED = re.compile(r"(?:已记下 |^)(#[\w]+-\d{3,})")
_CANCELLED = re.compile(r"已取消 (#[\w]+-\d{3,})")
_PAUSE_S = 0.25
_CANCELS = 0.15


@dataclass(slots=True)
class Ledger:
    """What people saw with their own eyes."""

    epoch: int = 0
    receipts: list[Receipt] = field(default_factory=list)
    #: (epoch, label) of orders that were called off, and confirmed so
    cancelled: set[tuple[int, str]] = field(default_factory=set)
    #: messages sent, edits made, courier steps done
    sent: int = 0
    edits: int = 0
    steps: int = 0
    #: orders a person was told cannot be had: sold out, stopped, or no longer taken
    declined: int = 0
    #: (epoch, item id) → the most portions a merchant ever allowed
    offered: dict[tuple[int, str], int] = field(default_factory=dict)
    #: (epoch, label) → dish → portions, as the cart on the screen said when it was ordered
    carts: dict[tuple[int, str], dict[str, int]] = field(default_factory=dict)
    #: one cart that became several orders
    doubled_carts: list[str] = field(default_factory=list)
    alone: Tally = field(default_factory=Tally)
    #: lists that captains pasted; lines of one list that became several orders
    pastes: int = 0
    doubled_lines: list[str] = field(default_factory=list)

    def hold(self, label: str) -> None:
        """Somebody holds a receipt that does not say what it answers; a number that was seen before is no news."""
        if all((known.epoch, known.label) != (self.epoch, label) for known in self.receipts):
            self.receipts.append(Receipt("", label, self.epoch))


@dataclass(frozen=True, slots=True)
class Kitchen:
    """A merchant with a sheet, and the dish they count by hand."""

    sheet: str
    item: Item


class Student:
    """Orders one thing after the other, and now and then calls one off."""

    def __init__(
        self,
        chat: Phones,
        name: str,
        building: str,
        room: str,
        chance: random.Random,
        *,
        silence_s: float,
        private: float,
        alone: Tally | None = None,
    ) -> None:
        """`building`: its id, and where the student lives, in `room`; `silence_s`: an answer takes no longer;
        `private`: the share of orders made alone with the bot; `alone`: counts them where a screen has to be read,
        because answers there do not say what they answer; half of them are carts.
        """
        self._chat, self._chance, self._silence_s, self._private = chat, chance, silence_s, private
        self._member = Member(name, f"同学{name[-2:]}")
        self._alone = None if alone is None else PrivateOrders(chat, self._member, chance, silence_s, alone)
        self._building, self._room = building, room
        self._has_home = False

    async def order(self, ledger: Ledger, menu: Sequence[Item], goes_on: Callable[[], bool]) -> None:
        """Until told to stop; returns only with every message answered. Raises: Unanswered."""
        if self._alone is not None:
            self._alone.numbers()  # those of an earlier outage are no news
        while goes_on():
            await asyncio.sleep(self._chance.random() * _PAUSE_S)
            is_private = self._has_home and self._chance.random() < self._private
            await self._order_one(ledger, self._chance.choice(menu), is_private=is_private)
        if self._alone is not None:
            await self._alone.rest()
            self._hold(self._alone, ledger)

    async def ask_late(self, ledger: Ledger, menu: Sequence[Item], goes_on: Callable[[], bool]) -> None:
        """Orders while the intake is closed, alone with the bot: the answer is a polite no, or a receipt."""
        while goes_on() and self._has_home:
            await asyncio.sleep(_PAUSE_S)
            if self._alone is not None:
                await self._order_typed(self._alone, ledger, self._chance.choice(menu))
            else:
                await self._order_one(ledger, self._chance.choice(menu), is_private=True)

    async def _order_one(self, ledger: Ledger, item: Item, *, is_private: bool) -> None:
        if is_private and self._alone is not None:
            await self._order_alone(self._alone, ledger, item)
            return
        room = self._member.private_room if is_private else f"building-{self._building}"
        words = f"{item.name}{self._chance.choice((1, 1, 2))}份 {self._room}"
        ledger.sent += 1
        said = await self._chat.say(self._member, room, words)
        reply = await self._answer(said)
        if reply is None:
            raise Unanswered(f"{said.key}: {words}")
        placed = _PLACED.search(reply.text)
        if placed is None:
            ledger.declined += 1
            return
        self._has_home = True
        ledger.receipts.append(Receipt(said.key, placed[1], ledger.epoch))
        undo = next((action for _, action in reply.buttons if action.startswith("order:undo:")), None)
        if undo is not None and self._chance.random() < _CANCELS:
            pressed = await self._chat.press(self._member, reply, undo)
            answer = await self._answer(pressed)
            if answer is None:
                raise Unanswered(f"{pressed.key}: {undo}")
            if done := _CANCELLED.search(answer.text):
                ledger.cancelled.add((ledger.epoch, done[1]))

    async def _order_alone(self, alone: PrivateOrders, ledger: Ledger, item: Item) -> None:
        if self._chance.random() < 0.5:
            await self._order_typed(alone, ledger, item)
            return
        ledger.sent += 1
        self._hold(alone, ledger)
        numbers, portions = await alone.by_tapping(item)
        for number in numbers:
            ledger.hold(number)
            ledger.carts[ledger.epoch, number] = portions
        if len(numbers) > 1:
            ledger.doubled_carts.append(f"one cart of {self._member.name} became {', '.join(numbers)}")
        ledger.declined += not numbers
        self._hold(alone, ledger)

    async def _order_typed(self, alone: PrivateOrders, ledger: Ledger, item: Item) -> None:
        ledger.sent += 1
        self._hold(alone, ledger)
        await alone.by_typing(f"{item.name}{self._chance.choice((1, 1, 2))}份 {self._room}")
        numbers = alone.numbers()
        for number in numbers:
            ledger.hold(number)
        ledger.declined += not numbers

    @staticmethod
    def _hold(alone: PrivateOrders, ledger: Ledger) -> None:
        """What was said later than it was waited for is held as well."""
        for number in alone.numbers():
            ledger.hold(number)

    async def _answer(self, said: Said) -> Bubble | None:
        """However often the bot is away meanwhile."""
        ends_s = time.monotonic() + self._silence_s
        while (reply := await self._chat.answer(said, self._silence_s)) is None and time.monotonic() < ends_s:
            continue
        return reply


class Merchant:
    """Edits one dish in the sheet page: its supply goes up in small steps, its sale stops and goes on."""

    def __init__(self, door: Door, kitchen: Kitchen, chance: random.Random) -> None:
        """`kitchen`: whose sheet it is."""
        self._door, self._kitchen, self._chance = door, kitchen, chance
        self._count = 0

    async def open(self, ledger: Ledger) -> None:
        """The first word of the day, before anybody orders."""
        await self._offer(ledger, 6)

    async def edit(self, ledger: Ledger, goes_on: Callable[[], bool]) -> None:
        """Until told to stop; leaves the dish on sale."""
        while goes_on():
            await asyncio.sleep(self._chance.random() * 2 * _PAUSE_S)
            if self._chance.random() < 0.3:
                await self._set(ledger, "is_stopped", "1")
                await self._set(ledger, "is_stopped", "0")
            else:
                await self._offer(ledger, ledger.offered[ledger.epoch, self._kitchen.item.id] + 3)

    async def _offer(self, ledger: Ledger, portions: int) -> None:
        # Counted before it is sent: a try whose answer is lost may have counted as well.
        ledger.offered[ledger.epoch, self._kitchen.item.id] = portions
        await self._set(ledger, "supply", str(portions))

    async def _set(self, ledger: Ledger, field_name: str, value: str) -> None:
        self._count += 1
        key = f"{self._kitchen.item.id}-{ledger.epoch}-{self._count}"
        form = {"field": field_name, "value": value, "item": self._kitchen.item.id, "key": key}
        status = await self._door.submit(self._kitchen.sheet, form)
        if status >= 400:
            raise Unanswered(f"the sheet answered {status} to {form}")
        ledger.edits += 1


class Courier:
    """Takes, picks up and delivers what people hold receipts for."""

    def __init__(self, door: Door, queue: str, chance: random.Random) -> None:
        """`queue`: the path of the queue page."""
        self._door, self._queue, self._chance = door, queue, chance

    async def work(self, ledger: Ledger, goes_on: Callable[[], bool]) -> None:
        """Until told to stop. A step that was done or undone meanwhile is refused, and that is fine."""
        while goes_on():
            await asyncio.sleep(self._chance.random() * _PAUSE_S)
            current = [receipt for receipt in ledger.receipts[-40:] if receipt.epoch == ledger.epoch]
            if not current:
                continue
            building, _, number = self._chance.choice(current).label.removeprefix("#").rpartition("-")
            reference = f"{ledger.epoch}.{building}.{int(number)}"
            for step in ("take", "pick_up", "deliver"):
                if not goes_on():
                    break
                form = {"step": step, "orders": reference, "building": building}
                ledger.steps += await self._door.submit(self._queue, form) < 400
