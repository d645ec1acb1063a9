"""Why a change of the mode cannot be, in words for the person who wanted it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from core.errors import ModeConflict
from core.health import Cause
from core.mode import WATCH, Mode, ModeState, is_held_by, may_step
from watch.telling import Telling


@dataclass(frozen=True, slots=True)
class Wish:
    """A change somebody wants."""

    mode: Mode
    by: str
    reason: str
    now: datetime
    #: the epoch they acted upon; None = whatever it is now
    seen_epoch: int | None = None
    cause: Cause | None = None


class ModeConflicts:
    """Checks a wish against the mode as it is."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling

    def check(self, before: ModeState, wish: Wish, froms: Set[Mode]) -> None:
        """Lets a possible wish pass. Raises: ModeConflict."""
        if wish.seen_epoch is not None and wish.seen_epoch != before.epoch:
            raise self.was_first(before, wish.now)
        is_about_more = before.mode is wish.mode is Mode.WATCHING and before.cause is not wish.cause
        if before.mode is wish.mode and not is_about_more:
            raise self.because("conflict_already", **self._facts(before, wish.now))
        held = is_held_by(before, wish.now) if wish.by == WATCH else None
        if held is not None:
            until = self._telling.clock(held.until, wish.now)
            raise self.because("conflict_locked", until=until, by=held.by, reason=held.reason)
        if not is_about_more and (before.mode not in froms or not may_step(before.mode, wish.mode)):
            raise self._no_step(before.mode, wish.mode)

    def was_first(self, state: ModeState, now: datetime) -> ModeConflict:
        """Somebody changed it in the meantime."""
        return self.because("conflict_first", **self._facts(state, now))

    def because(self, name: str, **facts: str) -> ModeConflict:
        """A conflict in the words called `name`."""
        return ModeConflict(self._telling.say(name, **facts), hint=self._telling.say("conflict_hint"))

    def _no_step(self, before: Mode, wanted: Mode) -> ModeConflict:
        mode = self._telling.mode
        steps = " / ".join(mode(other) for other in Mode if may_step(before, other))
        return ModeConflict(
            self._telling.say("conflict_no_step", mode=mode(before), wanted=mode(wanted)),
            hint=self._telling.say("conflict_no_step_hint", steps=steps),
        )

    def _facts(self, state: ModeState, now: datetime) -> dict[str, str]:
        telling = self._telling
        return {
            "mode": telling.mode(state.mode),
            "by": telling.who(state.by),
            "time": telling.clock(state.since, now),
            "reason": state.reason,
        }
