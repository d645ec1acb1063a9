"""The public status page: who takes orders now, since when, what works, what to do, and when the next word comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.pages.live import Event, event_stream
from bot.pages.menu_names import MenuNames
from bot.pages.parts import parts_of
from bot.pages.rendering import SHAPES, fragment, language_of, page, wording_of
from core.incident import Incident, steps_of
from core.mode import Mode, ModeState
from core.notices import cause_text, minutes_between
from core.texts import text
from core.times import to_rfc3339
from fallback_store import incident_log, mode_history

PAST_SHOWN = 8

#: What a person can do in each mode; True = it works. No personal data and no order figures: anybody can read this.
_WORKS: dict[Mode, dict[str, bool]] = {
    Mode.NORMAL: {"platform": True},
    Mode.WATCHING: {"platform": True},
    Mode.PARTIAL: {"platform": True, "payment": False},
    Mode.EMERGENCY: {"platform": False, "chat": True, "delivery": True, "payment": False},
    Mode.HANDING_BACK: {"platform": True, "chat": False, "delivery": True},
}


async def show(request: Request) -> Response:
    """GET `/`: readable without scripts."""
    return page(request, "status.html", await _facts(request))


async def events(request: Request) -> StreamingResponse:
    """GET: the same, whenever it changes."""
    live = request.app.state.live
    told = ""

    async def news() -> Sequence[Event]:
        nonlocal told
        html = fragment(wording_of(request), "status_now.html", await _facts(request))
        if html == told:
            return []
        told = html
        return [Event(html)]

    return event_stream(request, lambda: [live.store_bell], news)


async def as_json(request: Request) -> Response:
    """GET `/status.json`: the same for programs."""
    facts = await _facts(request)
    state, incident = facts["state"], facts["incident"]
    assert isinstance(state, ModeState)
    body = {
        "mode": state.mode.value,
        "epoch": state.epoch,
        "since": to_rfc3339(state.since),
        "works": facts["works"],
        "to_do": facts["to_do"],
        "next_update_at": None if facts["next_at"] is None else to_rfc3339(facts["next_at"]),
        "incident": None if incident is None else _incident_body(request, incident),
        "past": [_incident_body(request, entry) for entry in facts["past"]],
    }
    return Response(orjson.dumps(body), media_type="application/json")


async def as_feed(request: Request) -> Response:
    """GET `/feed.atom`: incidents for a feed reader."""
    facts = await _facts(request)
    incidents = [*([facts["incident"]] if facts["incident"] else []), *facts["past"]]
    base = parts_of(request).settings.web.public_url or str(request.base_url).rstrip("/")
    campus = parts_of(request).settings.campus.name
    xml = fragment(wording_of(request), "feed.xml", {**facts, "incidents": incidents, "base": base, "campus": campus})
    return Response(xml, media_type="application/atom+xml")


async def _facts(request: Request) -> dict[str, Any]:
    parts, names = parts_of(request), request.app.state.names
    assert isinstance(names, MenuNames)
    now, language = parts.clock.now(), language_of(request)
    state = await incident_log.current_state(parts.store, now)
    incidents = await incident_log.incidents(parts.store, PAST_SHOWN + 1)
    incident = next((entry for entry in incidents if entry.closed_at is None), None)
    snapshot = await names.snapshot()
    works = dict(_WORKS[state.mode])
    if state.mode is Mode.EMERGENCY and snapshot is None:
        works["chat"] = False
    steps = steps_of(incident, state.mode) if incident else {}
    timeline = await mode_history.since(parts.store, incident.opened_at) if incident else []
    return {
        "state": state,
        "shape": SHAPES[state.mode],
        "incident": incident,
        "cause": cause_text(language, incident.cause, incident.said) if incident else "",
        "works": works,
        "to_do": _to_do(language, state.mode, has_menu=snapshot is not None),
        "order_url": parts.settings.primary.order_url,
        "menu_at": None if snapshot is None else snapshot.confirmed_at,
        "is_menu_old": snapshot is None or _is_old(now, snapshot.confirmed_at, parts.settings.sync.stale_after_s),
        "next_at": _next_at(incident, parts.settings.watch.notice_every_s),
        "steps": steps,
        "timeline": timeline,
        "past": [entry for entry in incidents if entry.closed_at is not None][:PAST_SHOWN],
        "minutes": minutes_between,
        "cause_of": lambda entry: cause_text(language, entry.cause, entry.said),
    }


def _to_do(language: str, mode: Mode, *, has_menu: bool) -> str:
    name = "no_menu" if mode is Mode.EMERGENCY and not has_menu else mode.value
    return text(language, f"status_todo_{name}")


def _next_at(incident: Incident | None, every_s: float) -> datetime | None:
    if incident is None or incident.noticed_at is None:
        return None
    return incident.noticed_at + timedelta(seconds=every_s)


def _is_old(now: datetime, confirmed_at: datetime, stale_after_s: float) -> bool:
    return (now - confirmed_at).total_seconds() > stale_after_s


def _incident_body(request: Request, incident: Incident) -> dict[str, object]:
    return {
        "id": incident.id,
        "cause": cause_text(language_of(request), incident.cause, incident.said),
        "broken_at": to_rfc3339(incident.broken_at),
        "closed_at": None if incident.closed_at is None else to_rfc3339(incident.closed_at),
    }
