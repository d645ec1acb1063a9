"""Puts into words what the sync rooms have to tell people: a refused order, a trouble that needs an admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.chat import OutgoingMessage
from core.errors import FallbackError
from core.ids import Key
from core.mode import Mode
from core.primary import PrimaryEvent
from core.texts import LANGUAGES, text
from core.times import to_ms
from fallback_store import incident_log, messages, orders
from fallback_store.database import Tx

#: An admin is told the same trouble again after this long, if it is still there.
AGAIN_MS = 10 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Telling:
    """Obeys `sync.tells`."""

    #: spoken with people whose own language is unknown
    language: str

    def refused(self, tx: Tx, event: PrimaryEvent, reason: str, now: datetime) -> None:
        """The primary said no: the student learns what stands and what does not, the admins what to do."""
        order = orders.by_id(tx, event.order_id) if event.order_id else None
        if order is not None:
            said = text(self.language, "refused_student", number=order.label, reason=_reason(self.language, reason))
            messages.say(tx, OutgoingMessage(key=Key(f"refused:{event.key}"), chat_id=order.chat_id, text=said), now)
        number = order.label if order else event.key
        incident_log.tell_admins(
            tx,
            f"refused:{event.key}",
            lambda language: text(language, "refused_admin", number=number, kind=event.kind, reason=reason),
            now,
            incident_id=None,
            language=self.language,
        )

    def admin(self, tx: Tx, problem: FallbackError, now: datetime) -> None:
        """A trouble that needs a person; the same one is told once in ten minutes, and once in every hand-back."""
        state = incident_log.current(tx, now)
        # A hand-back begun anew stands still without a word if what was said of the last one counted for it.
        begun_ms = to_ms(state.since) if state.mode is Mode.HANDING_BACK else 0
        key = f"trouble:{type(problem).__name__}:{problem.mark}:{begun_ms}:{to_ms(now) // AGAIN_MS}"
        incident_log.tell_admins(
            tx,
            key,
            lambda language: text(language, "trouble_admin", problem=problem, hint=problem.hint),
            now,
            incident_id=None,
            language=self.language,
        )


def _reason(language: str, reason: str) -> str:
    code, _, words = reason.partition(":")
    name = f"refused_{code.strip()}"
    return text(language, name) if name in LANGUAGES[language] else (words or reason).strip()
