"""Asks the primary again and again while a hand-back lasts, and knows when to stop: it is gone, or we are overruled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from core.errors import PrimaryBusy, PrimaryUnreachable
from core.mode import Mode, ModeState
from fallback_store import incident_log
from sync.dealings import Dealings
from sync.outbox_worker import OutboxWorker

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")


class PrimaryGone(Exception):
    """The primary has been silent for too long."""


class Overruled(Exception):
    """The mode was changed by somebody else: the hand-back is over."""

    def __init__(self, state: ModeState) -> None:
        """`state`: what it was changed to."""
        super().__init__(f"the mode is {state.mode} since {state.by} changed it")


class Patience:
    """Counts the primary's silence over all calls of one hand-back, the outbox's included."""

    def __init__(self, dealings: Dealings, worker: OutboxWorker, *, gives_up_after_s: float, poll_s: float) -> None:
        """`gives_up_after_s`: of silence; `poll_s`: between looks at the mode."""
        self._store, self._clock, self._worker = dealings.store, dealings.clock, worker
        self._gives_up_after_s, self._poll_s = gives_up_after_s, poll_s
        self._began_s = dealings.clock.monotonic_s()

    def begin(self) -> None:
        """Silence counts from now."""
        self._began_s = self._clock.monotonic_s()

    async def ask(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """The primary's answer, however often it has to be asked. Raises: PrimaryGone, Overruled."""
        failures = 0
        while True:
            await self.check_mode()
            try:
                answer = await call()
            except PrimaryUnreachable as problem:
                failures += 1
                await self._wait_out(problem, failures)
            else:
                self._worker.heard()
                return answer

    async def sleep(self, seconds: float) -> None:
        """Sleeps in short pieces, so that an admin's word is heard while the primary has none. Raises: Overruled."""
        while seconds > 0:
            piece_s = min(seconds, self._poll_s)
            await self._clock.sleep(piece_s)
            await self.check_mode()
            seconds -= piece_s

    async def check_mode(self) -> None:
        """Raises: Overruled unless a hand-back is wanted."""
        state = await incident_log.current_state(self._store, self._clock.now())
        if state.mode is not Mode.HANDING_BACK:
            raise Overruled(state)

    async def _wait_out(self, problem: PrimaryUnreachable, failures: int) -> None:
        pause_s = self._worker.pause_s(failures, problem)
        if isinstance(problem, PrimaryBusy):
            await self.sleep(pause_s)
            self._worker.heard()  # the silence was asked for
            return
        left_s = self._gives_up_after_s - self._silence_s()
        if left_s <= 0:
            raise PrimaryGone(f"the primary was silent for {self._gives_up_after_s:.0f} s: {problem}") from problem
        _log.info("hand_back.waiting", problem=str(problem), pause_s=round(pause_s, 1))
        await self.sleep(min(pause_s, left_s))

    def _silence_s(self) -> float:
        heard_s = self._worker.heard_s
        since_s = self._began_s if heard_s is None else max(heard_s, self._began_s)
        return self._clock.monotonic_s() - since_s
