"""The people of a drill who work: couriers, merchants and the admin, each over what they really use."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from core.texts import text
from drills.demo_phones import Member, Phones

_ANSWER_S = 20.0
_POLL_S = 0.1
_CALL_S = 10.0
_LABEL = re.compile(r"#[\w-]+-\d{3,}")
_CSRF = re.compile(r'name="csrf"[^>]*?value="([^"]+)"|value="([^"]+)"[^>]*?name="csrf"')
_SECRET_PATH = re.compile(r"/(?:sheet|queue)/[A-Za-z0-9_-]{20,}")
#: A courier presses the button that brings a bag furthest.
_NEXT_STEPS = ("deliver-floor", "deliver", "pick-floor", "pick", "take-floor", "take", "floor", "queue")


class StaffStuck(Exception):
    """Somebody's page or chat did not answer as it should."""


class Courier:
    """Works building queues from the private chat with the bot, button by button."""

    def __init__(self, chat: Phones, who: Member, language: str) -> None:
        """`language`: what the chat speaks."""
        self._chat, self._who = chat, who
        self._ask_queue = "queue" if language == "en" else "队列"
        self._delivered_begins = text(language, "courier_done_deliver", numbers="\0").partition("\0")[0]
        self.delivered: set[str] = set()

    async def work(self, floors: int, on_floor: Callable[[], None]) -> None:
        """Takes, picks up and delivers so many floors. Raises: TalkRefused."""
        for _ in range(floors):
            reply = await self._chat.answer(
                await self._chat.say(self._who, self._who.private_room, self._ask_queue), _ANSWER_S
            )
            while reply is not None and (action := _next_action(reply.buttons)):
                reply = await self._chat.answer(await self._chat.press(self._who, reply, action), _ANSWER_S)
                if reply is not None and reply.text.startswith(self._delivered_begins):
                    self.delivered.update(_LABEL.findall(reply.text.splitlines()[0]))
                    break  # below it stands the next floor
            on_floor()


class Office:
    """The admin's shell address and the console, and what merchants do in their sheet."""

    def __init__(self, base_url: str, admin_token: str) -> None:
        """`base_url`: where the bot serves its pages."""
        self._base_url, self._token = base_url, admin_token
        self._csrf = ""

    async def __aenter__(self) -> Self:
        """Opens a browser's worth of cookies."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_CALL_S), cookie_jar=aiohttp.CookieJar(unsafe=True)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes it."""
        await self._session.close()

    async def status(self) -> dict[str, Any] | None:
        """What `python main.py status` shows; None while the bot does not answer."""
        try:
            async with self._session.get(
                f"{self._base_url}/admin/api/status", headers={"Authorization": f"Bearer {self._token}"}
            ) as answer:
                return dict(orjson.loads(await answer.read())) if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    async def wait_until(
        self, condition: Callable[[dict[str, Any]], bool], timeout_s: float, what: str
    ) -> dict[str, Any]:
        """The first status for which the condition holds. Raises: StaffStuck naming `what` it waited for."""
        ends_s = time.monotonic() + timeout_s
        found: dict[str, Any] | None = None
        while time.monotonic() < ends_s:
            found = await self.status()
            if found is not None and condition(found):
                return found
            await asyncio.sleep(_POLL_S)
        raise StaffStuck(f"{what}: not within {timeout_s:.0f} s; the last status was {found}")

    # -- the console, in a browser --------------------------------------------------------------------------

    async def make_link(self, kind: str, scope: str, label: str) -> str:
        """Logs in and makes a secret address; the path of the page it opens. Raises: StaffStuck."""
        if not self._csrf:
            console = await self._post("/admin/login", {"token": self._token})
            found = _CSRF.search(console)
            if found is None:
                raise StaffStuck("the console shows no form")
            self._csrf = found[1] or found[2]
        form = {"csrf": self._csrf, "kind": kind, "scope": scope, "label": label}
        address = _SECRET_PATH.search(await self._post("/admin/links", form))
        if address is None:
            raise StaffStuck(f"the console shows no address for {label}")
        return address[0]

    async def edit_sheet(self, sheet_path: str, **fields: str) -> None:
        """One edit of the stock sheet, as its page sends it. Raises: StaffStuck."""
        await self._post(sheet_path, fields)

    async def _post(self, path: str, form: dict[str, str]) -> str:
        headers = {"Origin": self._base_url, "Sec-Fetch-Site": "same-origin"}
        async with self._session.post(self._base_url + path, data=form, headers=headers) as answer:
            page = await answer.text()
            if answer.status >= 400:
                raise StaffStuck(f"{path}: {answer.status} {page[:300]}")
            return page


def _next_action(buttons: tuple[tuple[str, str], ...]) -> str | None:
    for step in _NEXT_STEPS:
        for _, action in buttons:
            if action.split(":")[:2] == ["courier", step]:
                return action
    return None
