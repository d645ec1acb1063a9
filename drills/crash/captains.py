"""Captains who paste their building's list again and again while the service is killed: it grows by a line or two."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Sequence

from core.catalog import Item
from drills.crash.people import Ledger
from drills.crash.private_orders import Unanswered
from drills.demo_phones import Member, Phones

#: A line of the receipt: number and name.
_LINE = re.compile(r"^(#\w+-\d{3,}) (\S+?)：", re.MULTILINE)
_PAUSE_S = 0.4
_STEMS = "甲乙丙丁戊己庚辛壬癸"
#: Lines of one list; a building's evening has no more.
_LONGEST = 40


def captain_of(building_id: str) -> str:
    """The name of whoever speaks for a building."""
    return f"captain-{building_id}"


class Captain:
    """One building's list in one outage."""

    def __init__(self, chat: Phones, building_id: str, chance: random.Random, *, silence_s: float) -> None:
        """`silence_s`: an answer takes no longer."""
        self._chat, self._chance, self._silence_s = chat, chance, silence_s
        self._member = Member(captain_of(building_id), "楼长")
        self._lines: list[str] = []
        #: name → the number its receipt gave
        self._numbers: dict[str, str] = {}

    async def relay(self, ledger: Ledger, menu: Sequence[Item], goes_on: Callable[[], bool]) -> None:
        """Until told to stop, and once more then; returns only with every paste answered. Raises: Unanswered."""
        while goes_on():
            await asyncio.sleep(self._chance.random() * _PAUSE_S)
            for _ in range(self._chance.choice((0, 1, 1, 2)) if len(self._lines) < _LONGEST else 0):
                self._join(self._chance.choice(menu))
            if self._lines:
                await self._paste(ledger)
        self._join(self._chance.choice(menu))
        await self._paste(ledger)

    def _join(self, item: Item) -> None:
        number = len(self._lines) + 1
        self._lines.append(f"{number}. {_name(number)} {item.name}1份 {300 + number}")

    async def _paste(self, ledger: Ledger) -> None:
        ledger.pastes += 1
        words = "\n".join(("#接龙", *self._lines))
        said = await self._chat.say(self._member, self._member.private_room, words)
        reply = await self._chat.answer(said, self._silence_s)
        if reply is None:
            raise Unanswered(f"{said.key}: a list of {len(self._lines)} lines")
        for label, name in _LINE.findall(reply.text):
            if self._numbers.setdefault(name, label) != label:
                ledger.doubled_lines.append(f"{name} of {self._member.name} got {self._numbers[name]} and {label}")
            ledger.hold(label)


def _name(number: int) -> str:
    """Without digits: those before a name may be its room."""
    return f"{_STEMS[number // 10]}{_STEMS[number % 10]}同学"
