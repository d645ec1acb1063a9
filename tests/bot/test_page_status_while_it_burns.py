"""The status page is served while the store is busy, stuck or broken: from memory if need be, and it says so."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.pages.last_good import PATIENCE_S, RESTS_S, LastGood
from core.errors import StoreBroken, Temporary
from core.texts import text
from drills.hand_clock import HandClock
from fallback_store.database import READERS, Store
from tests.bot.page_scene import Scene, page_scene

PUBLIC = ("/", "/status.json", "/api/v2/summary.json", "/feed.atom", "/history", "/api/v2/incidents.json")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


async def timed(scene: Scene, path: str) -> tuple[float, str]:
    """Seconds it took, and the page."""
    started_s = time.monotonic()
    async with scene.http.get(scene.base + path) as answer:
        assert answer.status == 200
        page = await answer.text()
    return time.monotonic() - started_s, page


async def test_a_writer_that_is_stuck_keeps_no_reader_waiting(scene: Scene) -> None:
    await scene.enter_emergency()
    let_go = threading.Event()
    stuck = asyncio.create_task(scene.store.write(lambda _: let_go.wait(30)))
    await asyncio.sleep(0.05)
    for path in PUBLIC:
        took_s, page = await timed(scene, path)
        assert took_s < 1.0, path
        assert "订单接口连续超时" in page or "emergency" in page or "critical" in page
    assert not stuck.done()
    let_go.set()
    await stuck


async def test_who_comes_first_is_answered_too(scene: Scene) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(READERS):
            await stack.enter_async_context(scene.store.reading())
        await scene.enter_emergency()  # nobody has looked at a page so far
        for path in PUBLIC:
            took_s, _ = await timed(scene, path)
            assert took_s < PATIENCE_S + 1.0, path


async def test_a_store_that_answers_nobody_is_answered_for_from_memory(scene: Scene) -> None:
    for path in PUBLIC:
        await timed(scene, path)
    async with AsyncExitStack() as stack:
        for _ in range(READERS):
            await stack.enter_async_context(scene.store.reading())  # somebody holds every line to the store
        await scene.enter_emergency()  # and something has changed, so that a look is due
        took_s, page = await timed(scene, "/")
        assert took_s < PATIENCE_S + 1.0
        assert text("zh", "mode_normal") in page
        assert text("zh", "status_from_memory", time="").split("，")[0] in page
        took_s, _ = await timed(scene, "/")
        assert took_s < 0.5  # nobody waits a second time
        answers = await asyncio.gather(*(timed(scene, path) for path in PUBLIC for _ in range(10)))
        assert max(took_s for took_s, _ in answers) < PATIENCE_S + 2.0
    await asyncio.sleep(RESTS_S)
    _, page = await timed(scene, "/")
    assert text("zh", "mode_emergency") in page
    assert text("zh", "status_from_memory", time="").split("，")[0] not in page


async def test_a_crowd_costs_one_look(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        looks = 0

        async def look() -> int:
            nonlocal looks
            looks += 1
            await asyncio.sleep(0.01)
            return looks

        known = LastGood(HandClock(), look, lambda: store.revision)
        assert set(await asyncio.gather(*(known.get() for _ in range(300)))) == {1}
        await store.write(lambda _: None)
        assert set(await asyncio.gather(*(known.get() for _ in range(300)))) == {2}
        assert looks == 2


async def test_what_the_store_raises_is_not_shown_once_anything_is_known(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        clock, is_broken, looks = HandClock(), True, 0

        async def look() -> str:
            nonlocal looks
            looks += 1
            if is_broken:
                raise StoreBroken
            return "well"

        known = LastGood(clock, look, lambda: store.revision)
        with pytest.raises(Temporary):
            await known.get()
        is_broken = False
        assert await known.get() == "well"
        is_broken = True
        await store.write(lambda _: None)
        assert [await known.get() for _ in range(5)] == ["well"] * 5
        assert known.is_from_memory
        assert looks == 3  # it rests between two looks that fail
        is_broken = False
        await clock.advance(RESTS_S)
        assert await known.get() == "well"
        assert not known.is_from_memory
