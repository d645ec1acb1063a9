"""Keeps a part at work while the store cannot be asked: every loop of the service is guarded here, and only here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from core.errors import StoreNotNow
from core.ports import Clock

log = structlog.get_logger(__name__)

#: Seconds before a part begins again: as long as SQLite itself waits for a file that somebody holds.
PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Outliving:
    """Begins a part anew that a busy file or a full disk ended; whatever else ends it ends the service."""

    clock: Clock
    #: how often each part was begun anew
    interruptions: Counter[str] = field(default_factory=Counter)

    async def run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Works until `work` returns by itself. What it had not written down it does again: rows are all it goes by."""
        while True:
            try:
                await work()
            except Exception as problem:
                if not _is_not_now(problem):
                    raise
                self.interruptions[name] += 1
                log.warning("part.put_off", part=name, why=_why(problem))
            else:
                return
            await self.clock.sleep(PAUSE_S)


def _is_not_now(problem: Exception) -> bool:
    """Whether it is nothing but the store's not-now, however many parts of a part met it."""
    if isinstance(problem, ExceptionGroup):
        return all(_is_not_now(one) for one in problem.exceptions)
    return isinstance(problem, StoreNotNow)


def _why(problem: Exception) -> str:
    return _why(problem.exceptions[0]) if isinstance(problem, ExceptionGroup) else str(problem)
