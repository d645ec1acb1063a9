"""Turns facts into pages: language, campus times, the mode's colour and shape."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.pages.parts import parts_of
from core.ago import ago
from core.mode import Mode
from core.money import yuan
from core.texts import LANGUAGES, text

LANGUAGE_COOKIE = "lang"

#: Mode → shape; the colour comes from the style sheet by the mode's name, so that no page invents its own.
SHAPES = {
    Mode.NORMAL: "●",
    Mode.WATCHING: "▲",
    Mode.PARTIAL: "◆",
    Mode.EMERGENCY: "■",
    Mode.HANDING_BACK: "➜",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Says things the way this reader wants: their language, the campus's time."""

    language: str
    zone: ZoneInfo
    now: datetime

    def __call__(self, name: str, /, **facts: object) -> str:
        """The sentence called `name`."""
        return text(self.language, name, **facts)

    def ago(self, moment: datetime) -> str:
        """`3 min ago`."""
        return ago(moment, self.now, self.language)

    def clock(self, moment: datetime) -> str:
        """`12:05`, or `11-22 12:05` when it was not today."""
        local, today = moment.astimezone(self.zone), self.now.astimezone(self.zone)
        return local.strftime("%H:%M" if local.date() == today.date() else "%m-%d %H:%M")

    def second(self, moment: datetime) -> str:
        """`12:05:30`: for what is about to happen."""
        return moment.astimezone(self.zone).strftime("%H:%M:%S")

    def moment(self, moment: datetime) -> Markup:
        """`12:05 · 3 min ago`, kept fresh by app.js."""
        return Markup('<time datetime="{}">{} · <span class="ago">{}</span></time>').format(
            moment.isoformat(timespec="seconds"), self.clock(moment), self.ago(moment)
        )


def language_of(request: Request) -> str:
    """What this reader wants: the address, then their cookie, then the campus."""
    for wish in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    return parts_of(request).settings.campus.language


def wording_of(request: Request) -> Wording:
    """The words for this reader, now."""
    parts = parts_of(request)
    return Wording(language_of(request), parts.zone, parts.clock.now())


def fragment(wording: Wording, template: str, facts: Mapping[str, Any]) -> str:
    """A piece of a page, for an event or a live form."""
    return _environment().get_template(template).render(t=wording, shapes=SHAPES, **facts)


def page(
    request: Request,
    template: str,
    facts: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A whole page; remembers the language the reader asked for."""
    wording = wording_of(request)
    campus = parts_of(request).settings.campus.name
    html = fragment(wording, template, {"path": request.url.path, "campus": campus, **facts})
    response = HTMLResponse(html, status_code=status, headers=dict(headers or {}))
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, wording.language, max_age=365 * 86_400, samesite="lax")
    return response


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # a page of a hundred dishes would look two hundred times whether a file has changed
    )
    environment.filters["yuan"] = yuan
    environment.filters["static"] = _static_address
    return environment


@lru_cache(maxsize=64)
def _static_address(name: str) -> str:
    """Changes whenever the file does, so that a browser may keep it for ever."""
    content = (Path(__file__).parent / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"
