"""A hand-back delivers every order exactly once, proves it, and can be interrupted anywhere."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.mode import Mode
from drills.twin_process import TwinProcess
from fallback_store import hand_backs, outbox, parked_events
from fallback_store.hand_backs import Step
from sync.proof_check import check_proof
from tests.sync.hand_back_scene import now, the_proof
from tests.sync.outage import beside, node, outage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_every_order_arrives_once_and_the_proof_holds(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        placed = await here.place(120)
        await here.deliver(placed[0])
        await here.cancel(placed[1])
        await here.end()
        assert await here.hand_back.run_once()
        assert await here.mode() is Mode.NORMAL
        arrived = await here.arrived()
        assert {order["order_id"] for order in arrived} == {order.id for order in placed}
        assert len(arrived) == 120
        assert not (await twin.books())["primary_paused"]
        status = {order["order_id"]: order["status"] for order in arrived}
        assert (status[placed[0].id], status[placed[1].id]) == ("order.delivered", "order.cancelled")
        assert check_proof(await the_proof(here), here.store.path) == []
        (row,) = await hand_backs.newest(here.store)
        assert (row.step, row.by) == (Step.DONE, "web:root")
        assert (here.refused, here.problems) == ([], [])


async def test_a_delivered_meal_is_imported_as_completed(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        placed = await here.place(70)  # more than a batch lies between its first event and its last
        await here.deliver(placed[0])
        await here.end()
        await here.hand_back.run_once()
        completed = [o["order_id"] for o in await here.arrived() if o["is_completed_import"]]
        assert completed == [placed[0].id]


async def test_an_outage_without_an_order_is_handed_back_too(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        await here.end()
        assert await here.hand_back.run_once()
        assert check_proof(await the_proof(here), here.store.path) == []


async def test_nothing_happens_unless_the_mode_asks_for_it(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        await here.place()
        assert not await here.hand_back.run_once()
        await here.worker.push_leftovers()
        assert await here.arrived() == []


async def test_a_refused_order_is_parked_told_and_stands_in_the_proof(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        placed = await here.place(3)
        await here.cancel(placed[2])
        await twin.edit_menu(item_id=placed[0].lines[0].item_id, price_fen=1)
        await here.deliver(placed[0])  # eaten: taken whatever it costs
        await here.end()
        assert await here.hand_back.run_once()
        assert [order_id for order_id, _ in here.refused] == [placed[1].id, placed[2].id]
        assert {event.reason.partition(":")[0] for event in await parked_events.parked(here.store)} == {
            "price_changed",
            "unknown_order",
        }
        proof = await the_proof(here)
        assert check_proof(proof, here.store.path) == []
        assert '"refused":2' in proof.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "fault", ["lost_answer", "truncated", "not_json", "error_500", "unavailable_503", "too_many_429", "lost_request"]
)
async def test_a_primary_that_stumbles_still_gets_each_order_once(
    tmp_path: Path, twin: TwinProcess, fault: str
) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        placed = await here.place(120)
        await here.end()
        wait = {"retry_after_s": 0} if fault in ("unavailable_503", "too_many_429") else {}
        await twin.inject(fault, path="/fallback/", times=3, **wait)
        assert await here.hand_back.run_once()
        arrived = await here.arrived()
        assert sorted(order["order_id"] for order in arrived) == sorted(order.id for order in placed)
        assert check_proof(await the_proof(here), here.store.path) == []


async def test_a_primary_that_dies_again_gives_the_students_the_bot_back(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        opened = await here.begin()
        placed = await here.place(5)
        await here.end()
        await twin.kill()
        assert not await here.hand_back.run_once()
        assert await here.mode() is Mode.EMERGENCY
        (row,) = await hand_backs.newest(here.store)
        assert row.step is Step.ABANDONED
        assert "silent" in row.detail
        more = await here.place(2)
        assert {order.epoch for order in placed + more} == {opened.epoch}
        await twin.start()
        await here.end()
        assert await here.hand_back.run_once()
        assert len(await here.arrived()) == 7
        assert check_proof(await the_proof(here), here.store.path) == []


async def test_an_admin_who_changes_the_mode_stops_the_hand_back(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        await here.place(5)
        await here.end()
        await twin.inject("too_many_429", path="/fallback/", retry_after_s=0)

        async def overrule() -> None:
            await asyncio.sleep(0.2)
            await here.store.write(
                lambda tx: here.switch.return_to_emergency(tx, by="web:root", reason="not yet", now=now())
            )

        async with asyncio.TaskGroup() as group:
            group.create_task(overrule())
            going = group.create_task(here.hand_back.run_once())
        assert not going.result()
        (row,) = await hand_backs.newest(here.store)
        assert row.step is Step.ABANDONED


async def test_two_emergencies_in_a_row_each_have_their_books(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        for count in (3, 4):
            await here.begin()
            await here.place(count)
            await here.end()
            assert await here.hand_back.run_once()
        assert sorted(order["epoch"] for order in await here.arrived()) == [here.epoch] * 3 + [here.epoch + 1] * 4
        for row in await hand_backs.newest(here.store):
            assert row.proof_path is not None
            assert check_proof(row.proof_path, here.store.path) == []


async def test_what_the_primary_acknowledged_and_lost_is_sent_again(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, _):
        await here.begin()
        placed = await here.place(4)
        await here.worker.register(here.epoch)
        await here.worker.drain(here.epoch)
        await here.end()
    # It comes back from a backup that knows nothing of them.
    async with TwinProcess(tmp_path / "restored.sqlite3") as restored, node(tmp_path, restored) as here:
        assert await here.hand_back.run_once()
        assert sorted(order["order_id"] for order in await here.arrived()) == sorted(o.id for o in placed)
        assert check_proof(await the_proof(here), here.store.path) == []


async def test_left_over_events_reach_a_primary_that_forgot_the_epoch(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, twin):
        await here.begin()
        await here.place(2)
        await twin.inject("refuse", code="sold_out")
        await here.end()
        assert await here.hand_back.run_once()
        for event in await parked_events.parked(here.store):
            await here.store.write(lambda tx, seq=event.seq: parked_events.retry_parked(tx, seq, now=now()))  # type: ignore[misc]
    async with TwinProcess(tmp_path / "restored.sqlite3") as restored, node(tmp_path, restored) as here:
        await here.worker.push_leftovers()
        assert len(await here.arrived()) == 2
        assert (await outbox.counts(here.store)).unsettled == 0


async def test_what_happens_after_the_close_still_arrives(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        eaten, refused = await here.place(2)
        await twin.edit_menu(item_id=eaten.lines[0].item_id, stock=1)
        await here.end()
        assert await here.hand_back.run_once()
        await here.deliver(eaten)
        await here.worker.push_leftovers()
        assert (await outbox.counts(here.store)).parked == 1
        await here.begin()  # a second outage comes and goes before anybody looks at the refused order
        await here.end()
        assert await here.hand_back.run_once()
        await twin.edit_menu(item_id=eaten.lines[0].item_id, stock=5)
        (parked,) = await parked_events.parked(here.store)
        await here.store.write(lambda tx: parked_events.retry_parked(tx, parked.seq, now=now()))
        await here.worker.push_leftovers()
        status = {order["order_id"]: order["status"] for order in await here.arrived()}
        assert status == {eaten.id: "order.delivered", refused.id: "order.placed"}
