"""At the console: differing books are shown order by order, and decided only from there, about what was shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.mode import Mode
from core.primary import BookOrder
from core.reconciliation import Difference, DifferenceKind, mark_of
from core.texts import text
from fallback_store import book_differences, incident_log
from tests.bot.page_scene import Scene, page_scene
from tests.bot.test_page_status_and_console import bring_to, logged_in

OURS, THEIRS = BookOrder("a1-1-12-7", "order.placed", 1650), BookOrder("a1-1-12-7", "order.cancelled", 1200)
FOUND = (Difference("a1-1-12-7", DifferenceKind.DIFFERS, OURS, THEIRS),)
WISH = {"epoch": "1", "mark": mark_of(FOUND), "reason": "平台退过款"}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        await bring_to(found, Mode.HANDING_BACK)
        await found.store.write(lambda tx: book_differences.put(tx, 1, FOUND))
        yield found


async def count(scene: Scene) -> int:
    return await book_differences.decisions(scene.store)


async def test_either_side_is_shown_and_accepted_with_a_reason(scene: Scene) -> None:
    async with logged_in(scene) as admin:
        page = await admin.page()
        for words in ("#12-007", "已下单，¥16.5", "已取消，¥12", text("zh", "console_books_accept")):
            assert words in page
        assert (await admin.press("/admin/books/accept", **WISH | {"reason": ""}))[0] == 422
        assert (await admin.press("/admin/books/accept", **WISH | {"mark": "00000000"}))[0] == 409
        assert (await admin.press("/admin/books/accept", **WISH | {"epoch": "x"}))[0] == 400
        assert await count(scene) == 0
        assert (await admin.press("/admin/books/accept", **WISH))[0] == 200
        accepted = await book_differences.acceptance(scene.store, 1, mark_of(FOUND))
        assert accepted is not None
        assert (accepted.by, accepted.reason) == ("console", "平台退过款")
        (newest, *_) = await incident_log.journal(scene.store)
        assert (newest.who, newest.text[-5:]) == ("console", "平台退过款")


async def test_another_comparison_is_asked_for(scene: Scene) -> None:
    async with logged_in(scene) as admin:
        await admin.page()
        assert (await admin.press("/admin/books/again", **WISH))[0] == 200
        assert await count(scene) == 1
        await scene.store.write(lambda tx: book_differences.put(tx, 1, ()))
        assert (await admin.press("/admin/books/again", **WISH))[0] == 409
        assert text("zh", "console_books") not in await admin.page()


async def test_nobody_else_and_no_other_site_decides(scene: Scene) -> None:
    for path in ("/admin/books/accept", "/admin/books/again"):
        async with scene.http.post(scene.base + path, data=WISH, headers={"Origin": scene.base}) as answer:
            assert answer.status == 401
        async with logged_in(scene) as admin:
            assert (await admin.press(path, **WISH | {"csrf": "made-up"}))[0] == 403
    assert await count(scene) == 0
