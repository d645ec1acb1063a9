"""Photos of what was delivered: found by who took them, and forgotten with their order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.order import Order
from fallback_store import building_queues, delivery_photos, retention
from fallback_store.database import Store, Tx
from tests.small_campus import LIU, MA, NOON, place, small_campus

SINCE = NOON - timedelta(minutes=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with small_campus(tmp_path) as found:
        yield found


def delivered(tx: Tx, person: str = "anna") -> Order:
    """An order that 刘师傅 brought."""
    order = place(tx, person, "305", "lemon")
    building_queues.take(tx, [order], LIU, NOON)
    building_queues.pick_up(tx, [order], LIU, NOON)
    return building_queues.deliver(tx, [order], LIU, NOON).done[0]


async def test_what_a_courier_just_delivered_waits_for_one_photo_each(store: Store) -> None:
    first, second = await store.write(lambda tx: (delivered(tx), delivered(tx, "ben")))
    found = await store.write(lambda tx: delivery_photos.just_delivered(tx, LIU, SINCE))
    assert [order.id for order in found] == [first.id, second.id]
    assert await store.write(lambda tx: delivery_photos.just_delivered(tx, MA, SINCE)) == []
    assert await store.write(lambda tx: delivery_photos.just_delivered(tx, LIU, NOON + timedelta(seconds=1))) == []
    await store.write(lambda tx: delivery_photos.attach(tx, [first], "telegram", "door", LIU, NOON))
    left = await store.write(lambda tx: delivery_photos.just_delivered(tx, LIU, SINCE))
    assert [order.id for order in left] == [second.id]


async def test_a_photo_that_waits_is_taken_once_and_by_who_sent_it(store: Store) -> None:
    photo_id = await store.write(lambda tx: delivery_photos.keep(tx, "telegram", "door", LIU, NOON))
    assert await store.write(lambda tx: delivery_photos.take(tx, photo_id, MA)) is None
    assert await store.write(lambda tx: delivery_photos.take(tx, photo_id, LIU)) == "door"
    assert await store.write(lambda tx: delivery_photos.take(tx, photo_id, LIU)) is None
    assert await store.write(lambda tx: delivery_photos.keep(tx, "telegram", "cat", LIU, NOON)) > photo_id


async def test_photos_are_forgotten_with_their_order(store: Store) -> None:
    order = await store.write(delivered)

    def settle(tx: Tx) -> None:
        delivery_photos.attach(tx, [order], "telegram", "door", LIU, NOON)
        delivery_photos.keep(tx, "telegram", "old", LIU, NOON - timedelta(days=2))
        delivery_photos.keep(tx, "telegram", "fresh", LIU, NOON)
        tx.execute("UPDATE outbox SET state = 'acked', outcome = 'applied', settled_ms = 0")

    await store.write(settle)
    assert await store.write(lambda tx: retention.forget_orders(tx, [order.id], NOON)) == 1
    await store.write(lambda tx: retention.close_epoch(tx, order.epoch, NOON))
    rows = await store.read_all("SELECT picture_id FROM delivery_photos")
    assert [row[0] for row in rows] == ["fresh"]
