"""`/api/v2/…`: the public status in the JSON shape that Statuspage made common, for dashboards and other programs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.pages.parts import parts_of
from bot.pages.rendering import language_of
from bot.pages.status_facts import base_of, board_of, mode_for_people, name_of, words_of, works
from core.incident import Incident, Stage
from core.mode import Mode
from core.texts import text
from core.times import to_rfc3339
from fallback_store.public_status import PublicStatus

#: Mode → how bad it is, in Statuspage's words.
_INDICATOR = {
    Mode.NORMAL: "none",
    Mode.WATCHING: "minor",
    Mode.PARTIAL: "major",
    Mode.EMERGENCY: "critical",
    Mode.HANDING_BACK: "minor",
}
_COMPONENTS = ("platform", "payment", "chat", "delivery")
#: Public, and meant for other sites' scripts.
_HEADERS = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


Build = Callable[[Request, PublicStatus], dict[str, object]]


def routes() -> list[BaseRoute]:
    """The addresses, all GET."""
    answers: dict[str, Build] = {
        "summary": _summary,
        "status": _status,
        "components": _components_only,
        "incidents": _incidents_only,
        "incidents/unresolved": _unresolved_only,
        # Nothing of ours is planned ahead; who asks gets an empty list, as the shape has it.
        "scheduled-maintenances": _no_maintenance,
        "scheduled-maintenances/active": _no_maintenance,
        "scheduled-maintenances/upcoming": _no_maintenance,
    }
    small = [Middleware(GZipMiddleware, minimum_size=500)]
    return [Route(f"/api/v2/{name}.json", _answering(build), middleware=small) for name, build in answers.items()]


def _answering(build: Build) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        board = board_of(request)
        found = await (board.history() if build is _incidents_only else board.now.get())
        body = {"page": _page(request, found), **build(request, found)}
        return Response(orjson.dumps(body), media_type="application/json", headers=_HEADERS)

    return answer


def _page(request: Request, found: PublicStatus) -> dict[str, object]:
    campus = parts_of(request).settings.campus
    moments = [chapter.at for story in found.stories.values() for chapter in story]
    return {
        "id": found.store_id,
        "name": text(language_of(request), "status_feed_title", campus=campus.name),
        "url": base_of(request),
        "time_zone": campus.timezone,
        "updated_at": to_rfc3339(max([found.state.since, *moments])),
    }


def _summary(request: Request, found: PublicStatus) -> dict[str, object]:
    return {
        **_components_only(request, found),
        **_unresolved_only(request, found),
        **_no_maintenance(request, found),
        **_status(request, found),
    }


def _status(request: Request, found: PublicStatus) -> dict[str, object]:
    mode = mode_for_people(found)
    description = text(language_of(request), f"status_headline_{mode.value}")
    return {"status": {"indicator": _INDICATOR[mode], "description": description}}


def _components_only(request: Request, found: PublicStatus) -> dict[str, object]:
    return {"components": _components(request, found)}


def _incidents_only(request: Request, found: PublicStatus) -> dict[str, object]:
    return {"incidents": [_incident(request, found, incident) for incident in found.incidents]}


def _unresolved_only(request: Request, found: PublicStatus) -> dict[str, object]:
    return {"incidents": [_incident(request, found, incident) for incident in found.lasting]}


def _no_maintenance(_request: Request, _found: PublicStatus) -> dict[str, object]:
    return {"scheduled_maintenances": []}


def _components(request: Request, found: PublicStatus) -> list[dict[str, object]]:
    return [
        {
            "id": name,
            "name": text(language_of(request), f"status_works_{name}"),
            "status": _component_status(name, found),
            "created_at": to_rfc3339(found.first_at),
            "updated_at": to_rfc3339(found.state.since),
            "position": position,
            "description": None,
            "showcase": True,
            "start_date": None,
            "group_id": None,
            "page_id": found.store_id,
            "group": False,
            "only_show_if_degraded": False,
        }
        for position, name in enumerate(_COMPONENTS, start=1)
    ]


def _component_status(name: str, found: PublicStatus) -> str:
    mode, works_now = mode_for_people(found), works(found)
    if name == "platform" and mode is Mode.WATCHING:
        return "degraded_performance"
    if name == "platform" and mode is Mode.PARTIAL:
        # A merchant out of reach is a part of ordering; payments have a line of their own.
        return "operational" if all(one.is_about_payments for one in found.lasting) else "partial_outage"
    if name in ("chat", "platform") and mode is Mode.HANDING_BACK:
        return "under_maintenance"
    return "operational" if works_now.get(name, True) else "major_outage"


def _affected(incident: Incident) -> tuple[str, ...]:
    if incident.is_about_a_place:
        return ("platform",)
    return ("payment",) if incident.is_about_payments else ("platform", "payment")


def _impact(incident: Incident) -> str:
    if incident.is_about_a_place:
        return "minor"
    return "major" if incident.is_about_payments else "critical"


def _incident(request: Request, found: PublicStatus, incident: Incident) -> dict[str, object]:
    language, story = language_of(request), found.stories[incident.id]
    first_of = {chapter.stage: to_rfc3339(chapter.at) for chapter in story}
    return {
        "id": str(incident.id),
        "name": name_of(language, found, incident),
        "status": story[0].stage.value,
        "created_at": to_rfc3339(incident.opened_at),
        "updated_at": to_rfc3339(story[0].at),
        "monitoring_at": first_of.get(Stage.MONITORING),
        "resolved_at": None if incident.closed_at is None else to_rfc3339(incident.closed_at),
        "impact": _impact(incident),
        "shortlink": f"{base_of(request)}/history#incident-{incident.id}",
        "started_at": to_rfc3339(incident.broken_at),
        "page_id": found.store_id,
        "incident_updates": [
            {
                "id": f"{incident.id}-{len(story) - place}",
                "status": chapter.stage.value,
                "body": words_of(language, chapter),
                "incident_id": str(incident.id),
                "created_at": to_rfc3339(chapter.at),
                "updated_at": to_rfc3339(chapter.at),
                "display_at": to_rfc3339(chapter.at),
                "affected_components": None,
                "deliver_notifications": chapter.notice is not None,
                "custom_tweet": None,
                "tweet_id": None,
            }
            for place, chapter in enumerate(story)
        ],
        "components": [one for one in _components(request, found) if one["id"] in _affected(incident)],
    }
