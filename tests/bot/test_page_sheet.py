"""A merchant's sheet: it does its owner's work, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.stock import StockRow
from core.texts import text
from fallback_store import stock, stock_log
from fallback_store.links import LinkKind
from tests.bot.link_pages import TOKEN, next_events, read, send
from tests.bot.page_scene import Scene, page_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


@pytest.fixture
async def sheet(scene: Scene) -> str:
    return await scene.link(LinkKind.MERCHANT, await scene.merchant_id(), TOKEN, "阿果")


async def row(scene: Scene, item_id: str) -> StockRow:
    """What the store says about a dish."""
    return next(found for found in await stock.rows(scene.store) if found.item_id == item_id)


async def test_the_sheet_lists_exactly_the_merchants_dishes_in_menu_order(scene: Scene, sheet: str) -> None:
    page = await read(scene, sheet)
    names = re.findall(r'class="c-dish">([^<]+)</strong>', page)
    assert names == [name for _, name in await scene.dishes()]
    other = (await scene.dishes(1))[0][1]
    assert other not in names


@pytest.mark.parametrize(("typed", "supply"), [("30", 30), ("３０", 30), ("30份", 30), ("", None), ("0", 0)])
async def test_a_supply_is_set_and_logged(scene: Scene, sheet: str, typed: str, supply: int | None) -> None:
    item_id = (await scene.dishes())[0][0]
    status, _ = await send(scene, sheet, item=item_id, field="supply", value=typed)
    assert (status, (await row(scene, item_id)).supply) == (200, supply)
    (entry,) = await stock_log.newest(scene.store, (await row(scene, item_id)).merchant_id, 5)
    assert (entry.field, entry.by, entry.source) == ("supply", "link:阿果", "grid")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("supply", "很多"),
        ("supply", "-3"),
        ("supply", "1.5"),
        ("supply", "9999999"),
        ("is_stopped", "yes"),
        ("is_stopped", ""),
        ("note", "字" * 61),
        ("sold", "3"),
        ("", ""),
    ],
)
async def test_junk_is_refused_and_the_last_good_value_stays(scene: Scene, sheet: str, field: str, value: str) -> None:
    item_id = (await scene.dishes())[0][0]
    before = await row(scene, item_id)
    status, page = await send(scene, sheet, item=item_id, field=field, value=value)
    assert status == 422
    assert "<h1>" in page
    assert await row(scene, item_id) == before


async def test_another_merchants_dish_cannot_be_touched(scene: Scene, sheet: str) -> None:
    item_id = (await scene.dishes(1))[0][0]
    before = await row(scene, item_id)
    for item in (item_id, "no-such-dish", ""):
        status, _ = await send(scene, sheet, item=item, field="is_stopped", value="1")
        assert status == 404
    assert await row(scene, item_id) == before


async def test_an_edit_sent_twice_is_done_once(scene: Scene, sheet: str) -> None:
    item_id = (await scene.dishes())[0][0]
    await send(scene, sheet, item=item_id, field="supply", value="30", key="k1")
    await send(scene, sheet, item=item_id, field="supply", value="20", key="k2")
    await send(scene, sheet, item=item_id, field="supply", value="30", key="k1")
    assert (await row(scene, item_id)).supply == 20


async def test_everything_is_stopped_and_started_with_one_press(scene: Scene, sheet: str) -> None:
    for value, is_stopped in (("1", True), ("0", False)):
        await send(scene, f"{sheet}/all", value=value)
        mine = [await row(scene, item_id) for item_id, _ in await scene.dishes()]
        assert {found.is_stopped for found in mine} == {is_stopped}
        assert not (await row(scene, (await scene.dishes(1))[0][0])).is_stopped


async def test_an_open_sheet_hears_only_of_what_changed(scene: Scene, sheet: str) -> None:
    item_id, name = (await scene.dishes())[0]
    since = int(scene.clock.now().timestamp() * 1000) + 120_000  # a page rendered long after the menu came
    async with scene.http.get(f"{scene.base}{sheet}/events?since={since}") as stream:
        first = await next_events(stream, {"sums", "log"})
        assert not [event for event in first if event.startswith("live-")]
        await scene.order("12", "305", {item_id: 4})
        found = await next_events(stream, {"sums"})
    (live,) = [data for event, data in found.items() if event.startswith("live-")]
    assert name in live
    assert "<b>4</b>" in live


async def test_a_long_menu_comes_in_pages_and_dishes_are_found_by_name(tmp_path: Path) -> None:
    async with page_scene(tmp_path, extra_dishes=8_990) as scene:
        sheet = await scene.link(LinkKind.MERCHANT, await scene.merchant_id(), TOKEN)
        first = await read(scene, sheet)
        assert first.count('class="dish"') == 100
        assert len(first) < 400_000
        last = await read(scene, f"{sheet}?page=999")
        assert "extra-8989" in last
        found = await read(scene, f"{sheet}?q=小炒+777")
        assert re.findall(r'class="c-dish">([^<]+)</strong>', found) == [
            "今日特色小炒 777",
            *(f"今日特色小炒 777{n}" for n in range(10)),
        ]
        assert text("zh", "sheet_none_called", word="佛跳墙") in await read(scene, f"{sheet}?q=佛跳墙")
        status, _ = await send(scene, f"{sheet}/all", value="1")
        assert status == 200
        rows = [found for found in await stock.rows(scene.store) if found.item_id.startswith("extra-")]
        assert len(rows) == 8_990
        assert all(found.is_stopped for found in rows)


async def test_a_sheet_without_a_menu_says_what_will_appear(tmp_path: Path) -> None:
    async with page_scene(tmp_path, has_menu=False) as scene:
        address = await scene.link(LinkKind.MERCHANT, "m1", TOKEN)
        assert text("zh", "sheet_empty") in await read(scene, address)


async def test_an_open_sheet_says_when_the_menu_has_other_dishes(scene: Scene, sheet: str) -> None:
    async with scene.http.get(f"{scene.base}{sheet}/events") as stream:
        await next_events(stream, {"sums"})
        merchant = await scene.merchant_id()
        await scene.store.write(
            lambda tx: tx.execute(
                "INSERT INTO stock (item_id, merchant_id, sold, changed_ms) VALUES ('new-dish', ?, 1, 0)", (merchant,)
            )
        )
        found = await next_events(stream, {"gone"})
    assert found["gone"] == text("zh", "sheet_other_dishes")
