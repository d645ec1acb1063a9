"""What an admin does at the console: mode, lock, parked events, links. Each is one unit of work with who and why."""

from __future__ import annotations

import secrets
from datetime import timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from bot.pages.admins import BY, require_admin, require_admin_form
from bot.pages.console import console_facts
from bot.pages.forms import done
from bot.pages.parts import parts_of
from bot.pages.refusals import PageRefused
from bot.pages.rendering import page
from fallback_store import incident_log, links, parked_events
from fallback_store.database import Tx
from fallback_store.links import LinkKind

LONGEST_LOCK_MINUTES = 24 * 60
CONSOLE = "/admin"


async def change_mode(request: Request) -> Response:
    """POST `do` (enter, hand_back, return), `reason`, `seen_epoch`: of two admins at once, one wins and one is told."""
    form, parts = await require_admin_form(request), parts_of(request)
    reason, seen = _reason(form), form.get("seen_epoch", "")
    seen_epoch = int(seen) if seen.isascii() and seen.isdigit() else None
    switch = parts.mode_switch
    step = {
        "enter": switch.enter_emergency,
        "hand_back": switch.begin_hand_back,
        "return": switch.return_to_emergency,
    }.get(form.get("do", ""))
    if step is None:
        raise PageRefused(400, "page_malformed")
    now = parts.clock.now()
    await parts.store.write(lambda tx: step(tx, by=BY, reason=reason, now=now, seen_epoch=seen_epoch))
    return done(request, CONSOLE)


async def lock(request: Request) -> Response:
    """POST `minutes`, `reason`: the probes leave the mode alone for so long."""
    form, parts = await require_admin_form(request), parts_of(request)
    reason, minutes = _reason(form), form.get("minutes", "")
    if not (minutes.isascii() and minutes.isdigit() and 1 <= int(minutes[:6]) <= LONGEST_LOCK_MINUTES):
        raise PageRefused(422, "console_bad_minutes", longest=LONGEST_LOCK_MINUTES)
    now = parts.clock.now()
    until = now + timedelta(minutes=int(minutes))
    await parts.store.write(lambda tx: parts.mode_switch.lock(tx, by=BY, reason=reason, until=until, now=now))
    return done(request, CONSOLE)


async def unlock(request: Request) -> Response:
    """POST `reason`: the probes decide again."""
    form, parts = await require_admin_form(request), parts_of(request)
    reason, now = _reason(form), parts.clock.now()
    await parts.store.write(lambda tx: parts.mode_switch.unlock(tx, by=BY, reason=reason, now=now))
    return done(request, CONSOLE)


async def retry_parked(request: Request) -> Response:
    """POST: a parked event goes to the primary once more."""
    await require_admin_form(request)
    parts, seq = parts_of(request), int(request.path_params["seq"])
    now = parts.clock.now()

    def unit(tx: Tx) -> bool:
        again = parked_events.retry_parked(tx, seq, now=now)
        if again:
            incident_log.note(tx, None, who=BY, kind="note", text=f"retry of parked event {seq}", now=now)
        return bool(again)

    if not await parts.store.write(unit):
        raise PageRefused(409, "console_not_parked")
    return done(request, CONSOLE)


async def create_link(request: Request) -> Response:
    """POST `kind`, `scope`, `label`: makes a secret address and shows it, this once."""
    form, parts = await require_admin_form(request), parts_of(request)
    kind, scope = form.get("kind", ""), form.get("scope", "")
    if kind not in set(LinkKind) or not scope:
        raise PageRefused(422, "console_bad_link")
    token, now = secrets.token_urlsafe(24), parts.clock.now()
    label = form.get("label", "")[:60] or scope
    await parts.store.write(lambda tx: links.create(tx, token, LinkKind(kind), scope, label=label, by=BY, now=now))
    room = {"merchant": "sheet", "courier": "queue"}[kind]
    base = parts.settings.web.public_url or str(request.base_url).rstrip("/")
    facts = await console_facts(request, require_admin(request))
    fresh = {"label": label, "address": f"{base}/{room}/{quote(token)}"}
    return page(request, "console.html", {**facts, "fresh_link": fresh, "path": CONSOLE})


async def revoke_link(request: Request) -> Response:
    """POST: closes a link for good; pages opened with it stop."""
    await require_admin_form(request)
    parts, link_id = parts_of(request), int(request.path_params["link_id"])
    now = parts.clock.now()
    await parts.store.write(lambda tx: links.revoke(tx, link_id, now))
    return done(request, CONSOLE)


def _reason(form: dict[str, str]) -> str:
    reason = form.get("reason", "")
    if not reason:
        raise PageRefused(422, "console_reason_missing")
    return reason
