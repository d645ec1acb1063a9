"""Where the demo's students write: the bot's own web chat, or Telegram, played by the Bot API double."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

from core.directory import DirectoryPerson
from drills.demo_campus import Campus
from drills.demo_chat import CampusChat
from drills.demo_phones import Member, Phones
from drills.demo_telegram import TelegramPhones
from drills.telegram_double.process import TelegramProcess

LOCAL, TELEGRAM = "local", "telegram"
VENUES = (LOCAL, TELEGRAM)


class Venue(Protocol):
    """A chat the demo can be played in."""

    async def prepare(self, admin: Member, campus: Campus) -> dict[str, Any]:
        """Everything that exists before the bot runs; the settings `channels` and `people` that go with it."""

    async def open(self, bot_url: str) -> Phones:
        """Everybody's phone, once the bot serves at `bot_url`."""

    async def sights(self) -> list[tuple[str, str]]:
        """(name of the sentence in demo_texts, what to show in it) for whoever looks on."""


class LocalVenue:
    """The web chat the bot serves itself; people are called what they call themselves."""

    def __init__(self, parts: AsyncExitStack) -> None:
        """`parts`: what is opened here is closed with them."""
        self._parts = parts
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

    async def sights(self) -> list[tuple[str, str]]:
        """The chat's page."""
        return [("page_chat", f"{self._bot_url}/chat")]


class TelegramVenue:
    """Telegram as the double plays it, in a process of its own: it lives on while the bot is killed."""

    def __init__(self, parts: AsyncExitStack, folder: Path, *, seed: int, language: str, platform: str) -> None:
        """`platform`: the campus's name, which notices begin with."""
        self._parts = parts
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

    async def sights(self) -> list[tuple[str, str]]:
        """Where one can act as anybody in Telegram, and what Telegram had to refuse."""
        refused = sum((await self._telegram.ledger())["violations"].values())
        return [("page_telegram", self._telegram.control_url), ("row_flood", str(refused))]

    async def _with_role(self, person: DirectoryPerson) -> dict[str, Any]:
        who = Member(person.contacts[0].partition(":")[2], person.name)
        return {"id": f"telegram:{await self._phones.account(who)}", "buildings": list(person.buildings)}
