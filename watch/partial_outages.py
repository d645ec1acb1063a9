"""Single parts of the primary that break and mend while the rest goes on, each an incident with notices of its own."""

from __future__ import annotations

from datetime import datetime

from core.health import Cause
from core.incident import Incident
from core.mode import ModeState
from core.notices import NoticeKind, cause_text, place_text
from core.texts import text
from fallback_store import catalog_snapshots, incident_log
from fallback_store.database import Tx
from watch.announcing import Announcements
from watch.telling import Telling


class PartialOutages:
    """Works inside the transaction of whoever changes the mode."""

    def __init__(self, telling: Telling, announcements: Announcements) -> None:
        self._telling = telling
        self._announcements = announcements

    def open(
        self, tx: Tx, part: str, cause: Cause, said: str, broken_at: datetime, epoch: int, by: str, now: datetime
    ) -> Incident:
        """Begins the incident about one part. `epoch`: the one an emergency it may grow into would have."""
        incident = incident_log.open_incident(
            tx, cause=cause, said=said, broken_at=broken_at, epoch=epoch, now=now, part=part
        )
        self._telling.opened(tx, incident, by, now)
        return incident

    def close(self, tx: Tx, incident: Incident, by: str, now: datetime) -> Incident:
        """Ends it."""
        self._telling.closed(tx, incident, by, now)
        return incident_log.close_incident(tx, incident.id, now)

    def tell_besides(
        self, tx: Tx, kind: NoticeKind, incident: Incident, state: ModeState, by: str, now: datetime
    ) -> None:
        """The mode stays what it is: the groups and the admins hear about this part alone."""
        self._announcements.announce(tx, kind, incident, state.mode, now, by=by)
        is_over, place = kind is NoticeKind.PARTIAL_OVER, catalog_snapshots.place_name(tx, incident.part)

        def words(language: str) -> str:
            name = "journal_part_mended" if is_over else "journal_part_broken"
            cause = cause_text(language, incident.cause, incident.said)
            return text(language, name, part=_called(language, incident.part, place), cause=cause)

        self._telling.admins(tx, f"part:{incident.id}:{kind}", words, now, incident)

    def swallow(self, tx: Tx, incident: Incident, by: str, now: datetime) -> None:
        """The whole is down: parts that were broken before are no incidents of their own any more."""
        for other in incident_log.others_open(tx, incident.id):
            self.close(tx, other, by, now)


def _called(language: str, part: str, place: str) -> str:
    return text(language, "part_payments") if part == "payments" else place_text(language, part, place)
