"""A merchant's hands stay on the keyboard: Enter goes down the column, news of a dish take nobody's place away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from core.ids import ItemId
from core.texts import text
from fallback_store import stock
from fallback_store.links import LinkKind
from tests.bot.page_scene import Scene, page_scene
from tests.browser.chromium import LAPTOP, PHONE, close_windows, window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

#: A wet thumb hits this and not its neighbour, pixels.
THUMB_PX = 56


@pytest_asyncio.fixture(loop_scope="module")
async def scene(browser: Browser, tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path, extra_dishes=300) as found:
        yield found
        await close_windows(browser)


async def sheet_of(scene: Scene) -> str:
    """The first merchant's secret address."""
    return scene.base + await scene.link(LinkKind.MERCHANT, await scene.merchant_id(), "merchants-secret")


async def test_enter_stores_and_goes_down_the_column(browser: Browser, scene: Scene) -> None:
    page = await window(browser, LAPTOP)
    await page.goto(await sheet_of(scene))
    dishes = (await scene.dishes())[:3]
    await page.get_by_label(text("zh", "sheet_supply_of", dish=dishes[0][1]), exact=True).click()
    await page.keyboard.press("Control+A")
    for count in ("11", "12", "13"):
        await page.keyboard.type(count)
        await page.keyboard.press("Enter")
    rows = page.locator(".dish")
    for place, left in enumerate(("11", "12", "13")):
        await expect(rows.nth(place).locator(".c-left b")).to_have_text(left)
    found = await stock.rows_of(scene.store, [ItemId(item_id) for item_id, _ in dishes])
    assert {row.item_id: row.supply for row in found} == {
        item_id: count for (item_id, _), count in zip(dishes, (11, 12, 13), strict=True)
    }


async def test_news_of_the_dish_one_is_at_leave_one_there(browser: Browser, scene: Scene) -> None:
    page = await window(browser, LAPTOP)
    await page.goto(await sheet_of(scene))
    item_id, name = (await scene.dishes())[0]
    box = page.get_by_label(text("zh", "sheet_supply_of", dish=name), exact=True)
    await box.click()
    await scene.order("12", "305", {item_id: 2})
    await expect(page.locator(".dish").first.locator(".c-sold b")).to_have_text("2")
    await expect(box).to_be_focused()
    await page.keyboard.press("Control+A")
    await page.keyboard.type("9")
    await page.keyboard.press("Enter")
    await expect(page.locator(".dish").first.locator(".c-left b")).to_have_text("7")


async def test_thousands_of_dishes_are_searched_and_turned_over(browser: Browser, scene: Scene) -> None:
    page = await window(browser, PHONE, has_touch=True, is_mobile=True)
    await page.goto(await sheet_of(scene))
    await expect(page.locator(".dish")).to_have_count(100)
    for control in (".dish .c-supply input", ".dish .switch", ".pager button"):
        box = await page.locator(control).first.bounding_box()
        assert box is not None
        assert box["height"] >= THUMB_PX, control
    await page.get_by_role("link", name=text("zh", "sheet_page_after")).click()
    item_id, name = (await scene.dishes())[150]
    await expect(page.get_by_text(name, exact=True)).to_be_visible()
    item_id, name = (await scene.dishes())[290]
    await page.get_by_role("searchbox").fill(name)
    await page.keyboard.press("Enter")
    await expect(page.locator(".dish")).to_have_count(1)
    await page.get_by_label(text("zh", "sheet_supply_of", dish=name), exact=True).fill("4")
    await page.keyboard.press("Tab")
    await expect(page.locator(".dish .c-left b")).to_have_text("4")
    assert [row.supply for row in await stock.rows_of(scene.store, [ItemId(item_id)])] == [4]
