"""Asks for updates: a batch is confirmed only by asking for the next, and that only once it is durable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from bot.channels.telegram.receiving import Receiving
from core.errors import FallbackError, NeedsPerson, Temporary
from core.ports import Clock
from core.retry import RetrySchedule

log = structlog.get_logger(__name__)

SCHEDULE = RetrySchedule(first_s=0.5, longest_s=30.0)

Asked = Callable[[int | None], Awaitable[list[Any]]]
"""One long poll from an offset on."""


class Polling:
    """`run` for ever. Where it stands is the vendor's to remember: unconfirmed updates come again after a restart."""

    def __init__(
        self,
        ask: Asked,
        receiving: Receiving,
        clock: Clock,
        chance: Callable[[], float],
        tell: Callable[[FallbackError], Awaitable[None]],
    ) -> None:
        """`chance`: 0 ≤ x < 1, spreads the retries; `tell`: explains to the admins what will not pass by itself."""
        self._ask = ask
        self._receiving = receiving
        self._clock = clock
        self._chance = chance
        self._tell = tell

    async def run(self) -> None:
        """Receives until cancelled; no trouble of the vendor's, the network's or the disk's ends it."""
        offset: int | None = None
        failures = 0
        while True:
            try:
                updates = await self._ask(offset)
                if updates:
                    await self._receiving.take(updates)
            except (Temporary, NeedsPerson) as problem:
                failures += 1
                await self._wait(problem, failures)
                continue
            failures = 0
            following = next_offset(updates)
            if updates and following is None:  # nothing of it has a number: asking again at once would not help
                await self._clock.sleep(1.0)
            offset = following

    async def _wait(self, problem: FallbackError, failures: int) -> None:
        log.warning("telegram.not_received", error=type(problem).__name__, failures=failures)
        await self._tell(problem)
        asked_s = problem.retry_after_s if isinstance(problem, Temporary) else None
        await self._clock.sleep(SCHEDULE.pause_s(failures, self._chance(), asked_s) or 0.0)


def next_offset(updates: Sequence[Any]) -> int | None:
    """What confirms these updates; None after an empty answer.

    None because the numbers begin anew, anywhere, after a week of silence: an old offset would confirm the new ones
    unseen. The empty answer came to a call that had confirmed everything already.
    """
    numbers = [update["update_id"] for update in updates if isinstance(update, dict) and "update_id" in update]
    return max((number for number in numbers if type(number) is int), default=-1) + 1 or None
