"""A hand-back that is cut off before or after any of its calls ends like one that was not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.ports import Primary
from drills.twin_process import TwinProcess
from fallback_store import hand_backs
from fallback_store.hand_backs import Step
from sync.proof_check import check_proof
from tests.sync.outage import BRISK, Outage, node, until

_TRIAL = ["health", "dry_run_order"] * BRISK.trial_answers
_CALLS = ["open_epoch", "pause", "push", "digest", "pause", *_TRIAL, "close_epoch"]


class CutOff:
    """Stands before a primary and lets nothing more through from the `nth` call on, or from its answer on."""

    def __init__(self, primary: Primary, nth: int, *, is_after: bool) -> None:
        self._primary, self._nth, self._is_after = primary, nth, is_after
        self.calls: list[str] = []
        self.is_cut = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def call(*arguments: Any, **named: Any) -> Any:
            self.calls.append(name)
            is_last = len(self.calls) == self._nth + 1
            if is_last and not self._is_after:
                await self._cut()
            answer = await getattr(self._primary, name)(*arguments, **named)
            if is_last:
                await self._cut()
            return answer

        return call

    async def _cut(self) -> None:
        self.is_cut = True
        await asyncio.Event().wait()


async def cut(folder: Path, twin: TwinProcess, nth: int, *, is_after: bool) -> list[str]:
    """One emergency of three orders whose hand-back is cut off there; returns the calls it made."""
    cut_offs: list[CutOff] = []

    def wrap(primary: Primary) -> Primary:
        cut_offs.append(CutOff(primary, nth, is_after=is_after))
        return cut_offs[0]

    async with node(folder, twin) as here:
        await here.begin()
        await here.place(3)
        await here.end()
    async with node(folder, twin, wrap=wrap) as here:
        going = asyncio.ensure_future(here.hand_back.run_once())
        await until(lambda: cut_offs[0].is_cut)
        going.cancel()
        await asyncio.wait([going])
    return cut_offs[0].calls


async def check(here: Outage, twin: TwinProcess, orders: int) -> None:
    (row, *_) = await hand_backs.newest(here.store)
    assert row.step is Step.DONE
    assert row.proof_path is not None
    assert check_proof(row.proof_path, here.store.path) == []
    books = await twin.books()
    assert len(books["orders"]) == orders
    assert not books["primary_paused"]


async def test_it_resumes_after_a_cut_anywhere(tmp_path: Path) -> None:
    async with TwinProcess(tmp_path / "twin.sqlite3") as twin:
        async with node(tmp_path, twin) as here:
            await here.catalog_pull.pull_once()
        orders = 0
        for nth in range(len(_CALLS)):
            for is_after in (False, True):
                calls = await cut(tmp_path, twin, nth, is_after=is_after)
                assert calls == _CALLS[: nth + 1]
                orders += 3
                async with node(tmp_path, twin) as here:
                    assert await here.hand_back.run_once()
                    await check(here, twin, orders)
