"""A Bot API server for one bot and everybody who writes to it, over real HTTP on 127.0.0.1.

async with TelegramDouble() as double:
    double.api_base, double.token            # what belongs into channels.telegram
    anna = double.user("Anna", username="anna")
    group = double.group("3栋", members=[anna])      # the bot is its admin unless told otherwise
    said = await anna.types(group, "两份宫保鸡丁 305")
    await double.until(lambda: group.last is not None)
    press = await anna.presses(group.last, "确认")   # by label or callback data
    await double.until(lambda: press.toast is not None)
    await anna.starts("b_3")                         # private chat, deep link
    anna.private.last, group.pinned, group.reactions(said)
    double.ledger.done("sendMessage", chat_id=group.id), double.flood.violations
    double.refuse(too_many(7), method="sendMessage", chat_id=group.id)
    await double.inject("lost_answer", method="sendMessage", times=1)   # drills/faults.py and telegram_double/faults.py
    double.world.updates.add_raw({"message": "not what it should be"})   # a poison update
    double.world.updates.lose_confirmations(1)                           # the same updates come again
    async with double.second_poller(): ...                               # 409 for the bot

Every change on a screen is in double.world.journal; what people can do: people.py and room.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Any, Self

from starlette.types import ASGIApp

from core.ports import Clock
from drills.fault_board import FaultBoard, FaultLayer, fault_from_json
from drills.telegram_double.bot_api import BotApi
from drills.telegram_double.callbacks import Callbacks
from drills.telegram_double.faults import TELEGRAM_FAULTS
from drills.telegram_double.files import Files
from drills.telegram_double.http_app import HttpApp
from drills.telegram_double.limits import FloodAccounting, Limits
from drills.telegram_double.methods_chats import ChatMethods
from drills.telegram_double.methods_messages import MessageMethods
from drills.telegram_double.methods_profile import ProfileMethods
from drills.telegram_double.methods_updates import UpdateMethods
from drills.telegram_double.people import Person
from drills.telegram_double.refusals import Refusal
from drills.telegram_double.room import Room
from drills.telegram_double.second_poller import second_poller
from drills.telegram_double.values import (
    ADMINISTRATOR,
    CREATOR,
    MEMBER,
    RIGHTS,
    SUPERGROUP,
    Account,
    Membership,
)
from drills.telegram_double.webhook import Webhook
from drills.telegram_double.world import World
from drills.twin_door import Door
from watch.system_clock import SystemClock

HOST = "127.0.0.1"
BOT_TOKEN = "7000000001:AAH-fallback-double-of-the-bot-api"  # noqa: S105
_PATIENCE_S, _GLANCE_S = 5.0, 0.05


class TelegramDouble:
    """The server, and the world behind it; everything lives on one event loop."""

    def __init__(
        self, *, token: str = BOT_TOKEN, username: str = "fallback_bot", clock: Clock | None = None,
        limits: Limits | None = None, has_privacy: bool = True, seed: int = 1, port: int = 0, is_local: bool = True,
    ) -> None:  # fmt: skip
        """`clock`: a hand-moved one lets long runs pass in a blink; real time decides only about injected faults.

        `has_privacy`: the bot's privacy mode; `is_local`: webhooks may be http on any port; `port` 0 takes a free one.
        """
        self.token, chance = token, random.Random(seed)
        self.clock: Clock = clock or SystemClock()
        bot = Account(int(token.partition(":")[0]), "应急点餐", username=username, is_bot=True)
        self.world = World(self.clock, chance, bot=bot, has_privacy=has_privacy)
        self.files, self.callbacks = Files(chance), Callbacks(self.world)
        self.webhook = Webhook(self.world.updates, self.clock)
        self.flood = FloodAccounting(limits or Limits())
        self.profile = ProfileMethods(self.world, self.files)
        methods = (
            MessageMethods(self.world, self.files).table()
            | ChatMethods(self.world).table()
            | UpdateMethods(self.world, self.webhook, is_local=is_local).table()
            | self.profile.table()
            | {"answercallbackquery": self.callbacks.answer}
        )
        self.api = BotApi(token, methods, self.world, self.flood, self.clock)
        self.ledger = self.api.ledger
        self.board = FaultBoard(seed, time.monotonic)
        self._door = Door(HOST, port)
        #: the same server without a socket, for clients that can be put before an ASGI application
        self.app: ASGIApp = FaultLayer(HttpApp(self.api, self.files, token).application(), self.board, self._door)
        self._parts = AsyncExitStack()
        self._people: dict[int, Person] = {}

    async def __aenter__(self) -> Self:
        """Returns when it would answer."""
        self._tasks = await self._parts.enter_async_context(asyncio.TaskGroup())
        await self._door.open(self.app, self._tasks)
        self._followers = [self._tasks.create_task(work()) for work in (self.webhook.run, self._follow_board)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Open polls are answered, then the port is given back."""
        self.world.updates.end_poll(None)
        for follower in self._followers:
            follower.cancel()
        await self._door.close()
        await self._parts.__aexit__(kind, error, trace)

    @property
    def api_base(self) -> str:
        """What belongs into `channels.telegram.api_base`; clients append `/bot<token>`."""
        return f"http://{HOST}:{self._door.port}"

    # -- people and groups ----------------------------------------------------------------------------------

    def user(self, first_name: str, *, username: str = "", has_started: bool = False, **more: Any) -> Person:
        """Somebody new; `has_started`: the bot may write to them already."""
        account = self.world.new_account(first_name, username=username, has_started=has_started, **more)
        return self.person(account.id)

    def person(self, account_id: int) -> Person:
        """Somebody known."""
        return self._people.setdefault(account_id, Person(self, self.world.accounts[account_id]))

    def group(
        self, title: str, *, members: Sequence[Person] = (), kind: str = SUPERGROUP, bot: str = ADMINISTRATOR,
        chat_id: int = 0,
    ) -> Room:  # fmt: skip
        """A group that exists since before the bot looked: nothing is told of its making.

        `bot`: administrator, member or left; the first member owns the group.
        """
        chat = self.world.new_group(title, kind, chat_id)
        for number, person in enumerate(members):
            chat.members[person.id] = Membership(MEMBER if number else CREATOR)
            chat.accounts[person.id] = person.account
        own = self.world.bot
        chat.members[own.id] = Membership(bot, frozenset(RIGHTS) if bot == ADMINISTRATOR else frozenset())
        chat.accounts[own.id], chat.hears_all = own, not self.world.has_privacy
        return Room(self, chat)

    async def until(self, condition: Callable[[], bool], timeout_s: float = _PATIENCE_S) -> None:
        """Returns when the condition holds; looked at whenever a screen changes, and often. Raises: TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self.world.journal.changed.clear()
                with contextlib.suppress(TimeoutError):  # not everything a test waits for is on a screen
                    await asyncio.wait_for(self.world.journal.changed.wait(), _GLANCE_S)

    # -- what goes wrong ------------------------------------------------------------------------------------

    def refuse(self, refusal: Refusal, *, method: str = "", chat_id: int = 0, times: int = 1) -> None:
        """The next calls of that method (in that chat) get this answer: see telegram_double/refusals.py."""
        self.api.script(refusal, method=method, chat_id=chat_id, times=times)

    async def inject(self, name: str, *, method: str = "", **fields: Any) -> None:
        """Turns a fault on, for calls of one method or for all. Raises: UnknownFault."""
        path = f"/bot{self.token}/{method}" if method else "/"
        self.board.inject(fault_from_json({"name": name, "path": path, **fields}, TELEGRAM_FAULTS))
        await self._settle()

    async def clear(self, name: str | None = None) -> None:
        """Turns that fault, or every fault, off."""
        self.board.clear(name)
        await self._settle()

    def second_poller(self, *, steals: bool = False) -> AbstractAsyncContextManager[None]:
        """`async with double.second_poller():` somebody else asks for this bot's updates (and confirms them)."""
        return second_poller(self.world.updates, steals=steals)

    async def _follow_board(self) -> None:
        # A fault that ends by itself tells nobody: look again when the next one is due.
        while True:
            self.board.changed.clear()
            await self._settle()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.board.changed.wait(), self.board.next_end_s())

    async def _settle(self) -> None:
        await self._door.follow(is_open=not self.board.is_down())
