"""Interactions of the WeCom robot: what a person wrote stays open until it is answered; three may be open at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog

from bot.channels.wechat import robot_wire
from core.errors import Permanent, StoreNotNow, Temporary
from core.ids import Key
from core.ports import Clock
from core.texts import text
from fallback_store import passive_replies, robot_requests
from fallback_store.database import Store, Tx, Unit

log = structlog.get_logger(__name__)

#: Seconds between two looks for what was met with silence.
SILENCE_S = 5.0
#: Requests remembered that an answer can go back to.
REMEMBERED = 5_000

#: Sends a body back to a request. Raises: ChannelDown, Temporary, Permanent.
Respond = Callable[[str, dict[str, Any]], Awaitable[None]]


class Interactions:
    """Each is ended once, with a whole answer: none is left half said by a restart."""

    def __init__(self, store: Store, clock: Clock, respond: Respond, language: str) -> None:
        """`language`: of the few words said to what was talk."""
        self._store = store
        self._clock = clock
        self._respond = respond
        self._language = language
        #: message → the request its answer goes back to, oldest first
        self._open: OrderedDict[Key, str] = OrderedDict()

    async def load(self) -> None:
        """Takes up what was open when we stopped."""
        with suppress(StoreNotNow):
            self._open = OrderedDict(await robot_requests.still_open(self._store, self._clock.now())) | self._open

    def begins(self, key: Key, request: str) -> tuple[Unit[None], str | None]:
        """The message came with this request: what to write down with it, and the request it came with before."""
        before = self._open.get(key)
        self._open[key] = request
        while len(self._open) > REMEMBERED:
            self._open.popitem(last=False)

        def unit(tx: Tx) -> None:
            robot_requests.opened(tx, key, request, self._clock.now())

        return unit, None if before == request else before

    async def answer(self, key: Key, content: str, card: dict[str, Any] | None) -> bool:
        """Answers inside the request that brought the message; False = there is none any more, say it another way.

        Raises: ChannelDown, Temporary; tried again it is the same answer, not a second one.
        """
        if (request := self._open.get(key)) is None:
            return False
        try:
            await self._respond(request, robot_wire.answer_body(f"stream_{request}", content, card))
        except Permanent as refused:
            log.warning("wecom_robot.interaction_gone", problem=str(refused))
            await self._forget(key, request)
            return False
        await self._forget(key, request)
        return True

    async def end(self, key: Key, name: str) -> None:
        """Ends the one the message came with, with the sentence `name`."""
        if (request := self._open.get(key)) is not None and await self.end_request(request, name):
            await self._forget(key, request)

    async def end_request(self, request: str, name: str) -> bool:
        """Ends one with the sentence `name`; False = not now."""
        words = text(self._language, name)
        try:
            await self._respond(request, robot_wire.answer_body(f"stream_{request}", words))
        except Temporary as problem:
            log.warning("wecom_robot.not_ended", problem=type(problem).__name__)
            return False
        except Permanent as refused:  # the vendor ended it by itself
            log.warning("wecom_robot.interaction_gone", problem=str(refused))
        return True

    async def end_silences(self) -> None:
        """Ends those that nothing more is said in, until cancelled."""
        while True:
            await self._clock.sleep(SILENCE_S)
            keys = list(self._open)
            if not keys:
                continue
            try:
                over = await self._store.write(lambda tx, keys=keys: passive_replies.settled(tx, keys))  # type: ignore[misc]
            except StoreNotNow:
                continue
            for key, was_silent in over.items():
                await self.end(key, "robot_heard_no_order" if was_silent else "robot_said_already")

    async def _forget(self, key: Key, request: str) -> None:
        if self._open.get(key) == request:
            del self._open[key]
        with suppress(StoreNotNow):  # it is forgotten by itself in a while
            await self._store.write(lambda tx: robot_requests.ended(tx, key, request))
