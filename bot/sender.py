"""Says what waits to be said: notices first, in each chat in order, inside what the channel allows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.delivery import Delivery, Outcome, gives_way
from core.chat import Manner, OutgoingMessage, Priority
from core.errors import StoreNotNow
from core.ports import Channel, Clock
from core.retry import RetrySchedule
from core.speaking import SpeakingPlan
from core.speaking_lane import Waiting
from fallback_store import messages
from fallback_store.database import Store, Unit
from fallback_store.messages import OutgoingRow

#: Calls under way at the same time, over all chats; each chat has one at the most.
AT_ONCE = 64
#: Messages learned of at once.
PAGE = 512
#: How soon a full disk is looked at again.
LOOK_AGAIN_S = 1.0
#: How often everything that waits is counted, whatever we were told.
COUNT_AGAIN_S = 10.0
#: The vendor is away: the first message that comes through ends the silence for all, so it is tried often.
AWAY = RetrySchedule(first_s=0.5, longest_s=10.0)
#: What is being said when the service stops gets so long to end; how often it is looked whether it has.
GRACE_S, GLANCE_S = 3.0, 0.02


@dataclass(frozen=True, slots=True)
class _Call:
    """What is said together: as it was picked, and its rows."""

    picked: Sequence[Waiting]
    rows: Sequence[OutgoingRow]


class Sender:
    """One channel's voice. Nothing waits inside a desk; a kill between saying and noting says it again, same key."""

    def __init__(
        self, store: Store, clock: Clock, channel: Channel, chance: Callable[[], float], language: str = "zh"
    ) -> None:
        """`chance`: 0 ≤ x < 1, spreads the retries; `language`: of admins who never said theirs."""
        self._store = store
        self._clock = clock
        self._name = channel.name
        self._chance = chance
        self._delivery = Delivery(channel, clock, chance, language)
        self._plan = SpeakingPlan(channel.surface.limits, channel.is_group)
        self._last_id = 0
        self._counted_s: float | None = None
        self._under_way = 0
        self._away = 0
        #: calls that have ended, and what is to be written down
        self._outcomes: list[tuple[_Call, Outcome]] = []
        self._ended = asyncio.Event()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Speaks for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._keep_settling())
            try:
                while True:
                    self._news.clear()
                    try:
                        calls = await self._next()
                    except StoreNotNow:  # to begin anew would cut off what is being said, and say it twice
                        await self._clock.sleep(LOOK_AGAIN_S)
                        continue
                    for call in calls:
                        group.create_task(self._say(call))
                    if not calls:
                        await self._rest()
            finally:
                await self._finish()

    async def say_waiting(self) -> int:
        """Says the next message of every chat that may be spoken to now; returns how many were tried."""
        calls = await self._next()
        async with asyncio.TaskGroup() as group:
            for call in calls:
                group.create_task(self._say(call))
        await self._settle()
        return sum(len(call.rows) for call in calls)

    # What to say -------------------------------------------------------------------------------

    async def _next(self) -> list[_Call]:
        """What may be said now."""
        fresh = await self._learn()
        now_s = self._clock.monotonic_s()
        picks = self._plan.next(now_s, AT_ONCE - self._under_way)
        known = [one.id for pick in picks for one in pick if one.id not in fresh]
        if known:  # read again: a newer state of a board may have taken its place, its chat may be gone
            fresh |= await self._read_again(picks, known)
        found = list[_Call]()
        for pick in picks:
            still = [one for one in pick if one.id in fresh and _is_of(one, fresh[one.id])]
            if still:
                found.append(_Call(still, [fresh[one.id] for one in still]))
            if gone := [one for one in pick if one not in still]:
                if any(one.id in fresh for one in gone):  # its chat has moved, or its id is another message's by now
                    self._counted_s = None
                    self._news.set()
                self._plan.dropped(gone, now_s, is_all=not still)
        self._under_way += len(found)
        return found

    async def _read_again(self, picks: Sequence[Sequence[Waiting]], known: Sequence[int]) -> dict[int, OutgoingRow]:
        try:
            return {row.id: row for row in await messages.still_waiting(self._store, known, self._clock.now())}
        except StoreNotNow:  # they wait as before
            now_s = self._clock.monotonic_s()
            for pick in picks:
                self._plan.settled(pick, now_s, counted=False)
                self._plan.add(pick, now_s)
            raise

    async def _learn(self) -> dict[int, OutgoingRow]:
        """Takes over what began to wait since the last look; returns the newest of it."""
        now_s = self._clock.monotonic_s()
        if self._counted_s is None or now_s - self._counted_s >= COUNT_AGAIN_S:
            # Ids are given again once rows were deleted, and a row may wait again that had failed.
            unknown = self._plan.unknown(await messages.waiting_ids(self._store, self._name))
            self._last_id = min([self._last_id, *(number - 1 for number in unknown)])
            self._counted_s = now_s
        fresh = dict[int, OutgoingRow]()
        while rows := await messages.waiting_to_say(
            self._store, self._name, self._clock.now(), PAGE, after_id=self._last_id
        ):
            fresh = {row.id: row for row in rows}
            await self._drop_told_anew(rows, now_s)
            self._plan.add([_waiting(row, now_s) for row in rows], now_s)
            self._last_id = rows[-1].id
            if len(rows) < PAGE:
                break
        return fresh

    async def _drop_told_anew(self, rows: Sequence[OutgoingRow], now_s: float) -> None:
        """What was put off and has been queued again under a new number must not hold up its chat."""
        if held_up_by := self._plan.put_off({row.message.chat_id for row in rows}, now_s):
            known = [one.id for one in held_up_by]
            still = {row.id for row in await messages.still_waiting(self._store, known, self._clock.now())}
            self._plan.drop([one for one in held_up_by if one.id not in still], now_s)

    async def _listen(self) -> None:
        seen = self._store.revision
        while True:
            seen = await self._store.wait_change(seen)
            self._news.set()

    async def _rest(self) -> None:
        """Until there is news, or somebody's silence ends."""
        now_s = self._clock.monotonic_s()
        wakes_s = None if self._under_way >= AT_ONCE else self._plan.wakes_s(now_s)
        rest_s = COUNT_AGAIN_S if wakes_s is None else max(0.0, wakes_s - now_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(min(COUNT_AGAIN_S, rest_s)):
                await self._news.wait()

    # Saying it ---------------------------------------------------------------------------------

    async def _say(self, call: _Call) -> None:
        """Makes one call; until what came of it is written down, its chat is silent."""
        outcome = await self._delivery.deliver(call.rows)
        self._outcomes.append((call, outcome))
        self._ended.set()

    async def _keep_settling(self) -> None:
        while True:
            await self._ended.wait()
            await self._settle()

    async def _settle(self) -> None:
        """Writes down what came of the calls that have ended, in one transaction, and lets their chats go on."""
        self._ended.clear()
        ended, self._outcomes = self._outcomes, []
        await self._write([outcome.unit for _, outcome in ended if outcome.unit is not None])
        for call, outcome in ended:
            self._under_way -= 1
            self._take_over(call, outcome)
        self._news.set()

    async def _finish(self) -> None:
        """Lets what is being said end and be noted, or it would be said again after the next start."""
        ends_s = self._clock.monotonic_s() + GRACE_S
        while self._under_way and self._clock.monotonic_s() < ends_s:
            await self._clock.sleep(GLANCE_S)

    def _take_over(self, call: _Call, outcome: Outcome) -> None:
        chat_id, now_s = call.picked[0].chat_id, self._clock.monotonic_s()
        if outcome.is_over:
            self._plan.forget(chat_id)
            self._counted_s = None  # what moved along waits under another id now
        if outcome.silent_s is not None:
            self._plan.silence(chat_id, now_s, outcome.silent_s)
        self._away = self._away + 1 if outcome.is_away else 0
        if outcome.is_away:
            self._plan.pause(now_s + (AWAY.pause_s(self._away, self._chance()) or 0.0))
        counted = outcome.silent_s is None and not outcome.is_away
        self._plan.settled(call.picked, now_s, counted=counted)
        self._plan.add([_waiting(row, now_s, outcome.again_in_s) for row in outcome.left], now_s)

    async def _write(self, units: Sequence[Unit[None]]) -> None:
        while units:
            problems = [found for found in await self._store.write_each(units) if isinstance(found, Exception)]
            if not problems:
                return
            if not all(isinstance(problem, StoreNotNow) for problem in problems):
                raise ExceptionGroup("what was said cannot be noted", problems)
            await self._clock.sleep(LOOK_AGAIN_S)


def _waiting(row: OutgoingRow, now_s: float, again_in_s: float | None = None) -> Waiting:
    message = row.message
    return Waiting(
        id=row.id,
        chat_id=message.chat_id,
        priority=message.priority,
        manner=message.manner,
        has_brief=_may_join(message),
        due_s=now_s + (row.due_in_s if again_in_s is None else again_in_s),
        board=message.board,
        gives_way=gives_way(row),
    )


def _is_of(one: Waiting, row: OutgoingRow) -> bool:
    """Whether the row still is the message that was planned."""
    return _waiting(row, one.due_s, 0.0) == one


def _may_join(message: OutgoingMessage) -> bool:
    is_receipt = message.manner is Manner.MESSAGE and message.priority is Priority.RECEIPT
    return bool(message.brief) and is_receipt and not message.edits
