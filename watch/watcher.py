"""The loop: probes → verdict → switch, one round after the other, on time that never jumps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from core.errors import FallbackError, ModeConflict
from core.health import Health, HealthRules, Verdict
from core.mode import Mode, ModeRules, ModeState, advise, is_ready_to_hand_back
from core.ports import Clock
from fallback_store import incident_log
from fallback_store.database import Store
from watch.mode_switch import StoreModeSwitch
from watch.probes import Probes

log = structlog.get_logger(__name__)


class Watcher:
    """Watches the primary for as long as it runs; the store remembers the mode, the watcher only the last minutes."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        switch: StoreModeSwitch,
        probes: Probes,
        *,
        health_rules: HealthRules,
        mode_rules: ModeRules,
    ) -> None:
        self._store = store
        self._clock = clock
        self._switch = switch
        self._probes = probes
        self._health_rules = health_rules
        self._mode_rules = mode_rules
        self._health = Health(health_rules)
        self._latest: dict[str, float] = {}
        self._verdict: Verdict | None = None
        #: mode and epoch as last seen, and since when, monotonic seconds
        self._seen: tuple[Mode, int] | None = None
        self._entered_s = 0.0
        self._has_spoken = False

    def latest(self) -> Mapping[str, float]:
        """What the last round of probes read: metric → value; what could not be read is absent."""
        return self._latest

    @property
    def verdict(self) -> Verdict | None:
        """The last judgement; None before the first round."""
        return self._verdict

    async def run(self) -> None:
        """Watches until cancelled. Rounds never overlap; after a stall it goes on with one round, not with many."""
        async with self._probes:
            while True:
                started_s = self._clock.monotonic_s()
                await self.look()
                took_s = self._clock.monotonic_s() - started_s
                await self._clock.sleep(max(0.0, self._health_rules.interval_s - took_s))

    async def look(self) -> Verdict:
        """One round, and what follows from it."""
        self._latest = dict(await self._probes.ask())
        at_s = self._clock.monotonic_s()
        self._verdict = self._health.add(at_s, self._latest)
        try:
            await self._act(self._verdict, at_s)
        except ModeConflict as conflict:
            log.info("somebody was faster", why=str(conflict))
        except FallbackError as problem:
            # A full disk, say. The verdict stands, so the next round tries again; dying would help nobody.
            log.error("the verdict could not be acted upon", why=str(problem), hint=problem.hint)
        return self._verdict

    async def _act(self, verdict: Verdict, at_s: float) -> None:
        now = self._clock.now()
        state = await incident_log.current_state(self._store, now)
        if self._has_been_handed_over(state, at_s, now):
            return
        in_mode_s = at_s - self._entered_s
        advice = advise(state, verdict, in_mode_s, now, self._mode_rules)
        if advice is not None:
            began, hot = self._began(verdict, at_s, now), ", ".join(verdict.hot)
            await self._store.write(
                lambda tx: self._switch.follow(tx, advice, state, now=now, broken_at=began, hot=hot)
            )
            return
        await self._speak_to_admins(state, verdict, in_mode_s, at_s, now)

    def _has_been_handed_over(self, state: ModeState, at_s: float, now: datetime) -> bool:
        """Notices a change of mode. What was seen before a hand-back, or before its end, blames nobody after it."""
        before, self._seen = self._seen, (state.mode, state.epoch)
        if before == self._seen:
            return False
        # Of a mode that is older than this process only the wall clock knows the age.
        age_s = max(0.0, (now - state.since).total_seconds()) if before is None else 0.0
        self._entered_s = at_s - age_s
        self._has_spoken = False
        if before is None or not _is_handed_over(before[0], state.mode):
            return False
        self._health = Health(self._health_rules)
        return True

    async def _speak_to_admins(
        self, state: ModeState, verdict: Verdict, in_mode_s: float, at_s: float, now: datetime
    ) -> None:
        """What the watch may not decide alone, said once each time it comes up."""
        is_ready = is_ready_to_hand_back(state, verdict, in_mode_s, self._mode_rules)
        asked = verdict.down if state.mode is Mode.WATCHING and not self._mode_rules.enters_by_itself else None
        if not is_ready and asked is None:
            self._has_spoken = False
        elif not self._has_spoken:
            if asked is None:
                await self._store.write(lambda tx: self._switch.say_ready(tx, self._health_rules.healthy_s, now))
            else:
                began = self._began(verdict, at_s, now)
                await self._store.write(lambda tx: self._switch.ask(tx, asked, began, now))
            self._has_spoken = True

    @staticmethod
    def _began(verdict: Verdict, at_s: float, now: datetime) -> datetime:
        """When the trouble began, on the wall clock."""
        return now - timedelta(seconds=at_s - verdict.bad_since_s) if verdict.down else now


def _is_handed_over(before: Mode, after: Mode) -> bool:
    ours = (Mode.EMERGENCY, Mode.HANDING_BACK)
    return after is Mode.HANDING_BACK or (before in ours and after not in ours)
