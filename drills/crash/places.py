"""Where the people of a crash drill talk to the bot: its own web chat, Telegram (polling or pushes), or WeChat."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

from core.directory import Building
from drills.crash.captains import captain_of
from drills.crash.door import NoAnswer
from drills.demo_chat import CampusChat
from drills.demo_phones import Member, Phones
from drills.demo_telegram import TelegramPhones
from drills.demo_wechat import WeChatPhones, settings_of
from drills.telegram_double.process import TelegramProcess

#: What a drill may be played in.
CHATS = ("local", "telegram", "telegram-webhook", "wechat")

_LISTENER = Member("listener", "旁听")
_ADMIN = Member("admin", "管理员")
_SECRET = "crash-drill-webhook-secret"  # noqa: S105 (between two processes of one drill)
_ENTER_S = 90.0


class Place(Protocol):
    """One kind of chat."""

    #: how many people order there: enough to have messages under way at every kill
    students: int
    #: seconds from serving again to the next kill, at the most; and after how many without an answer one was lost
    lives_s: float
    silence_s: float
    #: the share of orders made alone with the bot
    private: float
    #: there answers do not say what they answer: the whole screen is read, and half of those orders are carts
    reads_screens: bool
    #: buildings whose captain pastes what the group wrote
    captains: int

    async def prepare(self, parts: AsyncExitStack, buildings: Sequence[Building], bot_url: str) -> dict[str, Any]:
        """What exists before the bot runs; the settings that go with it. What is opened is closed with `parts`."""

    async def open(self, parts: AsyncExitStack, bot_url: str) -> Phones:
        """Everybody's phone, once the bot serves."""

    async def enter(self, buildings: Sequence[Building]) -> None:
        """Every building has its room. Raises: NoAnswer."""


class WebPlace:
    """The bot's own chat."""

    students, lives_s, silence_s, private, reads_screens, captains = 8, 0.9, 60.0, 0.3, False, 0

    async def prepare(self, parts: AsyncExitStack, buildings: Sequence[Building], bot_url: str) -> dict[str, Any]:
        """Anybody is who they say they are."""
        return {"channels": {"local_chat": {"identities": "simulated", "keeps": 5000}}}

    async def open(self, parts: AsyncExitStack, bot_url: str) -> Phones:
        """Over the bot's pages."""
        self._chat = await parts.enter_async_context(CampusChat(bot_url))
        return self._chat

    async def enter(self, buildings: Sequence[Building]) -> None:
        """The rooms come with the directory."""
        wanted = {f"building-{building.id}" for building in buildings}
        self._chat.hear(_LISTENER, sorted(wanted))
        for _ in range(200):
            if wanted <= set(await self._chat.rooms(_LISTENER)):
                return
            await asyncio.sleep(0.1)
        raise NoAnswer("the buildings got no rooms")


class TelegramPlace:
    """The double in a process of its own: it lives on while the bot is killed, and repeats what was not confirmed."""

    #: Each waits longer: a group hears so many messages a minute, and whoever pushes waits a while after a failure.
    students, lives_s, silence_s, private, reads_screens, captains = 24, 4.0, 600.0, 0.4, True, 0

    def __init__(self, folder: Path, *, has_webhook: bool) -> None:
        """`has_webhook`: updates are pushed instead of asked for."""
        self._telegram = TelegramProcess(folder / "telegram.log")
        self._phones = TelegramPhones(self._telegram, language="zh", platform="校园")
        self._has_webhook = has_webhook

    async def prepare(self, parts: AsyncExitStack, buildings: Sequence[Building], bot_url: str) -> dict[str, Any]:
        """A group for every building; the admin who binds them."""
        await parts.enter_async_context(self._telegram)
        await parts.enter_async_context(self._phones)
        await self._phones.furnish(_ADMIN, buildings)
        telegram: dict[str, Any] = {"token": self._telegram.token, "api_base": self._telegram.api_base}
        if self._has_webhook:
            telegram |= {"mode": "webhook", "secret": _SECRET, "webhook_url": f"{bot_url}/channels/telegram"}
        return {
            "channels": {"local_chat": {"enabled": False}, "telegram": telegram},
            "people": {"admins": [f"telegram:{await self._phones.account(_ADMIN)}"]},
        }

    async def open(self, parts: AsyncExitStack, bot_url: str) -> Phones:
        """They are open already."""
        return self._phones

    async def enter(self, buildings: Sequence[Building]) -> None:
        """An admin says in every group which building it is."""
        bound = await self._phones.enter(_ADMIN, buildings, _ENTER_S)
        if len(bound) < len(buildings):
            raise NoAnswer(f"only {len(bound)} of {len(buildings)} groups could be bound")


class WeChatPlace:
    """The Official Account's double in the drill's own process: it repeats what the killed bot did not answer."""

    students, lives_s, silence_s, private, reads_screens, captains = 8, 0.9, 60.0, 0.3, False, 2

    def __init__(self, chance: random.Random) -> None:
        """`chance`: says which callbacks come again after they were answered."""
        self._phones = WeChatPhones(language="zh", platform="校园", echo=chance)
        self._phones.join_crew([_ADMIN.name])

    async def prepare(self, parts: AsyncExitStack, buildings: Sequence[Building], bot_url: str) -> dict[str, Any]:
        """A robot in every building's group; some buildings have a captain."""
        await parts.enter_async_context(self._phones)
        spoken_for = [building.id for building in buildings[: self.captains]]
        return {
            "channels": settings_of(self._phones, buildings),
            "people": {
                "admins": [f"wecom_app:{_ADMIN.name}"],
                "captains": [{"id": f"wechat:{captain_of(name)}", "buildings": [name]} for name in spoken_for],
            },
        }

    async def open(self, parts: AsyncExitStack, bot_url: str) -> Phones:
        """The vendor calls the bot's pages."""
        self._phones.open(bot_url)
        return self._phones

    async def enter(self, buildings: Sequence[Building]) -> None:
        """Both addresses are tried, as the vendor's console does."""
        await self._phones.enter(_ADMIN, buildings, _ENTER_S)


def place_for(chat: str, folder: Path, seed: int) -> Place:
    """The place of that kind, one of `CHATS`; `seed`: says what its vendor does by chance."""
    if chat == "wechat":
        return WeChatPlace(random.Random(seed))
    return WebPlace() if chat == "local" else TelegramPlace(folder, has_webhook=chat == "telegram-webhook")
