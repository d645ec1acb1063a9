"""An admin on a phone holds a notice back, writes it better and sends it; the groups read the better words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from core.texts import text
from fallback_store import notices
from tests.bot.page_scene import Scene, page_scene
from tests.bot.test_page_notices import BETTER, drafted, tell
from tests.browser.chromium import close_windows, window
from tests.browser.test_browser_pages import _check_fits, log_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def scene(browser: Browser, tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found
        await close_windows(browser)


async def test_a_notice_is_held_bettered_and_sent_from_a_phone(browser: Browser, scene: Scene) -> None:
    await drafted(scene)
    page = await window(browser)
    await log_in(page, scene)
    draft = page.locator(".draft")
    await expect(draft).to_contain_text(text("zh", "console_draft"))
    await _check_fits(page)
    await draft.get_by_role("button", name=text("zh", "console_draft_hold", minutes=10)).click()
    await expect(draft).to_contain_text(text("zh", "console_draft_held", time="").split("；")[0])
    # What is being written stays while the page renews itself underneath.
    box = draft.locator("textarea[lang=zh]")
    await box.fill("由于技术问题，请稍后再试，敬请谅解")
    await draft.get_by_role("button", name=text("zh", "console_draft_send_edited")).first.click()
    await expect(page.locator("main")).to_contain_text("没有说出原因")
    await page.go_back()
    await draft.locator("textarea[lang=zh]").fill(BETTER)
    await draft.get_by_role("button", name=text("zh", "console_draft_send_edited")).first.click()
    await expect(page.locator("#journal")).to_contain_text("机房断电")
    assert all(words.startswith(BETTER) for words in await tell(scene))
    await expect(page.locator(".draft")).to_have_count(0)
    await expect(page.locator("#reach")).to_contain_text("0%")
    assert await notices.drafts(scene.store) == []
