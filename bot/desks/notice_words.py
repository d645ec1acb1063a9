"""An admin's buttons and words about a notice that waits to be told."""

from __future__ import annotations

from bot import notice_drafts
from bot.desks.desk import Answer, Visit
from core.chat import Button
from core.notices import HOLD_S
from core.texts import text
from fallback_store import notices
from fallback_store.database import Tx


def press(tx: Tx, visit: Visit, subject: str) -> Answer:
    """`<verb>:<notice>` of a button under a draft."""
    verb, _, number = subject.partition(":")
    if not number.isdecimal():
        return Answer(text(visit.language, "admin_notice_gone"))
    by, language, notice_id = visit.person.id, visit.language, int(number)
    if verb == "send":
        is_done = notice_drafts.send_now(tx, notice_id, by=by, language=language, now=visit.now)
        return Answer(text(language, "admin_notice_sent" if is_done else "admin_notice_gone"))
    # Whoever wants to edit needs time to write.
    if not notice_drafts.hold(tx, notice_id, by=by, language=language, now=visit.now):
        return Answer(text(language, "admin_notice_gone"))
    held = text(language, "admin_notice_held", minutes=round(HOLD_S / 60))
    button = Button(text(language, "admin_button_notice_send"), f"admin:notice:send:{notice_id}")
    return Answer(f"{held}\n{text(language, 'admin_notice_how')}", ((button,),))


def write(tx: Tx, visit: Visit, words: str) -> Answer:
    """`/notice WORDS`: what an admin wants told instead, in the language they are answered in."""
    language, draft = visit.language, notices.newest_draft(tx)
    if draft is None:
        return Answer(text(language, "admin_notice_none"))
    if not words:
        return Answer(text(language, "admin_notice_how"))
    faults = notice_drafts.edit(tx, draft.id, language, words, by=visit.person.id, language=language, now=visit.now)
    if faults is None:
        return Answer(text(language, "admin_notice_gone"))
    if faults:
        why = [notice_drafts.fault_text(language, fault) for fault in faults]
        return Answer("\n".join([text(language, "admin_notice_refused"), *why]))
    return Answer(text(language, "admin_notice_edited"))
