"""Where the demo's students write: the bot's own web chat, or a vendor's chat, played by its double."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

from starlette.routing import Route

from core.directory import DirectoryPerson
from drills.demo_campus import Campus
from drills.demo_chat import CampusChat
from drills.demo_phones import Member, Phones
from drills.demo_telegram import TelegramPhones
from drills.demo_telegram_page import TelegramPage
from drills.demo_texts import say
from drills.demo_wechat import WeChatPhones, settings_of
from drills.demo_wechat_page import WeChatPage
from drills.telegram_double.process import TelegramProcess

LOCAL, TELEGRAM, WECHAT = "local", "telegram", "wechat"
VENUES = (LOCAL, TELEGRAM, WECHAT)


class Venue(Protocol):
    """A chat the demo can be played in."""

    async def prepare(self, admin: Member, campus: Campus) -> dict[str, Any]:
        """Everything that exists before the bot runs; the settings `channels` and `people` that go with it."""

    async def open(self, bot_url: str) -> Phones:
        """Everybody's phone, once the bot serves at `bot_url`."""

    def routes(self) -> list[Route]:
        """What the demo's own page of controls serves for it."""

    async def sights(self, controls_url: str) -> list[tuple[str, str]]:
        """(what, where) for whoever looks on; `controls_url`: of the demo's own page."""


class LocalVenue:
    """The web chat the bot serves itself; people are called what they call themselves."""

    def __init__(self, parts: AsyncExitStack, *, language: str) -> None:
        """`parts`: what is opened here is closed with them."""
        self._parts, self._language = parts, language
        self._bot_url = ""

    async def prepare(self, admin: Member, campus: Campus) -> dict[str, Any]:
        """Captains and couriers are known from the directory."""
        chefs = [{"id": f"web:chef-{merchant}", "merchant": merchant} for merchant in campus.catalog.merchant_by_id]
        return {
            "channels": {"local_chat": {"identities": "simulated"}},
            "people": {"admins": [f"web:{admin.name}"], "merchants": chefs},
        }

    async def open(self, bot_url: str) -> Phones:
        """Over the bot's own pages."""
        self._bot_url = bot_url
        return await self._parts.enter_async_context(CampusChat(bot_url))

    def routes(self) -> list[Route]:
        """The bot serves the chat's page itself."""
        return []

    async def sights(self, controls_url: str) -> list[tuple[str, str]]:
        """The chat's page."""
        return [(say(self._language, "page_chat"), f"{self._bot_url}/chat")]


class TelegramVenue:
    """Telegram as the double plays it, in a process of its own: it lives on while the bot is killed."""

    def __init__(self, parts: AsyncExitStack, folder: Path, *, seed: int, language: str, platform: str) -> None:
        """`platform`: the campus's name, which notices begin with."""
        self._parts, self._language = parts, language
        self._telegram = TelegramProcess(folder / "telegram.log", seed=seed)
        self._phones = TelegramPhones(self._telegram, language=language, platform=platform)

    async def prepare(self, admin: Member, campus: Campus) -> dict[str, Any]:
        """A group for every building and an account for everybody with a role: Telegram gives the ids."""
        await self._parts.enter_async_context(self._telegram)
        await self._parts.enter_async_context(self._phones)
        await self._phones.furnish(admin, campus.buildings)
        return {
            "channels": {
                "local_chat": {"enabled": False},
                "telegram": {"token": self._telegram.token, "api_base": self._telegram.api_base},
            },
            "people": {
                "admins": [f"telegram:{await self._phones.account(admin)}"],
                "captains": [await self._with_role(person) for person in campus.captains],
                "couriers": [await self._with_role(person) for person in campus.couriers],
            },
        }

    async def open(self, bot_url: str) -> Phones:
        """Over Telegram; the bot's pages do not matter."""
        return self._phones

    def routes(self) -> list[Route]:
        """Telegram for people who have none."""
        return TelegramPage(self._telegram, self._language).routes()

    async def sights(self, controls_url: str) -> list[tuple[str, str]]:
        """Where one can act as anybody in Telegram, by hand or by script."""
        refused = sum((await self._telegram.ledger())["violations"].values())
        facts = {"url": self._telegram.control_url, "token": self._telegram.token, "refused": refused}
        return [
            (say(self._language, "page_telegram"), f"{controls_url}telegram"),
            (say(self._language, "page_double"), say(self._language, "page_double_token", **facts)),
        ]

    async def _with_role(self, person: DirectoryPerson) -> dict[str, Any]:
        who = Member(person.contacts[0].partition(":")[2], person.name)
        return {"id": f"telegram:{await self._phones.account(who)}", "buildings": list(person.buildings)}


class WeChatVenue:
    """WeChat as its doubles play it: the Official Account for students, the WeCom app for the crew, posting robots."""

    def __init__(self, parts: AsyncExitStack, *, language: str, platform: str) -> None:
        """`platform`: the campus's name, which notices begin with."""
        self._parts, self._language = parts, language
        self._phones = WeChatPhones(language=language, platform=platform)

    async def prepare(self, admin: Member, campus: Campus) -> dict[str, Any]:
        """A robot in every building's group; captains are followers like everybody."""
        await self._parts.enter_async_context(self._phones)
        self._phones.join_crew([admin.name, *(_name_of(courier) for courier in campus.couriers)])
        return {
            "channels": settings_of(self._phones, campus.buildings),
            "people": {
                "admins": [f"wecom_app:{admin.name}"],
                "captains": [_with_role("wechat", person) for person in campus.captains],
                "couriers": [_with_role("wecom_app", person) for person in campus.couriers],
            },
        }

    async def open(self, bot_url: str) -> Phones:
        """The vendor calls the bot's pages."""
        self._phones.open(bot_url)
        return self._phones

    def routes(self) -> list[Route]:
        """WeChat for people who have none."""
        return WeChatPage(self._phones, self._language).routes()

    async def sights(self, controls_url: str) -> list[tuple[str, str]]:
        """Where one can be anybody."""
        return [(say(self._language, "page_wechat"), f"{controls_url}wechat")]


def _name_of(person: DirectoryPerson) -> str:
    return person.contacts[0].partition(":")[2]


def _with_role(channel: str, person: DirectoryPerson) -> dict[str, Any]:
    return {"id": f"{channel}:{_name_of(person)}", "buildings": list(person.buildings)}
