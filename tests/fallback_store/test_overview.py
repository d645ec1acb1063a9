"""The first figures an admin asks for are right, and read from what waits only."""

from __future__ import annotations

from pathlib import Path

from core.chat import OutgoingMessage, RawUpdate
from core.ids import BuildingId, ChatId, Key
from core.mode import Mode, ModeState
from fallback_store import building_queues, incident_log, messages, orders, overview
from fallback_store.database import Tx
from tests.small_campus import EPOCH, LIU, NOON, place, small_campus


async def test_a_new_store_has_nothing_waiting(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        found = await overview.read_overview(store, NOON)
        assert found.mode.mode is Mode.NORMAL
        assert (found.snapshot_version, found.orders_in_epoch, found.orders_open, found.outbox_unsettled) == (
            None,
            0,
            0,
            0,
        )


async def test_what_waits_is_counted_where_it_waits(tmp_path: Path) -> None:
    def busy(tx: Tx) -> None:
        incident_log.change(
            tx, incident_log.current(tx, NOON), ModeState(Mode.EMERGENCY, EPOCH, NOON, "web:root", "down")
        )
        first, second, third = (place(tx, name, "305") for name in ("anna", "ben", "cleo"))
        place(tx, "dan", "201", building="7", epoch=EPOCH - 1)
        orders.cancel(tx, first, by="web:anna", side="student", reason="", now=NOON)
        building_queues.deliver(tx, [second], LIU, NOON)
        building_queues.report_problem(tx, third, "no answer", by=LIU, now=NOON)
        messages.receive(tx, [RawUpdate(Key("k1"), ChatId("web:@anna"), "{}")], NOON)
        messages.say(tx, OutgoingMessage(key=Key("o1"), chat_id=ChatId("web:@anna"), text="hello"), NOON)

    async with small_campus(tmp_path) as store:
        await store.write(busy)
        found = await store.write(lambda tx: overview.overview(tx, NOON))
        assert found == await overview.read_overview(store, NOON)
        assert (found.mode.mode, found.mode.epoch) == (Mode.EMERGENCY, EPOCH)
        assert (found.orders_in_epoch, found.orders_open, found.orders_troubled) == (3, 2, 1)
        assert (found.inbox_waiting, found.inbox_quarantined) == (1, 0)
        assert (found.outgoing_waiting, found.outgoing_failed) == (1, 0)
        assert (found.outbox_unsettled, found.outbox_parked) == (6, 0)
        assert await store.write(lambda tx: sum(building_queues.counts(tx, BuildingId("12")).values())) == 1


async def test_no_count_reads_what_is_finished(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        plan = await store.read_all(f"EXPLAIN QUERY PLAN {overview._COUNTS}", {"epoch": 1})
        reads = [row["detail"] for row in plan if row["detail"].startswith(("SCAN", "SEARCH"))]
        for table in ("inbox", "outgoing", "outbox", "orders", "order_numbers"):
            mine = [read for read in reads if read.split()[1] == table]
            assert mine
            assert all("INDEX" in read or "PRIMARY KEY" in read for read in mine), mine
