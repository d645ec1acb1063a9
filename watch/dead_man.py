"""Calls an outside dead-man's switch while all is well here: when we fall silent, somebody else raises the alarm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
import structlog

from core.errors import FallbackError
from core.ports import Clock
from fallback_store import disk_room
from fallback_store.database import Store

log = structlog.get_logger(__name__)

#: Total time-out of one call, and of the store's answer before it, seconds.
TIMEOUT_S = 10.0


class DeadMan:
    """A loop on monotonic time. It is silent when it should be: a beat that comes whatever happens is worth nothing."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        url: str,
        *,
        every_s: float,
        watch_silent_s: Callable[[], float],
        watch_dead_s: float,
        timeout_s: float = TIMEOUT_S,
        needs_bytes: int = disk_room.TOO_LITTLE_BYTES,
    ) -> None:
        """`watch_silent_s`: for how long the watch has concluded nothing; beyond `watch_dead_s` it is dead.

        `timeout_s`: total, of one call; `needs_bytes`: with less room on the disk nothing more could be taken.
        """
        self._store = store
        self._clock = clock
        self._url = url
        self._every_s = every_s
        self._watch_silent_s = watch_silent_s
        self._watch_dead_s = watch_dead_s
        self._timeout_s = timeout_s
        self._needs_bytes = needs_bytes

    async def run(self) -> None:
        """Calls until cancelled; a call that hangs delays none after it by more than its time-out."""
        while True:
            started_s = self._clock.monotonic_s()
            await self.beat()
            await self._clock.sleep(max(0.0, self._every_s - (self._clock.monotonic_s() - started_s)))

    async def beat(self) -> bool:
        """One call, if all is well; whether it was heard."""
        trouble = await self._trouble()
        if trouble:
            log.error("dead_man.silent", why=trouble)
            return False
        try:
            timeout = aiohttp.ClientTimeout(total=self._timeout_s)
            async with (
                aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.get(self._url, allow_redirects=False) as answer,
            ):
                is_heard = answer.status < 400
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
            # The address may hold a secret: only the kind of trouble is logged.
            log.warning("dead_man.not_heard", why=type(problem).__name__)
            return False
        if not is_heard:
            log.warning("dead_man.not_heard", why=answer.status)
        return is_heard

    async def _trouble(self) -> str:
        """What is not well here; "" = nothing."""
        if self._watch_silent_s() > self._watch_dead_s:
            return "the watch concludes nothing"
        # On a full disk no admin can be told by a row: falling silent is how they hear of it.
        if disk_room.free_bytes(self._store) < self._needs_bytes:
            return "the disk is full"
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._store.write(lambda _: None)
        except TimeoutError:
            return "the store does not answer"
        except FallbackError as problem:
            return str(problem)
        return ""
