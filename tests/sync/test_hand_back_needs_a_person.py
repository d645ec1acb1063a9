"""What a hand-back must not settle by itself is said to a person, and nothing is lost or given up meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.errors import BatchMalformed, BooksDiffer, PrimaryDenied, StaleEpoch
from core.ids import Key
from core.mode import Mode
from drills.twin_process import TwinProcess
from fallback_store import outbox
from fallback_store.database import Tx
from sync.proof_check import check_proof
from tests.sync.hand_back_scene import now, the_proof
from tests.sync.outage import NODE, beside, node, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_node_that_was_overtaken_stops_at_the_fence(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        await here.place(2)
        await here.end()
        await here.primary.open_epoch(here.epoch + 9, node="edge-2", opened_at=now(), reason="it took over")
        with pytest.raises(StaleEpoch, match=f"epoch {here.epoch + 9}"):
            await here.hand_back.run_once()
        assert await here.arrived() == []
        assert await here.mode() is Mode.HANDING_BACK


async def test_an_order_nobody_handed_over_goes_to_a_person(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        (placed,) = await here.place()
        await here.end()
        await here.worker.register(here.epoch)
        (event,) = await here.store.write(lambda tx: outbox.lease(tx, here.epoch, 1, until=now(), now=now()))
        await here.primary.push(here.epoch, NODE, [event._replace(key=Key("whose"), order_id="whose")])
        with pytest.raises(BooksDiffer, match="differ about 1 orders") as raised:
            await here.hand_back.run_once()
        assert raised.value.figures is not None
        assert raised.value.figures[:2] == (2, 2 * placed.total_fen)
        assert await here.mode() is Mode.HANDING_BACK
        findings = check_proof(await the_proof(here))
        assert any("whose" in finding for finding in findings)


async def test_the_loop_tells_a_person_once_and_goes_on_when_the_cause_is_gone(
    tmp_path: Path, twin: TwinProcess
) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        await here.place(2)
        await twin.inject("stale_epoch")
        await here.end()
        async with asyncio.TaskGroup() as group:
            going = group.create_task(here.hand_back.run())
            await until(lambda: bool(here.problems))
            await asyncio.sleep(0.3)  # several more tries
            assert [type(problem) for problem in here.problems] == [StaleEpoch]
            await twin.clear()
            await until(here.is_normal)
            going.cancel()


async def test_a_torn_order_is_shown_and_does_not_keep_the_campus_waiting(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        placed = await here.place(2)
        await here.store.write(lambda tx: tx.execute("UPDATE orders SET room = '999' WHERE id = ?", (placed[0].id,)))
        await here.end()
        assert await here.hand_back.run_once()
        assert [type(problem) for problem in here.problems] == [BooksDiffer]
        (finding,) = check_proof(await the_proof(here))
        assert placed[0].id in finding
        assert "fingerprint" in finding


async def test_a_wrong_token_is_said_and_nothing_is_lost(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        await here.place(2)
        await here.end()
    async with node(tmp_path, twin, token="wrong") as here:
        with pytest.raises(PrimaryDenied):
            await here.hand_back.run_once()
        assert (await outbox.counts(here.store)).unsettled == 2


async def test_a_primary_that_reads_nothing_at_all_parks_nothing(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        now_ = now()

        def enqueue(tx: Tx) -> None:
            for n in range(40):
                outbox.enqueue(tx, Key(f"odd{n}"), here.epoch, f"o{n}", "order.eaten", {}, now_)

        await here.store.write(enqueue)
        await here.end()
        with pytest.raises(BatchMalformed):
            await here.hand_back.run_once()
        assert await outbox.counts(here.store) == outbox.OutboxCounts(total=40, unsettled=40, parked=0)
