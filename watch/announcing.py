"""Makes notices of what happened: drafted for admins to read first, or told at once to everybody who should know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from core.chat import Button, ButtonRows, Role
from core.incident import Incident
from core.mode import HAND_BACK, WATCH, Mode
from core.notices import NoticeFacts, NoticeKind, is_for_people, notice_text
from core.texts import LANGUAGES, text
from fallback_store import catalog_snapshots, incident_log, notice_ledger, notices, people
from fallback_store.database import Tx
from fallback_store.notices import Notice
from watch.telling import Telling

#: Who acts without a person having said so just now: admins may want to read what goes out in their name.
_BY_THEMSELVES = frozenset({WATCH, HAND_BACK})


class Announcements:
    """Queues notices in the caller's transaction: what is rolled back was never said."""

    def __init__(self, telling: Telling, is_back: Callable[[], bool] = lambda: False) -> None:
        """`is_back`: whether the primary has been well for a while."""
        self._telling = telling
        self._is_back = is_back
        self._rules = telling.rules

    def announce(
        self, tx: Tx, kind: NoticeKind, incident: Incident, mode: Mode, now: datetime, *, by: str = WATCH
    ) -> int:
        """The incident's next notice; returns how many groups were told, 0 while admins may still edit it.

        `by`: who caused it. What a person ordered is told at once: they have just said why.
        """
        has_time = by in _BY_THEMSELVES and self._rules.countdown_s > 0
        is_read_first = has_time and bool(people.people_with(tx, Role.ADMIN))
        due = now + timedelta(seconds=self._rules.countdown_s if is_read_first else 0.0)
        notice = self.draft(tx, kind, incident, mode, now, due)
        return 0 if is_read_first else self.tell(tx, notice, now)

    def draft(self, tx: Tx, kind: NoticeKind, incident: Incident, mode: Mode, now: datetime, due: datetime) -> Notice:
        """Writes a notice down that goes out at `due`, and shows it to the admins if there is time to."""
        facts = self._facts(tx, kind, incident, mode, now)
        shown = {language: notice_text(language, facts, self._rules) for language in LANGUAGES}
        notice = notices.draft(tx, incident.id, kind, shown, now, due)
        if due > now:
            seconds = round((due - now).total_seconds())

            def words(language: str) -> str:
                return text(language, "admin_draft", seconds=seconds, notice=notice_text(language, facts, self._rules))

            buttons = draft_buttons(notice.id)
            self._telling.admins(tx, f"draft:{notice.id}", words, now, incident, buttons)
        return notice

    def tell(self, tx: Tx, notice: Notice, now: datetime) -> int:
        """Tells everybody, with the facts as they are now; returns how many groups were told."""
        rules, incident = self._rules, incident_log.incident(tx, notice.incident_id)
        facts = self._facts(tx, notice.kind, incident, incident_log.current(tx, now).mode, now)

        def words(language: str) -> str:
            return notice_text(language, facts, rules, notice.edits.get(language, ""))

        private = notice_ledger.people_to_tell(tx, rules.language) if is_for_people(notice.kind) else []
        # In every language there is: who reads the status page or a mail may speak another than any group.
        told = notices.mark_told(tx, notice, words, set(LANGUAGES), now)
        notice_ledger.supersede(tx, incident.id, now)
        groups = notice_ledger.tell_groups(tx, told, now)
        persons = notice_ledger.tell_people(tx, told, private, now)
        others = notice_ledger.tell_others(tx, told, mail=rules.mail, webhooks=rules.webhooks, now=now)
        line = self._telling.say("journal_notice", number=told.number, groups=groups, people=persons, others=others)
        incident_log.note(tx, incident.id, who=WATCH, kind="notice", text=line, now=now)
        return groups

    def _facts(self, tx: Tx, kind: NoticeKind, incident: Incident, mode: Mode, now: datetime) -> NoticeFacts:
        return NoticeFacts(
            kind=kind,
            incident=incident,
            mode=mode,
            now=now,
            menu_at=catalog_snapshots.confirmed_at(tx),
            orders=incident_log.orders_in(tx, incident.first_epoch),
            place=catalog_snapshots.place_name(tx, incident.part),
            is_back=self._is_back(),
        )


def draft_buttons(notice_id: int) -> Callable[[str], ButtonRows]:
    """What an admin can do with a draft, in their language."""

    def buttons(language: str) -> ButtonRows:
        return tuple(
            (Button(text(language, f"admin_button_notice_{verb}"), f"admin:notice:{verb}:{notice_id}"),)
            for verb in ("send", "edit", "hold")
        )

    return buttons
