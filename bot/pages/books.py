"""The console's part about books that differ at a hand-back: what either side says of each order, and two ways on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot import book_decisions
from bot.pages.admins import BY, require_admin_form
from bot.pages.forms import done
from bot.pages.parts import parts_of
from bot.pages.refusals import PageRefused
from core.ids import number_in, whole_number
from fallback_store import book_differences
from fallback_store.database import Store, Tx

_CONSOLE = "/admin"


async def book_facts(store: Store, language: str) -> dict[str, Any]:
    """What the template shows: the open differences with either side's entry in words; none = no card."""
    found = await book_differences.read_waiting(store)
    rows = [
        (
            one.order_id,
            number_in(one.order_id),
            book_decisions.entry(language, one.ours),
            book_decisions.entry(language, one.theirs),
        )
        for one in (found.differences if found else ())
    ]
    return {"books": found, "book_rows": rows, "longest_book_reason": book_decisions.REASON_LENGTH}


async def compare_again(request: Request) -> Response:
    """POST `epoch`, `mark`: the primary's operator corrected something; the hand-back looks again at once."""
    form, parts = await require_admin_form(request), parts_of(request)
    language, now = parts.settings.campus.language, parts.clock.now()
    return await _decide(
        request,
        form,
        lambda tx, epoch, mark: book_decisions.ask_again(tx, epoch, mark, by=BY, language=language, now=now),
    )


async def accept(request: Request) -> Response:
    """POST `epoch`, `mark`, `reason`: the primary's books stand for exactly these orders."""
    form, parts = await require_admin_form(request), parts_of(request)
    language, now, reason = parts.settings.campus.language, parts.clock.now(), form.get("reason", "")
    if not reason:
        raise PageRefused(422, "console_reason_missing")
    return await _decide(
        request,
        form,
        lambda tx, epoch, mark: book_decisions.accept(
            tx, epoch, mark, reason=reason, by=BY, language=language, now=now
        ),
    )


async def _decide(request: Request, form: dict[str, str], step: Callable[[Tx, int, str], int]) -> Response:
    epoch, mark = whole_number(form.get("epoch", "")), form.get("mark", "")
    if epoch is None:
        raise PageRefused(400, "page_malformed")
    if not await parts_of(request).store.write(lambda tx: step(tx, epoch, mark)):
        raise PageRefused(409, "books_moved_on")
    return done(request, _CONSOLE)
