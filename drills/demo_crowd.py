"""The students and captains of a drill: they type what the campus day says, answer questions, keep their receipts."""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.directory import Building
from core.ids import BuildingId
from core.texts import text
from drills.demo_phones import Bubble, Member, Phones, Said
from drills.invariants import Receipt
from drills.twin_campus import CampusMessage

#: A fresh store begins with this epoch, and a demo has one outage.
EPOCH = 1
_QUESTIONS = 4  # asked of one order, at most
_MONEY = "¥"
_LABEL = re.compile(r"#[\w-]+-\d{3,}")
_CODE_WORD = 5  # characters before a pickup code, enough to know that one follows
_LIST_LINE = re.compile(r"(?:✎ )?(#[\w-]+-\d{3,}) ")


@dataclass(frozen=True, slots=True)
class Promise:
    """What the bot said about an order: its number, content, total and pickup code."""

    label: str
    #: the receipt itself, with the pickup code
    first_text: str
    #: the latest word on what it comes to
    text: str
    heard_s: float
    #: a receipt said in one line with others leaves the pickup code for the private chat
    has_code: bool


class Crowd:
    """Everybody who orders."""

    def __init__(self, chat: Phones, language: str, buildings: Sequence[Building]) -> None:
        """`language`: what the rooms speak."""
        self._chat = chat
        self._buildings: Mapping[BuildingId, Building] = {building.id: building for building in buildings}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._receipt_begins = text(
            language, "receipt_placed", number="\0", lines="", total="", room="", note="", place="", code=""
        ).partition("\0")[0]
        self._code_word = text(
            language, "relay_line_placed", number="", name="", items="", total="", room="", code="\0"
        ).partition("\0")[0][-_CODE_WORD:]
        self._ask_home = text(language, "ask_home", example="\0").partition("\0")[0]
        self._ask_room = text(language, "ask_room")
        self._on_lists: set[tuple[BuildingId, str]] = set()
        #: numbers of orders that were told in one line among others
        self._briefs: set[str] = set()
        self._typed = 0
        #: one for every order number somebody was given
        self.receipts: dict[str, Receipt] = {}
        self.promises: dict[str, Promise] = {}
        #: orders the bot answered without storing them: sold out, or not to be had
        self.told_no = 0
        #: orders that were met with silence: taken for talk
        self.unheard = 0
        #: messages said so far
        self.said = 0

    @property
    def orders_sent(self) -> int:
        """Orders asked for: those typed, and every person on a list."""
        return self._typed + len(self._on_lists)

    @property
    def listed(self) -> int:
        """Orders that came of lists."""
        return sum(not receipt.key for receipt in self.receipts.values()) - len(self._briefs)

    @property
    def first_receipt_s(self) -> float:
        """When the first receipt was heard, monotonic."""
        return min((promise.heard_s for promise in self.promises.values()), default=0.0)

    async def live(self, day: Sequence[CampusMessage], on_said: Callable[[], None]) -> None:
        """Plays a day in real time; returns when every order in it was answered. Raises: TalkRefused."""
        began_s = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for message in day:
                await asyncio.sleep(max(0.0, began_s + message.at_s - time.monotonic()))
                tasks.create_task(self._act(message, on_said))

    def is_receipt(self, reply: Bubble) -> bool:
        """Whether the bot says that it has stored an order."""
        # In English the answer to a list begins with the same word, but no number follows.
        words, begins = reply.text, self._receipt_begins
        return _is_brief(words) or (words.startswith(begins) and _LABEL.match(words, len(begins)) is not None)

    async def order(self, student: Member, building_id: str, words: str) -> Bubble | None:
        """One order typed into a building's group; the bot's last word on it."""
        self._typed += 1
        reply = await self._converse(student, f"building-{building_id}", words, _Home(building_id, ""))
        self._count(reply)
        return reply

    async def _act(self, message: CampusMessage, on_said: Callable[[], None]) -> None:
        author = Member(message.person_id.partition(":")[2], message.person_name)
        room = author.private_room if message.chat == "private" else f"building-{message.building_id}"
        # Everybody finishes one thing before the next: nobody cancels what was not taken yet.
        async with self._turns[author.name]:
            self.said += 1
            if message.people:
                self._on_lists |= {(message.building_id, person.name) for person in message.people}
            elif message.is_order:
                self._typed += 1
            if message.kind in ("chatter", "question"):
                await self._chat.say(author, room, message.text)
            else:
                home = _Home(self._buildings[message.building_id].name, message.room or "")
                reply = await self._converse(author, room, message.text, home)
                if message.kind == "order":
                    self._count(reply)
        on_said()

    def _count(self, reply: Bubble | None) -> None:
        if reply is None:
            self.unheard += 1
        elif not self.is_receipt(reply):
            self.told_no += 1

    async def _converse(self, author: Member, room: str, words: str, home: _Home) -> Bubble | None:
        first = said = await self._chat.say(author, room, words)
        for _ in range(_QUESTIONS):
            reply = await self._chat.answer(said)
            if reply is None:
                return None
            self._file(first, reply)
            choices = [action for _, action in reply.buttons if action.startswith("order:q:")]
            if reply.text.startswith(self._ask_home):
                said = await self._chat.say(author, room, f"{home.building}{home.room or '楼下'}")
            elif reply.text == self._ask_room and home.room:
                said = await self._chat.say(author, room, home.room)
            elif choices:
                said = await self._chat.press(author, reply, choices[0])
            else:
                return reply
        return reply

    def _file(self, wish: Said, reply: Bubble) -> None:
        """Keeps what the reply promises; an order belongs to the message that first asked for it."""
        if self.is_receipt(reply) and (found := _LABEL.search(reply.text)):
            # In a line among others people are called by their names, which may be the same.
            is_brief = _is_brief(reply.text)
            if is_brief:
                self._briefs.add(found[0])
            self._keep(Receipt("" if is_brief else wish.key, found[0], EPOCH), reply.text, reply.heard_s)
            return
        for line in reply.text.splitlines():
            if found := _LIST_LINE.match(line):
                # A list's order is called by the person's name too: only its number is known for sure.
                self._keep(Receipt("", found[1], EPOCH), line, reply.heard_s)
        labels = _LABEL.findall(reply.text)
        if len(labels) == 1 and labels[0] in self.promises and _MONEY in reply.text:
            self.promises[labels[0]] = replace(self.promises[labels[0]], text=reply.text)

    def _keep(self, receipt: Receipt, words: str, heard_s: float) -> None:
        self.receipts.setdefault(receipt.label, receipt)
        known = self.promises.get(receipt.label)
        self.promises[receipt.label] = (
            replace(known, text=words)
            if known
            else Promise(receipt.label, words, words, heard_s, self._code_word in words)
        )


def _is_brief(words: str) -> bool:
    """One line that says an order was stored; a list's answer has a heading."""
    return "\n" not in words and words.startswith("#") and _LIST_LINE.match(words) is not None


@dataclass(frozen=True, slots=True)
class _Home:
    """Where somebody lives, as they would type it."""

    building: str
    room: str
