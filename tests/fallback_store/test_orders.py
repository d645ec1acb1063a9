"""Orders: one transaction writes the order, its stock, its history and its event, or nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from core.ids import BuildingId, ChatId, ItemId, Key, MerchantId, PersonId
from core.order import Order, OrderLine, OrderState, content_hash
from core.stock import OutOfStock
from fallback_store import orders, stock
from fallback_store.database import Store, Tx

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NOODLES = OrderLine(ItemId("noodles"), MerchantId("n"), "牛肉面", 2, ("微辣",), 1200)
RICE = OrderLine(ItemId("rice"), MerchantId("n"), "米饭", 1, (), 200)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    def prepare(tx: Tx) -> None:
        tx.execute("INSERT INTO buildings (id, name) VALUES ('12', '12栋'), ('13', '13栋')")
        tx.execute(
            "INSERT INTO stock (item_id, merchant_id, supply, changed_ms)"
            " VALUES ('noodles', 'n', 5, 0), ('rice', 'n', NULL, 0)"
        )

    async with await Store.open(tmp_path / "s.sqlite3") as opened:
        await opened.write(prepare)
        yield opened


def wanted(key: str, *lines: OrderLine, building: str = "12", epoch: int = 1) -> orders.NewOrder:
    return orders.NewOrder(
        key=Key(key),
        epoch=epoch,
        building_id=BuildingId(building),
        chat_id=ChatId("web:building-12"),
        person_id=PersonId("web:anna"),
        person_name="Anna",
        room="305",
        lines=lines or (NOODLES, RICE),
        snapshot_version="v1",
    )


async def place(
    store: Store, key: str, *lines: OrderLine, building: str = "12", epoch: int = 1, now: datetime = NOW
) -> Order:
    return await store.write(lambda tx: orders.place(tx, wanted(key, *lines, building=building, epoch=epoch), now))


async def sold(store: Store, item: str) -> int:
    return int((await store.read_all("SELECT sold FROM stock WHERE item_id = :item", {"item": item}))[0][0])


async def events(store: Store) -> list[tuple[int, str, str]]:
    return [tuple(row) for row in await store.read_all("SELECT seq, key, kind FROM outbox ORDER BY seq")]


async def test_a_placed_order_reads_back_as_it_was_placed(store: Store) -> None:
    placed = await place(store, "k1")
    found = await store.write(lambda tx: orders.by_id(tx, placed.id))
    assert found == placed
    assert (placed.label, placed.total_fen, placed.state) == ("#12-001", 2600, OrderState.PLACED)
    (row,) = await store.read_all("SELECT content_hash FROM orders")
    assert row[0] == content_hash(placed)


async def test_numbers_count_per_building_and_epoch_without_gaps(store: Store) -> None:
    labels = [(await place(store, f"k{n}", RICE)).label for n in range(2)]
    labels.append((await place(store, "other", RICE, building="13")).label)
    labels.append((await place(store, "later", RICE, epoch=2)).label)
    assert labels == ["#12-001", "#12-002", "#13-001", "#12-001"]


async def test_a_sold_out_line_writes_nothing_and_costs_no_number(store: Store) -> None:
    await place(store, "k1", replace(NOODLES, quantity=4))
    with pytest.raises(OutOfStock) as refused:
        await place(store, "k2", RICE, NOODLES)
    assert refused.value.left == 1
    assert (await sold(store, "rice"), await sold(store, "noodles")) == (0, 4)
    assert len(await events(store)) == 1
    assert (await place(store, "k3", RICE)).label == "#12-002"


async def test_a_stopped_dish_cannot_be_ordered(store: Store) -> None:
    await store.write(lambda tx: stock.edit(tx, ItemId("rice"), "is_stopped", 1, by="web:aunt", source="chat", now=NOW))
    with pytest.raises(OutOfStock) as refused:
        await place(store, "k1", RICE)
    assert refused.value.is_stopped


async def test_the_same_key_can_never_make_two_orders(store: Store) -> None:
    await place(store, "k1", RICE)
    with pytest.raises(Exception, match="UNIQUE"):
        await place(store, "k1", RICE)
    assert len(await events(store)) == 1


async def test_changing_lines_moves_stock_and_sends_the_whole_new_order(store: Store) -> None:
    placed = await place(store, "k1")
    changed = await store.write(
        lambda tx: orders.change_lines(
            tx, placed, [replace(NOODLES, quantity=5)], room="306", note="快", by="web:anna", now=NOW
        )
    )
    assert (changed.total_fen, changed.room) == (6000, "306")
    assert (await sold(store, "noodles"), await sold(store, "rice")) == (5, 0)
    assert [(seq, kind) for seq, _, kind in await events(store)] == [(1, "order.placed"), (2, "order.changed")]
    (row,) = await store.read_all("SELECT body FROM outbox WHERE seq = 2")
    assert orjson.loads(row[0])["total_fen"] == 6000
    assert await store.write(lambda tx: orders.by_id(tx, placed.id)) == changed


async def test_a_change_that_cannot_be_had_leaves_the_order_as_it_was(store: Store) -> None:
    placed = await place(store, "k1")
    with pytest.raises(OutOfStock):
        await store.write(
            lambda tx: orders.change_lines(
                tx, placed, [replace(NOODLES, quantity=6)], room="305", note="", by="web:anna", now=NOW
            )
        )
    assert (await sold(store, "noodles"), await sold(store, "rice")) == (2, 1)
    assert await store.write(lambda tx: orders.by_id(tx, placed.id)) == placed


async def test_cancelling_gives_the_stock_back_once(store: Store) -> None:
    placed = await place(store, "k1")

    def cancel(tx: Tx) -> Order:
        return orders.cancel(tx, placed, by="web:anna", side="student", reason="changed my mind", now=NOW)

    assert (await store.write(cancel)).state is OrderState.CANCELLED
    assert await sold(store, "noodles") == 0
    # `placed` still says it is open; the row knows better.
    with pytest.raises(orders.StepRefused):
        await store.write(cancel)
    assert await sold(store, "noodles") == 0


async def test_an_accepted_order_can_no_longer_be_changed_and_a_delivered_one_not_cancelled(store: Store) -> None:
    placed = await place(store, "k1")
    accepted = await store.write(lambda tx: orders.accept(tx, placed, MerchantId("n"), by="web:aunt", now=NOW))
    with pytest.raises(orders.StepRefused):
        await store.write(
            lambda tx: orders.change_lines(tx, accepted, [RICE], room="305", note="", by="web:anna", now=NOW)
        )
    courier = PersonId("web:liu")
    picked_up = await store.write(lambda tx: orders.pick_up(tx, accepted, courier_id=courier, now=NOW))
    delivered = await store.write(lambda tx: orders.deliver(tx, picked_up, courier_id=courier, now=NOW))
    with pytest.raises(orders.StepRefused):
        await store.write(lambda tx: orders.cancel(tx, delivered, by="x", side="admin", reason="", now=NOW))
    assert [kind for _, _, kind in await events(store)] == [
        "order.placed",
        "order.accepted",
        "order.picked_up",
        "order.delivered",
    ]


async def test_every_event_of_an_order_has_a_key_of_its_own(store: Store) -> None:
    placed = await place(store, "k1")
    await store.write(lambda tx: orders.set_paid(tx, placed, "claimed", by="web:anna", method="code", now=NOW))
    await store.write(lambda tx: orders.accept(tx, placed, MerchantId("n"), by="web:aunt", now=NOW))
    assert [key for _, key, _ in await events(store)] == ["k1", "k1|2", "k1|3"]


async def test_a_persons_newest_order_comes_first(store: Store) -> None:
    for n in range(3):
        await place(store, f"k{n}", RICE, now=NOW + timedelta(seconds=n))
    mine = await store.write(lambda tx: orders.of_person(tx, PersonId("web:anna"), 2))
    assert [order.number for order in mine] == [3, 2]
