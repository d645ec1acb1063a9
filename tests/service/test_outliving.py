"""A part that meets a busy store is begun anew, logged and counted; any other failure still ends the service."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import StoreBusy, StoreFull
from drills.hand_clock import HandClock
from service.outliving import Outliving


class Part:
    """Fails as often as it has troubles left, then is done."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.starts = 0

    async def run(self) -> None:
        self.starts += 1
        if self.troubles:
            raise self.troubles.pop(0)


async def outlive(part: Part) -> Outliving:
    clock = HandClock()
    outliving = Outliving(clock)
    task = asyncio.create_task(outliving.run("boards", part.run))
    for _ in range(20):
        await asyncio.sleep(0)
        await clock.advance(1)
    assert task.done()
    task.result()
    return outliving


async def test_a_part_goes_on_after_the_store_was_busy_or_full() -> None:
    part = Part(StoreBusy(), ExceptionGroup("several at once", [StoreFull(), StoreBusy()]))
    outliving = await outlive(part)
    assert part.starts == 3
    assert outliving.interruptions == {"boards": 2}


@pytest.mark.parametrize("trouble", [ValueError("x"), ExceptionGroup("both", [StoreBusy(), ValueError("x")])])
async def test_anything_else_ends_the_service(trouble: Exception) -> None:
    part = Part(trouble)
    with pytest.raises((ValueError, ExceptionGroup)):
        await outlive(part)
    assert part.starts == 1
