"""Reads small forms, and answers them: live forms get nothing to swap, plain ones are sent back to their page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.pages.refusals import PageRefused

#: Longest field, in characters.
LONGEST_FIELD = 500


async def fields_of(request: Request, longest: int = LONGEST_FIELD) -> dict[str, str]:
    """The form's fields, trimmed; the last one of a name counts. Raises: PageRefused when one is too long."""
    found = dict[str, str]()
    async with request.form(max_files=0, max_fields=50) as form:
        for name, value in form.multi_items():
            if not isinstance(value, str) or len(value) > longest or "\x00" in value:
                raise PageRefused(400, "page_malformed")
            found[name] = value.strip()
    return found


def done(request: Request, back_to: str) -> Response:
    """The answer to a form that was stored: the page itself hears of it over its live line."""
    if "hx-request" in request.headers:
        return Response(status_code=204)
    return RedirectResponse(back_to, status_code=303)
