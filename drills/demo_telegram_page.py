"""The pretend Telegram for people without one: be anybody in any of its chats, in a plain page."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from drills.demo_texts import say
from drills.telegram_double.process import ActRefused, TelegramProcess

_TEMPLATE = Path(__file__).parent / "data" / "telegram.html"
_SHOWS = 40  # messages
_TOAST_S, _GLANCE_S = 2.0, 0.1  # how long a press waits for its toast before the page goes on


class TelegramPage:
    """`/telegram?as=<person>&chat=<chat>`."""

    def __init__(self, telegram: TelegramProcess, language: str) -> None:
        """`telegram`: runs already."""
        self._telegram, self._language = telegram, language
        self._template = jinja2.Environment(autoescape=True).from_string(_TEMPLATE.read_text(encoding="utf-8"))

    def routes(self) -> list[Route]:
        """Every path."""
        return [
            Route("/telegram", self._show),
            Route("/telegram/shown", self._show_chat),
            Route("/telegram/new", self._make_person, methods=["POST"]),
            Route("/telegram/act", self._act, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        chats = (await self._telegram.call("GET", "/double/chats"))["chats"]
        people = [chat for chat in chats if chat["type"] == "private"]
        me = int(request.query_params.get("as") or people[0]["id"])
        rooms = [chat for chat in chats if chat["type"] != "private" or chat["id"] == me]
        wanted = int(request.query_params.get("chat") or rooms[0]["id"])
        chat = next((room for room in rooms if room["id"] == wanted), None)
        toast = request.query_params.get("toast", "")
        return self._page(me=me, people=people, rooms=rooms, chat=chat, toast=toast, is_frame=False)

    async def _show_chat(self, request: Request) -> Response:
        chat = await self._telegram.chat(int(request.query_params["chat"]))
        chat["messages"] = chat["messages"][-_SHOWS:]
        return self._page(me=int(request.query_params["as"]), chat=chat, is_frame=True)

    async def _make_person(self, request: Request) -> Response:
        async with request.form() as form:
            person = await self._telegram.new_person(str(form["name"]))
        return _back({"as": person, "chat": person})

    async def _act(self, request: Request) -> Response:
        async with request.form() as form:
            fields: dict[str, Any] = {name: str(value) for name, value in form.items()}
        me, chat, verb = int(fields.pop("as")), int(fields.pop("chat")), fields.pop("verb")
        if "message" in fields:
            fields["message"] = int(fields["message"])
        try:
            made = await self._telegram.act(verb, person=me, chat=chat, **fields)
            toast = await self._toast(made["press_id"]) if "press_id" in made else ""
        except ActRefused as refusal:
            toast = str(refusal)
        return _back({"as": me, "chat": chat, "toast": toast})

    async def _toast(self, press_id: str) -> str:
        """What the presser sees; "" when the button stopped without a word, or still spins."""
        for _ in range(round(_TOAST_S / _GLANCE_S)):
            press = await self._telegram.call("GET", f"/double/presses/{press_id}")
            if press["toast"] is not None:
                return str(press["toast"])
            await asyncio.sleep(_GLANCE_S)
        return ""

    def _page(self, **facts: Any) -> Response:
        speak = partial(say, self._language)
        return HTMLResponse(self._template.render(language=self._language, say=speak, **facts))


def _back(where: dict[str, Any]) -> Response:
    return RedirectResponse("/telegram?" + urlencode(where), status_code=303)
