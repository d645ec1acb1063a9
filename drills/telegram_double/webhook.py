"""Pushes updates to the bot's address: each chat in order, and again until it is answered well."""

from __future__ import annotations

import asyncio

import aiohttp

from core.ports import Clock
from drills.telegram_double.updates import UpdateQueue, WaitingUpdate

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
_ANSWER_S = 60.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0


class Webhook:
    """One bot's webhook; `run` pushes until it is cancelled."""

    def __init__(self, updates: UpdateQueue, clock: Clock) -> None:
        """`updates`: what is to be pushed."""
        self._updates, self._clock = updates, clock
        #: "" = none is set
        self.url = ""
        self.secret = ""
        self.most_at_once = 40
        #: the latest push that failed, and when (Unix time, seconds)
        self.last_error, self.last_error_date = "", 0
        #: pushes made, answered well or not
        self.pushes = 0
        #: update ids on their way
        self._flying: dict[int, str] = {}

    def set(self, url: str, secret: str, most_at_once: int) -> None:
        """From now on updates go there."""
        self.url, self.secret, self.most_at_once = url, secret, most_at_once
        self.last_error, self.last_error_date = "", 0
        self._updates.news.set()

    def unset(self) -> None:
        """Updates wait until somebody asks for them."""
        self.url = self.secret = ""
        self._updates.news.set()

    async def run(self) -> None:
        """Pushes whatever waits, as long as there is an address."""
        timeout = aiohttp.ClientTimeout(total=_ANSWER_S)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as tasks:
            while True:
                self._updates.news.clear()
                for update in self._due():
                    self._flying[update.id] = update.lane
                    tasks.create_task(self._deliver(session, update))
                await self._updates.news.wait()

    def _due(self) -> list[WaitingUpdate]:
        """The oldest update of every chat that has none on its way, as many as may fly at once."""
        if not self.url:
            return []
        due: list[WaitingUpdate] = []
        busy = {lane for lane in self._flying.values() if lane}
        for update in self._updates.waiting():
            if len(self._flying) + len(due) >= self.most_at_once:
                break
            if update.id not in self._flying and update.lane not in busy:
                due.append(update)
            if update.lane:
                busy.add(update.lane)
        return due

    async def _deliver(self, session: aiohttp.ClientSession, update: WaitingUpdate) -> None:
        url, pause_s = self.url, _FIRST_PAUSE_S
        try:
            while self.url == url and update in self._updates.waiting():
                problem = await self._push(session, update)
                if not problem:
                    self._updates.confirm({update.id})
                    return
                self.last_error, self.last_error_date = problem, int(self._clock.now().timestamp())
                await self._clock.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        finally:
            self._flying.pop(update.id, None)
            self._updates.news.set()

    async def _push(self, session: aiohttp.ClientSession, update: WaitingUpdate) -> str:
        """What went wrong, in the vendor's words; "" when it was taken."""
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers[SECRET_HEADER] = self.secret
        self.pushes += 1
        try:
            async with session.post(self.url, data=update.raw, headers=headers) as answer:
                if answer.status // 100 == 2:
                    return ""
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientConnectorError:
            return "Connection refused"
        except (aiohttp.ClientError, OSError):
            return "Connection reset by peer"
