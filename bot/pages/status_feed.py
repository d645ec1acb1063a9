"""`/feed.atom`: incidents for a feed reader, one entry each, renewed with every word about it (RFC 4287)."""

from __future__ import annotations

import uuid
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from bot.pages.parts import parts_of
from bot.pages.rendering import fragment, language_of, wording_of
from bot.pages.status_facts import base_of, board_of, name_of, words_of
from core.incident import Incident
from fallback_store.public_status import PublicStatus

#: Entries in the feed; older ones are in the history.
ENTRIES = 20


async def show(request: Request) -> Response:
    """GET: in the reader's language."""
    found, language = await board_of(request).history(), language_of(request)
    entries = [
        {
            "id": _id(found, str(incident.id)),
            "incident": incident,
            "title": name_of(language, found, incident),
            "updated": _updated(found, incident),
            "chapters": [(chapter, words_of(language, chapter)) for chapter in found.stories[incident.id]],
        }
        for incident in found.incidents[:ENTRIES]
    ]
    facts = {
        "id": _id(found, "feed"),
        "updated": max([_updated(found, incident) for incident in found.incidents], default=found.state.since),
        "entries": entries,
        "base": base_of(request),
        "campus": parts_of(request).settings.campus.name,
    }
    xml = fragment(wording_of(request), "feed.xml", facts)
    return Response(xml, media_type="application/atom+xml")


def _id(found: PublicStatus, name: str) -> str:
    """The same for ever, whatever address the page has: a reader shows each incident once."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"fallback:{found.store_id}:{name}").urn


def _updated(found: PublicStatus, incident: Incident) -> datetime:
    return max(chapter.at for chapter in found.stories[incident.id])
