"""WeCom's intelligent robot over its long connection: no public address needed; in groups it hears its mentions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any
from zlib import crc32

import aiohttp
import orjson
import structlog

from bot.channels.wechat import robot_reading, robot_wire, wording
from bot.channels.wechat.refusal import TellAdmin, not_stored
from bot.channels.wechat.robot_interactions import Interactions
from bot.channels.wechat.robot_reading import CHANNEL
from core.budgets import Limits
from core.chat import IncomingMessage, OutgoingMessage, RawUpdate
from core.errors import ChannelDown, FallbackError, NeedsPerson, Permanent, StoreNotNow, Temporary
from core.ids import ChatId
from core.ports import Clock, Intake
from core.retry import RetrySchedule
from core.surface import Surface
from fallback_store.database import Store, Tx, Unit

log = structlog.get_logger(__name__)

#: Seconds between heartbeats, and heartbeats that may go unanswered.
HEARTBEAT_S, MISSED = 30.0, 2
#: Seconds the gateway has to acknowledge what we send.
ACKNOWLEDGED_S = 5.0
#: Seconds to stay away after another connection took our place: two would push each other out for ever.
REPLACED_S = 300.0
#: Seconds to believe that the secret is wrong.
DENIED_S = 600.0
#: Characters of a card's title.
LONGEST_TITLE = 26
SCHEDULE = RetrySchedule(first_s=1.0, longest_s=30.0)


class RobotReplaced(NeedsPerson):
    """Another connection of this WeCom robot took our place: nothing reaches us for now."""

    hint = "One robot, one process: stop the other program. We try again in five minutes."


class RobotDenied(NeedsPerson):
    """WeCom does not accept the robot's id and secret."""

    hint = "Copy channels.wecom_robot.bot_id and .secret from the robot's page in the WeCom console, then restart."


class WecomRobot:
    """Obeys `core.ports.Channel`."""

    name = CHANNEL
    #: documented for pushes: 30 a minute in one chat
    surface = Surface(limits=Limits(chat_per_s=1, group_per_min=20))

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        bot_id: str,
        secret: str,
        ws_url: str,
        chance: Callable[[], float],
        tell_admin: TellAdmin,
        language: str,
    ) -> None:
        """`ws_url`: the gateway's whole address; `chance`: 0 ≤ x < 1, spreads reconnections.

        `language`: of the few words said to what was talk.
        """
        self._store = store
        self._clock = clock
        self._bot_id, self._secret, self._ws_url = bot_id, secret, ws_url
        self._chance = chance
        self._tell_admin = tell_admin
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        #: this connection was let in: the next failure is the first of a new row
        self._was_up = False
        #: request id → resolved with the gateway's answer to it
        self._acknowledgements: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._interactions = Interactions(store, clock, partial(self._ask, robot_wire.RESPOND), language)
        #: interactions that are being ended
        self._endings: set[asyncio.Task[object]] = set()

    def is_group(self, chat_id: ChatId) -> bool:
        """Whether several people read there."""
        return robot_reading.is_group(chat_id)

    def read(self, update: RawUpdate) -> IncomingMessage:
        """What a stored frame says. Raises: Unreadable."""
        return robot_reading.read(update)

    async def run(self, intake: Intake) -> None:
        """Keeps the connection up until cancelled."""
        await self._interactions.load()
        failures, pause_s = 0, None
        while True:
            pause_s, self._was_up = None, False
            try:
                await self._connected(intake)
            except NeedsPerson as problem:
                pause_s = REPLACED_S if isinstance(problem, RobotReplaced) else DENIED_S
                await self._tell(problem)
            except (Temporary, aiohttp.ClientError, OSError, TimeoutError) as problem:
                failures = failures + 1 if not self._was_up else 1
                log.warning("wecom_robot.disconnected", problem=type(problem).__name__, failures=failures)
            await self._clock.sleep(pause_s or SCHEDULE.pause_s(failures or 1, self._chance()) or 0.0)

    async def send(self, message: OutgoingMessage) -> str:
        """Answers inside the request that asked, or pushes. Raises: ChannelDown, Temporary, Permanent."""
        if not message.chat_id.startswith(f"{CHANNEL}:"):
            raise Permanent(f"{message.chat_id} is no chat of the WeCom robot.")
        *others, last = wording.pieces(message.text, robot_wire.LONGEST_TEXT)
        card = robot_wire.card_of(
            message.text.partition("\n")[0][:LONGEST_TITLE],
            message.buttons,
            f"task_{crc32(message.key.encode()):08x}",
        )
        chat = robot_reading.vendor_chat(message.chat_id)
        for part in others:
            await self._push(robot_wire.push_body(chat, part))
        if message.reply_to and await self._interactions.answer(message.reply_to, last, card):
            return "answered"
        await self._push(robot_wire.push_body(chat, last))
        if card is not None:
            await self._push(robot_wire.card_push_body(chat, card))
        return "pushed"

    # The connection ----------------------------------------------------------------------------

    async def _connected(self, intake: Intake) -> None:
        timeout = aiohttp.ClientWSTimeout(ws_close=1.0)
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=10.0)) as session,
            session.ws_connect(self._ws_url, max_msg_size=robot_wire.LARGEST_FRAME, timeout=timeout) as socket,
        ):
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._beat(socket))
                    group.create_task(self._interactions.end_silences())
                    await self._listen(socket, intake)
            except* (NeedsPerson, Temporary) as problems:
                raise problems.exceptions[0] from None
            finally:
                self._socket = None
                for waiting in self._acknowledgements.values():
                    waiting.cancel()
                self._acknowledgements.clear()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse, intake: Intake) -> None:
        async for arrived in socket:
            if arrived.type is not aiohttp.WSMsgType.TEXT:
                continue
            try:
                found = orjson.loads(arrived.data)
            except orjson.JSONDecodeError:
                log.warning("wecom_robot.unreadable_frame", characters=len(arrived.data))
                continue
            if isinstance(found, dict):
                await self._take(found, socket, intake)
        raise ChannelDown("the connection ended")

    async def _take(self, found: dict[str, Any], socket: aiohttp.ClientWebSocketResponse, intake: Intake) -> None:
        headers, body = found.get("headers"), found.get("body")
        request = str(headers.get("req_id", "")) if isinstance(headers, dict) else ""
        if found.get("cmd") not in (robot_wire.MESSAGE, robot_wire.EVENT):
            self._acknowledged(request, found)
            return
        event = body.get("event") if isinstance(body, dict) else None
        if isinstance(event, dict) and event.get("eventtype") == "disconnected_event":
            raise RobotReplaced
        update = robot_reading.update_of(body) if isinstance(body, dict) else None
        if update is None:
            log.warning("wecom_robot.nobody", command=found.get("cmd"))
            return
        noted: Unit[None] = _nothing
        before = None
        if found["cmd"] == robot_wire.MESSAGE:
            noted, before = self._interactions.begins(update.key, request)
        try:
            await intake([update], noted)
        except StoreNotNow as problem:
            # The gateway does not repeat: whoever wrote must know that nothing was written down.
            self._start(self._interactions.end(update.key, not_stored(problem)))
        if before is not None:
            self._start(self._interactions.end_request(before, "robot_said_below"))

    def _start(self, ending: Coroutine[Any, Any, object]) -> None:
        """Not waited for where acknowledgements are heard."""
        self._endings.add(asyncio.create_task(ending))
        self._endings = {task for task in self._endings if not task.done()}

    async def _beat(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Subscribes, then keeps the line alive; a gateway that no longer answers is left."""
        subscribed = await self._call(
            socket,
            robot_wire.SUBSCRIBE,
            robot_wire.request_id(robot_wire.SUBSCRIBE),
            {"bot_id": self._bot_id, "secret": self._secret},
        )
        if subscribed.get("errcode"):
            raise RobotDenied(f"WeCom refuses the robot: errcode {subscribed['errcode']}.")
        self._socket, self._was_up = socket, True
        missed = 0
        while missed < MISSED:
            await self._clock.sleep(HEARTBEAT_S)
            try:
                await self._call(socket, robot_wire.PING, robot_wire.request_id(robot_wire.PING), None)
                missed = 0
            except Temporary:
                missed += 1
        raise ChannelDown("the gateway no longer answers")

    async def _push(self, body: dict[str, Any]) -> None:
        await self._ask(robot_wire.SEND, robot_wire.request_id(robot_wire.SEND), body)

    async def _ask(self, command: str, request: str, body: dict[str, Any]) -> None:
        if self._socket is None:
            raise ChannelDown("the robot is not connected")
        answer = await self._call(self._socket, command, request, body)
        if code := int(answer.get("errcode") or 0):
            problem = f"errcode {code}: {answer.get('errmsg', '')}"[:200]
            raise Temporary(problem, retry_after_s=60.0) if code == 45009 else Permanent(problem)

    async def _call(
        self, socket: aiohttp.ClientWebSocketResponse, command: str, request: str, body: dict[str, Any] | None
    ) -> dict[str, Any]:
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._acknowledgements[request] = waiting
        try:
            async with asyncio.timeout(ACKNOWLEDGED_S):
                await socket.send_str(robot_wire.frame(command, request, body))
                return await waiting
        except (TimeoutError, ConnectionError, aiohttp.ClientError) as problem:
            raise Temporary(f"{command} was not acknowledged: {type(problem).__name__}") from problem
        finally:
            self._acknowledgements.pop(request, None)

    def _acknowledged(self, request: str, found: dict[str, Any]) -> None:
        waiting = self._acknowledgements.get(request)
        if waiting is not None and not waiting.done():
            waiting.set_result(found)

    async def _tell(self, problem: FallbackError) -> None:
        log.error("wecom_robot.needs_person", problem=type(problem).__name__)
        try:
            await self._store.write(lambda tx: self._tell_admin(tx, problem))
        except StoreNotNow:  # told when the trouble comes again and there is room
            log.warning("wecom_robot.not_told")


def _nothing(tx: Tx) -> None:
    """An event is no interaction: there is nothing to note."""
