"""Every way a page says no: a sentence in the reader's language, as a page or as JSON."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels.local_chat import ChatRefused
from bot.pages.rendering import language_of, page
from core.errors import FallbackError, StoreBusy, StoreFull, Temporary, Unreadable
from core.texts import text

_BY_STATUS = {400: "page_malformed", 401: "page_login_first", 404: "page_unknown", 405: "page_wrong_method"}
_CHAT_STATUS = {"chat_unknown_room": 404, "chat_button_gone": 409}


class PageRefused(FallbackError):
    """The page does not do this."""

    def __init__(self, status: int, name: str, **facts: object) -> None:
        """`status`: of the HTTP answer; `name` and `facts`: as for `core.texts.text`."""
        super().__init__(text("en", name, **facts))
        self.status = status
        self.name = name
        self.facts = facts


def refusal(request: Request, status: int, name: str, **facts: object) -> Response:
    """The answer that says why not; programs and live forms get JSON, people get a page."""
    sentence = text(language_of(request), name, **facts)
    return say(request, status, sentence)


def say(request: Request, status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    """The same for a sentence already written."""
    if _wants_json(request):
        return JSONResponse({"error": sentence}, status_code=status, headers=headers)
    return page(request, "refusal.html", {"status": status, "sentence": sentence}, status=status, headers=headers)


async def on_page_refused(request: Request, problem: Exception) -> Response:
    """For `PageRefused`."""
    assert isinstance(problem, PageRefused)
    return refusal(request, problem.status, problem.name, **problem.facts)


async def on_http_error(request: Request, problem: Exception) -> Response:
    """For Starlette's own: unknown address, wrong method."""
    assert isinstance(problem, HTTPException)
    name = _BY_STATUS.get(problem.status_code, "page_malformed")
    answer = refusal(request, problem.status_code, name)
    answer.headers.update(dict(problem.headers or {}))
    return answer


async def on_our_error(request: Request, problem: Exception) -> Response:
    """For every typed error that reaches the border."""
    assert isinstance(problem, FallbackError)
    language = language_of(request)
    if isinstance(problem, ChatRefused):
        status = _CHAT_STATUS.get(problem.name, 400)
        return say(request, status, text(language, problem.name, **problem.facts))
    if isinstance(problem, StoreFull):
        return say(request, 507, text(language, "page_store_full"))
    if isinstance(problem, StoreBusy):
        return say(request, 503, text(language, "page_store_busy"))
    sentence = f"{problem} {problem.hint}".strip()
    status = 503 if isinstance(problem, Temporary) else 400 if isinstance(problem, Unreadable) else 409
    return say(request, status, sentence)


async def on_mistake(request: Request, problem: Exception) -> Response:
    """For anything else: our mistake. The details go to the log, not to the reader."""
    return refusal(request, 500, "page_broken")


def _wants_json(request: Request) -> bool:
    return (
        "/api/" in request.url.path
        or "hx-request" in request.headers
        or request.headers.get("accept", "").startswith("application/json")
    )
