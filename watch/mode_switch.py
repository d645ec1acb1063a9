"""The only writer of the mode: every change is checked, journalled and told to people in one transaction."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime

from core.health import Cause
from core.incident import Incident
from core.mode import WATCH, Advice, Mode, ModeState, epoch_after
from core.notices import NoticeKind, NoticeRules, cause_text
from core.texts import text
from fallback_store import incident_log
from fallback_store.database import Tx
from fallback_store.switch_questions import Reply
from watch.announcing import Announcements
from watch.mode_conflicts import ModeConflicts, Wish
from watch.partial_outages import PartialOutages
from watch.switch_questions import SwitchQuestions
from watch.telling import Telling

_PRIMARY_IN_CHARGE = frozenset({Mode.NORMAL, Mode.WATCHING, Mode.PARTIAL})


class StoreModeSwitch:
    """The mode in the store; obeys `core.ports.ModeSwitch`. Every method may raise ModeConflict."""

    def __init__(self, rules: NoticeRules) -> None:
        self._rules = rules
        self._telling = Telling(rules)
        self._announcements = Announcements(self._telling)
        self._parts = PartialOutages(self._telling, self._announcements)
        self._conflicts = ModeConflicts(self._telling)
        #: what admins are asked before the watch switches
        self.questions = SwitchQuestions(self._telling)

    # The port: what admins, pages and the hand-back do ------------------------------------------

    def enter_emergency(
        self,
        tx: Tx,
        *,
        by: str,
        reason: str,
        now: datetime,
        seen_epoch: int | None = None,
        cause: Cause = Cause.BY_HAND,
        broken_at: datetime | None = None,
    ) -> ModeState:
        """Opens the next epoch: the bot takes orders. `broken_at`: when the trouble began, if that was seen."""
        wish = Wish(Mode.EMERGENCY, by, reason, now, seen_epoch, cause)
        before = self._checked(tx, wish, _PRIMARY_IN_CHARGE)
        incident = self._open(tx, wish, cause, broken_at or now, _epoch_after(tx, before, wish.mode))
        return self._told(tx, NoticeKind.OPENED, incident, wish, self._change(tx, before, wish))

    def begin_hand_back(
        self, tx: Tx, *, by: str, reason: str, now: datetime, seen_epoch: int | None = None
    ) -> ModeState:
        """Closes the intake."""
        wish = Wish(Mode.HANDING_BACK, by, reason, now, seen_epoch)
        after = self._change(tx, self._checked(tx, wish, {Mode.EMERGENCY}), wish)
        return self._told(tx, NoticeKind.HAND_BACK, incident_log.open_one(tx), wish, after)

    def return_to_emergency(
        self, tx: Tx, *, by: str, reason: str, now: datetime, seen_epoch: int | None = None
    ) -> ModeState:
        """Opens the intake again, in the same epoch."""
        wish = Wish(Mode.EMERGENCY, by, reason, now, seen_epoch)
        after = self._change(tx, self._checked(tx, wish, {Mode.HANDING_BACK}), wish)
        return self._told(tx, NoticeKind.RETURNED, incident_log.open_one(tx), wish, after)

    def release(self, tx: Tx, *, by: str, reason: str, now: datetime, seen_epoch: int | None = None) -> ModeState:
        """The books agree: the primary is in charge again, the incident closes."""
        wish = Wish(Mode.NORMAL, by, reason, now, seen_epoch)
        after = self._change(tx, self._checked(tx, wish, {Mode.HANDING_BACK}), wish)
        return self._told(tx, NoticeKind.RESOLVED, self._close(tx, wish), wish, after)

    def lock(self, tx: Tx, *, by: str, reason: str, until: datetime, now: datetime) -> ModeState:
        """Holds the mode against the probes. A lock that would end in the past is a conflict."""
        if until <= now:
            raise self._conflicts.because("conflict_lock_past")
        state, telling = incident_log.current(tx, now), self._telling
        incident_log.lock(tx, state.mode, until, by=by, reason=reason, now=now)
        mode, end = telling.mode(state.mode), telling.clock(until, now)
        self._note(tx, by, "lock", telling.say("journal_locked", mode=mode, until=end, reason=reason), now)
        return incident_log.current(tx, now)

    def unlock(self, tx: Tx, *, by: str, reason: str, now: datetime) -> ModeState:
        """Ends the lock. Without one it is a conflict."""
        if incident_log.current(tx, now).lock is None:
            raise self._conflicts.because("conflict_not_locked")
        incident_log.unlock(tx, by=by, reason=reason, now=now)
        self._note(tx, by, "lock", self._telling.say("journal_unlocked", reason=reason), now)
        return incident_log.current(tx, now)

    def answer(self, tx: Tx, question_id: int, *, switches: bool, by: str, now: datetime) -> ModeState:
        """An admin decides what the watch asked. What was decided already, or is over, is a conflict."""
        question = self.questions.settle(tx, question_id, Reply.YES if switches else Reply.NO, by=by, now=now)
        if question is None:
            raise self._conflicts.because("conflict_asked")
        if switches:
            reason = self._telling.cause(tx, self._rules.language, question.cause, question.part)
            if question.mode is Mode.EMERGENCY:
                return self.enter_emergency(
                    tx, by=by, reason=reason, now=now, cause=question.cause, broken_at=question.broken_at
                )
            return self.enter_partial(
                tx,
                by=by,
                reason=reason,
                now=now,
                cause=question.cause,
                part=question.part,
                broken_at=question.broken_at,
            )
        return incident_log.current(tx, now)

    # What the watch does on top ----------------------------------------------------------------

    def enter_partial(
        self,
        tx: Tx,
        *,
        by: str,
        reason: str,
        now: datetime,
        cause: Cause = Cause.PAYMENTS,
        part: str = "payments",
        broken_at: datetime | None = None,
        seen_epoch: int | None = None,
    ) -> ModeState:
        """One part is broken: orders stay on the primary, the groups hear what to do.

        While another part is broken already, the mode stays as it is and this one is told of besides.
        """
        wish = Wish(Mode.PARTIAL, by, reason, now, seen_epoch, cause)
        before = incident_log.current(tx, now)
        is_besides = before.mode is Mode.PARTIAL and incident_log.open_about(tx, part) is None
        if not is_besides:
            self._conflicts.check(before, wish, {Mode.NORMAL, Mode.WATCHING})
        # Should it grow into an emergency, that one will be in the next epoch.
        said = reason if cause is Cause.BY_HAND else ""
        incident = self._parts.open(tx, part, cause, said, broken_at or now, before.epoch + 1, by, now)
        if is_besides:
            self._parts.tell_besides(tx, NoticeKind.PARTIAL, incident, before, by, now)
            return before
        return self._told(tx, NoticeKind.PARTIAL, incident, wish, self._change(tx, before, wish))

    def leave_partial(
        self,
        tx: Tx,
        *,
        by: str,
        reason: str,
        now: datetime,
        part: str = "payments",
        seen_epoch: int | None = None,
    ) -> ModeState:
        """What was broken works again; the last broken part that does so ends the mode."""
        wish = Wish(Mode.NORMAL, by, reason, now, seen_epoch)
        before = self._checked(tx, wish, {Mode.PARTIAL})
        lasting = incident_log.open_about(tx, part)
        if lasting is None:
            raise self._conflicts.was_first(before, now)
        incident = self._parts.close(tx, lasting, by, now)
        if incident_log.open_one(tx) is not None:
            self._parts.tell_besides(tx, NoticeKind.PARTIAL_OVER, incident, before, by, now)
            return before
        return self._told(tx, NoticeKind.PARTIAL_OVER, incident, wish, self._change(tx, before, wish))

    def follow(
        self,
        tx: Tx,
        advice: Advice,
        seen: ModeState,
        *,
        now: datetime,
        broken_at: datetime | None = None,
        hot: str = "",
    ) -> ModeState:
        """Does what a verdict upon `seen` advised; a conflict when the mode has moved on since.

        `hot`: names of the metrics beyond their limits, for the admins.
        """
        before = incident_log.current(tx, now)
        if before.mode is not seen.mode:
            raise self._conflicts.was_first(before, now)
        cause, epoch = advice.cause or Cause.BY_HAND, seen.epoch
        reason = self._telling.cause(tx, self._rules.language, advice.cause, advice.part, hot=hot)
        match before.mode, advice.mode:
            case Mode.HANDING_BACK, Mode.EMERGENCY:
                return self.return_to_emergency(tx, by=WATCH, reason=reason, now=now, seen_epoch=epoch)
            case _, Mode.EMERGENCY:
                return self.enter_emergency(
                    tx, by=WATCH, reason=reason, now=now, seen_epoch=epoch, cause=cause, broken_at=broken_at
                )
            case _, Mode.HANDING_BACK:
                return self.begin_hand_back(tx, by=WATCH, reason=reason, now=now, seen_epoch=epoch)
            case Mode.PARTIAL, _ if advice.cause is None:
                part = advice.part or "payments"
                return self.leave_partial(tx, by=WATCH, reason=reason, now=now, part=part, seen_epoch=epoch)
            case _, Mode.PARTIAL:
                part = advice.part or "payments"
                return self.enter_partial(
                    tx, by=WATCH, reason=reason, now=now, cause=cause, part=part, broken_at=broken_at, seen_epoch=epoch
                )
            case _:
                # What was watched may have been our own network: that the platform is back would be too much said.
                why = reason if advice.cause else self._telling.say("cause_calm")
                return self._watch_or_stop_watching(tx, Wish(advice.mode, WATCH, why, now, epoch, advice.cause), hot)

    def say_ready(self, tx: Tx, healthy_s: float, now: datetime) -> None:
        """Tells the admins that the primary may have its orders back; the decision is theirs."""
        minutes = max(1, round(healthy_s / 60))
        incident = incident_log.open_one(tx)
        self._telling.admins(tx, "ready", lambda lang: text(lang, "admin_ready", minutes=minutes), now, incident)

    # Inside ------------------------------------------------------------------------------------

    def _checked(self, tx: Tx, wish: Wish, froms: Set[Mode]) -> ModeState:
        before = incident_log.current(tx, wish.now)
        self._conflicts.check(before, wish, froms)
        return before

    def _change(self, tx: Tx, before: ModeState, wish: Wish) -> ModeState:
        epoch = _epoch_after(tx, before, wish.mode)
        after = ModeState(wish.mode, epoch, wish.now, wish.by, wish.reason, before.lock, wish.cause)
        if not incident_log.change(tx, before, after):
            raise self._conflicts.was_first(incident_log.current(tx, wish.now), wish.now)
        names = {"before": self._telling.mode(before.mode), "after": self._telling.mode(after.mode)}
        words = self._telling.say("journal_mode", **names, epoch=after.epoch, reason=wish.reason)
        self._note(tx, wish.by, "mode", words, wish.now)
        return after

    def _open(self, tx: Tx, wish: Wish, cause: Cause, broken_at: datetime, epoch: int) -> Incident:
        said = wish.reason if cause is Cause.BY_HAND else ""
        lasting = incident_log.open_one(tx)
        incident = (
            incident_log.open_incident(tx, cause=cause, said=said, broken_at=broken_at, epoch=epoch, now=wish.now)
            if lasting is None
            else incident_log.worsen_incident(tx, lasting.id, cause=cause, said=said, broken_at=broken_at)
        )
        self._parts.swallow(tx, incident, wish.by, wish.now)
        self._telling.opened(tx, incident, wish.by, wish.now)
        return incident

    def _close(self, tx: Tx, wish: Wish) -> Incident | None:
        lasting = incident_log.open_one(tx)
        if lasting is None:
            return None
        self._telling.closed(tx, lasting, wish.by, wish.now)
        return incident_log.close_incident(tx, lasting.id, wish.now)

    def _told(self, tx: Tx, kind: NoticeKind, incident: Incident | None, wish: Wish, after: ModeState) -> ModeState:
        self._telling.mode_to_admins(tx, after, wish.cause, incident)
        if incident is not None:  # last: the buttons under it should be the newest thing an admin reads
            self._announcements.announce(tx, kind, incident, after.mode, after.since, by=wish.by)
        return after

    def _watch_or_stop_watching(self, tx: Tx, wish: Wish, hot: str) -> ModeState:
        after = self._change(tx, self._checked(tx, wish, {Mode.NORMAL, Mode.WATCHING}), wish)

        def words(language: str) -> str:
            if after.mode is Mode.NORMAL:
                return text(language, "admin_calm")
            return text(language, "admin_watching", cause=cause_text(language, wish.cause, hot=hot))

        self._telling.admins(tx, "watching", words, wish.now, None)
        return after

    def _note(self, tx: Tx, who: str, kind: str, words: str, now: datetime) -> None:
        lasting = incident_log.open_one(tx)
        incident_log.note(tx, None if lasting is None else lasting.id, who=who, kind=kind, text=words, now=now)


def _epoch_after(tx: Tx, before: ModeState, mode: Mode) -> int:
    return epoch_after(before, mode, incident_log.lowest_next_epoch(tx))
