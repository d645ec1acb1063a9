"""A bag has one courier; every step is taken once, and a second courier is told who has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ids import BuildingId
from core.order import Order, OrderState
from fallback_store import building_queues, orders
from fallback_store.building_queues import QueueOutcome
from fallback_store.database import Store
from tests.small_campus import LIU, MA, NOON, place, small_campus

TWELVE = BuildingId("12")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with small_campus(tmp_path) as opened:
        yield opened


def labels(found: tuple[Order, ...]) -> list[str]:
    return [order.label for order in found]


async def test_the_queue_holds_what_is_owed_and_nothing_else(store: Store) -> None:
    first = await store.write(lambda tx: place(tx, "anna", "305", "pork lemon", quantity=2))
    second = await store.write(lambda tx: place(tx, "ben", "412"))
    await store.write(lambda tx: place(tx, "cleo", "201", building="7"))
    await store.write(lambda tx: orders.cancel(tx, second, by="web:ben", side="student", reason="", now=NOON))

    (bag,) = await store.write(lambda tx: building_queues.entries(tx, TWELVE))
    assert (bag.label, bag.room, bag.courier_id, bag.pickup_code) == ("#12-001", "305", None, first.pickup_code)
    assert bag.items == (("红烧肉饭", 2), ("柠檬水", 2))
    assert await building_queues.read_entries(store, TWELVE) == [bag]
    counts = {OrderState.PLACED: 1, OrderState.ACCEPTED: 0, OrderState.PICKED_UP: 0}
    assert await store.write(lambda tx: building_queues.counts(tx, TWELVE)) == counts


async def test_a_bag_belongs_to_the_first_who_took_it(store: Store) -> None:
    order = await store.write(lambda tx: place(tx, "anna", "305"))
    mine = await store.write(lambda tx: building_queues.take(tx, [order], LIU, NOON))
    assert (labels(mine.done), labels(mine.moved)) == (["#12-001"], ["#12-001"])

    for step in (building_queues.take, building_queues.pick_up, building_queues.deliver, building_queues.put_back):
        theirs: QueueOutcome = await store.write(lambda tx, step=step: step(tx, [order], MA, NOON))  # type: ignore[misc]
        assert theirs.done == ()
        assert [(held.label, name) for held, name in theirs.held] == [("#12-001", "刘师傅")]
    (bag,) = await building_queues.read_entries(store, TWELVE)
    assert (bag.courier_name, bag.state) == ("刘师傅", OrderState.PLACED)


async def test_taking_picking_up_and_delivering_twice_happens_once(store: Store) -> None:
    order = await store.write(lambda tx: place(tx, "anna", "305"))
    for step in (building_queues.take, building_queues.pick_up, building_queues.deliver):
        first = await store.write(lambda tx, step=step: step(tx, [order], LIU, NOON))  # type: ignore[misc]
        again = await store.write(lambda tx, step=step: step(tx, [order], LIU, NOON))  # type: ignore[misc]
        assert (labels(first.moved), labels(again.moved), labels(again.done)) == (["#12-001"], [], ["#12-001"])
    history = await store.read_all("SELECT kind FROM order_history ORDER BY step")
    assert [row[0] for row in history] == ["order.placed", "courier.taken", "order.picked_up", "order.delivered"]
    events = await store.read_all("SELECT kind FROM outbox ORDER BY seq")
    assert [row[0] for row in events] == ["order.placed", "order.picked_up", "order.delivered"]
    assert await building_queues.read_entries(store, TWELVE) == []


async def test_what_was_cancelled_is_neither_taken_nor_delivered(store: Store) -> None:
    order = await store.write(lambda tx: place(tx, "anna", "305"))
    await store.write(lambda tx: building_queues.take(tx, [order], LIU, NOON))
    await store.write(lambda tx: orders.cancel(tx, order, by="web:anna", side="student", reason="", now=NOON))
    outcome = await store.write(lambda tx: building_queues.deliver(tx, [order], LIU, NOON))
    assert outcome.done == ()
    assert [(refused.label, refused.state) for refused in outcome.refused] == [("#12-001", OrderState.CANCELLED)]


async def test_a_bag_that_was_put_back_may_be_taken_by_somebody_else(store: Store) -> None:
    order = await store.write(lambda tx: place(tx, "anna", "305"))
    await store.write(lambda tx: building_queues.take(tx, [order], LIU, NOON))
    assert labels((await store.write(lambda tx: building_queues.put_back(tx, [order], LIU, NOON))).moved) == ["#12-001"]
    assert labels((await store.write(lambda tx: building_queues.take(tx, [order], MA, NOON))).moved) == ["#12-001"]
    await store.write(lambda tx: building_queues.pick_up(tx, [order], MA, NOON))
    outcome = await store.write(lambda tx: building_queues.put_back(tx, [order], MA, NOON))
    assert labels(outcome.refused) == ["#12-001"]


async def test_a_problem_stays_with_the_bag_until_it_is_delivered(store: Store) -> None:
    order = await store.write(lambda tx: place(tx, "anna", "305"))
    await store.write(lambda tx: building_queues.report_problem(tx, order, "没人接" * 40, by=LIU, now=NOON))
    (bag,) = await building_queues.read_entries(store, TWELVE)
    assert bag.problem.startswith("没人接")
    assert len(bag.problem) == building_queues.PROBLEM_LENGTH
    await store.write(lambda tx: building_queues.deliver(tx, [order], LIU, NOON))
    delivered = await store.write(lambda tx: orders.by_id(tx, order.id))
    assert delivered is not None
    with pytest.raises(orders.StepRefused):
        await store.write(lambda tx: building_queues.report_problem(tx, delivered, "?", by=LIU, now=NOON))


async def test_a_number_means_the_newest_order_that_is_still_owed(store: Store) -> None:
    old = await store.write(lambda tx: place(tx, "anna", "305", epoch=3))
    new = await store.write(lambda tx: place(tx, "ben", "306", epoch=4))
    found = await store.write(lambda tx: building_queues.open_numbered(tx, TWELVE, 1))
    assert found is not None
    assert found.id == new.id
    await store.write(lambda tx: building_queues.deliver(tx, [new], LIU, NOON))
    found = await store.write(lambda tx: building_queues.open_numbered(tx, TWELVE, 1))
    assert found is not None
    assert found.id == old.id
    await store.write(lambda tx: building_queues.deliver(tx, [old], LIU, NOON))
    found = await store.write(lambda tx: building_queues.open_numbered(tx, TWELVE, 1))
    assert found is not None
    assert found.id == new.id
    assert await store.write(lambda tx: building_queues.open_numbered(tx, TWELVE, 99)) is None
    assert await store.write(lambda tx: building_queues.open_numbered(tx, BuildingId("7"), 1)) is None


async def test_the_queue_is_read_from_the_index_of_open_orders(store: Store) -> None:
    for query in (building_queues._ENTRIES, building_queues._ITEMS, building_queues._COUNTS):
        plan = await store.read_all(f"EXPLAIN QUERY PLAN {query}", {"building": "12"})
        assert any("orders_open" in row["detail"] for row in plan), query
