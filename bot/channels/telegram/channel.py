"""Telegram as a channel: receives by polling or by webhook, reads what it stored, says what waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import structlog
from starlette.routing import BaseRoute, Route

from bot.channels.telegram import menus, webhook
from bot.channels.telegram.errors import ClockWrong, TokenDenied
from bot.channels.telegram.identity import CHANNEL, is_group
from bot.channels.telegram.polling import SCHEDULE, Polling
from bot.channels.telegram.reading import read_update
from bot.channels.telegram.receiving import Receiving
from bot.channels.telegram.saying import LONGEST_TEXT, Saying
from bot.channels.telegram.self_check import CLOCK_TOLERANCE_S, clock_ahead_s, look_at_groups, take_over
from core.budgets import Limits
from core.channel_settings import TelegramSettings
from core.chat import IncomingMessage, Manner, OutgoingMessage, RawUpdate
from core.errors import FallbackError, Temporary
from core.ids import ChatId
from core.ports import Clock, Intake
from core.surface import Surface
from fallback_store.crew import private_chats
from fallback_store.database import Store, Tx
from fallback_store.room_messages import building_rooms

if TYPE_CHECKING:  # 25 MB, loaded when the first call is made
    from bot.channels.telegram.vendor import Vendor

log = structlog.get_logger(__name__)

#: How often it is looked whether the last call has ended.
_GLANCE_S = 0.02

TellAdmin = Callable[[Tx, FallbackError], None]
"""Explains a trouble to the admins, inside a unit of work."""


class TelegramChannel:
    """Obeys `core.ports.Channel`."""

    name = CHANNEL

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: TelegramSettings,
        *,
        chance: Callable[[], float],
        tell_admin: TellAdmin,
        public_url: str,
        language: str,
    ) -> None:
        """`chance`: 0 ≤ x < 1, spreads retries; `public_url`: of our pages; `language`: of chats that never said."""
        self._store = store
        self._clock = clock
        self._settings = settings
        self._chance = chance
        self._language = language
        self._tell_admin = tell_admin
        self._push_to = settings.webhook_url or f"{public_url.rstrip('/')}{webhook.PATH}"
        self._bot_id = int(settings.token.partition(":")[0])
        self._receiving = Receiving(store, clock, language=language)
        #: being said right now
        self._calls = 0
        self.surface = Surface(
            limits=Limits(
                chat_per_s=settings.chat_per_s,
                group_per_min=settings.group_per_min,
                overall_per_s=settings.overall_per_s,
            ),
            manners=frozenset(Manner),
            can_edit=True,
            longest_text=LONGEST_TEXT,
        )

    def is_group(self, chat_id: ChatId) -> bool:
        """Whether several people read there."""
        return is_group(chat_id)

    @cached_property
    def vendor(self) -> Vendor:
        """The vendor's calls."""
        from bot.channels.telegram.vendor import Vendor

        return Vendor(self._settings)

    @property
    def routes(self) -> list[BaseRoute]:
        """What our own server serves for it."""
        if self._settings.mode != "webhook":
            return []
        hook = webhook.Webhook(self._settings.secret, self.receive)
        return [Route(webhook.PATH, hook.receive, methods=["POST"])]

    async def run(self, intake: Intake) -> None:
        """Receives until cancelled; the vendor may be away when it starts, and at any time later."""
        self._receiving.intake = intake
        await self.vendor.open()
        try:
            await self._until_done(self._introduce)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._check_itself())
                group.create_task(self._offer_menus())
                await self._receive()
        finally:
            self._receiving.intake = self._receiving.keep
            await self._hang_up()

    async def receive(self, updates: Sequence[Any]) -> None:
        """Takes updates in as the vendor wrote them; durable when it returns. Raises: StoreFull."""
        await self._receiving.take(updates)

    def read(self, update: RawUpdate) -> IncomingMessage:
        """What a stored update says. Raises: Unreadable."""
        return read_update(update, self._bot_id)

    async def send(self, message: OutgoingMessage) -> str:
        """Says it; returns the vendor's number of the message.

        A call may time out and be done all the same: saying it again is harmless because every receipt carries its
        order's number. Raises: ChatBusy, ChatGone, ChatMoved, ChannelDown, Temporary, Permanent.
        """
        if not self._receiving.our_name and any(b.starts_with is not None for row in message.buttons for b in row):
            await self._introduce()  # a link names the bot
        self._calls += 1
        try:
            return await self._saying.say(message, self._receiving.our_name)
        finally:
            self._calls -= 1

    # Inside ------------------------------------------------------------------------------------

    @cached_property
    def _saying(self) -> Saying:
        return Saying(self.vendor, self._store)

    async def _hang_up(self) -> None:
        """Closes the connections; what is being said may end, or nobody would know whether it was."""
        ends_s = self._clock.monotonic_s() + self._settings.timeout_s
        while self._calls and self._clock.monotonic_s() < ends_s:
            await self._clock.sleep(_GLANCE_S)
        await self.vendor.close()

    async def _receive(self) -> None:
        if self._settings.mode == "webhook":
            await self._until_done(self._ask_for_pushes)
            await asyncio.get_running_loop().create_future()
        await self._until_done(self._ask_for_no_pushes)
        await Polling(self._poll, self._receiving, self._clock, self._chance, self._tell).run()

    async def _check_itself(self) -> None:
        """What would make the bot useless without anybody noticing is told where it can be put right."""
        try:
            ahead_s = await clock_ahead_s(self._settings.api_base, self._clock)
            if abs(ahead_s) > CLOCK_TOLERANCE_S:
                await self._tell(ClockWrong(f"This machine's clock is {ahead_s:+.0f} s off Telegram's."))
        except Temporary as unknown:
            log.info("telegram.clock_not_compared", error=str(unknown))
        rooms = await building_rooms(self._store, CHANNEL)
        groups = [(room.chat.id, room.title) for room in rooms]
        reads_all = self._receiving.reads_all
        standings = await look_at_groups(self.vendor, self._clock, groups, reads_all=reads_all)
        now, language = self._clock.now(), self._language
        with suppress(Temporary):  # a full disk: the check is made again at the next start
            await self._store.write(lambda tx: take_over(tx, standings, rooms, now, language))

    async def _offer_menus(self) -> None:
        crew = await private_chats(self._store, CHANNEL)
        await menus.offer(self.vendor, self._clock, crew, self._language)

    async def _poll(self, offset: int | None) -> list[object]:
        return await self.vendor.updates(offset, self._settings.poll_s)

    async def _introduce(self) -> None:
        self._receiving.our_name, self._receiving.reads_all = await self.vendor.me()

    async def _ask_for_pushes(self) -> None:
        await self.vendor.set_webhook(self._push_to, self._settings.secret, webhook.CONNECTIONS)

    async def _ask_for_no_pushes(self) -> None:
        left_over, waiting, _ = await self.vendor.webhook()
        if left_over:
            log.warning("telegram.webhook_removed", waiting=waiting)
            await self.vendor.delete_webhook()

    async def _until_done(self, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Tries until the vendor does it."""
        failures = 0
        while True:
            try:
                await step()
                return
            except FallbackError as problem:
                failures += 1
                log.warning("telegram.not_started", step=step.__name__, error=str(problem), failures=failures)
                await self._tell(problem)
                asked_s = problem.retry_after_s if isinstance(problem, Temporary) else None
                await self._clock.sleep(SCHEDULE.pause_s(failures, self._chance(), asked_s) or 0.0)

    async def _tell(self, problem: FallbackError) -> None:
        if isinstance(problem, Temporary) and not isinstance(problem, TokenDenied):
            return  # it passes by itself
        try:
            await self._store.write(lambda tx: self._tell_admin(tx, problem))
        except Temporary as full:  # the disk has no room for it: the trouble stays, and is told when there is
            log.warning("telegram.not_told", error=str(full))
