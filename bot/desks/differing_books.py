"""An admin reads in the chat where the books differ, and says what is to be done: `/books`."""

from __future__ import annotations

from bot import book_decisions
from bot.desks.desk import Answer, Visit
from core.chat import Button
from core.ids import whole_number
from core.texts import text
from fallback_store import book_differences
from fallback_store.book_differences import OpenDifferences
from fallback_store.database import Tx

#: Differences one message names; the console shows them all.
LISTED = 20
_ACCEPT = frozenset({"accept", "接受"})


def books(tx: Tx, visit: Visit, rest: str) -> Answer:
    """`/books` lists them; `/books accept MARK REASON` lets the primary's stand."""
    found = book_differences.waiting(tx)
    if found is None:
        return Answer(text(visit.language, "books_equal"))
    word, _, said = rest.partition(" ")
    if word.lower() not in _ACCEPT:
        return _listed(visit.language, found)
    mark, _, reason = said.strip().partition(" ")
    if not reason.strip():
        return Answer(text(visit.language, "books_reason_missing", mark=found.mark))
    count = book_decisions.accept(
        tx,
        found.epoch,
        mark.lower(),
        reason=reason.strip(),
        by=visit.person.id,
        language=visit.language,
        now=visit.now,
    )
    name = "books_accepted" if count else "books_moved_on"
    return Answer(text(visit.language, name, count=count))


def press(tx: Tx, visit: Visit, subject: str) -> Answer:
    """`again:<epoch>:<mark>` of the button under the list."""
    _, _, seen = subject.partition(":")
    number, _, mark = seen.partition(":")
    epoch = whole_number(number)
    language, by, now = visit.language, visit.person.id, visit.now
    is_asked = epoch is not None and book_decisions.ask_again(tx, epoch, mark, by=by, language=language, now=now)
    return Answer(text(language, "books_asked_again" if is_asked else "books_moved_on"))


def _listed(language: str, found: OpenDifferences) -> Answer:
    every = found.differences
    lines = [text(language, "books_title", epoch=found.epoch, count=len(every), mark=found.mark)]
    lines += [book_decisions.sentence(language, one) for one in every[:LISTED]]
    if len(every) > LISTED:
        lines.append(text(language, "books_more", count=len(every) - LISTED))
    lines.append(text(language, "books_how", mark=found.mark))
    again = Button(text(language, "books_button_again"), f"admin:books:again:{found.epoch}:{found.mark}")
    return Answer("\n".join(lines), ((again,),))
