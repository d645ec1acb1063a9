"""The public status page: who takes orders now, since when, what works, what to do, and when the next word comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.pages.live import Event, event_stream
from bot.pages.parts import parts_of
from bot.pages.rendering import SHAPES, fragment, language_of, page, wording_of
from bot.pages.status_facts import PAST_SHOWN, board_of, mode_for_people, name_of, next_at, to_do, words_of, works
from core.incident import Incident, steps_of
from core.mode import Mode
from core.notices import minutes_between
from core.times import to_rfc3339
from fallback_store.public_status import PublicStatus

#: Chapters shown without a further step.
CHAPTERS_SHOWN = 3
_HAS_STEPS = (Mode.EMERGENCY, Mode.HANDING_BACK)


async def show(request: Request) -> Response:
    """GET `/`: readable without scripts."""
    return page(request, "status.html", await _facts_now(request))


async def history(request: Request) -> Response:
    """GET `/history`: every incident with what people were told, newest first."""
    found = await board_of(request).history()
    return page(request, "history.html", {**_facts(request, found), "found": found})


async def events(request: Request) -> StreamingResponse:
    """GET: the first page again, whenever it changes."""
    live = request.app.state.live
    told = ""

    async def news() -> Sequence[Event]:
        nonlocal told
        html = await _live_half(request)
        if html == told:
            return []
        told = html
        return [Event(html)]

    return event_stream(request, lambda: [live.store_bell], news)


async def as_json(request: Request) -> Response:
    """GET `/status.json`: the same for programs."""
    found, language = await board_of(request).now.get(), language_of(request)
    due = next_at(found, parts_of(request).settings.watch.notice_every_s)
    lasting = found.lasting
    body = {
        "mode": mode_for_people(found).value,
        "epoch": found.state.epoch,
        "since": to_rfc3339(found.state.since),
        "works": works(found),
        "to_do": to_do(language, found),
        "next_update_at": None if due is None else to_rfc3339(due),
        "incident": _incident_body(language, found, lasting[0]) if lasting else None,
        "past": [_incident_body(language, found, entry) for entry in _past(found)],
    }
    return Response(orjson.dumps(body), media_type="application/json")


async def _live_half(request: Request) -> str:
    """The same words for everybody who reads one language: made once for all the open pages, and again each minute."""
    board, language = board_of(request), language_of(request)
    found = await board.now.get()
    made_of = (found, board.now.is_from_memory, int(parts_of(request).clock.now().timestamp() // 60))
    known = board.live_half.get(language)
    if known is None or known[0] != made_of:
        known = made_of, fragment(wording_of(request), "status_now.html", await _facts_now(request))
        board.live_half[language] = known
    return known[1]


async def _facts_now(request: Request) -> dict[str, Any]:
    known = board_of(request).now
    facts = _facts(request, await known.get())
    return {**facts, "old_since": known.read_at if known.is_from_memory else None}


def _facts(request: Request, found: PublicStatus) -> dict[str, Any]:
    parts, language = parts_of(request), language_of(request)
    settings, now, mode = parts.settings, parts.clock.now(), mode_for_people(found)
    lasting = found.lasting
    menu_age_s = (now - found.menu_at).total_seconds() if found.menu_at else None
    return {
        "mode": mode,
        "since": _since(found),
        "shape": SHAPES[mode],
        "lasting": lasting,
        "works": works(found),
        "to_do": to_do(language, found),
        "order_url": settings.primary.order_url,
        "menu_at": found.menu_at,
        "is_menu_old": menu_age_s is None or menu_age_s > settings.sync.stale_after_s,
        "next_at": next_at(found, settings.watch.notice_every_s),
        # Only what takes the orders over has steps to tick.
        "steps": steps_of(lasting[0], mode) if lasting and mode in _HAS_STEPS else {},
        "stories": found.stories,
        "chapters_shown": CHAPTERS_SHOWN,
        "past": _past(found),
        "minutes": minutes_between,
        "cause_of": partial(name_of, language, found),
        "words_of": partial(words_of, language),
    }


def _since(found: PublicStatus) -> datetime | None:
    """Since when it is as people see it; None when nothing ever was otherwise, or when it changed unseen."""
    state = found.state
    has_changed = bool(state.epoch or state.by)
    return state.since if has_changed and mode_for_people(found) is state.mode else None


def _past(found: PublicStatus) -> list[Incident]:
    return [entry for entry in found.incidents if entry.closed_at is not None][:PAST_SHOWN]


def _incident_body(language: str, found: PublicStatus, incident: Incident) -> dict[str, object]:
    return {
        "id": incident.id,
        "cause": name_of(language, found, incident),
        "broken_at": to_rfc3339(incident.broken_at),
        "closed_at": None if incident.closed_at is None else to_rfc3339(incident.closed_at),
    }
