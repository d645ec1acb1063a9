"""A WeCom app of the university's own: couriers, merchants and admins, one to one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any
from zlib import crc32

import orjson
from starlette.routing import BaseRoute

from bot.channels.wechat import callbacks, pictures, refusal, robot_wire, wording
from bot.channels.wechat.access_tokens import AccessRefused
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.callbacks import NOT_TAKEN, TAKEN, CallbackAnswer, IsGone
from bot.channels.wechat.markup import fields_of
from bot.channels.wechat.refusal import TellAdmin
from bot.channels.wechat.seal import CallbackRefused, Seal
from core.budgets import Limits
from core.chat import IncomingMessage, OutgoingMessage, RawUpdate
from core.errors import Permanent, StoreNotNow, Unreadable
from core.ids import ChatId, PersonId, message_key
from core.ports import Clock, Intake
from core.surface import Surface
from fallback_store.database import Store, T

CHANNEL = "wecom_app"
#: Where the vendor calls us.
PATH = "/channels/wecom"
#: Characters of a card's title.
_LONGEST_TITLE = 26
_SERVED_EVENTS = ("subscribe", "enter_agent", "click", "template_card_event")


class WecomApp:
    """Obeys `core.ports.Channel`; the callback page calls `verify` and `receive`."""

    name = CHANNEL
    #: the vendor takes 30 messages a minute for one member
    surface = Surface(limits=Limits(chat_per_s=1))

    def __init__(
        self,
        store: Store,
        clock: Clock,
        seal: Seal,
        api: WeChatApi,
        agent_id: int,
        *,
        tell_admin: TellAdmin,
    ) -> None:
        """`tell_admin`: explains a refused secret, inside a unit of work."""
        self._store = store
        self._clock = clock
        self._tell_admin = tell_admin
        self._seal = seal
        self._api = api
        self._agent_id = agent_id
        self._intake: Intake | None = None

    @property
    def routes(self) -> list[BaseRoute]:
        """What our own server serves for it."""
        return [callbacks.route(PATH, self)]

    def is_group(self, chat_id: ChatId) -> bool:
        """Never: every member is alone with the app."""
        return False

    async def run(self, intake: Intake) -> None:
        """Takes callbacks until cancelled."""
        async with self._api:
            self._intake = intake
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self._intake = None

    def read(self, update: RawUpdate) -> IncomingMessage:
        """What a stored callback says. Raises: Unreadable."""
        try:
            fields: dict[str, str] = orjson.loads(update.payload)
            kind, person = fields["MsgType"], fields["FromUserName"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as problem:
            raise Unreadable(f"{update.key}: {type(problem).__name__}: {problem}") from problem
        text, action = (fields.get("Content", ""), "") if kind != "event" else _event_words(fields)
        return IncomingMessage(
            key=update.key,
            chat_id=update.chat_id,
            person_id=PersonId(f"{CHANNEL}:{person}"),
            person_name="",
            is_group=False,
            is_addressed=True,
            text=text,
            action=action,
            picture_id=fields.get("MediaId", "") if kind == "image" else "",
        )

    async def send(self, message: OutgoingMessage) -> str:
        """Says it, with a card for its buttons. Raises: Temporary, Permanent."""
        if not message.chat_id.startswith(f"{CHANNEL}:"):
            raise Permanent(f"{message.chat_id} is no member of the WeCom app.")
        member = message.chat_id.partition(":")[2]
        said = [await self._post(member, "text", {"content": part}) for part in wording.pieces(message.text) if part]
        title = message.text.partition("\n")[0][:_LONGEST_TITLE]
        card = robot_wire.card_of(title, message.buttons, f"task_{crc32(message.key.encode()):08x}")
        if card is not None:
            said.append(await self._post(member, "template_card", card))
        if message.picture:
            drawn = await self._asking(pictures.media_id(self._api, message.picture))
            said.append(await self._post(member, "image", {"media_id": drawn}))
        return said[-1]

    async def _post(self, member: str, kind: str, content: Mapping[str, Any]) -> str:
        body = {"touser": member, "agentid": self._agent_id, "msgtype": kind, kind: content}
        answer = await self._asking(self._api.post("/cgi-bin/message/send", body))
        if answer.get("invaliduser"):
            raise Permanent("this member does not see the app")
        return str(answer.get("msgid", ""))

    async def _asking(self, call: Awaitable[T]) -> T:
        """One call of the API; a refused secret makes every chat wait. Raises: ChannelDown, or what the call does."""
        try:
            return await call
        except AccessRefused as refused:
            raise await refusal.told(self._store, self._tell_admin, refused) from refused

    # What the callback page asks ----------------------------------------------------------------

    def verify(self, query: Mapping[str, str]) -> CallbackAnswer:
        """Answers the vendor's trial of the address."""
        try:
            return CallbackAnswer(200, self._seal.open_echo(query, self._clock.now()))
        except CallbackRefused as refused:
            return callbacks.refused(CHANNEL, refused)

    async def receive(self, query: Mapping[str, str], body: bytes, is_gone: IsGone) -> CallbackAnswer:
        """Takes one callback: durable when answered; what there is to say follows as a message."""
        try:
            fields = fields_of(self._seal.open(query, body, self._clock.now()))
        except CallbackRefused as refused:
            return callbacks.refused(CHANNEL, refused)
        if fields["MsgType"] == "event" and fields.get("Event") not in _SERVED_EVENTS:
            return TAKEN
        chat_id = ChatId(f"{CHANNEL}:{fields['FromUserName']}")
        named = fields.get("MsgId") or f"{fields.get('Event', '')}-{fields['CreateTime']}-{fields.get('EventKey', '')}"
        update = RawUpdate(message_key(chat_id, named), chat_id, orjson.dumps(fields).decode())
        if self._intake is None:
            return NOT_TAKEN
        try:
            await self._intake([update], lambda _: None)
        except StoreNotNow:
            return CallbackAnswer(507, "not stored")
        return TAKEN


def _event_words(fields: Mapping[str, str]) -> tuple[str, str]:
    """Text and action of an event: a tap on the menu is typed words, a tap on a card an action."""
    key = fields.get("EventKey", "")
    if fields.get("Event") == "template_card_event":
        return "", key
    return (key, "") if fields.get("Event") == "click" else ("/start", "")
