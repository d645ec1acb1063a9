"""Sees to it that nobody waits for a word: drafts go out when they are due, and every incident is told of again."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from core.errors import FallbackError
from core.incident import Incident
from core.notices import HOLD_S, NoticeKind, NoticeRules, seconds_to_next_notice
from core.ports import Clock
from fallback_store import incident_log, notices
from fallback_store.database import Store, Tx
from fallback_store.notices import Notice
from watch.announcing import Announcements
from watch.telling import Telling

log = structlog.get_logger(__name__)

#: Seconds between two looks: how late a notice can be.
LOOK_EVERY_S = 0.5
#: A notice told this close to when it was due is that one, seconds.
LATE_S = 10.0
#: What may still be said of an incident that is over.
_LAST_WORDS = frozenset({NoticeKind.RESOLVED, NoticeKind.PARTIAL_OVER})


class NoticeCadence:
    """Counts on monotonic time: a wall clock that jumps neither silences notices nor repeats them.

    It is a loop of its own, so that a primary that hangs the probes delays no notice.
    """

    def __init__(
        self, store: Store, clock: Clock, rules: NoticeRules, is_back: Callable[[], bool] = lambda: False
    ) -> None:
        """`is_back`: whether the primary has been well for a while."""
        self._store = store
        self._clock = clock
        self._rules = rules
        self._announcements = Announcements(Telling(rules), is_back)
        #: draft and the wall time it says it is due → when that is, monotonic seconds
        self._drafts: dict[tuple[int, datetime], float] = {}
        #: incident → number of its last notice, and when the next is due, monotonic seconds
        self._incidents: dict[int, tuple[int, float]] = {}
        self._seen_revision = -1

    async def run(self) -> None:
        """Tells until cancelled."""
        while True:
            started_s = self._clock.monotonic_s()
            try:
                await self.look()
            except FallbackError as problem:
                # A full disk, say. What is due stays due and is tried again.
                log.error("notice.put_off", why=str(problem), hint=problem.hint)
            await self._clock.sleep(max(0.0, LOOK_EVERY_S - (self._clock.monotonic_s() - started_s)))

    async def look(self) -> None:
        """Tells what is due now."""
        at_s, now = self._clock.monotonic_s(), self._clock.now()
        if self._store.revision == self._seen_revision and at_s < self._next_s():
            return
        self._seen_revision = self._store.revision
        waiting = await notices.drafts(self._store)
        self._drafts = {_of(draft): self._drafts.get(_of(draft), at_s + _wait_s(draft, now)) for draft in waiting}
        for draft in waiting:
            if at_s >= self._drafts[_of(draft)]:
                await self._store.write(partial(self._tell, draft=draft, now=now))
        await self._follow_up({draft.incident_id for draft in waiting}, at_s, now)

    def _next_s(self) -> float:
        early = [due_s - self._rules.countdown_s for _, due_s in self._incidents.values()]
        return min([*self._drafts.values(), *early], default=math.inf)

    async def _follow_up(self, drafted: set[int], at_s: float, now: datetime) -> None:
        lasting = await incident_log.all_lasting(self._store)
        known, self._incidents = self._incidents, {}
        for incident in lasting:
            due_s = self._due_s(incident, known.get(incident.id), at_s, now)
            self._incidents[incident.id] = (incident.notices, due_s)
            # Drafted early enough for admins to read it, so that it still goes out on the minute.
            if at_s >= due_s - self._rules.countdown_s and incident.id not in drafted:
                due = now + timedelta(seconds=max(0.0, due_s - at_s))
                await self._store.write(partial(self._again, incident=incident, now=now, due=due))

    def _due_s(self, incident: Incident, known: tuple[int, float] | None, at_s: float, now: datetime) -> float:
        if known is None:  # from before this process: the wall clock is all there is
            return at_s + seconds_to_next_notice(incident, now, self._rules)
        number, due_s = known
        if number == incident.notices:
            return due_s
        # The one that was due was told: counted from when it was due, so that being late never adds up.
        was_due = abs(at_s - due_s) < LATE_S
        return (due_s if was_due else at_s) + self._rules.every_s

    def _tell(self, tx: Tx, draft: Notice, now: datetime) -> None:
        # Looked up again: an admin may have edited or held it in the meantime.
        found = notices.by_id(tx, draft.id)
        if found is None or found.state != "draft" or found.due_at != draft.due_at:
            return
        is_over = incident_log.incident(tx, found.incident_id).closed_at is not None
        if is_over and found.kind not in _LAST_WORDS:
            notices.drop(tx, found.id)
        else:
            self._announcements.tell(tx, found, now)

    def _again(self, tx: Tx, incident: Incident, now: datetime, due: datetime) -> None:
        if incident_log.incident(tx, incident.id).closed_at is None:
            mode = incident_log.current(tx, now).mode
            notice = self._announcements.draft(tx, NoticeKind.UPDATE, incident, mode, now, due)
            if due <= now:
                self._announcements.tell(tx, notice, now)


def _of(draft: Notice) -> tuple[int, datetime]:
    return draft.id, draft.due_at


def _wait_s(draft: Notice, now: datetime) -> float:
    """Until a draft seen for the first time is due; a wall clock that jumped cannot make that longer than a hold."""
    return min(max(0.0, (draft.due_at - now).total_seconds()), HOLD_S)
