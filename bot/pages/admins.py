"""Who may use the console: whoever logged in with `web.admin_token`, through forms of our own."""

from __future__ import annotations

from starlette.requests import Request

from bot.pages.forms import LONGEST_FIELD, fields_of
from bot.pages.parts import parts_of
from bot.pages.refusals import PageRefused
from bot.pages.sessions import csrf_token, is_same, unseal

COOKIE = "admin"
#: What an admin's session says; the console knows a token, not a person.
SUBJECT = "admin"
#: Who did it, in journals and logs.
BY = "console"


def admin_session(request: Request) -> str | None:
    """The cookie of an admin's session; None when nobody is logged in."""
    parts, cookie = parts_of(request), request.cookies.get(COOKIE, "")
    token = parts.settings.web.admin_token
    subject = unseal(cookie, lambda found: token or None if found == SUBJECT else None, parts.clock.now())
    return None if subject is None else cookie


def require_admin(request: Request) -> str:
    """The same. Raises: PageRefused."""
    session = admin_session(request)
    if session is None:
        raise PageRefused(401, "page_login_first")
    return session


async def require_admin_form(request: Request, longest: int = LONGEST_FIELD) -> dict[str, str]:
    """The fields of a form that our own console sent in this session. Raises: PageRefused."""
    session, form = require_admin(request), await fields_of(request, longest)
    if not is_same(form.get("csrf", ""), csrf_token(session)):
        raise PageRefused(403, "page_form_expired")
    return form
