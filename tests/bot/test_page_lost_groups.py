"""At the console: which building's group hears nothing, and what to do about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ids import BuildingId, ChatId
from core.texts import text
from fallback_store import chat_changes, people
from tests.bot.page_scene import Scene, page_scene
from tests.bot.test_page_status_and_console import logged_in


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


async def test_a_building_group_that_hears_nothing_is_shown_until_it_hears_again(scene: Scene) -> None:
    group = ChatId("telegram:-1012")
    await scene.store.write(lambda tx: people.bind_chat(tx, group, BuildingId("12"), title="12栋夜宵群", language="zh"))
    async with logged_in(scene) as admin:
        assert text("zh", "console_lost") not in await admin.page()
        await scene.store.write(lambda tx: chat_changes.mark_unreachable(tx, group, "bot was kicked"))
        page = await admin.page()
        assert text("zh", "console_lost") in page
        assert "12栋夜宵群" in page
        assert "bot was kicked" in page
