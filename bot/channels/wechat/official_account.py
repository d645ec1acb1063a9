"""The Official Account: an answer inside each callback, and what else there is to say as service messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.channels.wechat import pictures, wording
from bot.channels.wechat.api import WeChatApi, WeChatRefused
from bot.channels.wechat.callback_channel import Callback, CallbackChannel
from bot.channels.wechat.callbacks import NOT_TAKEN, TAKEN, CallbackAnswer, IsGone
from bot.channels.wechat.markup import text_answer
from bot.channels.wechat.passive_answers import PassiveAnswers
from bot.channels.wechat.refusal import TellAdmin
from bot.channels.wechat.seal import Seal
from core.chat import OutgoingMessage, Priority, RawUpdate
from core.errors import ChatClosed, Permanent
from core.ids import ChatId, Key
from core.ports import Clock, Intake
from core.surface import Surface
from fallback_store import messages, passive_replies
from fallback_store.database import Store, Tx
from fallback_store.passive_replies import PassiveReply

CHANNEL = "wechat"
#: Where the vendor calls us.
PATH = "/channels/wechat"
#: What the vendor lets follow: 5 messages in 48 h after one of theirs, 3 in a minute after a tap, a scan, a follow.
AFTER_MESSAGE = (5, timedelta(hours=48))
AFTER_EVENT = (3, timedelta(minutes=1))
#: Of them kept back for receipts; notices and digests make do with the rest.
KEPT_FOR_RECEIPTS = 2
#: Seconds after which a receipt is tried again that may only follow once the person has written: then it is at once.
LOOK_AGAIN_S = 3600.0

#: The vendor's words for "this person cannot be written to any more now".
_USED_UP = frozenset({45015, 45047})


class OfficialAccount(CallbackChannel):
    """Obeys `core.ports.Channel`."""

    name = CHANNEL
    path = PATH
    served_events = ("subscribe", "SCAN", "CLICK")
    surface = Surface()

    def __init__(
        self, store: Store, clock: Clock, seal: Seal, api: WeChatApi, *, tell_admin: TellAdmin, language: str
    ) -> None:
        """`tell_admin`: explains a refused secret; `language`: of what is said when the store cannot be asked."""
        super().__init__(store, clock, seal, api, tell_admin)
        self._answers = PassiveAnswers(store, clock, self._wording, language)

    async def until_cancelled(self) -> None:
        """Answers."""
        await self._answers.run()

    # Callbacks ---------------------------------------------------------------------------------

    def words(self, fields: Mapping[str, str]) -> tuple[str, str]:
        """A tap on the menu is the words it stands for; a follow or a scan comes with the building, if any."""
        if fields["MsgType"] == "text":
            return fields.get("Content", ""), fields.get("bizmsgmenuid", "")
        if fields["MsgType"] != "event":
            return fields.get("Recognition", ""), ""
        key = fields.get("EventKey", "")
        if fields.get("Event") == "CLICK":
            return key, ""
        return f"/start {key.removeprefix('qrscene_')}".strip(), ""

    async def pass_over(self, callback: Callback) -> None:
        """Whoever leaves cannot be written to."""
        if callback.fields.get("Event") == "unsubscribe":
            chat_id = callback.update.chat_id
            await self._store.write(lambda tx: passive_replies.forbid(tx, chat_id))

    async def take(self, callback: Callback, intake: Intake, is_gone: IsGone) -> CallbackAnswer:
        """Durable when answered, with the reply inside where there is one in time."""
        update, now = callback.update, self._clock.now()
        count, lasts = AFTER_EVENT if callback.is_event else AFTER_MESSAGE

        def allow(tx: Tx) -> None:
            passive_replies.allow(tx, update.key, update.chat_id, count, lasts, now)

        reply = await self._answers.answer(update, allow, intake, is_gone)
        if not reply:
            return NOT_TAKEN if reply is None else TAKEN
        sealed = self._seal.close(text_answer(callback.fields, reply, now), callback.nonce, now)
        return CallbackAnswer(200, sealed, "application/xml")

    def _wording(self, tx: Tx, update: RawUpdate, reply: PassiveReply) -> str:
        """The first of the words; what does not go with them follows as service messages."""
        first, *others = wording.parts_of(reply.text, reply.buttons)
        beside = [(f"reply-{number}", part, "") for number, part in enumerate(others, 2)]
        if reply.picture:
            beside.append(("picture", "", reply.picture))
        for name, words, picture in beside:
            part = OutgoingMessage(
                key=Key(f"{update.key}>{name}"),
                chat_id=update.chat_id,
                text=words,
                picture=picture,
                reply_to=update.key,
            )
            messages.say(tx, part, self._clock.now())
        return first

    # Saying ------------------------------------------------------------------------------------

    async def send(self, message: OutgoingMessage) -> str:
        """Sends service messages, unless it went back inside the request that asked.

        Raises: ChatClosed, Temporary, Permanent.
        """
        if message.reply_to is not None:
            await self._answers.settled(message.reply_to)
            if not await self._store.write(lambda tx: passive_replies.still_waits(tx, message.key)):
                return "passive"
        person = message.chat_id.partition(":")[2]
        said = [("text", {"content": part}) for part in wording.parts_of(message.text, message.buttons) if part]
        if message.picture:
            said.append(("image", {"media_id": await self.asking(pictures.media_id(self._api, message.picture))}))
        for kind, content in said:
            await self._use_allowance(message)
            await self._call(message.chat_id, {"touser": person, "msgtype": kind, kind: content})
        return f"{len(said)} sent"

    async def _use_allowance(self, message: OutgoingMessage) -> None:
        """Raises: Permanent for news that cannot follow now and is none later, ChatClosed for what can wait."""
        is_news = message.priority is not Priority.RECEIPT
        keeps, now, chat_id = KEPT_FOR_RECEIPTS if is_news else 0, self._clock.now(), message.chat_id
        if await self._store.write(lambda tx: passive_replies.use(tx, chat_id, now, keeps=keeps)):
            return
        if is_news:
            raise Permanent("nothing may follow until the person writes again, and then this is no news")
        raise ChatClosed("may only follow once the person has written again", retry_after_s=LOOK_AGAIN_S)

    async def _call(self, chat_id: ChatId, body: Mapping[str, Any]) -> None:
        try:
            await self.asking(self._api.post("/cgi-bin/message/custom/send", body))
        except WeChatRefused as refused:
            if refused.code not in _USED_UP:
                raise
            await self._store.write(lambda tx: passive_replies.used_up(tx, chat_id))
            raise ChatClosed(str(refused), retry_after_s=LOOK_AGAIN_S) from refused
