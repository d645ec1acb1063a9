"""The pretend WeChat for people without one: be any follower of the account, in a plain page."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from drills.demo_phones import Bubble, Member, TalkRefused
from drills.demo_texts import say
from drills.demo_wechat import WeChatPhones, parted

_TEMPLATE = Path(__file__).parent / "data" / "wechat.html"
_SHOWS = 20  # messages


class WeChatPage:
    """`/wechat?as=<name>&in=<building>`."""

    def __init__(self, phones: WeChatPhones, language: str) -> None:
        """`phones`: everybody's."""
        self._phones, self._language = phones, language
        self._template = jinja2.Environment(autoescape=True).from_string(_TEMPLATE.read_text(encoding="utf-8"))

    def routes(self) -> list[Route]:
        """Every path."""
        return [Route("/wechat", self._show), Route("/wechat/act", self._act, methods=["POST"])]

    async def _show(self, request: Request) -> Response:
        name = request.query_params.get("as", "xiaoming")
        building = request.query_params.get("in") or next(iter(self._phones.buildings), "")
        shown = [parted(words) for words in self._phones.followers.person(name).shown[-_SHOWS:]]
        facts = {"name": name, "building": building, "buildings": self._phones.buildings, "shown": shown}
        page = self._template.render(language=self._language, say=partial(say, self._language), **facts)
        return HTMLResponse(page)

    async def _act(self, request: Request) -> Response:
        async with request.form() as form:
            name, building, words, action = (str(form.get(part, "")) for part in ("as", "in", "text", "action"))
        member, room = Member(name, name), f"building-{building}"
        try:
            if action:
                bubble = Bubble(0, room, None, "", ((words, action),), None, "", 0.0)
                said = await self._phones.press(member, bubble, action)
            else:
                said = await self._phones.say(member, room, words)
            await self._phones.answer(said, 2.0)
        except TalkRefused as refused:
            return HTMLResponse(str(refused), 503)
        return RedirectResponse("/wechat?" + urlencode({"as": name, "in": building}), status_code=303)
