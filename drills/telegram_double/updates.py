"""The updates that wait for the bot: numbered, kept 24 hours, given again until a higher offset confirms them."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

import orjson

from core.ports import Clock
from drills.telegram_double.refusals import Refusal, conflict
from drills.telegram_double.values import Json

KEPT_S = 24 * 3600.0
_IDLE_S = 7 * 24 * 3600.0  # after this the next number is drawn anew
MOST_AT_ONCE = 100
_LONGEST_POLL_S = 50
_OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
KINDS = frozenset((
    "message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
    "edited_business_message", "deleted_business_messages", "message_reaction", "message_reaction_count",
    "inline_query", "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query",
    "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member", "chat_join_request",
    "chat_boost", "removed_chat_boost",
))  # fmt: skip
#: what comes only to those who ask for it by name
_ON_REQUEST = frozenset(("chat_member", "message_reaction", "message_reaction_count"))


@dataclass(frozen=True, slots=True)
class WaitingUpdate:
    """One update as it travels."""

    id: int
    #: chats never overtake themselves; "" for what has none
    lane: str
    raw: bytes
    #: monotonic seconds
    at_s: float


class UpdateQueue:
    """One bot's updates; the world adds, a poller or the webhook takes."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        """`chance` draws the numbers."""
        self._clock, self._chance = clock, chance
        self._waiting: deque[WaitingUpdate] = deque()
        self._next_id = 0
        self._last_added_s = -_IDLE_S
        self._poller: asyncio.Future[Refusal | None] | None = None
        self._unheard_confirmations = 0
        self.allowed = KINDS - _ON_REQUEST
        #: False once the bot has named kinds
        self.is_default = True
        #: every update ever issued but poison, as it travelled: for judges
        self.issued: list[bytes] = []
        #: set whenever something was added or may be pushed again
        self.news = asyncio.Event()
        #: polls that were ended because somebody else polled
        self.conflicts = 0

    def allow(self, kinds: Sequence[str] | None) -> None:
        """What is to come from now on: None = as before, empty = everything but what must be named."""
        if kinds is not None:
            self.allowed = (KINDS & set(kinds)) or KINDS - _ON_REQUEST
            self.is_default = self.allowed == KINDS - _ON_REQUEST

    def add(self, kind: str, body: Json, *, lane: str = "") -> bool:
        """Numbers an update and wakes whoever waits; False when the bot did not ask for this kind."""
        if kind not in self.allowed:
            return False
        self.issued.append(self._queue({kind: body}, lane).raw)
        return True

    def add_raw(self, fields: Json, *, lane: str = "") -> int:
        """Poison: an update with exactly these fields, sensible or not; its number."""
        return self._queue(fields, lane).id

    # -- taking ---------------------------------------------------------------------------------------------

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[bytes]:
        """What `getUpdates` answers. Raises: Refusal 409 in the poll that waits when another one begins."""
        self.end_poll(conflict(_OTHER_POLLER))
        self._confirm_below(offset)
        if not self.waiting() and timeout_s > 0:
            await self._wait(min(timeout_s, _LONGEST_POLL_S))
        return [update.raw for update in islice(self.waiting(), limit if 1 <= limit <= MOST_AT_ONCE else MOST_AT_ONCE)]

    def end_poll(self, refusal: Refusal | None) -> None:
        """The poll that waits right now is answered: with what there is, or with a refusal."""
        if self._poller is not None and not self._poller.done():
            self.conflicts += refusal is not None
            self._poller.set_result(refusal)

    def waiting(self) -> deque[WaitingUpdate]:
        """What is not confirmed, oldest first; what is older than 24 hours is gone."""
        too_old_s = self._clock.monotonic_s() - KEPT_S
        while self._waiting and self._waiting[0].at_s <= too_old_s:
            self._waiting.popleft()
        return self._waiting

    def confirm(self, update_ids: Collection[int]) -> None:
        """These never come again, unless confirmations get lost."""
        if self._unheard_confirmations > 0:
            self._unheard_confirmations -= 1
            return
        self._waiting = deque(update for update in self._waiting if update.id not in update_ids)

    def drop_all(self) -> None:
        """`drop_pending_updates`."""
        self._waiting.clear()

    def lose_confirmations(self, times: int = 1) -> None:
        """So many confirmations are not heard: the same updates come again, with the same numbers."""
        self._unheard_confirmations += times

    # -- inside ---------------------------------------------------------------------------------------------

    def _confirm_below(self, offset: int) -> None:
        if offset < 0:  # all but the latest so many
            gone = [update.id for update in self._waiting][:offset]
        else:
            gone = [update.id for update in takewhile(lambda update: update.id < offset, self._waiting)]
        if gone:
            self.confirm(set(gone))

    def _queue(self, fields: Json, lane: str) -> WaitingUpdate:
        now_s = self._clock.monotonic_s()
        if now_s - self._last_added_s >= _IDLE_S:
            self._next_id = self._chance.randrange(100_000_000, 900_000_000)
        raw = orjson.dumps({"update_id": self._next_id, **fields})
        update = WaitingUpdate(self._next_id, lane, raw, now_s)
        self._next_id, self._last_added_s = self._next_id + 1, now_s
        self._waiting.append(update)
        self.news.set()
        self.end_poll(None)
        return update

    async def _wait(self, timeout_s: float) -> None:
        self._poller = poller = asyncio.get_running_loop().create_future()
        async with asyncio.TaskGroup() as tasks:
            alarm = tasks.create_task(self._ring(poller, timeout_s))
            refusal = await poller
            alarm.cancel()
        if self._poller is poller:
            self._poller = None
        if refusal is not None:
            raise refusal

    async def _ring(self, poller: asyncio.Future[Refusal | None], timeout_s: float) -> None:
        await self._clock.sleep(timeout_s)
        if not poller.done():
            poller.set_result(None)
