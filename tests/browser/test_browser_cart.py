"""A cart with the thumb: from the board's link to the pickup card, in one message that changes under the finger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from core.texts import text
from tests.bot.page_scene import Scene, page_scene
from tests.browser.chromium import close_windows
from tests.browser.test_browser_chat import enter, write

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def scene(browser: Browser, tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path, has_bot=True) as found:
        await found.enter_emergency()
        yield found
        await close_windows(browser)


async def test_a_student_fills_a_cart_and_holds_up_the_card(browser: Browser, scene: Scene) -> None:
    page = await enter(browser, scene, "小安")
    board = page.locator('.pane[data-room="building-12"] .board')
    await board.locator("summary").click()
    await board.get_by_role("button", name=text("zh", "button_private")).click()
    mine = page.locator('.pane[data-room="@小安"]')
    panel = mine.locator(".bubble.from-bot").first
    await expect(panel).to_contain_text("你点的餐送到")
    await panel.locator(".choice").first.click()  # a merchant
    await expect(panel).to_contain_text("点菜名加入购物车")
    await panel.locator(".choice", has_text="¥").first.click()  # a dish
    cart = panel.locator(".choice", has_text="购物车（1 份")
    await cart.click()
    await expect(panel).to_contain_text("购物车（还没有下单）")
    await panel.get_by_role("button", name="＋").first.click()
    await expect(panel).to_contain_text("×2")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    less, dish, more = (await panel.locator(".button-row").first.locator(".choice").all())[:3]
    tops = [(await button.bounding_box() or {"y": -1})["y"] for button in (less, dish, more)]
    assert len(set(tops)) == 1  # one row for one dish
    await panel.locator(".choice", has_text="下单 ").click()
    await expect(panel).to_contain_text("送到哪个房间")
    await write(page, "305", pane="@小安")
    receipt = mine.locator(".bubble.from-bot", has_text="已记下 #")
    await receipt.get_by_role("button", name=text("zh", "button_card")).click()
    card = mine.locator(".bubble.from-bot img.picture")
    await expect(card).to_be_visible()
    assert await card.evaluate("image => image.complete && image.naturalWidth") == 720
    # Presses leave no bubbles, edits no new ones: /start, the panel, 305, the receipt, the card.
    await expect(mine.locator(".bubble")).to_have_count(5)
    await page.reload()
    await page.locator(".tab").last.click()
    await expect(mine.locator(".bubble")).to_have_count(5)
    await expect(mine.locator(".bubble.from-bot img.picture")).to_be_visible()
