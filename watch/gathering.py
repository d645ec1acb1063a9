"""Brings everything the watch can know into rounds: probes asked in each, the rest as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

import structlog

from core.errors import FallbackError
from core.metrics import MetricStream, Sample
from core.ports import Clock
from watch.probes import Probes

log = structlog.get_logger(__name__)

#: A source that failed is asked again after this long, seconds.
_AGAIN_S = 5.0


class Source(Protocol):
    """Something that tells figures at its own pace."""

    def samples(self) -> AsyncIterator[Sample]:
        """What it learns, for ever."""
        ...


class Gathering:
    """Obeys watch.probes.Probes, so that the watcher asks one thing. A slow source never delays a round."""

    def __init__(
        self,
        probes: Probes,
        clock: Clock,
        sources: Sequence[Source] = (),
        counted: Sequence[Callable[[], Mapping[str, float]]] = (),
    ) -> None:
        """`counted`: figures somebody keeps anyway, looked at in every round."""
        self._probes = probes
        self._clock = clock
        self._sources = sources
        self._counted = counted
        self._stream = MetricStream()
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        await self._probes.__aenter__()
        self._tasks = [self._group.create_task(self._listen(source)) for source in self._sources]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        try:
            await self._probes.__aexit__(kind, error, trace)
        finally:
            await self._group.__aexit__(kind, error, trace)

    async def ask(self) -> Mapping[str, float]:
        """One round with everything known."""
        asked = await self._probes.ask()
        for counts in self._counted:
            asked = {**asked, **counts()}
        # What a round learned anew outranks what a source said earlier.
        return {**self._stream.round(self._clock.monotonic_s()), **asked}

    async def _listen(self, source: Source) -> None:
        while True:
            try:
                async for sample in source.samples():
                    self._stream.add([sample])
            except FallbackError as problem:
                # What it would have told is unknown meanwhile, which is the truth.
                log.warning("watch.source_silent", source=type(source).__name__, why=str(problem))
            await self._clock.sleep(_AGAIN_S)
