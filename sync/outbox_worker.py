"""Takes events out of the outbox to the primary in batches and writes down what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from core.errors import EpochUnknown, FallbackError, NeedsPerson, Permanent, PrimaryUnreachable, Temporary
from core.mode import Mode
from core.primary import PUSH_LIMIT, EpochGrant, PrimaryEvent
from core.retry import RetrySchedule
from fallback_store import hand_backs, incident_log, outbox
from fallback_store.database import Tx, Unit
from sync.batch import Lesson, Patience, push_in_order, refusals_to_tell
from sync.dealings import Dealings
from sync.tells import TellRefused

_log = structlog.get_logger(__name__)

#: In these modes the primary is in charge, and what is left over may go to it as it comes.
_PRIMARY_IN_CHARGE = (Mode.NORMAL, Mode.WATCHING, Mode.PARTIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRules:
    """How the outbox is emptied."""

    #: events in one push
    batch: int = PUSH_LIMIT
    #: pushes under way at once: one travels while another is written down
    lanes: int = 3
    #: a leased event is sent again when nothing was heard for this long
    lease_s: float = 60.0
    #: between looks for left-over events while the primary is in charge
    poll_s: float = 2.0
    #: pauses after silence, and after the primary's "not now" to one event
    schedule: RetrySchedule = field(default_factory=RetrySchedule)
    #: after so many answers of "not now", or without a word on it, an event goes to a person
    not_now_limit: int = 20


class OutboxWorker:
    """One per process; the store belongs to this process alone, so a lease from before its start is nobody's."""

    def __init__(
        self,
        dealings: Dealings,
        *,
        node: str,
        chance: Callable[[], float],
        tell_refused: TellRefused,
        rules: OutboxRules = OutboxRules(),
    ) -> None:
        """`node`: our name at the primary; `chance`: 0 ≤ x < 1, spreads the pauses."""
        self._store, self._primary, self._clock = dealings.store, dealings.primary, dealings.clock
        self._dealings, self._tell_refused = dealings, tell_refused
        self.node, self._chance, self._rules = node, chance, rules
        self._patience = Patience(schedule=rules.schedule, limit=rules.not_now_limit)
        self._batch = rules.batch
        self._held: set[str] = set()
        self._owns_leases = False
        self._draining = asyncio.Lock()
        #: monotonic moment of the primary's last answer; None before the first
        self.heard_s: float | None = None

    async def run(self) -> None:
        """While the primary is in charge, brings it what is left over: corrections, and what couriers do later."""
        failures, told = 0, ""
        while True:
            try:
                await self.push_leftovers()
            except Temporary as problem:
                failures += 1
                await self._clock.sleep(self.pause_s(failures, problem))
            except (NeedsPerson, Permanent) as problem:
                if told != str(problem):
                    told = str(problem)
                    await self._dealings.tell(problem)
                await self._clock.sleep(self._rules.schedule.longest_s)
            else:
                failures, told = 0, ""
                await self._clock.sleep(self._rules.poll_s)

    async def push_leftovers(self) -> None:
        """One look: drains every epoch that has unsettled events, if the primary is in charge.

        They go under the newest epoch, whichever they are of: the fence asks who speaks, and older ones are stale.
        """
        state = await incident_log.current_state(self._store, self._clock.now())
        if state.mode not in _PRIMARY_IN_CHARGE:
            return
        for epoch in await outbox.unsettled_epochs(self._store):
            try:
                await self.drain(epoch, fence=state.epoch)
            except EpochUnknown:
                await self.register(state.epoch)
                await self.drain(epoch, fence=state.epoch)

    async def register(self, epoch: int) -> EpochGrant:
        """Makes the epoch known to the primary, again if need be. Raises: StaleEpoch, PrimaryUnreachable."""
        opening = await self._store.write(lambda tx: hand_backs.opening_of(tx, epoch))
        opened_at = self._clock.now() if opening is None else opening.at
        reason = "" if opening is None else opening.reason
        grant = await self._primary.open_epoch(epoch, node=self.node, opened_at=opened_at, reason=reason)
        self.heard()
        return grant

    async def drain(self, epoch: int, *, fence: int | None = None) -> datetime | None:
        """Sends everything of an epoch that may be sent now. Returns when the rest may be; None when nothing is left.

        `fence`: the epoch it is pushed under, if not its own. Raises: PrimaryUnreachable, PrimaryDenied, StaleEpoch,
        EpochUnknown, BatchMalformed; whatever was learned until then is written down.
        """
        problems: list[FallbackError] = []
        async with self._draining:
            self._batch = self._rules.batch
            async with asyncio.TaskGroup() as lanes:
                for _ in range(self._rules.lanes):
                    lanes.create_task(self._lane(epoch, fence or epoch, problems))
        if problems:
            raise problems[0]
        return await outbox.next_free(self._store, epoch)

    def pause_s(self, failures: int, problem: Temporary) -> float:
        """How long to leave the primary alone after it was silent `failures` times in a row."""
        pause_s = self._rules.schedule.pause_s(failures, self._chance(), problem.retry_after_s)
        return self._rules.schedule.longest_s if pause_s is None else pause_s

    def heard(self) -> None:
        """The primary answered just now."""
        self.heard_s = self._clock.monotonic_s()

    # One lane -------------------------------------------------------------------------------------

    async def _lane(self, epoch: int, fence: int, problems: list[FallbackError]) -> None:
        # A raised error would make the group cancel the other lanes in mid-flight: they only stop.
        try:
            events = await self._write([], [self._leasing(epoch)])
            while events:
                lesson = await self._learn(fence, events, problems)
                recording, tells = self._recording(events, lesson)
                events = await self._write([recording, *tells], [] if problems else [self._leasing(epoch)])
        except FallbackError as problem:
            problems.append(problem)

    async def _learn(self, fence: int, events: Sequence[PrimaryEvent], problems: list[FallbackError]) -> Lesson:
        orders = {event.order_id for event in events}
        self._held |= orders
        lesson = Lesson()
        try:
            await push_in_order(self._primary, fence, self.node, events, lesson)
        except FallbackError as problem:
            problems.append(problem)
            lesson.is_cut_short = True
            if not isinstance(problem, PrimaryUnreachable):
                self.heard()
        else:
            self.heard()
        finally:
            self._held -= orders
        if lesson.largest is not None:
            self._batch = min(self._batch, lesson.largest)
        return lesson

    async def _write(self, told: list[Unit[Any]], leasing: list[Unit[Any]]) -> list[PrimaryEvent]:
        """Writes down what was learned and takes the next batch, in one commit that no cancellation undoes."""
        writing = asyncio.ensure_future(self._store.write_each([*told, *leasing]))
        try:
            outcomes = await asyncio.shield(writing)
        except asyncio.CancelledError:
            await writing
            raise
        for place, outcome in enumerate(outcomes):
            if isinstance(outcome, Exception) and 0 < place < len(told):
                # A message that cannot be queued must not keep the outcome from being known.
                _log.error("outbox.not_told", problem=repr(outcome))
            elif isinstance(outcome, BaseException):
                raise outcome
        leased: list[PrimaryEvent] = outcomes[-1] if leasing else []  # type: ignore[assignment]
        return leased

    def _leasing(self, epoch: int) -> Unit[list[PrimaryEvent]]:
        now, held, batch = self._clock.now(), frozenset(self._held), self._batch
        until = now + timedelta(seconds=self._rules.lease_s)

        def lease(tx: Tx) -> list[PrimaryEvent]:
            if not self._owns_leases:
                outbox.release_leases(tx)
                self._owns_leases = True
            return outbox.lease(tx, epoch, batch, until=until, now=now, held=held)

        return lease

    def _recording(self, sent: Sequence[PrimaryEvent], lesson: Lesson) -> tuple[Unit[None], list[Unit[None]]]:
        now = self._clock.now()

        def record(tx: Tx) -> None:
            open_seqs = [event.seq for event in sent if not lesson.settles(event)]
            times = outbox.attempts_of(tx, open_seqs) if open_seqs else {}
            settled = self._patience.settlements(sent, lesson, times, chance=self._chance, now=now)
            outbox.settle(tx, settled, now)

        def tell(event: PrimaryEvent, reason: str) -> Unit[None]:
            return lambda tx: self._tell_refused(tx, event, reason, now)

        return record, [tell(event, reason) for event, reason in refusals_to_tell(sent, lesson)]
