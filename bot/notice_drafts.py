"""What an admin does with a notice that waits: send it, hold it back, or say it in better words; all journalled."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.notice_lint import Fault, faults_of
from core.notices import HOLD_S
from core.texts import text
from fallback_store import incident_log, notices
from fallback_store.database import Tx


def send_now(tx: Tx, notice_id: int, *, by: str, language: str, now: datetime) -> bool:
    """It goes out at the next look of whoever tells; False when it waits no longer."""
    return _put_off(tx, notice_id, now, by=by, words=text(language, "journal_notice_sent"), now=now)


def hold(tx: Tx, notice_id: int, *, by: str, language: str, now: datetime) -> bool:
    """It goes out by itself only after a while; False when it waits no longer."""
    words = text(language, "journal_notice_held", minutes=round(HOLD_S / 60))
    return _put_off(tx, notice_id, now + timedelta(seconds=HOLD_S), by=by, words=words, now=now)


def edit(
    tx: Tx, notice_id: int, spoken: str, words: str, *, by: str, language: str, now: datetime
) -> list[Fault] | None:
    """Puts `words` in the place of what would be told in the language `spoken`, and sends it.

    Returns what is wrong with them, in which case nothing was changed; None when it waits no longer. `language`: of
    the journal.
    """
    if notices.by_id(tx, notice_id) is None:
        return None
    faults = faults_of(words)
    if faults:
        return faults
    if not notices.edit(tx, notice_id, spoken, words.strip(), now):
        return None
    _journal(tx, notice_id, by, text(language, "journal_notice_edited", language=spoken, notice=words.strip()), now)
    return []


def fault_text(language: str, fault: Fault) -> str:
    """Why a text was refused, and what to write instead."""
    return text(language, f"notice_fault_{fault.kind.value}", words=fault.words)


def _put_off(tx: Tx, notice_id: int, due: datetime, *, by: str, words: str, now: datetime) -> bool:
    is_held = due > now
    if not notices.put_off(tx, notice_id, due, is_held=is_held):
        return False
    _journal(tx, notice_id, by, words, now)
    return True


def _journal(tx: Tx, notice_id: int, by: str, words: str, now: datetime) -> None:
    notice = notices.by_id(tx, notice_id)
    assert notice is not None  # it was changed a moment ago
    incident_log.note(tx, notice.incident_id, who=by, kind="notice", text=words, now=now)
