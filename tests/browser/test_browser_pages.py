"""Merchant, courier, admin and passer-by in a real browser; and what holds for every page on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Response, expect

from core.texts import text
from fallback_store import stock
from fallback_store.links import LinkKind
from tests.bot.page_scene import ADMIN_TOKEN, COURIER, Scene, page_scene
from tests.browser.chromium import LAPTOP, PHONE, close_windows, window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

#: Everything a thumb presses.
PRESSED = "a, button, input:not([type=hidden]), select, textarea, summary"


@pytest_asyncio.fixture(loop_scope="module")
async def scene(browser: Browser, tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found
        await close_windows(browser)


async def log_in(page: Page, scene: Scene) -> None:
    """An admin opens the console."""
    await page.goto(f"{scene.base}/admin")
    await page.get_by_label(text("zh", "console_token")).fill(ADMIN_TOKEN)
    await page.get_by_role("button", name=text("zh", "console_log_in")).click()


async def supply(scene: Scene, item_id: str) -> int | None:
    """What the store says."""
    return next(row.supply for row in await stock.rows(scene.store) if row.item_id == item_id)


# Sheet -----------------------------------------------------------------------------------------


async def test_a_merchants_edits_show_up_in_another_window(browser: Browser, scene: Scene) -> None:
    address = scene.base + await scene.link(LinkKind.MERCHANT, await scene.merchant_id(), "merchants-secret")
    phone, laptop = await window(browser), await window(browser, LAPTOP)
    await phone.goto(address)
    await laptop.goto(address)
    item_id, name = (await scene.dishes())[0]
    await phone.get_by_label(text("zh", "sheet_supply_of", dish=name)).fill("7份")
    await phone.keyboard.press("Enter")
    row = laptop.locator(".dish", has=laptop.get_by_text(name, exact=True))
    await expect(row.locator(".c-left b")).to_have_text("7")
    assert await supply(scene, item_id) == 7
    await phone.get_by_role("switch", name=text("zh", "sheet_stop_of", dish=name)).check()
    await expect(row.locator(".c-status")).to_have_text(text("zh", "sheet_status_stopped"))
    await expect(laptop.get_by_role("switch", name=text("zh", "sheet_stop_of", dish=name))).to_be_checked()


async def test_news_do_not_overwrite_what_a_merchant_is_typing(browser: Browser, scene: Scene) -> None:
    page = await window(browser)
    await page.goto(scene.base + await scene.link(LinkKind.MERCHANT, await scene.merchant_id(), "merchants-secret"))
    item_id, name = (await scene.dishes())[0]
    box = page.get_by_label(text("zh", "sheet_supply_of", dish=name))
    await box.fill("1")
    await scene.order("12", "305", {item_id: 2})
    await expect(page.locator(".dish").first.locator(".c-sold b")).to_have_text("2")
    await box.press("End")
    await box.type("9")
    await box.press("Enter")
    await expect(page.locator(".dish").first.locator(".c-left b")).to_have_text("17")
    assert await supply(scene, item_id) == 19


async def test_junk_is_marked_and_explained_and_not_stored(browser: Browser, scene: Scene) -> None:
    page = await window(browser)
    await page.goto(scene.base + await scene.link(LinkKind.MERCHANT, await scene.merchant_id(), "merchants-secret"))
    item_id, name = (await scene.dishes())[0]
    before = await supply(scene, item_id)
    box = page.get_by_label(text("zh", "sheet_supply_of", dish=name))
    await box.fill("很多")
    await box.press("Enter")
    await expect(page.locator("#toast")).to_have_text(text("zh", "sheet_not_a_number", value="很多"))
    await expect(box).to_have_attribute("aria-invalid", "true")
    assert await supply(scene, item_id) == before


async def test_stopping_everything_asks_once_and_says_what_follows(browser: Browser, scene: Scene) -> None:
    page = await window(browser)
    await page.goto(scene.base + await scene.link(LinkKind.MERCHANT, await scene.merchant_id(), "merchants-secret"))
    asked: list[str] = []

    async def answer(dialog: object) -> None:
        asked.append(dialog.message)  # type: ignore[attr-defined]
        await (dialog.dismiss() if len(asked) == 1 else dialog.accept())  # type: ignore[attr-defined]

    page.on("dialog", answer)
    await page.get_by_text(text("zh", "sheet_bulk")).click()
    stop_all = page.get_by_role("button", name=text("zh", "sheet_stop_all"))
    await stop_all.click()
    assert not any(row.is_stopped for row in await stock.rows(scene.store))
    await stop_all.click()
    count = len(await scene.dishes())
    await expect(page.locator(".c-status.stopped")).to_have_count(count)
    assert asked == [text("zh", "sheet_stop_all_question", count=count)] * 2


# Queue -----------------------------------------------------------------------------------------


async def test_a_courier_works_a_floor_with_one_thumb(browser: Browser, scene: Scene) -> None:
    item_id = (await scene.dishes())[0][0]
    for room in ("301", "305", "402"):
        await scene.order("12", room, {item_id: 1})
    page = await window(browser, has_touch=True)
    await page.goto(scene.base + await scene.link(LinkKind.COURIER, COURIER, "couriers-secret"))
    third = page.locator(".floor", has=page.get_by_role("heading", name=text("zh", "queue_floor", floor="3")))
    for step in ("take", "pick_up", "deliver"):
        await third.get_by_role("button", name=text("zh", f"queue_all_{step}", count=2)).tap()
        await page.wait_for_timeout(800)  # a second tap sooner counts as a slip of the thumb
    await expect(third).to_have_count(0)
    await expect(page.locator(".bag")).to_have_count(1)


async def test_a_double_tap_is_one_step(browser: Browser, scene: Scene) -> None:
    await scene.order("12", "305", {(await scene.dishes())[0][0]: 1})
    page = await window(browser)
    await page.goto(scene.base + await scene.link(LinkKind.COURIER, COURIER, "couriers-secret"))
    await page.locator(".go").click()
    await page.locator(".go", has_text=text("zh", "queue_pick_up")).click()
    await page.wait_for_timeout(500)
    await expect(page.locator(".go")).to_have_text(text("zh", "queue_pick_up"))


async def test_a_new_bag_appears_while_a_courier_writes_down_a_problem(browser: Browser, scene: Scene) -> None:
    item_id = (await scene.dishes())[0][0]
    await scene.order("12", "305", {item_id: 1})
    page = await window(browser)
    await page.goto(scene.base + await scene.link(LinkKind.COURIER, COURIER, "couriers-secret"))
    await page.locator(".go").click()
    await page.get_by_text(text("zh", "queue_more")).click()
    problem = page.get_by_label(text("zh", "queue_problem"))
    await problem.fill("没人")
    await scene.order("12", "306", {item_id: 1})
    await expect(page.locator(".bag")).to_have_count(2)
    await expect(problem).to_have_value("没人")
    await problem.type("接")
    await page.get_by_role("button", name=text("zh", "queue_report")).click()
    await expect(page.locator(".bag-problem")).to_contain_text("没人接")


# Console and status ----------------------------------------------------------------------------


async def test_an_admin_enters_emergency_and_a_passer_by_sees_it(browser: Browser, scene: Scene) -> None:
    admin, passer_by = await window(browser, LAPTOP), await window(browser)
    await passer_by.goto(scene.base)
    await expect(passer_by.locator(".badge").first).to_contain_text(text("zh", "mode_normal"))
    await log_in(admin, scene)
    await admin.locator("#do-enter > summary").click()
    await expect(admin.get_by_text(text("zh", "console_question_enter"))).to_be_visible()
    await admin.locator("#do-enter").get_by_label(text("zh", "console_reason")).fill("下单接口连续超时")
    await admin.locator("#do-enter button").click()
    await expect(admin.locator("#mode-card .badge")).to_contain_text(text("zh", "mode_emergency"))
    await expect(admin.locator("#journal")).to_contain_text("下单接口连续超时")
    await expect(passer_by.locator(".badge").first).to_contain_text(text("zh", "mode_emergency"))
    await expect(passer_by.get_by_role("link", name=text("zh", "status_to_chat"))).to_be_visible()


async def test_the_console_stays_live_while_a_reason_is_typed(browser: Browser, scene: Scene) -> None:
    page = await window(browser, LAPTOP)
    await log_in(page, scene)
    await page.locator("#do-enter > summary").click()
    reason = page.locator("#do-enter").get_by_label(text("zh", "console_reason"))
    await reason.fill("正在写")
    await scene.post("/chat/api/building-12/messages", text="你好", client_id="a")
    await expect(page.locator("#figures")).to_contain_text("1")
    await expect(reason).to_have_value("正在写")
    await expect(page.locator("#do-enter")).to_have_attribute("open", "")


async def test_the_status_page_loads_little_from_here_alone_and_needs_no_script(browser: Browser, scene: Scene) -> None:
    await scene.enter_emergency()
    page = await window(browser)
    loaded: list[Response] = []
    page.on("response", lambda answer: loaded.append(answer))
    await page.goto(scene.base, wait_until="load")
    sizes = [len(await answer.body()) for answer in loaded if "/events/" not in answer.url]
    assert all(answer.url.startswith(scene.base) for answer in loaded)
    assert len(sizes) >= 3
    assert sum(sizes) <= 60_000
    plain = await window(browser, java_script_enabled=False)
    await plain.goto(scene.base)
    await expect(plain.get_by_text(text("zh", "status_todo_emergency"))).to_be_visible()


# Every page on a phone -------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "language"), [(0, "zh"), (3, "en"), (300, "zh")])
async def test_no_page_is_wider_than_a_phone_and_everything_can_be_pressed(
    browser: Browser, tmp_path: Path, rows: int, language: str
) -> None:
    async with page_scene(tmp_path, has_menu=rows > 0, extra_dishes=rows if rows > 3 else 0) as scene:
        if rows:
            await _busy(scene, rows)
        merchant = await scene.merchant_id() if rows else "m1"
        sheet = await scene.link(LinkKind.MERCHANT, merchant, "merchants-secret")
        queue = await scene.link(LinkKind.COURIER, COURIER, "couriers-secret")
        page = await window(browser, PHONE, color_scheme="dark" if language == "en" else "light")
        complaints: list[str] = []
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        for path in (f"/?lang={language}", "/history", "/chat", "/admin", sheet, f"{queue}?building=12", "/nope"):
            await page.goto(scene.base + path)
            await _check_fits(page)
        await page.goto(f"{scene.base}/chat")
        await page.locator("input[name=name]").fill("a-name-as-long-as-anybody-may-have-0123")
        await page.locator("button.primary").click()
        await _check_fits(page)
        await page.goto(f"{scene.base}/admin")
        await page.locator("input[name=token]").fill(ADMIN_TOKEN)
        await page.locator("button.primary").click()
        await _check_fits(page)
        await close_windows(browser)
        assert complaints == []


async def _busy(scene: Scene, rows: int) -> None:
    await scene.enter_emergency()
    item_ids = [item_id for item_id, _ in await scene.dishes()]
    for number in range(rows):
        room = f"{number % 6 + 1}{number % 30:02d}" if number % 9 else ""
        await scene.order("12", room, {item_ids[1]: 1, item_ids[3]: 2}, name=f"学生{number}")
        words = "一句很长的话" * 20 if number % 50 == 0 else f"第 {number} 句"
        await scene.post("/chat/api/building-12/messages", text=words, client_id=f"c{number}")


async def _check_fits(page: Page) -> None:
    await page.wait_for_timeout(150)
    overflow, small = await page.evaluate(
        """(pressed) => [
            document.documentElement.scrollWidth - document.documentElement.clientWidth,
            [...document.querySelectorAll(pressed)]
                .filter((one) => one.offsetParent !== null && one.getBoundingClientRect().height > 0)
                .filter((one) => one.getBoundingClientRect().height < 43.5 && !one.closest(".switch"))
                .map((one) => one.outerHTML.slice(0, 100)),
        ]""",
        PRESSED,
    )
    assert overflow == 0, page.url
    assert small == [], page.url


async def test_every_page_can_be_used_with_the_keyboard_alone(browser: Browser, scene: Scene) -> None:
    page = await window(browser, LAPTOP)
    await page.goto(f"{scene.base}/admin")
    await expect(page.locator("input[name=token]")).to_be_focused()
    await page.keyboard.type(ADMIN_TOKEN)
    await page.keyboard.press("Enter")
    await expect(page.locator("#mode-card")).to_be_visible()
    for _ in range(12):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.closest('#do-enter') !== null"):
            break
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("只用键盘")
    await page.keyboard.press("Enter")
    await expect(page.locator("#mode-card .badge")).to_contain_text(text("zh", "mode_emergency"))
