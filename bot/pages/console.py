"""The admins' console: the mode with its one sensible next action, what waits, what is parked, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from bot.pages.admins import COOKIE, SUBJECT, admin_session, require_admin, require_admin_form
from bot.pages.books import book_facts
from bot.pages.forms import fields_of
from bot.pages.live import Event, event_stream
from bot.pages.menu_names import MenuNames
from bot.pages.notices import notice_facts
from bot.pages.parts import parts_of
from bot.pages.refusals import PageRefused
from bot.pages.rendering import SHAPES, fragment, language_of, page, wording_of
from bot.pages.sessions import csrf_token, is_same, seal, set_cookie
from bot.pages.switch_question import asked_now, seen_now
from core.authors import author
from core.chat import Role
from core.mode import Mode
from core.notices import cause_text
from core.texts import text
from fallback_store import (
    chat_changes,
    hand_backs,
    incident_log,
    links,
    messages,
    order_rate,
    outbox,
    parked_events,
    people,
    sheet_states,
)

#: Seconds between two refreshes: the figures are many, a person reads slowly.
CALM_S = 1.0
MINUTES_DRAWN = 60
JOURNAL_SHOWN = 60
PARKED_SHOWN = 100
#: Journal kinds that have a word of their own.
KINDS = ("opened", "mode", "lock", "notice", "step", "note", "closed")

#: Mode → the step an admin would take next: (what the form does, the texts' name); emergency is always at hand.
NEXT_ACTION = {
    Mode.NORMAL: "enter",
    Mode.WATCHING: "enter",
    Mode.PARTIAL: "enter",
    Mode.EMERGENCY: "hand_back",
    Mode.HANDING_BACK: "return",
}


async def show(request: Request) -> Response:
    """GET `/admin`: the console, or the login."""
    if not parts_of(request).settings.web.admin_token:
        return page(request, "console_shut.html", {}, status=403)
    session = admin_session(request)
    if session is None:
        return page(request, "console_login.html", {}, status=401)
    return page(request, "console.html", await console_facts(request, session))


async def log_in(request: Request) -> Response:
    """POST `token`: opens a session for a shift."""
    form, parts = await fields_of(request), parts_of(request)
    token = parts.settings.web.admin_token
    if not token or not is_same(form.get("token", ""), token):
        await parts.clock.sleep(0.5)  # seconds; slows a guesser down
        raise PageRefused(401, "console_token_wrong")
    response = RedirectResponse("/admin", status_code=303)
    set_cookie(request, response, COOKIE, seal(SUBJECT, token, parts.clock.now()))
    return response


async def log_out(request: Request) -> Response:
    """POST: ends the session in this browser."""
    await require_admin_form(request)
    response = RedirectResponse("/admin", status_code=303)
    response.delete_cookie(COOKIE)
    return response


async def events(request: Request) -> StreamingResponse:
    """GET: the live half of the console, whenever something changed."""
    session, live = require_admin(request), request.app.state.live
    told = ""

    async def news() -> Sequence[Event]:
        nonlocal told
        html = fragment(wording_of(request), "console_now.html", await console_facts(request, session))
        if html == told:
            return []
        told = html
        return [Event(html)]

    return event_stream(request, lambda: [live.store_bell], news, calm_s=CALM_S)


async def console_facts(request: Request, session: str) -> dict[str, Any]:
    """Everything the console shows. `session` is the admin's cookie: its forms carry a token made from it."""
    parts, names = parts_of(request), request.app.state.names
    assert isinstance(names, MenuNames)
    now, store, language = parts.clock.now(), parts.store, language_of(request)
    state = await incident_log.current_state(store, now)
    incidents = await incident_log.incidents(store, 1)
    incident = incidents[0] if incidents and incidents[0].closed_at is None else None
    snapshot = await names.snapshot()
    catalog = snapshot.catalog if snapshot else None
    rate = await order_rate.per_minute(store, now, MINUTES_DRAWN)
    return {
        "csrf": csrf_token(session),
        "who": partial(author, language),
        "kind": lambda kind: text(language, f"console_kind_{kind}") if kind in KINDS else kind,
        "state": state,
        "shape": SHAPES[state.mode],
        "action": NEXT_ACTION[state.mode],
        "cause": cause_text(language, incident.cause, incident.said) if incident else "",
        "snapshot": snapshot,
        "is_menu_old": snapshot is None
        or (now - snapshot.confirmed_at).total_seconds() > parts.settings.sync.stale_after_s,
        "now": now,
        "sheet": await sheet_states.the_one(store),
        "backlog": await messages.backlog(store),
        "outbox": await outbox.counts(store),
        "rate": rate,
        "rate_points": _points(rate),
        "hand_backs": await hand_backs.newest(store, 3),
        "parked": await parked_events.parked(store, PARKED_SHOWN),
        "journal": await incident_log.journal(store, JOURNAL_SHOWN),
        "metrics": sorted(parts.metrics().items()),
        "links": await links.newest(store),
        **await notice_facts(store),
        "asked": await asked_now(parts, language, catalog),
        "seen": seen_now(parts, language),
        **await book_facts(store, language),
        "lost_groups": await chat_changes.read_lost_groups(store),
        "merchants": list(catalog.merchant_by_id.values()) if catalog else [],
        "couriers": await people.holders(store, Role.COURIER),
        "roles": [(role.value, await people.holders(store, role)) for role in Role],
    }


def _points(rate: Sequence[int]) -> str:
    """The line through the minutes, in a box of 300 × 60 with the busiest minute on top."""
    top, step = max(*rate, 1), 300 / (len(rate) - 1)
    return " ".join(f"{place * step:.1f},{58 - count / top * 54:.1f}" for place, count in enumerate(rate))
