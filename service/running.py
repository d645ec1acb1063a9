"""One process: builds the parts from the settings, runs them in one TaskGroup, stops them on a signal."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import structlog

from bot.pages.server import build_app
from bot.pages.serving import serve
from core.ids import BuildingId
from core.settings import Settings
from fallback_store import people, sheet_states
from fallback_store.database import Store
from service.interpreter import look_for_garbage_less_often
from service.logs import speak_plainly
from service.parts import Parts, build_parts
from service.roles import take_over_people
from sync.primary_http import PrimaryHttp

log = structlog.get_logger(__name__)

#: Buildings of a new directory get their rooms within this long, seconds.
ROOMS_EVERY_S = 1.0


async def run_service(settings: Settings, *, announces: bool) -> None:
    """Runs until SIGTERM or SIGINT.

    `announces`: one JSON line on stdout, `{"port", "pid"}`, once pages are served.
    Raises: StoreLocked, StoreBroken, PortTaken and whatever else stops the start.
    """
    speak_plainly()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(await Store.open(settings.store.path))
        primary = PrimaryHttp(settings.primary.base_url, settings.primary.token, timeout_s=settings.sync.timeout_s)
        await stack.enter_async_context(primary)
        await store.write(lambda tx: take_over_people(tx, settings.people))
        await store.write(lambda tx: sheet_states.forget_others(tx, settings.sheet.kind))
        parts = build_parts(settings, store, primary, random.SystemRandom().random)
        look_for_garbage_less_often()
        await _Run(settings, parts, announces).until_stopped()


@dataclass(slots=True)
class _Run:
    """The parts at work."""

    settings: Settings
    parts: Parts
    announces: bool

    async def until_stopped(self) -> None:
        """One failing part stops all of them: whoever watches this process starts it again, and nothing is lost."""
        stop = asyncio.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(work, name=name) for name, work in self._works().items()]
                await stop.wait()
                for task in tasks:
                    task.cancel()
        except* Exception as failures:
            # One clear line for one clear reason; several reasons at once stay together.
            if len(failures.exceptions) == 1:
                raise failures.exceptions[0] from None
            raise

    def _works(self) -> dict[str, Coroutine[Any, Any, None]]:
        web, parts = self.settings.web, self.parts
        app = build_app(parts.pages)
        works = {name: part.run for name, part in parts.running.items()}
        if parts.furnish:
            works["rooms"] = self._keep_rooms
        return {
            **{name: parts.outliving.run(name, work) for name, work in works.items()},
            "pages": serve(app, host=web.host, port=web.port, announce=self._announce),
        }

    async def _keep_rooms(self) -> None:
        """Gives every building of the directory its room."""
        known = list[BuildingId]()
        while True:
            found = [building.id for building in await people.buildings(self.parts.store)]
            if found != known:
                for furnish in self.parts.furnish:
                    await self.parts.store.write(furnish)
                known = found
            await self.parts.clock.sleep(ROOMS_EVERY_S)

    def _announce(self, port: int) -> None:
        log.info("serving", port=port)
        if self.announces:
            print(json.dumps({"port": port, "pid": os.getpid()}), flush=True)
