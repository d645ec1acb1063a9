"""What people say they paid before is looked up at the hand-back; only what the gateway knows is confirmed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.order import Order
from core.payment import Finding, Paid
from drills.twin_process import TwinProcess
from fallback_store import incident_log, payment_claims
from fallback_store.database import Tx
from sync.proof_check import check_proof
from tests.sync.hand_back_scene import now, the_proof
from tests.sync.outage import Outage, beside, outage

pytestmark = pytest.mark.asyncio(loop_scope="session")

FREE, SPENT, SHORT, NOBODYS = "WX90001", "WX90002", "WX90003", "WX90004"


def pays(folder: Path, reference: str, amount_fen: int, order_id: str | None = None) -> None:
    """The gateway took that before it all broke down."""
    with closing(sqlite3.connect(folder / "twin.sqlite3", timeout=5)) as books, books:
        books.execute(
            "INSERT INTO payments (reference, amount_fen, paid_at, order_id) VALUES (?, ?, '2026-11-22T03:05:07Z', ?)",
            (reference, amount_fen, order_id),
        )


async def claim(here: Outage, order: Order, reference: str) -> None:
    await here.store.write(lambda tx: payment_claims.claim(tx, order, reference, by=order.person_id, now=now()))


async def paid(here: Outage, placed: list[Order]) -> list[str]:
    rows = await here.store.read_all("SELECT id, paid FROM orders")
    known = {row[0]: row[1] for row in rows}
    return [known[order.id] for order in placed]


async def test_only_money_that_came_and_bought_nothing_yet_is_confirmed(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, _):
        await here.begin()
        placed = await here.place(6)
        total_fen = placed[0].total_fen
        pays(tmp_path, FREE, total_fen)
        pays(tmp_path, SPENT, total_fen, "app-88231")
        pays(tmp_path, SHORT, total_fen - 1)
        # Two say that the same payment was theirs: it pays one order.
        for order, reference in zip(placed, (FREE, FREE, SPENT, SHORT, NOBODYS), strict=False):
            await claim(here, order, reference)
        await here.deliver(placed[0])
        await here.end()
        assert await here.hand_back.run_once()
        assert await paid(here, placed) == [Paid.CONFIRMED, *[Paid.CLAIMED] * 4, Paid.UNPAID]
        status = {order["order_id"]: order["status"] for order in await here.arrived()}
        assert [status[order.id] for order in placed] == [
            "payment.confirmed", *["payment.claimed"] * 4, "order.placed",
        ]  # fmt: skip
        assert check_proof(await the_proof(here), here.store.path) == []
        (said,) = [e for e in await incident_log.journal(here.store) if "说已付" in e.text]
        assert said.text == f"第 {here.epoch} 期：5 单说已付，平台查到 1 单，其余 4 单没有查到"
        events = await here.store.read_all(
            "SELECT json_extract(body, '$.amount_fen'), json_extract(body, '$.reference') FROM outbox"
            " WHERE kind = 'payment.confirmed'"
        )
        assert [tuple(row) for row in events] == [(total_fen, FREE)]


async def test_a_payment_is_left_for_the_order_that_was_not_cancelled(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, _):
        await here.begin()
        placed = first, second, third = await here.place(3)
        pays(tmp_path, FREE, first.total_fen)
        for order in placed:
            await claim(here, order, FREE)
        await here.cancel(first)
        asked = await payment_claims.open_claims(here.store, here.epoch)
        assert [one.order_id for one in asked] == [second.id, third.id]
        # The student takes this one back while the gateway is being asked about it.
        await here.cancel(second)
        await here.store.write(
            lambda tx: payment_claims.settle(tx, asked[0], Finding.PROVEN, by="hand-back", now=now())
        )
        await here.end()
        assert await here.hand_back.run_once()
        assert await paid(here, placed) == [Paid.CLAIMED, Paid.CLAIMED, Paid.CONFIRMED]
        assert check_proof(await the_proof(here), here.store.path) == []


@pytest.mark.parametrize("fault", ["error_500", "unavailable_503", "not_json"])
async def test_a_gateway_that_gives_no_answer_holds_up_nothing(tmp_path: Path, twin: TwinProcess, fault: str) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        placed = await here.place(2)
        await claim(here, placed[0], FREE)
        await twin.inject(fault, path="/payments")
        await here.end()
        assert await here.hand_back.run_once()
        assert await paid(here, placed) == [Paid.CLAIMED, Paid.UNPAID]
        assert check_proof(await the_proof(here), here.store.path) == []


async def test_what_is_said_twice_or_after_the_money_came_changes_nothing(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        (order,) = await here.place(1)

        def unit(tx: Tx) -> list[str]:
            known = payment_claims.claim(tx, order, FREE, by="web:p1", now=now())
            known = payment_claims.claim(tx, known, FREE, by="web:p1", now=now())
            known = payment_claims.claim(tx, known, "", by="web:p1", now=now())
            known = payment_claims.collect(tx, known, by="web:liu", now=now())
            known = payment_claims.collect(tx, known, by="web:liu", now=now())
            payment_claims.claim(tx, known, SPENT, by="web:p1", now=now())
            return [row[0] for row in tx.execute("SELECT kind FROM outbox WHERE kind LIKE 'payment%' ORDER BY seq")]

        assert await here.store.write(unit) == ["payment.claimed", "payment.confirmed"]
        assert await payment_claims.open_claims(here.store, here.epoch) == []
