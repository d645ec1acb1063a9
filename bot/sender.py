"""Says what waits to be said: per chat in order, notices first, inside each channel's patience."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from core.errors import Permanent, StoreFull, Temporary
from core.ports import Channel, Clock
from core.retry import RetrySchedule
from fallback_store import messages
from fallback_store.database import Store, Unit
from fallback_store.messages import OutgoingRow

log = structlog.get_logger(__name__)

#: Chats spoken to at the same time.
AT_ONCE = 64
#: How soon a message that was put off is looked at again when nothing else happens.
LOOK_AGAIN_S = 1.0
#: A chat that is unreachable for about a day is given up; the row stays, marked failed, for a person.
SCHEDULE = RetrySchedule(first_s=0.5, longest_s=300.0, limit=300)


class Sender:
    """One channel's voice. Nothing waits inside a desk; a kill between saying and noting says it again, same key."""

    def __init__(self, store: Store, clock: Clock, channel: Channel, chance: Callable[[], float]) -> None:
        """`chance`: 0 ≤ x < 1, spreads the retries."""
        self._store = store
        self._clock = clock
        self._channel = channel
        self._chance = chance

    async def run(self) -> None:
        """Speaks for ever."""
        while True:
            seen = self._store.revision
            if not await self.say_waiting():
                await self._wait(seen)

    async def say_waiting(self) -> int:
        """Says the next message of every chat that may be spoken to now; returns how many were tried."""
        rows = await messages.waiting_to_say(self._store, self._channel.name, self._clock.now(), AT_ONCE)
        if rows:
            async with asyncio.TaskGroup() as group:
                said = [group.create_task(self._say(row)) for row in rows]
            await self._note([task.result() for task in said])
        return len(rows)

    async def _wait(self, seen: int) -> None:
        # A message put off becomes due without any commit: look again after a while in any case.
        try:
            async with asyncio.timeout(LOOK_AGAIN_S):
                await self._store.wait_change(seen)
        except TimeoutError:
            return

    async def _say(self, row: OutgoingRow) -> Unit[None]:
        """Says one message; returns the unit of work that notes what became of it."""
        try:
            vendor_id = await self._channel.send(row.message)
        except Temporary as problem:
            return self._put_off(row, problem, problem.retry_after_s)
        except Permanent as problem:
            log.error("message cannot be said", outgoing_id=row.id, error=str(problem))
            error = str(problem)
            return lambda tx: messages.mark_unsent(tx, row.id, error, None)
        return lambda tx: messages.mark_sent(tx, row.id, vendor_id, self._clock.now())

    def _put_off(self, row: OutgoingRow, problem: Temporary, retry_after_s: float | None) -> Unit[None]:
        pause_s = SCHEDULE.pause_s(row.attempts + 1, self._chance(), retry_after_s)
        due = None if pause_s is None else self._clock.now() + timedelta(seconds=pause_s)
        error = str(problem)
        return lambda tx: messages.mark_unsent(tx, row.id, error, due)

    async def _note(self, units: list[Unit[None]]) -> None:
        while any(isinstance(outcome, StoreFull) for outcome in await self._store.write_each(units)):
            await self._clock.sleep(LOOK_AGAIN_S)
