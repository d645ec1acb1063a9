"""The people of a drill in WeChat: students and captains follow the Official Account, the crew has the WeCom app.

The vendor's doubles live in the demo's own process: they outlive the bot, and repeat what nobody answered.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from core.directory import Building
from core.texts import text
from drills.demo_phones import Bubble, Member, Phones, Said, TalkRefused
from drills.wechat_double.api_server import ApiServer
from drills.wechat_double.official_account import VendorSide
from drills.wechat_double.people import Followers, Person
from drills.wechat_double.sealing import VendorSeal
from watch.system_clock import SystemClock

TOKEN, AES_KEY = "demo", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
APP_ID, CORP_ID, AGENT_ID, SECRET = "wx-demo", "corp-demo", 7, "demo-secret"

_LOOK_S = 0.05
_AGAIN_S = 0.5
#: The vendor waits this long for an answer before it repeats; in a demo nobody wants to see five seconds.
_VENDOR_WAITS_S = 4.5
#: A bot that is killed again and again is given so long to answer one callback.
_LONGEST_ABSENCE_S = 90.0
#: A card follows its words within this long, if there is one.
_CARD_S = 0.4
#: How many times more what was answered is delivered, and within how many seconds.
_ECHOES, _ECHO_WITHIN_S = (0, 0, 1, 2, 3), 6.0
_LINK = re.compile(
    r'<a href="weixin://bizmsgmenu\?msgmenucontent=[^"&]*&msgmenuid=(?P<action>[^"]*)">(?P<label>.*?)</a>'
)


_News = tuple[str, tuple[tuple[str, str], ...], Said | None]
"""Words, the buttons below them, and what they answer, where that is known for sure."""


@dataclass(slots=True)
class _Phone:
    """One person's phone: what was typed last, and how far it was looked at."""

    member: Member
    person: Person
    is_crew: bool
    seen: int = 0
    #: what was taken without a word: its answer comes by itself
    asked: list[Said] = field(default_factory=list)
    #: places in `person.shown` that came as answers inside a callback, and to what
    answers: dict[int, Said] = field(default_factory=dict)


class WeChatPhones(Phones):
    """`async with WeChatPhones(…) as chat`; the bot's address is told to `open` once it serves."""

    silence_s = 8.0

    def __init__(
        self, *, language: str, platform: str, crew: Sequence[str] = (), echo: random.Random | None = None
    ) -> None:
        """`language` and `platform`: what notices are written in and about; `crew`: names of those with the app.

        `echo`: which callbacks come up to three times more after they were answered, and when; None = none.
        """
        super().__init__()
        clock = SystemClock()
        self._notice_begins = text(language, "notice_title_opened", platform=platform)
        self._follows = text(language, "wechat_answer_follows")
        self._echo = echo
        self._crew = set(crew)
        self.followers = Followers(clock)
        self.api = ApiServer(clock, self.followers, {APP_ID: SECRET, CORP_ID: SECRET})
        self._account = VendorSide(clock, VendorSeal(TOKEN, AES_KEY, APP_ID), self.followers, waits_s=_VENDOR_WAITS_S)
        self._app = VendorSide(clock, VendorSeal(TOKEN, AES_KEY, CORP_ID), Followers(clock), waits_s=_VENDOR_WAITS_S)
        self._phones: dict[str, _Phone] = {}
        self._groups: dict[str, int] = {}
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        """The doubles serve, and everybody looks at their phone."""
        await self.api.__aenter__()
        await self._tasks.__aenter__()
        self._listening = self._tasks.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """And puts it away."""
        self._listening.cancel()
        await self._tasks.__aexit__(kind, error, trace)
        await self.api.__aexit__(kind, error, trace)

    def open(self, bot_url: str) -> None:
        """Where the vendor calls the bot from now on."""
        self._account.url, self._app.url = f"{bot_url}/channels/wechat", f"{bot_url}/channels/wecom"

    def join_crew(self, names: Sequence[str]) -> None:
        """These have the WeCom app."""
        self._crew.update(names)

    @property
    def buildings(self) -> list[str]:
        """Ids of the buildings whose groups have a robot."""
        return list(self._groups)

    def group_url(self, building_id: str) -> str:
        """The address of a group robot in this building's group."""
        self.api.robots[building_id] = []
        self._groups[building_id] = 0
        return f"{self.api.origin}/cgi-bin/webhook/send?key={building_id}"

    # -- talking --------------------------------------------------------------------------------------------

    async def enter(self, admin: Member, buildings: Sequence[Building], timeout_s: float) -> list[str]:
        """The vendor tries both addresses until the bot answers; the admin opens the app."""
        ends_s = time.monotonic() + timeout_s
        while time.monotonic() < ends_s:
            if [await self._account.verify(), await self._app.verify()] == ["echo-4711"] * 2:
                break
            await asyncio.sleep(_LOOK_S)
        # Whoever writes in a building's room scans its code first, and the bot must know the building by then.
        await self.answer(await self.say(admin, admin.private_room, "/status"))
        return [f"building-{building.id}" for building in buildings]

    async def say(self, author: Member, room: str, text: str) -> Said:
        """Types it to the account; whoever was addressed as living in a building scanned its code first."""
        phone = self._phone(author)
        if not phone.is_crew and not phone.person.shown and room.startswith("building-"):
            scan = {"MsgType": "event", "Event": "subscribe", "EventKey": f"qrscene_{room.removeprefix('building-')}"}
            await self.answer(await self._send(phone, room, "", scan))
        return await self._send(phone, room, text, {"MsgType": "text", "Content": text})

    async def press(self, author: Member, bubble: Bubble, action: str) -> Said:
        """Taps a link in the account's words, or a button of the app's card."""
        phone = self._phone(author)
        if phone.is_crew:
            event = {"MsgType": "event", "Event": "template_card_event", "EventKey": action}
            return await self._send(phone, bubble.room, action, event)
        label = next((label for label, known in bubble.buttons if known == action), action)
        return await self._send(
            phone, bubble.room, action, {"MsgType": "text", "Content": label, "bizmsgmenuid": action}
        )

    async def _send(self, phone: _Phone, room: str, words: str, fields: dict[str, str]) -> Said:
        vendor = self._app if phone.is_crew else self._account
        number = vendor.message_id()
        named = f"template_card_event-{number}-{fields['EventKey']}" if "EventKey" in fields else number
        channel = "wecom_app" if phone.is_crew else "wechat"
        said = Said(phone.member, room, words, number, f"{channel}:{phone.member.name}:{named}")
        if not phone.is_crew:
            phone.person.did(SystemClock(), 5, 48 * 3600.0)
        identity = {"CreateTime": number} if "EventKey" in fields else {"MsgId": number}
        ends_s = time.monotonic() + _LONGEST_ABSENCE_S
        while time.monotonic() < ends_s:
            said.tries += 1
            pushed = await vendor.push(phone.person, fields | identity, tries=1)
            if pushed.statuses == [200]:
                if pushed.text and pushed.text != self._follows:
                    phone.answers[pushed.place] = said
                    self._echo_of(phone, fields | identity, pushed.text)
                else:
                    phone.asked.append(said)
                said.acknowledged_s = time.monotonic()
                self.retries += said.tries - 1
                return said
            await asyncio.sleep(_AGAIN_S)
        raise TalkRefused("the bot answers no callback")

    def _echo_of(self, phone: _Phone, fields: dict[str, str], answered: str) -> None:
        """The vendor did not hear the answer, or so it believes: out of order, up to four deliveries in all."""
        for _ in range(self._echo.choice(_ECHOES) if self._echo else 0):
            self._tasks.create_task(self._deliver_again(phone, fields, answered))

    async def _deliver_again(self, phone: _Phone, fields: dict[str, str], answered: str) -> None:
        assert self._echo is not None
        await asyncio.sleep(self._echo.random() * _ECHO_WITHIN_S)
        words = await self._account.again(phone.person, fields)
        if words is None:  # the bot is away: it may be tried again, and here nobody does
            return
        self.echoes += 1
        if words != answered:
            self.contradictions.append(f"{phone.member.name} was answered {answered!r}, and then {words!r}")

    def _phone(self, member: Member) -> _Phone:
        is_crew = member.name in self._crew
        if member.name not in self._phones:
            person = Person(member.name) if is_crew else self.followers.person(member.name)
            self._phones[member.name] = _Phone(member, person, is_crew)
        return self._phones[member.name]

    # -- hearing --------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            for phone in list(self._phones.values()):
                self._look_at(phone)
            for building_id, seen in list(self._groups.items()):
                posts = self.api.robots[building_id]
                for words in posts[seen:]:
                    self.bubbles.append(self._bubble(f"building-{building_id}", words, (), None))
                self._groups[building_id] = len(posts)
            self.news.set()
            await asyncio.sleep(_LOOK_S)

    def _look_at(self, phone: _Phone) -> None:
        """Everything new on one phone; what comes by itself answers what was taken without a word, if anything was."""
        for words, buttons, asked in self._crew_news(phone) if phone.is_crew else self._student_news(phone):
            said = asked
            if said is None and not words.startswith(self._notice_begins):
                said = next((known for known in reversed(phone.asked) if not known.replies), None)
            room = said.room if said else phone.member.private_room
            bubble = self._bubble(room, words, buttons, said.key if said else None)
            self.bubbles.append(bubble)
            if said and not said.replies:
                said.replies.append(bubble)

    def _student_news(self, phone: _Phone) -> list[_News]:
        began, phone.seen = phone.seen, len(phone.person.shown)
        found = list[_News]()
        for place in range(began, phone.seen):
            words = phone.person.shown[place]
            if not words.startswith("[image ") and words != self._follows:
                found.append((*parted(words), phone.answers.pop(place, None)))
        return found

    def _crew_news(self, phone: _Phone) -> list[_News]:
        """Words and the card below them are two messages of the app; they are heard together."""
        sent = self.api.members.get(phone.member.name, [])
        found = list[_News]()
        while phone.seen < len(sent):
            first, rest = sent[phone.seen], sent[phone.seen + 1 :]
            card = rest[0] if rest and rest[0]["msgtype"] == "template_card" else None
            if first["msgtype"] == "text" and not rest and time.monotonic() - first["at_s"] < _CARD_S:
                break  # its card may still come
            phone.seen += 1 + (card is not None)
            if first["msgtype"] == "text":
                buttons = card["template_card"]["button_list"] if card else ()
                found.append((first["text"]["content"], tuple((b["text"], b["key"]) for b in buttons), None))
        return found

    def _bubble(self, room: str, words: str, buttons: tuple[tuple[str, str], ...], reply_to: str | None) -> Bubble:
        priority = "notice" if words.startswith(self._notice_begins) else ""
        return Bubble(len(self.bubbles), room, None, words, buttons, reply_to, priority, time.monotonic())


def parted(words: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What is said, and the links below it as buttons."""
    links = tuple((unescape(found["label"]), unquote(found["action"])) for found in _LINK.finditer(words))
    plain = "\n".join(line for line in words.split("\n") if not _LINK.fullmatch(line))
    return plain, links


def settings_of(phones: WeChatPhones, buildings: Sequence[Building]) -> dict[str, Any]:
    """The bot's `channels` for these doubles."""
    callback = {"token": TOKEN, "aes_key": AES_KEY, "api_base": phones.api.origin}
    return {
        "local_chat": {"enabled": False},
        "official_account": {"app_id": APP_ID, "app_secret": SECRET, **callback},
        "wecom_app": {"corp_id": CORP_ID, "agent_id": AGENT_ID, "secret": SECRET, **callback},
        "group_webhook": {"urls": {building.id: phones.group_url(building.id) for building in buildings}},
    }
