"""Robots that can only post into a WeCom group: notices, and a building's board now and then."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping

import aiohttp
import orjson

from bot.channels.wechat import wording
from core.budgets import Limits
from core.chat import IncomingMessage, OutgoingMessage, RawUpdate
from core.errors import ChatBusy, ChatGone, Permanent, Temporary, Unreadable
from core.ids import BuildingId, ChatId
from core.ports import Clock, Intake
from core.surface import Surface
from core.texts import text
from fallback_store import people
from fallback_store.database import Tx

CHANNEL = "group_webhook"
#: Bytes of one post.
LONGEST = 2048
TIMEOUT_S = 10.0
#: A board cannot be edited there: its newest state is posted at most this often.
BOARD_EVERY_S = 600.0
#: Seconds to be silent after "too many calls".
TOO_MANY_S = 60.0
_TOO_FAST, _NO_SUCH_ROBOT = 45009, 93000
#: Channels in which anybody can order in private.
_HEARING = ("wechat", "wecom_robot", "telegram")


class GroupWebhook:
    """Obeys `core.ports.Channel`; nobody is heard here."""

    name = CHANNEL
    #: the vendor's limit for one robot
    surface = Surface(limits=Limits(chat_per_s=1, group_per_min=20))

    def __init__(
        self, clock: Clock, urls: Mapping[str, str], *, language: str, connected: Collection[str] = ()
    ) -> None:
        """`urls`: building → the robot's address; `language`: what the groups speak; `connected`: other channels."""
        self._clock = clock
        self._language = language
        self._elsewhere = _elsewhere(language, connected)
        self._urls = dict(urls)
        self._session: aiohttp.ClientSession | None = None
        #: chat → when its board may be posted again, monotonic seconds
        self._board_due_s: dict[ChatId, float] = {}

    def is_group(self, chat_id: ChatId) -> bool:
        """Always."""
        return True

    async def run(self, intake: Intake) -> None:
        """Keeps the session open until cancelled: there is nothing to receive."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as self._session:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self._session = None

    def read(self, update: RawUpdate) -> IncomingMessage:
        """Raises: Unreadable; nobody writes here."""
        raise Unreadable(f"{update.key}: a group robot hears nothing")

    def ensure_rooms(self, tx: Tx) -> None:
        """Makes the group of every building that has a robot known."""
        for building in people.buildings_in(tx):
            if building.id in self._urls:
                chat_id = _chat_of(building.id)
                people.bind_chat(tx, chat_id, building.id, title=building.name, language=self._language)

    async def send(self, message: OutgoingMessage) -> str:
        """Posts it; buttons have no place there. Raises: ChatBusy, ChatGone, Temporary, Permanent."""
        url = self._urls.get(message.chat_id.partition(":")[2])
        if url is None or message.chat_id.partition(":")[0] != CHANNEL:
            raise ChatGone(f"{message.chat_id} has no group robot.")
        if message.board:
            self._wait_for_board(message.chat_id)
        for part in wording.pieces(_for_readers(self._language, message.text, self._elsewhere), LONGEST):
            await self._post(url, part)
        if message.board:
            self._board_due_s[message.chat_id] = self._clock.monotonic_s() + BOARD_EVERY_S
        return "posted"

    def _wait_for_board(self, chat_id: ChatId) -> None:
        now_s = self._clock.monotonic_s()
        due_s = self._board_due_s.get(chat_id, now_s)
        if now_s < due_s:
            raise Temporary("the board was posted a moment ago", retry_after_s=due_s - now_s)

    async def _post(self, url: str, part: str) -> None:
        if self._session is None:
            raise Temporary("not connected yet")
        body = orjson.dumps({"msgtype": "markdown", "markdown": {"content": part}})
        try:
            async with self._session.post(url, data=body, allow_redirects=False) as answer:
                found = orjson.loads(await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError, orjson.JSONDecodeError) as problem:
            raise Temporary(f"no answer: {type(problem).__name__}") from None  # the address holds a secret
        code = int(found.get("errcode") or 0) if isinstance(found, dict) else -1
        if code == _TOO_FAST:
            raise ChatBusy("the group robot was too fast", retry_after_s=TOO_MANY_S)
        if code == _NO_SUCH_ROBOT:
            raise ChatGone("this group robot is gone: its address is no longer good")
        if code:
            raise Permanent(f"errcode {code}")


def _for_readers(language: str, words: str, elsewhere: str) -> str:
    """The words for a group that nobody hears: where they tell people to type, they tell them where to order."""
    how = re.escape(text(language, "board_how", example="\x00")).replace("\x00", ".*?")
    tells = re.compile(f"(?m)^(?:{how}|{re.escape(text(language, 'notice_todo_order'))})$")
    # Nothing is added where no such line is: after an outage, or in an admin's own words, it would be untrue.
    return tells.sub(lambda _: elsewhere, words)


def _elsewhere(language: str, connected: Collection[str]) -> str:
    chats = [text(language, f"webhook_in_{name}") for name in _HEARING if name in connected]
    if not chats:
        return text(language, "webhook_by_captain")
    return text(language, "webhook_elsewhere", chats=text(language, "webhook_or").join(chats))


def _chat_of(building_id: BuildingId) -> ChatId:
    return ChatId(f"{CHANNEL}:{building_id}")
