"""A student at the chat page, in a real browser, with the real bot behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.channels.local_chat import group_chat, member
from core.texts import text
from tests.bot.page_scene import Scene, page_scene
from tests.browser.chromium import LAPTOP, PHONE, close_windows, window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def scene(browser: Browser, tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path, has_bot=True) as found:
        await found.enter_emergency()
        yield found
        await close_windows(browser)


async def enter(browser: Browser, scene: Scene, name: str, viewport: dict[str, int] = PHONE) -> Page:
    """Somebody opens building 12's group."""
    page = await window(browser, viewport)
    await page.goto(f"{scene.base}/chat")
    await page.get_by_label(text("zh", "chat_who_name")).fill(name)
    await page.get_by_role("button", name=text("zh", "chat_who_go"), exact=True).click()
    await page.goto(f"{scene.base}/chat/building-12")
    return page


async def write(page: Page, words: str, pane: str = "building-12") -> None:
    """They type and press Enter."""
    box = page.locator(f'.pane[data-room="{pane}"] textarea')
    await box.fill(words)
    await box.press("Enter")


async def test_a_student_types_an_order_sees_the_receipt_and_takes_it_back(browser: Browser, scene: Scene) -> None:
    page, friend = await enter(browser, scene, "小安"), await enter(browser, scene, "小李")
    dish = (await scene.dishes())[0][1]
    await write(page, f"{dish}一份 305")
    receipt = page.locator(".bubble.from-bot:not(.notice)", has_text="已记下")
    await expect(receipt).to_contain_text("#12-001")
    await expect(receipt).to_contain_text(dish)
    await expect(friend.locator(".bubble.from-other", has_text=dish)).to_be_visible()
    await expect(friend.locator(".bubble.from-bot", has_text="#12-001")).to_be_visible()
    await receipt.get_by_role("button", name=text("zh", "button_undo")).click()
    await expect(page.locator(".bubble.from-bot:not(.notice)", has_text="取消")).to_contain_text("#12-001")
    (row,) = await scene.store.read_all("SELECT state FROM orders")
    assert row[0] == "cancelled"


async def test_the_pinned_board_says_the_mode_and_stays_on_top(browser: Browser, scene: Scene) -> None:
    page = await enter(browser, scene, "小安")
    board = page.locator('.pane[data-room="building-12"] .board')
    await expect(board.locator(".board-text")).not_to_be_empty()
    await write(page, f"{(await scene.dishes())[0][1]}一份 305")
    await expect(board).to_contain_text("#12-001")
    await expect(page.locator(".board")).to_have_count(2)  # one a pane, not one an edit


async def test_the_private_chat_is_beside_the_group_and_nobody_else_sees_it(browser: Browser, scene: Scene) -> None:
    page, friend = await enter(browser, scene, "小安", LAPTOP), await enter(browser, scene, "小李", LAPTOP)
    await write(page, "菜单", pane="@小安")
    mine = page.locator('.pane[data-room="@小安"]')
    await expect(mine.locator(".bubble.from-bot").first).to_be_visible()
    await mine.locator(".choice").first.click()
    await expect(mine.locator(".bubble.from-bot")).to_contain_text("点菜名加入购物车")
    await expect(friend.locator(".bubble:not(.from-bot)")).to_have_count(0)


async def test_a_phone_shows_one_chat_at_a_time_and_marks_the_other(browser: Browser, scene: Scene) -> None:
    page = await enter(browser, scene, "小安")
    await expect(page.locator(".pane:visible")).to_have_count(1)
    await scene.post("/chat/api/@小安/messages", as_person="%E5%B0%8F%E5%AE%89", text="菜单", client_id="elsewhere")
    tab = page.get_by_role("tab", name=text("zh", "chat_private"))
    await expect(tab).to_have_class("tab unread")
    await tab.click()
    await expect(page.locator('.pane[data-room="@小安"] .bubble.from-bot')).to_be_visible()
    await expect(tab).not_to_have_class("tab unread")


async def test_text_that_could_not_be_stored_stays_in_the_box_and_is_stored_once(
    browser: Browser, scene: Scene
) -> None:
    page = await enter(browser, scene, "小安")
    words = "真好吃" * 3000
    (pages,) = await scene.store.write(lambda tx: tx.execute("PRAGMA page_count").fetchone())
    await scene.store.write(lambda tx: tx.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    for _ in range(2):
        await write(page, words)
        await expect(page.locator("#toast")).to_contain_text("磁盘")
    await expect(page.locator(".pane.open textarea")).to_have_value(words)
    await scene.store.write(lambda tx: tx.execute("PRAGMA max_page_count = 1000000").fetchone())
    await page.get_by_role("button", name=text("zh", "chat_send")).click()
    await expect(page.locator(".bubble.from-me")).to_have_count(1)
    await expect(page.locator(".pane.open textarea")).to_have_value("")


async def test_a_restarted_service_is_noticed_and_what_was_missed_arrives_once(browser: Browser, scene: Scene) -> None:
    page = await enter(browser, scene, "小安")
    await scene.post("/chat/api/building-12/messages", text="第一句", client_id="a")
    await expect(page.locator(".bubble", has_text="第一句")).to_be_visible()
    await scene.stop_pages()
    await expect(page.locator("#line-down")).to_be_visible()
    await scene.local_chat.post(member("anna"), group_chat("12"), "第二句", client_id="b")
    await write(page, "第三句")
    await expect(page.locator("#toast")).to_have_text(text("zh", "page_not_sent"))
    await scene.start_pages()
    await expect(page.locator(".bubble", has_text="第二句")).to_have_count(1)
    await expect(page.locator("#line-down")).to_be_hidden()
    await page.get_by_role("button", name=text("zh", "chat_send")).click()
    await expect(page.locator(".bubble.from-me .text")).to_have_text(["第三句"])
    await expect(page.locator(".bubble", has_text="第一句")).to_have_count(1)


async def test_shift_enter_makes_a_new_line_and_enter_sends_once(browser: Browser, scene: Scene) -> None:
    page = await enter(browser, scene, "小安")
    box = page.locator(".pane.open textarea")
    await box.fill("第一行")
    await box.press("Shift+Enter")
    await box.type("第二行")
    await box.press("Enter")
    await box.press("Enter")
    await expect(page.locator(".bubble.from-me .text")).to_have_text("第一行\n第二行")
    (row,) = await scene.store.read_all("SELECT count(*) FROM inbox")
    assert row[0] == 1
