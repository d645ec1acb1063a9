"""A WeCom app of the university's own: couriers, merchants and admins, one to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from bot.channels.wechat import pictures, robot_wire, wording
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.callback_channel import Callback, CallbackChannel
from bot.channels.wechat.callbacks import TAKEN, CallbackAnswer, IsGone
from bot.channels.wechat.refusal import TellAdmin
from bot.channels.wechat.seal import Seal
from core.budgets import Limits
from core.chat import OutgoingMessage
from core.errors import Permanent, StoreNotNow
from core.ports import Clock, Intake
from core.surface import Surface
from fallback_store.database import Store

CHANNEL = "wecom_app"
#: Where the vendor calls us.
PATH = "/channels/wecom"
#: Characters of a card's title.
_LONGEST_TITLE = 26


class WecomApp(CallbackChannel):
    """Obeys `core.ports.Channel`."""

    name = CHANNEL
    path = PATH
    served_events = ("subscribe", "enter_agent", "click", "template_card_event")
    #: the vendor takes 30 messages a minute for one member
    surface = Surface(limits=Limits(chat_per_s=1))

    def __init__(
        self, store: Store, clock: Clock, seal: Seal, api: WeChatApi, agent_id: int, *, tell_admin: TellAdmin
    ) -> None:
        """`agent_id`: the app's number; `tell_admin`: explains a refused secret, inside a unit of work."""
        super().__init__(store, clock, seal, api, tell_admin)
        self._agent_id = agent_id

    # Callbacks ---------------------------------------------------------------------------------

    def words(self, fields: Mapping[str, str]) -> tuple[str, str]:
        """A tap on the menu is typed words, a tap on a card an action."""
        if fields["MsgType"] != "event":
            return fields.get("Content", ""), ""
        key = fields.get("EventKey", "")
        if fields.get("Event") == "template_card_event":
            return "", key
        return (key, "") if fields.get("Event") == "click" else ("/start", "")

    async def take(self, callback: Callback, intake: Intake, is_gone: IsGone) -> CallbackAnswer:
        """Durable when answered; what there is to say follows as a message."""
        try:
            await intake([callback.update], lambda _: None)
        except StoreNotNow:
            return CallbackAnswer(507, "not stored")
        return TAKEN

    # Saying ------------------------------------------------------------------------------------

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
            drawn = await self.asking(pictures.media_id(self._api, message.picture))
            said.append(await self._post(member, "image", {"media_id": drawn}))
        return said[-1]

    async def _post(self, member: str, kind: str, content: Mapping[str, Any]) -> str:
        body = {"touser": member, "agentid": self._agent_id, "msgtype": kind, kind: content}
        answer = await self.asking(self._api.post("/cgi-bin/message/send", body))
        if answer.get("invaliduser"):
            raise Permanent("this member does not see the app")
        return str(answer.get("msgid", ""))
