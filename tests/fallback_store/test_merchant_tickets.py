"""Tickets are read from the index of open orders, however many are finished."""

from __future__ import annotations

from pathlib import Path

from core.ids import MerchantId
from fallback_store import merchant_tickets, orders
from tests.small_campus import LIU, NOON, place, small_campus


async def test_finished_orders_are_not_read_to_find_the_waiting_ones(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        plan = await store.read_all(f"EXPLAIN QUERY PLAN SELECT id{merchant_tickets._WAITING}", {"merchant": "m1"})
        assert any("orders USING INDEX orders_open" in row["detail"] for row in plan)
        done = await store.write(lambda tx: place(tx, "anna", "305"))
        await store.write(lambda tx: orders.pick_up(tx, done, courier_id=LIU, now=NOON))
        waits = await store.write(lambda tx: place(tx, "ben", "306"))
        found = await store.write(lambda tx: merchant_tickets.waiting(tx, MerchantId("m1"), 10))
        assert [ticket.order.id for ticket in found] == [waits.id]
        assert await store.write(lambda tx: merchant_tickets.count_waiting(tx, MerchantId("m1"))) == 1
        assert await store.write(lambda tx: merchant_tickets.count_waiting(tx, MerchantId("m2"))) == 0
