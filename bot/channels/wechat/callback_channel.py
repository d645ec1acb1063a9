"""A channel that the vendor calls back: one address, one seal, one API; what each of the two says for itself is few."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

import orjson
from starlette.routing import BaseRoute

from bot.channels.wechat import callbacks, refusal
from bot.channels.wechat.access_tokens import AccessRefused
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.callbacks import NOT_TAKEN, TAKEN, CallbackAnswer, IsGone
from bot.channels.wechat.markup import fields_of
from bot.channels.wechat.refusal import TellAdmin
from bot.channels.wechat.seal import CallbackRefused, Seal
from core.chat import IncomingMessage, RawUpdate
from core.errors import Unreadable
from core.ids import ChatId, PersonId, message_key
from core.ports import Clock, Intake
from fallback_store.database import Store, T


@dataclass(frozen=True, slots=True)
class Callback:
    """One callback, checked and opened."""

    update: RawUpdate
    #: what the vendor says, by its own names
    fields: Mapping[str, str]
    #: of the request, to seal an answer with
    nonce: str

    @property
    def is_event(self) -> bool:
        """Somebody did something, rather than wrote."""
        return self.fields["MsgType"] == "event"


class CallbackChannel(ABC):
    """What obeys `core.ports.Channel` but for saying anything; the callback page calls `verify` and `receive`."""

    name: str
    #: where the vendor calls us
    path: str
    #: events a desk has something to say to
    served_events: tuple[str, ...]

    def __init__(self, store: Store, clock: Clock, seal: Seal, api: WeChatApi, tell_admin: TellAdmin) -> None:
        """`tell_admin`: explains a refused secret, inside a unit of work."""
        self._store = store
        self._clock = clock
        self._seal = seal
        self._api = api
        self._tell_admin = tell_admin
        self._intake: Intake | None = None

    # What each says for itself -----------------------------------------------------------------

    @abstractmethod
    def words(self, fields: Mapping[str, str]) -> tuple[str, str]:
        """What a callback stands for: the words a person typed or would have typed, and the action of a button."""

    @abstractmethod
    async def take(self, callback: Callback, intake: Intake, is_gone: IsGone) -> CallbackAnswer:
        """Brings it in; durable when this returns, or the answer says that it is not."""

    async def pass_over(self, callback: Callback) -> None:
        """An event that no desk serves; most need nothing."""
        return

    async def until_cancelled(self) -> None:
        """What goes on while callbacks are taken."""
        await asyncio.get_running_loop().create_future()

    # The channel -------------------------------------------------------------------------------

    @property
    def routes(self) -> list[BaseRoute]:
        """What our own server serves for it."""
        return [callbacks.route(self.path, self)]

    def is_group(self, chat_id: ChatId) -> bool:
        """Never: everybody is alone with us."""
        return False

    async def run(self, intake: Intake) -> None:
        """Takes callbacks until cancelled."""
        async with self._api:
            self._intake = intake
            try:
                await self.until_cancelled()
            finally:
                self._intake = None

    def read(self, update: RawUpdate) -> IncomingMessage:
        """What a stored callback says. Raises: Unreadable."""
        try:
            fields: dict[str, str] = orjson.loads(update.payload)
            kind, person = fields["MsgType"], fields["FromUserName"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as problem:
            raise Unreadable(f"{update.key}: {type(problem).__name__}: {problem}") from problem
        text, action = self.words(fields)
        return IncomingMessage(
            key=update.key,
            chat_id=update.chat_id,
            person_id=PersonId(f"{self.name}:{person}"),
            person_name="",
            is_group=False,
            is_addressed=True,
            text=text,
            action=action,
            picture_id=fields.get("MediaId", "") if kind == "image" else "",
        )

    async def asking(self, call: Awaitable[T]) -> T:
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
            return callbacks.refused(self.name, refused)

    async def receive(self, query: Mapping[str, str], body: bytes, is_gone: IsGone) -> CallbackAnswer:
        """Takes one callback: refused, passed over, or durable when answered."""
        try:
            fields = fields_of(self._seal.open(query, body, self._clock.now()))
        except CallbackRefused as refused:
            return callbacks.refused(self.name, refused)
        chat_id = ChatId(f"{self.name}:{fields['FromUserName']}")
        update = RawUpdate(message_key(chat_id, _named(fields)), chat_id, orjson.dumps(fields).decode())
        callback = Callback(update, fields, query.get("nonce", ""))
        if callback.is_event and fields.get("Event") not in self.served_events:
            await self.pass_over(callback)
            return TAKEN
        if self._intake is None:
            return NOT_TAKEN
        return await self.take(callback, self._intake, is_gone)


def _named(fields: Mapping[str, str]) -> str:
    """Of a message its id; an event has none, so its name and second, as the vendor advises."""
    return fields.get("MsgId") or f"{fields.get('Event', '')}-{fields['CreateTime']}-{fields.get('EventKey', '')}"
