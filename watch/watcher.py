"""The loop: probes → verdict → switch, a round every so often, on time that never jumps."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from core.errors import FallbackError, ModeConflict
from core.health import Cause, Health, HealthRules, Verdict
from core.mode import Mode, ModeRules, ModeState, advise, is_ready_to_hand_back, wanted
from core.ports import Clock
from fallback_store import incident_log
from fallback_store.database import Store
from watch.asking_first import AskingFirst
from watch.mode_switch import StoreModeSwitch
from watch.probes import Probes
from watch.recorder import Recorder
from watch.usual import Usual

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
        usual: Usual | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """`usual`: what is normal at this hour of the week; None = nobody learns that. `recorder`: keeps the rounds."""
        self._store = store
        self._clock = clock
        self._switch = switch
        self._probes = probes
        self._health_rules = health_rules
        self._mode_rules = mode_rules
        self._usual = usual
        self._recorder = recorder
        self._health = Health(health_rules)
        self._latest: dict[str, float] = {}
        self._verdict: Verdict | None = None
        #: mode and epoch as last seen, and since when, monotonic seconds
        self._seen: tuple[Mode, int] | None = None
        self._entered_s = 0.0
        self._has_offered = False
        self._asking = AskingFirst(store, switch, mode_rules)
        #: incident → when it was opened, monotonic seconds
        self._opened_s: dict[int, float] = {}
        #: parts that were told to be broken when we last looked
        self._broken_parts: frozenset[str] = frozenset()

    def latest(self) -> Mapping[str, float]:
        """What the last round told, and what follows from it: metric → value; what could not be read is absent."""
        return self._latest

    @property
    def verdict(self) -> Verdict | None:
        """The last judgement; None before the first round."""
        return self._verdict

    async def run(self) -> None:
        """Watches until cancelled. A round begins on time though the one before it still waits for a slow primary.

        No more are under way than a time-out lasts; they are concluded in order; a stall of ours is not made up for.
        """
        rules = self._health_rules
        free = asyncio.Semaphore(math.ceil(rules.timeout_s / rules.interval_s) + 1)
        rounds: asyncio.Queue[asyncio.Task[Mapping[str, float]]] = asyncio.Queue()
        async with self._probes, asyncio.TaskGroup() as group:
            group.create_task(self._conclude_each(rounds, free))
            while True:
                started_s = self._clock.monotonic_s()
                await free.acquire()
                rounds.put_nowait(group.create_task(self._ask()))
                took_s = self._clock.monotonic_s() - started_s
                await self._clock.sleep(max(0.0, rules.interval_s - took_s))

    async def _conclude_each(
        self, rounds: asyncio.Queue[asyncio.Task[Mapping[str, float]]], free: asyncio.Semaphore
    ) -> None:
        while True:
            metrics = await (await rounds.get())
            free.release()
            await self._conclude(metrics)

    async def _ask(self) -> Mapping[str, float]:
        return dict(await self._probes.ask())

    async def look(self) -> Verdict:
        """One round, and what follows from it."""
        return await self._conclude(await self._ask())

    async def _conclude(self, metrics: Mapping[str, float]) -> Verdict:
        at_s = self._clock.monotonic_s()
        self._verdict = verdict = self._health.add(at_s, metrics, self._usual.now if self._usual else None)
        self._latest = {name: value for name, value in self._health.known.items() if "@" not in name}
        try:
            await self._act(verdict, at_s)
        except ModeConflict:
            # Who and why is in the journal; a log names nobody.
            log.info("somebody was faster")
        except FallbackError as problem:
            # A full disk, say. The verdict stands, so the next round tries again; dying would help nobody.
            log.error("the verdict could not be acted upon", why=str(problem), hint=problem.hint)
        await self._remember(metrics)
        return verdict

    async def _remember(self, metrics: Mapping[str, float]) -> None:
        """For later: after what follows from the round, which nothing may delay."""
        try:
            if self._usual is not None:
                await self._usual.turn()
            if self._recorder is not None:
                await self._recorder.add(metrics)
        except FallbackError as problem:
            log.warning("what was read could not be kept", why=str(problem))

    async def _act(self, verdict: Verdict, at_s: float) -> None:
        now = self._clock.now()
        state = await incident_log.current_state(self._store, now)
        if self._has_been_handed_over(state, at_s, now):
            return
        in_mode_s = at_s - self._entered_s
        if self._usual is not None and state.mode is Mode.NORMAL and verdict.is_healthy:
            self._usual.learn(self._health_rules.interval_s, self._health.known)
        open_parts = await self._open_parts(at_s, now) if state.mode is Mode.PARTIAL else {}
        if self._were_closed(frozenset(open_parts)):
            return  # this verdict was still made of what is forgotten now
        advice = advise(state, verdict, in_mode_s, now, self._mode_rules, open_parts)
        if advice is not None:
            began = now if advice.since_s is None else now - timedelta(seconds=at_s - advice.since_s)
            hot = ", ".join(verdict.hot)
            await self._store.write(
                lambda tx: self._switch.follow(tx, advice, state, now=now, broken_at=began, hot=hot)
            )
            return
        if not self._mode_rules.enters_by_itself:
            wish = wanted(state, verdict, in_mode_s, now, self._mode_rules, open_parts)
            await self._asking.look(wish, state, at_s, now)
        await self._offer_hand_back(is_ready_to_hand_back(state, verdict, in_mode_s, self._mode_rules), now)

    def _has_been_handed_over(self, state: ModeState, at_s: float, now: datetime) -> bool:
        """Notices a change of mode. What was seen before a hand-back, or before its end, blames nobody after it."""
        before, self._seen = self._seen, (state.mode, state.epoch)
        if before == self._seen:
            return False
        # Of a mode that is older than this process only the wall clock knows the age.
        age_s = max(0.0, (now - state.since).total_seconds()) if before is None else 0.0
        self._entered_s = at_s - age_s
        self._has_offered = False
        if before is None or not _is_handed_over(before[0], state.mode):
            return False
        self._health = Health(self._health_rules)
        return True

    def _were_closed(self, broken: frozenset[str]) -> bool:
        """Notices parts that are told to be broken no more: what spoke against them, a person has outranked."""
        gone, self._broken_parts = self._broken_parts - broken, broken
        for part in gone:
            self._health.forget_evidence(part)
        return bool(gone)

    async def _open_parts(self, at_s: float, now: datetime) -> dict[str, float]:
        """What is told to be broken → for how long; of what is older than this process only the wall clock knows."""
        found = dict[str, float]()
        for incident in await incident_log.all_lasting(self._store):
            age_s = max(0.0, (now - incident.opened_at).total_seconds())
            opened_s = self._opened_s.setdefault(incident.id, at_s - age_s)
            # What a person called broken only a person calls mended.
            found[incident.part or "payments"] = -1.0 if incident.cause is Cause.BY_HAND else at_s - opened_s
        return found

    async def _offer_hand_back(self, is_ready: bool, now: datetime) -> None:
        """The primary may have its orders back: said once each time it comes up."""
        if is_ready and not self._has_offered:
            await self._store.write(lambda tx: self._switch.say_ready(tx, self._health_rules.healthy_s, now))
        self._has_offered = is_ready


def _is_handed_over(before: Mode, after: Mode) -> bool:
    ours = (Mode.EMERGENCY, Mode.HANDING_BACK)
    return after is Mode.HANDING_BACK or (before in ours and after not in ours)
