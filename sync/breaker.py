"""Cuts the primary's own intake while we take the orders, and puts it on trial before it is given them back."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from core.errors import (
    BreakerStuck,
    FallbackError,
    NeedsPerson,
    NotSupported,
    Permanent,
    PrimaryDenied,
    PrimaryUnreachable,
    SuspectOrders,
    Temporary,
)
from core.mode import Mode, ModeState
from fallback_store import breaker, catalog_snapshots, hand_backs, incident_log
from fallback_store.breaker import BreakerState
from fallback_store.database import Tx
from sync.dealings import Dealings
from sync.outbox_worker import OutboxWorker

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRules:
    """How the breaker is watched."""

    #: between looks while it is not as it should be: a primary that comes back takes orders for so long at the most
    poll_s: float = 2.0
    #: between looks while it is: a primary that was restarted may have forgotten
    recheck_s: float = 10.0
    #: between questions to one that could not be cut: a gateway that comes back may have said so in its place
    asks_again_s: float = 180.0
    #: a primary that answers and is still not as it should be after this long needs a person
    stuck_after_s: float = 60.0
    #: the trial at recovery: so many answers in a row, so far apart, within so long
    trial_answers: int = 3
    trial_every_s: float = 0.5
    trial_s: float = 30.0


class Breaker:
    """One per process; `run` keeps the primary's intake as the mode wants it, the hand-back asks for the trial."""

    def __init__(self, dealings: Dealings, worker: OutboxWorker, *, rules: BreakerRules = BreakerRules()) -> None:
        self._store, self._primary, self._clock = dealings.store, dealings.primary, dealings.clock
        self._dealings, self._worker, self._rules = dealings, worker, rules
        #: since when it answers and is not as it should be, monotonic seconds
        self._wrong_since_s: float | None = None
        self._is_stuck = False
        #: when it last said that it cannot be cut, monotonic seconds
        self._refused_s = -math.inf

    def metrics(self) -> Mapping[str, float]:
        """breaker_stuck."""
        return {"breaker_stuck": float(self._is_stuck)}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            is_right = False
            try:
                is_right = await self._look_and_count()
            except FallbackError as problem:  # a cut that is not watched is worse than one that is watched badly
                _log.warning("breaker.not_now", problem=str(problem), hint=problem.hint)
            await self._clock.sleep(self._rules.recheck_s if is_right else self._rules.poll_s)

    async def look(self) -> bool:
        """Brings the primary's intake to what the mode wants; whether that is done.

        Raises: PrimaryUnreachable when it does not answer, PrimaryDenied, StaleEpoch.
        """
        state = await incident_log.current_state(self._store, self._clock.now())
        if state.mode is Mode.EMERGENCY:
            await self._keep_cut(state)
        elif state.mode is not Mode.HANDING_BACK:  # then the hand-back sees to it
            await self._leave_on()
        await self._count(None)
        return True

    async def cut(self, epoch: int) -> None:
        """Cuts the intake, and learns what was taken since we are in charge. Raises: PrimaryUnreachable, StaleEpoch."""
        opening = await self._store.write(lambda tx: hand_backs.opening_of(tx, epoch))
        cut_at = self._clock.now() if opening is None else opening.at
        try:
            taken = await self._primary.pause(epoch, is_paused=True, since=cut_at)
        except NotSupported as problem:
            self._refused_s = self._clock.monotonic_s()
            if await self._store.write(lambda tx: breaker.unsupported(tx, epoch, cut_at=cut_at)):
                _log.info("breaker.no_pause", epoch=epoch, problem=str(problem))
            return
        now = self._clock.now()
        news = await self._store.write(lambda tx: breaker.opened(tx, epoch, cut_at=cut_at, now=now, suspects=taken))
        _log.info("breaker.open", epoch=epoch, suspects=len(news))
        if news:
            await self._dealings.tell(SuspectOrders(f"The platform took {len(news)} orders after we had taken over."))

    async def trial(self, epoch: int, go_on: Callable[[], Awaitable[None]]) -> bool:
        """Puts the intake on again and watches it; False when it did not do well in time: it is cut again.

        `go_on` may raise to end the trial. Raises: PrimaryUnreachable and its kin when it cannot be put on at all.
        """
        try:
            await self._primary.pause(epoch, is_paused=False)
        except NotSupported:
            _log.info("breaker.no_pause", epoch=epoch)
        try:
            await self._move(epoch, BreakerState.HALF_OPEN)
            if await self._does_well(go_on):
                await self._move(epoch, BreakerState.CLOSED)
                return True
        except Exception:
            await self._cut_again(epoch)
            raise
        await self._cut_again(epoch)
        return False

    # Inside ---------------------------------------------------------------------------------------

    async def _look_and_count(self) -> bool:
        try:
            return await self.look()
        except PrimaryUnreachable as problem:
            # Nobody can cut a primary that is silent, and nobody orders there either.
            await self._count(problem if await self._answers() else None)
        except (NeedsPerson, Permanent) as problem:
            await self._count(problem)
        return False

    async def _cut_again(self, epoch: int) -> None:
        try:
            await self._primary.pause(epoch, is_paused=True)
        except FallbackError as problem:
            _log.warning("breaker.not_cut_again", problem=str(problem))  # emergency follows, and `run` with it

    async def _keep_cut(self, state: ModeState) -> None:
        if await catalog_snapshots.newest_id(self._store) is None:
            await self._leave_on()  # nobody can order here without a menu: then nobody could order anywhere
            return
        row = await breaker.newest(self._store)
        known = row.state if row is not None and row.epoch == state.epoch else None
        is_refused = self._clock.monotonic_s() < self._refused_s + self._rules.asks_again_s
        if known is BreakerState.UNSUPPORTED and is_refused:
            return
        grant = await self._worker.register(state.epoch)
        if not (grant.is_paused and known is BreakerState.OPEN):
            await self.cut(state.epoch)

    async def _leave_on(self) -> None:
        """The intake must be on; a hand-back that was interrupted may have left it cut."""
        row = await breaker.newest(self._store)
        if row is not None and row.state in (BreakerState.OPEN, BreakerState.HALF_OPEN):
            await self._primary.pause(row.epoch, is_paused=False)
            await self._move(row.epoch, BreakerState.CLOSED)

    async def _count(self, problem: FallbackError | None) -> None:
        """`problem`: it answers, and does not do what it is asked; None = all is well, or it is silent."""
        if problem is None:
            self._wrong_since_s, self._is_stuck = None, False
            return
        now_s = self._clock.monotonic_s()
        if self._wrong_since_s is None:
            self._wrong_since_s = now_s
        if now_s - self._wrong_since_s >= self._rules.stuck_after_s and not self._is_stuck:
            self._is_stuck = True
            await self._dealings.tell(BreakerStuck(f"{problem}"))

    async def _does_well(self, go_on: Callable[[], Awaitable[None]]) -> bool:
        rules, well = self._rules, 0
        until_s = self._clock.monotonic_s() + rules.trial_s
        while self._clock.monotonic_s() < until_s:
            await go_on()
            well = well + 1 if await self._answers() else 0
            if well >= rules.trial_answers:
                return True
            await self._clock.sleep(rules.trial_every_s)
        return False

    async def _answers(self) -> bool:
        try:
            if (await self._primary.health()).status == "fail":
                return False
            await self._primary.dry_run_order(b"")
        except (NotSupported, PrimaryDenied):  # it refuses the question, as the watch's probes read it too
            return True
        except Temporary:
            return False
        return True

    async def _move(self, epoch: int, to: BreakerState) -> None:
        now = self._clock.now()

        def unit(tx: Tx) -> None:
            breaker.move(tx, epoch, to, now)

        await self._store.write(unit)
