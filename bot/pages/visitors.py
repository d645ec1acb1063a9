"""Who is at the chat pages: a named token, or (in demos and drills) whoever they say they are."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.local_chat import Member, member
from bot.pages.parts import parts_of
from bot.pages.refusals import PageRefused
from bot.pages.sessions import csrf_token, is_same, seal, set_cookie, unseal

COOKIE = "chat"
#: Seals the cookies of simulated people; they prove nothing, and are meant to.
_SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A member, and how they showed who they are."""

    member: Member
    #: what their forms carry; "" for programs, which bring no cookie and need none
    csrf: str


def visitor_of(request: Request) -> Visitor | None:
    """Whoever this request speaks for; None when it does not say, or says it wrongly."""
    named = _by_header(request)
    if named is not None:
        return Visitor(named, "")
    cookie = request.cookies.get(COOKIE, "")
    subject = unseal(cookie, lambda found: _secret_of(request, found), parts_of(request).clock.now())
    if subject is None:
        return None
    name, _, shown = subject.partition(" ")
    return Visitor(member(name, shown), csrf_token(cookie))


def require_visitor(request: Request) -> Visitor:
    """The same, or 401; a cookie that changes something must come with its form token, or 403."""
    visitor = visitor_of(request)
    if visitor is None:
        raise PageRefused(401, "page_login_first")
    if request.method == "POST" and not is_same(request.headers.get("x-csrf-token", ""), visitor.csrf):
        raise PageRefused(403, "page_form_expired")
    return visitor


def remember(request: Request, response: Response, found: Member) -> None:
    """Gives the browser its cookie."""
    subject = f"{found.id.partition(':')[2]} {found.name}"
    secret = _secret_of(request, subject)
    assert secret is not None
    set_cookie(request, response, COOKIE, seal(subject, secret, parts_of(request).clock.now()))


def member_by_token(request: Request, token: str) -> Member | None:
    """Whose token this is. Every known token is compared, so that time tells nothing."""
    tokens = parts_of(request).settings.channels.local_chat.tokens
    found = [name for name, known in tokens.items() if known and is_same(known, token)]
    return member(found[0]) if found else None


def is_simulated(request: Request) -> bool:
    """Whether anybody may say who they are."""
    return parts_of(request).settings.channels.local_chat.identities == "simulated"


def _by_header(request: Request) -> Member | None:
    if is_simulated(request):
        name = unquote(request.headers.get("x-person", ""))
        return member(name, unquote(request.headers.get("x-person-name", ""))) if name else None
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return member_by_token(request, token.strip()) if scheme.lower() == "bearer" else None


def _secret_of(request: Request, subject: str) -> str | None:
    if is_simulated(request):
        return _SIMULATED
    return parts_of(request).settings.channels.local_chat.tokens.get(subject.partition(" ")[0]) or None
