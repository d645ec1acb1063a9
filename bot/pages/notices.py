"""The console's part about notices: what waits to be told and what an admin does with it; how far the last one came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot import notice_drafts
from bot.pages.admins import BY, require_admin_form
from bot.pages.forms import done
from bot.pages.parts import parts_of
from bot.pages.refusals import PageRefused
from core.notice_lint import LONGEST, Fault
from core.notices import HOLD_S
from fallback_store import notice_ledger, notices
from fallback_store.database import Store, Tx

_CONSOLE = "/admin"


async def notice_facts(store: Store) -> dict[str, Any]:
    """What the template shows: drafts with their texts, the newest notice and its reach."""
    newest = await notices.newest(store)
    reaches = await notice_ledger.reach(store, newest.id) if newest else []
    return {
        "drafts": await notices.drafts(store),
        "told_last": newest,
        "reaches": reaches,
        "reach_percent": notice_ledger.percent(reaches),
        "hold_minutes": round(HOLD_S / 60),
    }


async def send(request: Request) -> Response:
    """POST: a draft goes out now."""
    return await _decide(request, notice_drafts.send_now)


async def hold(request: Request) -> Response:
    """POST: a draft goes out by itself only after a while."""
    return await _decide(request, notice_drafts.hold)


async def edit(request: Request) -> Response:
    """POST `text`, `language`: what is told instead in that language; refused with the reason when it says nothing."""
    form, parts = await require_admin_form(request, longest=LONGEST * 2), parts_of(request)
    notice_id, now, language = int(request.path_params["notice_id"]), parts.clock.now(), parts.settings.campus.language
    words, spoken = form.get("text", "").replace("\r\n", "\n"), form.get("language", "")
    if spoken not in ("zh", "en"):
        raise PageRefused(400, "page_malformed")

    def unit(tx: Tx) -> list[Fault] | None:
        return notice_drafts.edit(tx, notice_id, spoken, words, by=BY, language=language, now=now)

    faults = await parts.store.write(unit)
    if faults is None:
        raise PageRefused(409, "admin_notice_gone")
    if faults:
        raise PageRefused(422, f"notice_fault_{faults[0].kind.value}", words=faults[0].words)
    return done(request, _CONSOLE)


async def _decide(request: Request, step: Callable[..., bool]) -> Response:
    await require_admin_form(request)
    parts, notice_id = parts_of(request), int(request.path_params["notice_id"])
    now, language = parts.clock.now(), parts.settings.campus.language
    if not await parts.store.write(lambda tx: step(tx, notice_id, by=BY, language=language, now=now)):
        raise PageRefused(409, "admin_notice_gone")
    return done(request, _CONSOLE)
