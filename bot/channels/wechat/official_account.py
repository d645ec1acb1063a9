"""The Official Account: callbacks in, an answer inside each of them, and what else there is to say as service messages.

The vendor repeats a callback that is not answered within 5 s. So the answer is claimed from the store for the request
that brought the message; a repetition finds the same row and gets the same words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any

import orjson
from starlette.routing import BaseRoute

from bot.channels.wechat import callbacks, pictures, refusal, wording
from bot.channels.wechat.access_tokens import AccessRefused
from bot.channels.wechat.api import WeChatApi, WeChatRefused
from bot.channels.wechat.callbacks import NOT_TAKEN, TAKEN, CallbackAnswer, IsGone
from bot.channels.wechat.markup import fields_of, text_answer
from bot.channels.wechat.refusal import TellAdmin, not_stored
from bot.channels.wechat.seal import CallbackRefused, Seal
from core.chat import IncomingMessage, OutgoingMessage, Priority, RawUpdate
from core.errors import Permanent, StoreNotNow, Temporary, Unreadable
from core.ids import ChatId, Key, PersonId, message_key
from core.ports import Clock, Intake
from core.surface import Surface
from core.texts import text as say
from fallback_store import messages, passive_replies
from fallback_store.database import Store, T, Tx

CHANNEL = "wechat"
#: Where the vendor calls us.
PATH = "/channels/wechat"
#: Seconds an answer is waited for; the vendor waits five, the network takes its share.
ANSWERED_WITHIN_S = 4.0
#: Seconds between two looks for an answer that takes its turn at the desk.
LOOK_S = 0.01
#: What the vendor lets follow: 5 messages in 48 h after one of theirs, 3 in a minute after a tap, a scan, a follow.
AFTER_MESSAGE = (5, timedelta(hours=48))
AFTER_EVENT = (3, timedelta(minutes=1))
#: Of them kept back for receipts; notices and digests make do with the rest.
KEPT_FOR_RECEIPTS = 2
#: Seconds after which a receipt is tried again that may only follow once the person has written: then it is at once.
LOOK_AGAIN_S = 3600.0

_SERVED_EVENTS = ("subscribe", "SCAN", "CLICK")
#: The vendor's words for "this person cannot be written to any more now".
_USED_UP = frozenset({45015, 45047})


class OfficialAccount:
    """Obeys `core.ports.Channel`; the callback page calls `verify` and `receive`."""

    name = CHANNEL
    surface = Surface()

    def __init__(
        self, store: Store, clock: Clock, seal: Seal, api: WeChatApi, *, tell_admin: TellAdmin, language: str
    ) -> None:
        """`tell_admin`: explains a refused secret; `language`: of what is said when the store cannot be asked."""
        self._tell_admin = tell_admin
        self._store = store
        self._clock = clock
        self._seal = seal
        self._api = api
        self._language = language
        self._intake: Intake | None = None
        #: messages whose request is still open → set once it is answered
        self._open: dict[Key, asyncio.Event] = {}

    # The channel -------------------------------------------------------------------------------

    @property
    def routes(self) -> list[BaseRoute]:
        """What our own server serves for it."""
        return [callbacks.route(PATH, self)]

    def is_group(self, chat_id: ChatId) -> bool:
        """Never: every follower is alone with us."""
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
        text, action = _event_words(fields) if kind == "event" else _message_words(fields)
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
        """Sends service messages, unless it went back inside the request that asked. Raises: Temporary, Permanent."""
        asked = message.reply_to
        if asked is not None and (answered := self._open.get(asked)) is not None:
            await answered.wait()
        if asked is not None and await self._store.write(lambda tx: passive_replies.is_passive(tx, message.key)):
            return "passive"
        person = message.chat_id.partition(":")[2]
        said = [("text", {"content": part}) for part in wording.parts_of(message.text, message.buttons) if part]
        if message.picture:
            said.append(("image", {"media_id": await self._asking(pictures.media_id(self._api, message.picture))}))
        for kind, content in said:
            await self._use_allowance(message)
            await self._call(message.chat_id, {"touser": person, "msgtype": kind, kind: content})
        return f"{len(said)} sent"

    async def _use_allowance(self, message: OutgoingMessage) -> None:
        """Raises: Permanent for news that cannot follow now and is none later, Temporary for what can wait."""
        is_news = message.priority is not Priority.RECEIPT
        keeps, now, chat_id = KEPT_FOR_RECEIPTS if is_news else 0, self._clock.now(), message.chat_id
        if await self._store.write(lambda tx: passive_replies.use(tx, chat_id, now, keeps=keeps)):
            return
        if is_news:
            raise Permanent("nothing may follow until the person writes again, and then this is no news")
        raise Temporary("may only follow once the person has written again", retry_after_s=LOOK_AGAIN_S)

    async def _call(self, chat_id: ChatId, body: Mapping[str, Any]) -> None:
        try:
            await self._asking(self._api.post("/cgi-bin/message/custom/send", body))
        except WeChatRefused as refused:
            if refused.code not in _USED_UP:
                raise
            await self._store.write(lambda tx: passive_replies.used_up(tx, chat_id))
            raise Temporary(str(refused), retry_after_s=LOOK_AGAIN_S) from refused

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
        """Takes one callback: durable when answered, with the reply inside where there is one within 4 s."""
        now = self._clock.now()
        try:
            fields = fields_of(self._seal.open(query, body, now))
        except CallbackRefused as refused:
            return callbacks.refused(CHANNEL, refused)
        chat_id = ChatId(f"{CHANNEL}:{fields['FromUserName']}")
        if fields["MsgType"] == "event" and fields.get("Event") not in _SERVED_EVENTS:
            if fields.get("Event") == "unsubscribe":
                await self._store.write(lambda tx: passive_replies.forbid(tx, chat_id))
            return TAKEN
        reply = await self._reply_to(chat_id, fields, is_gone)
        if reply is None:
            return NOT_TAKEN
        if not reply:
            return TAKEN
        sealed = self._seal.close(text_answer(fields, reply, now), query.get("nonce", ""), now)
        return CallbackAnswer(200, sealed, "application/xml")

    async def _reply_to(self, chat_id: ChatId, fields: dict[str, str], is_gone: IsGone) -> str | None:
        """The words to answer with; "" = none; None = it is not stored, and the vendor has to repeat it."""
        if self._intake is None:
            return None
        key = _key_of(chat_id, fields)
        update = RawUpdate(key, chat_id, orjson.dumps(fields).decode())
        count, lasts = AFTER_EVENT if fields["MsgType"] == "event" else AFTER_MESSAGE
        answered, now, is_stored = asyncio.Event(), self._clock.now(), False
        self._open[key] = answered
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                await self._intake([update], lambda tx: passive_replies.allow(tx, key, chat_id, count, lasts, now))
                is_stored = True
                return await self._claim(key, chat_id, is_gone)
        except StoreNotNow as problem:
            return say(self._language, not_stored(problem))
        except TimeoutError:
            return "" if is_stored else None  # the answer follows as a service message
        finally:
            if self._open.get(key) is answered:  # not a repetition's, which came meanwhile
                del self._open[key]
            answered.set()

    async def _claim(self, key: Key, chat_id: ChatId, is_gone: IsGone) -> str:
        while not await is_gone():
            seen = self._store.revision
            # Not cut short by the time-out: what is claimed is said here and nowhere else.
            claiming = asyncio.ensure_future(self._store.write(lambda tx: self._claim_in(tx, key, chat_id)))
            try:
                said = await asyncio.shield(claiming)
            except asyncio.CancelledError:
                said = await claiming
                if said:
                    return said
                raise
            if said is not None:
                return said
            # Our own commit is no news; of many others in a row one look is enough.
            await self._store.wait_change(seen + 1)
            await asyncio.sleep(LOOK_S)
        return ""  # whoever asked hung up: the words must not go there

    def _claim_in(self, tx: Tx, key: Key, chat_id: ChatId) -> str | None:
        """The words to answer with, "" for none; None while the message waits. What does not fit follows later."""
        now = self._clock.now()
        reply = passive_replies.claim(tx, key, now)
        if reply.state == "pending":
            return None
        if reply.state == "silent":
            return ""
        first, *others = wording.parts_of(reply.text, reply.buttons)
        for number, part in enumerate(others, 2):
            messages.say(tx, OutgoingMessage(key=Key(f"{key}>reply-{number}"), chat_id=chat_id, text=part), now)
        if reply.picture:
            picture = OutgoingMessage(key=Key(f"{key}>picture"), chat_id=chat_id, text="", picture=reply.picture)
            messages.say(tx, picture, now)
        return first


def _key_of(chat_id: ChatId, fields: Mapping[str, str]) -> Key:
    """Of a message its id; an event has none, so its name and second, as the vendor advises."""
    named = fields.get("MsgId") or f"{fields.get('Event', '')}-{fields['CreateTime']}-{fields.get('EventKey', '')}"
    return message_key(chat_id, named)


def _message_words(fields: Mapping[str, str]) -> tuple[str, str]:
    """Text and action of a message; the text of one that holds no words is empty."""
    if fields["MsgType"] == "text":
        return fields.get("Content", ""), fields.get("bizmsgmenuid", "")
    return fields.get("Recognition", ""), ""


def _event_words(fields: Mapping[str, str]) -> tuple[str, str]:
    """What a follow, a scan or a tap on the menu stands for: the words a person would have typed."""
    words = fields.get("EventKey", "")
    if fields.get("Event") == "CLICK":
        return words, ""
    scene = words.removeprefix("qrscene_")
    return f"/start {scene}".strip(), ""
