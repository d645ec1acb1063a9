"""Puts what happened into words and queues them: messages for admins, lines of the journal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core.authors import author
from core.chat import ButtonRows
from core.health import Cause
from core.incident import Incident
from core.mode import WATCH, Mode, ModeState
from core.notices import NoticeRules, cause_text, clock_text, minutes_between, place_text
from core.texts import text
from core.times import to_ms
from fallback_store import catalog_snapshots, incident_log
from fallback_store.database import Tx


class Telling:
    """Says things in the caller's transaction: what is rolled back was never said."""

    def __init__(self, rules: NoticeRules) -> None:
        self.rules = rules

    def say(self, name: str, /, **facts: object) -> str:
        """A sentence for the journal or a refusal, in the campus's language."""
        return text(self.rules.language, name, **facts)

    def mode(self, mode: Mode) -> str:
        """A mode's name."""
        return self.say(f"mode_{mode}")

    def who(self, by: str) -> str:
        """Who changed something, as people call them."""
        return author(self.rules.language, by)

    def cause(self, tx: Tx, language: str, cause: Cause | None, part: str = "", said: str = "", hot: str = "") -> str:
        """What is wrong, in words; of one merchant or canteen, which."""
        place = place_text(language, part, catalog_snapshots.place_name(tx, part))
        return cause_text(language, cause, said, hot, place)

    def clock(self, moment: datetime, now: datetime) -> str:
        """A time of day on this campus."""
        return clock_text(moment, now, self.rules)

    def admins(
        self,
        tx: Tx,
        about: str,
        text_in: Callable[[str], str],
        now: datetime,
        incident: Incident | None,
        buttons_in: Callable[[str], ButtonRows] = lambda _: (),
    ) -> int:
        """A message to every admin; the same matter at the same moment is said once."""
        return incident_log.tell_admins(
            tx,
            f"admin:{about}:{to_ms(now)}",
            text_in,
            now,
            incident_id=None if incident is None else incident.id,
            language=self.rules.language,
            buttons_in=buttons_in,
        )

    def admin_board(
        self,
        tx: Tx,
        board: str,
        state: str,
        text_in: Callable[[str], str],
        now: datetime,
        buttons_in: Callable[[str], ButtonRows] = lambda _: (),
    ) -> int:
        """A message to every admin that is edited from state to state; the same state is shown once."""
        return incident_log.tell_admins(
            tx,
            f"admin:{board}:{state}",
            text_in,
            now,
            incident_id=None,
            language=self.rules.language,
            buttons_in=buttons_in,
            board=board,
        )

    def mode_to_admins(self, tx: Tx, state: ModeState, cause: Cause | None, incident: Incident | None) -> None:
        """Who changed the mode, to what and why; and when nothing can be sold for want of a menu."""
        now, part = state.since, "" if incident is None else incident.part

        def changed(language: str) -> str:
            # What the watch saw can be said in any language; a person's reason is quoted.
            by_watch = cause and state.by == WATCH
            reason = self.cause(tx, language, cause, part) if by_watch else state.reason
            return text(
                language,
                "admin_changed",
                mode=text(language, f"mode_{state.mode}"),
                epoch=state.epoch,
                by=author(language, state.by),
                reason=reason,
            )

        self.admins(tx, "mode", changed, now, incident)
        if state.mode is Mode.EMERGENCY and catalog_snapshots.confirmed_at(tx) is None:
            self.admins(tx, "no_menu", lambda language: text(language, "admin_no_menu"), now, incident)

    def opened(self, tx: Tx, incident: Incident, by: str, now: datetime) -> None:
        """The journal's first line about an incident."""
        cause = self.cause(tx, self.rules.language, incident.cause, incident.part, incident.said)
        words = self.say("journal_opened", cause=cause, since=self.clock(incident.broken_at, now))
        incident_log.note(tx, incident.id, who=by, kind="opened", text=words, now=now)

    def closed(self, tx: Tx, incident: Incident, by: str, now: datetime) -> None:
        """The journal's last line about an incident."""
        words = self.say("journal_closed", minutes=minutes_between(incident.broken_at, now))
        incident_log.note(tx, incident.id, who=by, kind="closed", text=words, now=now)
