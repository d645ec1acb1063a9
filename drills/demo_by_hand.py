"""After the story: a small page of controls to break things by hand, and the addresses of every other page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from html import escape
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from drills.bot_process import HOST
from drills.demo_lunch import BUILDINGS
from drills.demo_stage import TIMES_FASTER, Stage
from drills.demo_story import Story
from drills.demo_terminal import Terminal
from drills.demo_texts import say
from drills.twin_campus import campus_day
from drills.twin_door import Door

CONTROLS_PORT = 9901
_DOWN_AFTER_S = 20.0 / TIMES_FASTER
_MORE_ORDERS, _MORE_S = 20, 8.0
_PAGES_IN_TERMINAL = 5  # status, chat, console, one sheet, one queue

_STYLE = """
body{font:17px/1.6 system-ui,"WenQuanYi Micro Hei",sans-serif;max-width:44rem;margin:1.5rem auto;padding:0 1rem}
button{font:inherit;min-height:48px;padding:.4rem 1.1rem;border-radius:8px;border:1px solid #888;cursor:pointer}
form{display:inline-block;margin:.2rem .4rem .2rem 0} ul{padding:0;list-style:none}
li a{display:inline-block;min-height:44px;line-height:44px}
.state{font-size:1.2rem;font-weight:600} .said{background:#fff3cd;color:#333;padding:.6rem 1rem;border-radius:8px}
@media(prefers-color-scheme:dark){body{background:#15171a;color:#e8e8e8} a{color:#8ab4f8}}
"""


class ByHand:
    """Serves the controls until it is cancelled."""

    def __init__(self, stage: Stage, terminal: Terminal, story: Story) -> None:
        """`story`: told to its end; its links are offered again."""
        self._stage, self._terminal, self._story = stage, terminal, story
        self._said = ""
        self._day = 0
        self._busy = asyncio.Lock()

    async def run(self) -> None:
        """Shows every address in the terminal, then waits for Ctrl-C."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            door = Door(HOST, self._stage.usual_port(CONTROLS_PORT))
            self._url = f"http://{HOST}:{door.port}/"
            await door.open(_OwnPages(self._app()), tasks)
            try:
                pages = (await self._pages())[:_PAGES_IN_TERMINAL]
                self._terminal.table("pages", [(self._say("page_controls"), self._url), *pages])
                self._terminal.tell("more_pages")
                self._terminal.tell("logs", folder=self._stage.folder)
                await asyncio.get_running_loop().create_future()
            finally:
                await door.close()

    def _app(self) -> Starlette:
        own = [Route("/", self._show), Route("/do/{what}", self._do, methods=["POST"])]
        return Starlette(routes=[*own, *self._stage.venue.routes()])

    # -- what it shows --------------------------------------------------------------------------------------

    async def _pages(self) -> list[tuple[str, str]]:
        base = self._stage.bot.base_url
        admin = self._say("page_admin_token", url=f"{base}/admin", token=self._stage.admin_token)
        return [
            (self._say("page_status"), f"{base}/"),
            *await self._stage.venue.sights(self._url),
            (self._say("page_admin"), admin),
            # One of each kind first: there are many of the same.
            *((what, base + path) for what, path in _one_of_each_first(self._story.links)),
        ]

    async def _show(self, request: Request) -> Response:
        bot = self._stage.bot
        primary = self._say("ctl_primary_down" if self._stage.is_cut else "ctl_primary_up")
        running = self._say("ctl_bot_down") if bot.pid is None else self._say("ctl_bot_up", pid=bot.pid)
        buttons = "".join(
            f'<form method="post" action="/do/{what}"><button>{escape(self._say(f"ctl_{what}"))}</button></form>'
            for what in ("restore" if self._stage.is_cut else "cut", "more", "kill")
        )
        pages = "".join(f"<li>{_linked(what, where)}</li>" for what, where in await self._pages())
        said = f'<p class="said" role="status">{escape(self._said)}</p>' if self._said else ""
        return HTMLResponse(
            f'<!doctype html><html lang="{self._stage.language}"><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{escape(self._say("ctl_title"))}</title>'
            f"<style>{_STYLE}</style><h1>{escape(self._say('ctl_title'))}</h1><p>{escape(self._say('ctl_intro'))}</p>"
            f'<p class="state">{escape(primary)}<br>{escape(running)}</p>{said}<p>{buttons}</p>'
            f"<h2>{escape(self._say('ctl_pages'))}</h2><p>{escape(self._say('ctl_roles'))}</p><ul>{pages}</ul></html>"
        )

    # -- what it does ---------------------------------------------------------------------------------------

    async def _do(self, request: Request) -> Response:
        doing: dict[str, Callable[[], Awaitable[None]]] = {
            "cut": self._stage.cut,
            "restore": self._stage.restore,
            "kill": self._kill,
            "more": self._more,
        }
        what = request.path_params["what"]
        if what not in doing:
            return PlainTextResponse("there is no such control", 404)
        # One at a time: two people pressing kill must not start two bots.
        async with self._busy:
            await doing[what]()
        self._said = self._say(f"ctl_done_{what}", seconds=_DOWN_AFTER_S)
        return RedirectResponse("/", status_code=303)

    async def _kill(self) -> None:
        await self._stage.bot.kill()
        await self._stage.bot.start()

    async def _more(self) -> None:
        self._day += 1
        campus = self._story.campus
        seed = self._stage.seed + self._day
        day = campus_day(seed, campus.buildings[:BUILDINGS], campus.catalog, _MORE_ORDERS, _MORE_S, campus.captains)
        self._tasks.create_task(self._story.crowd.live(day, lambda: None))

    def _say(self, name: str, /, **facts: object) -> str:
        return say(self._stage.language, name, **facts)


class _OwnPages:
    """Stands before the controls: they obey nobody else's page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """403 for what another site's page sends."""
        app = self._app
        if scope["type"] == "http" and scope["method"] == "POST":
            headers = Headers(scope=scope)
            if "origin" in headers and urlsplit(headers["origin"]).netloc != headers.get("host"):
                app = PlainTextResponse("this page only obeys itself", 403)
        await app(scope, receive, send)


def _one_of_each_first(links: list[tuple[str, str]]) -> list[tuple[str, str]]:
    kinds = {path.split("/")[1]: (what, path) for what, path in reversed(links)}
    return [*kinds.values(), *(link for link in links if link not in kinds.values())]


def _linked(what: str, where: str) -> str:
    address, _, rest = where.partition("  ")
    return f'<a href="{escape(address)}" target="_blank">{escape(what)}</a> {escape(rest)}'
