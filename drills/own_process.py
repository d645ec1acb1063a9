"""A process that a drill starts: entered it serves, left it has ended, and only the one that was started here."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class OwnProcess(ABC):
    """`async with` prepares, starts, and whatever happens closes it; a start that fails closes it too."""

    _process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Returns when it serves. Raises: what `start` raises."""
        await self._prepare()
        try:
            await self.start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops the process that was started here, and no other."""
        await self._close()

    @property
    def pid(self) -> int | None:
        """Process id; None while it does not run."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @abstractmethod
    async def start(self) -> None:
        """Starts it; returns when it serves."""

    @abstractmethod
    async def _prepare(self) -> None:
        """What has to be there before it starts."""

    @abstractmethod
    async def _close(self) -> None:
        """Stops it and lets everything go."""

    async def _end(self, with_signal: signal.Signals) -> None:
        """Returns once it has ended by that signal, or had ended before."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(with_signal)
            await self._process.wait()

    async def _end_within(self, seconds: float) -> None:
        """Asks it to end, and kills it when it does not in time."""
        try:
            await asyncio.wait_for(self._end(signal.SIGTERM), seconds)
        except TimeoutError:
            await self._end(signal.SIGKILL)
