"""The people of a drill in Telegram: accounts and groups of the double, and answers found where Telegram shows them."""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from core.directory import Building
from core.texts import LANGUAGES, text
from drills.demo_phones import Bubble, Member, Phones, Said, TalkRefused
from drills.telegram_double.process import ActRefused, TelegramProcess

_LOOK_S = 20.0  # one look at the journal waits this long for news
_BRIEF = re.compile(r"(?:✎ )?#[\w-]+-\d{3,} (?P<name>.+?)(?:：|: )")


@dataclass(slots=True)
class _Asked:
    """A message or press that the bot may still answer."""

    key: str
    chat_id: int
    #: the message typed, or the one whose button was pressed
    message_id: int
    author: str
    is_press: bool
    replies: list[Bubble] = field(default_factory=list)
    #: what only the presser saw
    toast: Bubble | None = None


class TelegramPhones(Phones):
    """`async with TelegramPhones(process, …) as chat`; `furnish` makes people and groups before the bot is started."""

    #: a group hears at most 20 messages a minute: an answer may wait, or come in one with others
    silence_s = 15.0

    def __init__(self, telegram: TelegramProcess, *, language: str, platform: str) -> None:
        """`language` and `platform`: what notices are written in and about."""
        super().__init__()
        self._telegram = telegram
        self._receipt_begins = LANGUAGES[language]["receipt_placed"].partition("{")[0]
        self._notice_begins = text(language, "notice_title_opened", platform=platform)
        self._tasks = asyncio.TaskGroup()
        self._accounts: dict[str, int] = {}
        self._account_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._started: set[str] = set()
        self._rooms: dict[str, int] = {}
        self._asked: dict[str, _Asked] = {}
        #: chat → what the bot said there last
        self._last_words: dict[int, str] = {}

    async def __aenter__(self) -> Self:
        """Everybody looks at their phone."""
        await self._tasks.__aenter__()
        self._reading = self._tasks.create_task(self._read_journal())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """And puts it away."""
        self._reading.cancel()
        await self._tasks.__aexit__(kind, error, trace)

    # -- before the bot runs --------------------------------------------------------------------------------

    async def account(self, member: Member) -> int:
        """Their Telegram id, made when they are first heard of."""
        async with self._account_locks[member.name]:
            if member.name not in self._accounts:
                self._accounts[member.name] = await self._telegram.new_person(member.shown)
                self._rooms[member.private_room] = self._accounts[member.name]
            return self._accounts[member.name]

    async def furnish(self, admin: Member, buildings: Sequence[Building]) -> None:
        """A group for every building, where the bot is an admin but does not know yet which building it is."""
        owner = await self.account(admin)
        for building in buildings:
            self._rooms[f"building-{building.id}"] = await self._telegram.new_group(building.name, [owner])

    # -- talking --------------------------------------------------------------------------------------------

    async def enter(self, admin: Member, buildings: Sequence[Building], timeout_s: float) -> list[str]:
        """An admin binds every group to its building and waits until the bot says so."""
        ends_s = time.monotonic() + timeout_s
        bound: list[str] = []
        await self._start(admin)
        for building in buildings:
            room = f"building-{building.id}"
            while time.monotonic() < ends_s:
                # Until the snapshot is there the bot knows no building, and says so.
                reply = await self.answer(await self.say(admin, room, f"/bind {building.name}"))
                if reply is not None and building.name in reply.text and "/bind" not in reply.text:
                    bound.append(room)
                    break
                await asyncio.sleep(1.0)
        return bound

    async def say(self, author: Member, room: str, text: str) -> Said:
        """Types it; whoever never wrote to the bot alone presses Start first. Raises: TalkRefused."""
        if room == author.private_room:
            await self._start(author)
        made = await self._act("types", person=await self.account(author), chat=self._rooms[room], text=text)
        return self._note(author, room, text, f"telegram:{self._rooms[room]}:{made['id']}")

    async def press(self, author: Member, bubble: Bubble, action: str) -> Said:
        """Presses the button, which the phone may show a moment longer than the bot does. Raises: TalkRefused."""
        chat_id, presser = self._rooms[bubble.room], await self.account(author)
        made = await self._act("sends_data", person=presser, chat=chat_id, message=bubble.id, data=action)
        return self._note(author, bubble.room, action, f"telegram:{chat_id}:cb{made['press_id']}")

    async def answer(self, said: Said, silence_s: float | None = None) -> Bubble | None:
        """The first answer; a toast is one only when nothing else follows it."""
        return await super().answer(said, silence_s) or self._asked[said.key].toast

    def toast(self, said: Said) -> str:
        """See Phones."""
        found = self._asked[said.key].toast
        return found.text if found else ""

    async def _start(self, member: Member) -> None:
        account_id = await self.account(member)
        if member.name in self._started:
            return
        self._started.add(member.name)
        made = await self._act("starts", person=account_id)
        await self.answer(self._note(member, member.private_room, "/start", f"telegram:{account_id}:{made['id']}"))

    async def _act(self, verb: str, **fields: Any) -> Mapping[str, Any]:
        try:
            return await self._telegram.act(verb, **fields)
        except ActRefused as refusal:
            raise TalkRefused(str(refusal)) from None

    def _note(self, author: Member, room: str, text: str, key: str) -> Said:
        said = Said(author, room, text, "", key, tries=1, acknowledged_s=time.monotonic())
        said.replies = self._known(key).replies
        return said

    # -- hearing --------------------------------------------------------------------------------------------

    async def _read_journal(self) -> None:
        number = 0
        while True:
            for entry in await self._telegram.journal(number, _LOOK_S):
                number = entry["number"]
                self._take(entry)
            self.news.set()

    def _take(self, entry: Mapping[str, Any]) -> None:
        if entry["kind"] in ("pressed", "toast"):
            self._take_press(entry["kind"], entry["press"])
        elif entry["kind"] in ("new", "edited") and not entry["message"]["is_service"]:
            shown = entry["message"]
            if shown["is_bot"]:
                self._hear(shown, is_edit=entry["kind"] == "edited")
            elif entry["kind"] == "new":
                asked = self._known(f"telegram:{shown['chat_id']}:{shown['id']}")
                asked.message_id, asked.author = shown["id"], shown["author"]

    def _take_press(self, kind: str, press: Mapping[str, Any]) -> None:
        asked = self._known(f"telegram:{press['chat_id']}:cb{press['press_id']}")
        asked.message_id, asked.is_press = press["message_id"], True
        if kind == "toast" and press["toast"]:
            room = self._room_of(press["chat_id"])
            asked.toast = Bubble(0, room, None, press["toast"], (), asked.key, "", time.monotonic())

    def _hear(self, shown: Mapping[str, Any], *, is_edit: bool) -> None:
        # A bot that was killed between saying and noting says it again: the order's number tells that it is no news.
        is_receipt = shown["text"].startswith(self._receipt_begins) or _BRIEF.match(shown["text"])
        is_again = not is_edit and shown["text"] == self._last_words.get(shown["chat_id"]) and is_receipt
        self._last_words[shown["chat_id"]] = shown["text"]
        for asked, words in [(None, shown["text"])] if is_again else self._answered(shown, is_edit):
            bubble = self._bubble(shown, words, asked.key if asked else None)
            self.bubbles.append(bubble)
            if asked:
                asked.replies.append(bubble)

    def _answered(self, shown: Mapping[str, Any], is_edit: bool) -> Iterator[tuple[_Asked | None, str]]:
        """Whom the bot answers with this, and with which of its words."""
        here = [asked for asked in self._asked.values() if asked.chat_id == shown["chat_id"] and not asked.replies]
        words = shown["text"]
        if is_edit:
            pressed = [asked for asked in here if asked.is_press and asked.message_id == shown["id"]]
            yield (pressed[0] if pressed else None), words
        elif shown["reply_to"]:
            typed = [asked for asked in here if not asked.is_press and asked.message_id == shown["reply_to"]]
            yield (typed[0] if typed else None), words
        elif shown["chat_id"] > 0:  # alone with one person there is no doubt whom it answers
            yield (here[-1] if here else None), words
        elif lines := [(line, found) for line in words.splitlines() if (found := _BRIEF.match(line))]:
            for line, found in lines:
                named = [asked for asked in here if not asked.replies and asked.author == found["name"]]
                # Nobody says the next thing before this one is answered; what they said before was talk.
                yield (named[-1] if named else None), line
        else:
            pressed = [asked for asked in here if asked.is_press]
            yield (pressed[-1] if pressed else None), words

    def _bubble(self, shown: Mapping[str, Any], words: str, reply_to: str | None) -> Bubble:
        return Bubble(
            id=shown["id"],
            room=self._room_of(shown["chat_id"]),
            person_id=None,
            text=words,
            buttons=tuple((label, data) for row in shown["buttons"] for label, data, _ in row if data),
            reply_to=reply_to,
            # Telegram has no such thing; a notice is known by its heading.
            priority="notice" if words.startswith(self._notice_begins) else "",
            heard_s=time.monotonic(),
        )

    def _known(self, key: str) -> _Asked:
        chat_id = int(key.split(":")[1])
        return self._asked.setdefault(key, _Asked(key, chat_id, 0, "", is_press=False))

    def _room_of(self, chat_id: int) -> str:
        return next((room for room, known in self._rooms.items() if known == chat_id), str(chat_id))
