"""Where others report to us that they are alive: one POST, behind a token of its own."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.pages.parts import parts_of
from bot.pages.refusals import PageRefused
from bot.pages.sessions import is_same


async def beat(request: Request) -> Response:
    """POST `/heartbeat/NAME` with `Authorization: Bearer …`: 204; 401 without the token, 404 for a name nobody set."""
    parts = parts_of(request)
    token = parts.settings.watch.heartbeat_token
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if not token or scheme.lower() != "bearer" or not is_same(shown.strip(), token):
        raise PageRefused(401, "control_denied")
    if not parts.beat(request.path_params["name"]):
        raise HTTPException(404)
    return Response(status_code=204)
