"""A courier's queue: it does its owner's work, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ids import PersonId
from core.money import yuan
from core.order import Order, OrderState
from core.texts import text
from fallback_store import orders, people
from fallback_store.links import LinkKind
from tests.bot.link_pages import TOKEN, next_events, read, send
from tests.bot.page_scene import COURIER, Scene, page_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


@pytest.fixture
async def queue(scene: Scene) -> str:
    return await scene.link(LinkKind.COURIER, COURIER, TOKEN, "马哥")


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
