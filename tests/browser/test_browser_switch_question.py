"""An admin on a phone is asked before a switch: the seconds count down, one press answers, the chat knows it too."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from core.mode import Mode
from core.texts import text
from tests.bot.page_scene import Scene, page_scene
from tests.bot.test_page_switch_question import FIGURES, asked, in_the_chat, mode
from tests.browser.chromium import close_windows, window
from tests.browser.test_browser_pages import _check_fits, log_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def scene(browser: Browser, tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path, metrics=FIGURES) as found:
        yield found
        await close_windows(browser)


async def test_the_question_comes_up_counts_down_and_is_answered_with_one_press(browser: Browser, scene: Scene) -> None:
    page, other = await window(browser), await window(browser)
    for one in (page, other):
        await log_in(one, scene)
        await expect(one.locator("#mode-card")).to_be_visible()
    await asked(scene)
    left = page.locator("#question [data-left]")
    await expect(left).to_have_text(re.compile("[45][0-9] 秒"))
    shown = await left.inner_text()
    await expect(left).not_to_have_text(shown)  # no reload, no message: it counts by itself
    await _check_fits(page)
    await page.locator("#question").get_by_role("button", name=text("zh", "asked_button_yes"), exact=True).click()
    await expect(page.locator("#mode-card")).to_contain_text(text("zh", "mode_emergency"))
    # In another window it closes without a press.
    await expect(other.locator("#question")).to_have_count(0)
    assert await mode(scene) is Mode.EMERGENCY
    assert "已决定切到" in await in_the_chat(scene)
