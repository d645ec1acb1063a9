"""A merchant's sheet and a courier's queue: each does its owner's work, and nobody else's."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from core.ids import PersonId
from core.money import yuan
from core.order import Order, OrderState
from core.stock import StockRow
from core.texts import text
from fallback_store import orders, people, stock, stock_log
from fallback_store.links import LinkKind
from tests.bot.page_scene import COURIER, Scene, page_scene

TOKEN = "a-secret-address"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


@pytest.fixture
async def sheet(scene: Scene) -> str:
    return await scene.link(LinkKind.MERCHANT, await scene.merchant_id(), TOKEN, "阿果")


@pytest.fixture
async def queue(scene: Scene) -> str:
    return await scene.link(LinkKind.COURIER, COURIER, TOKEN, "马哥")


async def read(scene: Scene, path: str) -> str:
    """A page as its owner reads it."""
    async with scene.http.get(scene.base + path) as answer:
        assert answer.status == 200
        return html.unescape(await answer.text())


async def send(scene: Scene, path: str, **form: str) -> tuple[int, str]:
    """A form: status and page, redirects followed."""
    async with scene.http.post(scene.base + path, data=form, headers={"Origin": scene.base}) as answer:
        return answer.status, html.unescape(await answer.text())


async def next_events(stream: aiohttp.ClientResponse, wanted: set[str]) -> dict[str, str]:
    """The stream's events up to the last of the wanted names."""
    found: dict[str, str] = {}
    name, data = "", list[str]()
    async with asyncio.timeout(5):
        while not wanted <= set(found):
            line = (await stream.content.readline()).decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data.append(line[6:])
            elif not line and data:
                found[name] = "\n".join(data)
                name, data = "", []
    return found


# Sheet -----------------------------------------------------------------------------------------


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


# Queue -----------------------------------------------------------------------------------------


def reference(order: Order) -> str:
    """An order as the page's forms name it."""
    return f"{order.epoch}.{order.building_id}.{order.number}"


async def state_of(scene: Scene, order: Order) -> OrderState:
    """Where an order is now."""
    found = await scene.store.write(lambda tx: orders.by_id(tx, order.id))
    assert found is not None
    return found.state


async def test_the_queue_opens_at_the_building_where_somebody_waits_longest(scene: Scene, queue: str) -> None:
    item_id = (await scene.dishes())[0][0]
    await scene.order("13", "305", {item_id: 1})
    await scene.order("12", "305", {item_id: 1})
    assert "<h1>13栋</h1>" in await read(scene, queue)
    assert "<h1>12栋</h1>" in await read(scene, f"{queue}?building=12")
    assert "<h1>13栋</h1>" in await read(scene, f"{queue}?building=1")  # not this courier's building


async def test_a_bag_goes_from_taken_to_delivered(scene: Scene, queue: str) -> None:
    order = await scene.order("12", "305", {(await scene.dishes())[0][0]: 1})
    for step, state in (
        ("take", OrderState.PLACED),
        ("pick_up", OrderState.PICKED_UP),
        ("deliver", OrderState.DELIVERED),
    ):
        status, _ = await send(scene, queue, step=step, orders=reference(order), building="12")
        assert (status, await state_of(scene, order)) == (200, state)
    assert text("zh", "queue_empty", building="12栋") in await read(scene, f"{queue}?building=12")


async def test_a_bag_is_delivered_and_its_money_received_with_one_press(scene: Scene, queue: str) -> None:
    order = await scene.order("12", "3305", {(await scene.dishes())[0][0]: 1})
    offered = text("zh", "queue_collect", total=yuan(order.total_fen))
    for step in ("take", "pick_up"):
        assert offered not in await read(scene, f"{queue}?building=12")
        await send(scene, queue, step=step, orders=reference(order), building="12")
    assert offered in await read(scene, f"{queue}?building=12")
    assert (await send(scene, queue, step="collect", orders=reference(order), building="12"))[0] == 200
    (row,) = await scene.store.read_all("SELECT state, paid FROM orders WHERE id = :id", {"id": order.id})
    assert tuple(row) == ("delivered", "confirmed")


async def test_a_whole_floor_is_taken_with_one_press(scene: Scene, queue: str) -> None:
    item_id = (await scene.dishes())[0][0]
    found = [await scene.order("12", room, {item_id: 1}) for room in ("301", "305", "402")]
    page = await read(scene, f"{queue}?building=12")
    together = re.findall(r'name="orders" value="([^"]+ [^"]+)"', page)
    assert together == [" ".join(reference(order) for order in found[:2])]
    status, page = await send(scene, queue, step="take", orders=together[0], building="12")
    assert status == 200
    assert text("zh", "queue_mine_free", mine=2, free=1) in page


async def test_a_problem_is_reported_and_shown(scene: Scene, queue: str) -> None:
    order = await scene.order("12", "305", {(await scene.dishes())[0][0]: 1})
    _, page = await send(scene, queue, step="problem", orders=reference(order), building="12", reason="没人接")
    assert "⚠ 没人接" in page


async def test_another_couriers_bag_stays_theirs(scene: Scene, queue: str) -> None:
    order = await scene.order("9", "305", {(await scene.dishes())[0][0]: 1})
    other = PersonId("web:courier-chen")  # serves building 9 too
    await scene.store.write(lambda tx: people.person(tx, other, "陈姐"))
    theirs = await scene.link(LinkKind.COURIER, other, "another-secret")
    await send(scene, theirs, step="take", orders=reference(order), building="9")
    assert text("zh", "queue_with", courier="陈姐") in await read(scene, f"{queue}?building=9")
    status, page = await send(scene, queue, step="pick_up", orders=reference(order), building="9")
    assert status == 409
    assert "陈姐" in page
    assert await state_of(scene, order) is OrderState.PLACED


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"step": "take", "orders": "1.1.1"}, 403),
        ({"step": "take", "orders": "1.12.99"}, 404),
        ({"step": "take", "orders": "x"}, 400),
        ({"step": "take", "orders": ""}, 400),
        ({"step": "eat", "orders": "1.12.1"}, 400),
        ({"step": "problem", "orders": "1.12.1"}, 400),
        ({"step": "take", "orders": "99999999999999999999.12.1"}, 400),
        ({}, 400),
    ],
)
async def test_what_is_not_theirs_or_not_there_is_refused(
    scene: Scene, queue: str, form: dict[str, str], status: int
) -> None:
    item_id = (await scene.dishes())[0][0]
    mine, foreign = await scene.order("12", "305", {item_id: 1}), await scene.order("1", "305", {item_id: 1})
    got, page = await send(scene, queue, **form)
    assert got == status
    assert "<h1>" in page
    assert [await state_of(scene, order) for order in (mine, foreign)] == [OrderState.PLACED] * 2


async def test_an_open_queue_hears_of_a_new_bag(scene: Scene, queue: str) -> None:
    item_id = (await scene.dishes())[0][0]
    async with scene.http.get(f"{scene.base}{queue}/events?building=12") as stream:
        await next_events(stream, {""})
        order = await scene.order("12", "305", {item_id: 1})
        found = await next_events(stream, {""})
    assert order.label in found[""]


async def test_a_courier_without_buildings_is_told_whom_to_ask(scene: Scene) -> None:
    address = await scene.link(LinkKind.COURIER, "web:nobody", "another-secret")
    assert text("zh", "queue_no_building") in await read(scene, address)


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
