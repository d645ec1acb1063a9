"""Carries notices to where there is no chat: row by row of the ledger, tried again until told, failed or overtaken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog

from core.errors import FallbackError, NeedsPerson, Permanent, StoreNotNow, Temporary
from core.ports import Clock
from core.retry import RetrySchedule
from fallback_store import notice_ledger, notices
from fallback_store.database import Store, Tx
from fallback_store.notice_ledger import Delivery
from fallback_store.notices import Notice

log = structlog.get_logger(__name__)

#: Targets told at the same time: one that hangs keeps no other waiting.
AT_ONCE = 8
LOOK_AGAIN_S = 1.0
#: About two hours; by then newer notices have taken its place.
SCHEDULE = RetrySchedule(first_s=1.0, longest_s=300.0, limit=40)
#: Nobody may ask us to wait longer than until the next notice, seconds.
LONGEST_WAIT_S = 1200.0


class Undelivered(NeedsPerson):
    """A notice cannot be delivered."""

    hint = "Check the settings under notices and the other side's log; `check` tries them."


@dataclass(frozen=True, slots=True)
class Letter:
    """One notice as a carrier needs it."""

    #: what the ledger's fingerprints are made with
    salt: str
    notice: Notice
    #: which of its languages comes first
    language: str

    @property
    def key(self) -> str:
        """The same for every try: whoever gets it twice can tell."""
        return f"{self.salt}-notice-{self.notice.id}"

    @property
    def text(self) -> str:
        """Its text in the first language."""
        return self.notice.texts.get(self.language) or next(iter(self.notice.texts.values()))

    @property
    def title(self) -> str:
        """Its first line, without whatever else ends a line: it becomes a header of a mail."""
        return " ".join(self.text.partition("\n")[0].split())


class Carrier(Protocol):
    """A way to tell people outside the chats."""

    #: as in the ledger: mail or webhook
    channel: str

    async def carry(self, letter: Letter, target: str) -> None:
        """Tells one target, as the ledger names it. Raises: Temporary (try again), Permanent (never will)."""
        ...


class NoticeDelivery:
    """One carrier at work. A kill between telling and noting tells again, with the same key."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        carrier: Carrier,
        chance: Callable[[], float],
        *,
        language: str,
        tell_admin: Callable[[Tx, FallbackError, datetime], None],
    ) -> None:
        """`chance`: 0 ≤ x < 1, spreads the retries."""
        self._store = store
        self._clock = clock
        self._carrier = carrier
        self._chance = chance
        self._language = language
        self._tell_admin = tell_admin
        #: delivery → not before, monotonic seconds. A restart tries at once, a clock that jumps changes nothing.
        self._pauses: dict[int, float] = {}

    async def run(self) -> None:
        """Delivers for ever."""
        while True:
            seen = self._store.revision
            if not await self.deliver_waiting():
                await self._wait(seen)

    async def deliver_waiting(self) -> int:
        """Tries everything that may be tried now; returns how many that was."""
        at_s = self._clock.monotonic_s()
        waiting = await notice_ledger.waiting(self._store, self._carrier.channel)
        self._pauses = {row.id: self._pauses[row.id] for row in waiting if row.id in self._pauses}
        due = [row for row in waiting if self._pauses.get(row.id, at_s) <= at_s]
        for start in range(0, len(due), AT_ONCE):
            await self._deliver_together(due[start : start + AT_ONCE])
        return len(due)

    async def _deliver_together(self, rows: Sequence[Delivery]) -> None:
        salt = await notice_ledger.salt_of(self._store)
        found = {row.notice_id: await notices.read(self._store, row.notice_id) for row in rows}
        letters = {id_: Letter(salt, notice, self._language) for id_, notice in found.items() if notice}
        async with asyncio.TaskGroup() as group:
            for row in rows:
                if row.notice_id in letters:
                    group.create_task(self._deliver(row, letters[row.notice_id]))

    async def _deliver(self, row: Delivery, letter: Letter) -> None:
        try:
            await self._carrier.carry(letter, row.target)
        except Temporary as problem:
            await self._note(row, *self._put_off(row, problem))
        except FallbackError as problem:
            await self._note(row, "failed", problem)
        except Exception as mistake:  # ours: one notice that trips its carrier must not end the service
            # What a library says about a letter may quote an address.
            await self._note(row, "failed", Permanent(f"a mistake of ours: {type(mistake).__name__}"))
        else:
            await self._note(row, "sent", None)

    def _put_off(self, row: Delivery, problem: Temporary) -> tuple[str, FallbackError]:
        asked_s = None if problem.retry_after_s is None else min(problem.retry_after_s, LONGEST_WAIT_S)
        pause_s = SCHEDULE.pause_s(row.attempts + 1, self._chance(), asked_s)
        if pause_s is None:
            return "failed", problem
        self._pauses[row.id] = self._clock.monotonic_s() + pause_s
        return "waiting", problem

    async def _note(self, row: Delivery, state: str, problem: FallbackError | None) -> None:
        """What became of it must be known before it is tried again: a full or busy store only makes us wait."""
        now = self._clock.now()
        if problem is not None:
            log.warning("notice.not_delivered", delivery=row.id, channel=self._carrier.channel, why=str(problem))
        unit = partial(self._write, row=row, state=state, problem=problem, now=now)
        while isinstance((await self._store.write_each([unit]))[0], StoreNotNow):
            await self._clock.sleep(LOOK_AGAIN_S)

    def _write(self, tx: Tx, row: Delivery, state: str, problem: FallbackError | None, now: datetime) -> None:
        notice_ledger.mark(tx, row.id, state, None if problem is None else str(problem), now)
        if state == "failed":
            self._tell_admin(tx, Undelivered(f"{self._carrier.channel}: {problem}"), now)

    async def _wait(self, seen: int) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN_S):
                await self._store.wait_change(seen)
        except TimeoutError:
            return
