"""Pages that stay fresh: server-sent events that wait on bells, keep the line warm, and end when the service stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import StreamingResponse

from bot.bell import Bell
from core.ports import Clock
from fallback_store.database import Store

#: A comment goes over an idle line this often: proxies cut lines that look dead after 30 to 60 s.
HEARTBEAT_S = 15.0
#: Pages are told of changes at most this often, however many commits there are.
CALM_S = 0.2


@dataclass(frozen=True, slots=True)
class Event:
    """One thing a page is told."""

    data: str
    name: str = ""
    id: str = ""

    def encode(self) -> bytes:
        """As it goes over the line; data may have many lines."""
        lines = [f"event: {self.name}"] if self.name else []
        if self.id:
            lines.append(f"id: {self.id}")
        lines += [f"data: {line}" for line in self.data.replace("\r", "").split("\n")]
        return ("\n".join(lines) + "\n\n").encode()


class Live:
    """Rings one bell for the whole store, and says when it is time to hang up."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store_bell = Bell()
        self._stop_bell = Bell()
        self._store = store
        self._clock = clock
        self.is_stopping = False

    async def run(self) -> None:
        """Passes the store's commits on, calmly, until cancelled."""
        seen = self._store.revision
        while True:
            seen = await self._store.wait_change(seen)
            self.store_bell.ring()
            await self._clock.sleep(CALM_S)

    def stop(self) -> None:
        """Ends every stream at once."""
        self.is_stopping = True
        self._stop_bell.ring()

    async def wait(self, rings: Sequence[asyncio.Future[None]], timeout_s: float = HEARTBEAT_S) -> bool:
        """Until one of them rings or we stop; False when neither happened within `timeout_s`."""
        if self.is_stopping:
            return True
        done, _ = await asyncio.wait(
            {*rings, self._stop_bell.next()}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        return bool(done)


News = Callable[[], Awaitable[Sequence[Event]]]


def event_stream(
    request: Request, bells: Callable[[], Sequence[Bell]], news: News, *, calm_s: float = 0.0
) -> StreamingResponse:
    """Sends what `news` finds now, and again whenever one of the bells rings, until the reader leaves or we stop.

    `calm_s`: seconds between two looks at the least.

    `news` remembers what it has already told; it returns nothing when there is nothing new.
    """
    live = request.app.state.live
    assert isinstance(live, Live)
    return StreamingResponse(
        _stream(live, bells, news, calm_s),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(live: Live, bells: Callable[[], Sequence[Bell]], news: News, calm_s: float) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n"
    has_rung = True
    while not live.is_stopping:
        # The bells are taken before looking: a ring while we look is not missed.
        rings = [bell.next() for bell in bells()]
        if has_rung:
            for event in await news():
                yield event.encode()
            if calm_s:
                await live.wait((), calm_s)
        has_rung = await live.wait(rings)
        if not has_rung:
            yield b": still here\n\n"
