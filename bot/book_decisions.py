"""Books that differ at a hand-back, in plain words, and what an admin decides about them; every decision journalled."""

from __future__ import annotations

from datetime import datetime

from core.ids import number_in
from core.money import yuan
from core.primary import BookOrder
from core.reconciliation import Difference
from core.texts import LANGUAGES, text
from fallback_store import book_differences, incident_log
from fallback_store.book_differences import Decision
from fallback_store.database import Tx

#: Longest reason kept.
REASON_LENGTH = 200


def sentence(language: str, found: Difference) -> str:
    """One difference as a person reads it: the order's number, and what either side says of it."""
    return text(
        language,
        f"books_{found.kind.value}",
        number=number_in(found.order_id),
        ours=entry(language, found.ours),
        theirs=entry(language, found.theirs),
    )


def entry(language: str, found: BookOrder | None) -> str:
    """`delivered, ¥23`; a word for nothing at all."""
    if found is None:
        return text(language, "console_books_none")
    name = f"books_status_{found.status.replace('.', '_')}"
    # A platform may use words of its own; they are shown as they are.
    status = text(language, name) if name in LANGUAGES["zh"] else found.status
    return text(language, "books_entry", status=status, total=yuan(found.total_fen))


def ask_again(tx: Tx, epoch: int, mark: str, *, by: str, language: str, now: datetime) -> bool:
    """The hand-back compares at once; False when exactly these differences do not wait any more."""
    if not book_differences.decide(tx, epoch, mark, Decision.AGAIN, reason="", by=by, now=now):
        return False
    _journal(tx, by, text(language, "journal_books_again", epoch=epoch, mark=mark), now)
    return True


def accept(tx: Tx, epoch: int, mark: str, *, reason: str, by: str, language: str, now: datetime) -> int:
    """The primary's books stand for exactly these orders; returns how many, 0 when they do not wait any more."""
    found, kept = book_differences.waiting(tx), reason[:REASON_LENGTH]
    if not book_differences.decide(tx, epoch, mark, Decision.ACCEPT, reason=kept, by=by, now=now):
        return 0
    assert found is not None  # it was decided about a moment ago
    count = len(found.differences)
    _journal(tx, by, text(language, "journal_books_accepted", epoch=epoch, count=count, mark=mark, reason=kept), now)
    return count


def _journal(tx: Tx, by: str, words: str, now: datetime) -> None:
    incident = incident_log.open_one(tx)
    incident_log.note(tx, incident.id if incident else None, who=by, kind="note", text=words, now=now)
