"""What people say they paid before is looked up at the hand-back; only what the gateway knows is confirmed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from core.errors import FallbackError, PrimaryDenied, PrimaryUnreachable
from core.order import Order
from core.payment import Finding, Paid
from core.ports import Primary
from core.primary import Payment
from drills.twin_process import TwinProcess
from fallback_store import incident_log, payment_claims
from fallback_store.database import Tx
from sync.proof_check import check_proof
from tests.sync.hand_back_scene import now, the_proof
from tests.sync.outage import PATIENT, Outage, beside, outage, until

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


class Gateway:
    """Stands before a primary: some payments cannot be looked up, and what was asked about is remembered."""

    def __init__(self, primary: Primary, refused: Mapping[str, FallbackError]) -> None:
        self._primary, self._refused = primary, refused
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return getattr(self._primary, name)  # type: ignore[no-any-return]

    async def payments(self, reference: str) -> Sequence[Payment]:
        self.asked.append(reference)
        if reference in self._refused:
            raise self._refused[reference]
        return await self._primary.payments(reference)


async def asks(
    folder: Path, twin: TwinProcess, refused: Mapping[str, FallbackError], references: list[str]
) -> list[str]:
    """A hand-back with these claims, which comes to its end; what the gateway was asked about."""
    gateways = list[Gateway]()

    def wrap(primary: Primary) -> Primary:
        gateways.append(Gateway(primary, refused))
        return cast(Primary, gateways[0])

    async with beside(folder, twin, wrap=wrap) as here:
        await here.begin()
        for order, reference in zip(await here.place(len(references)), references, strict=True):
            await claim(here, order, reference)
        await here.end()
        assert await here.hand_back.run_once()
        assert check_proof(await the_proof(here), here.store.path) == []
    return gateways[0].asked


async def test_a_token_the_gateway_does_not_take_holds_up_nothing(tmp_path: Path, twin: TwinProcess) -> None:
    denied = PrimaryDenied("GET /payments: 403")
    assert await asks(tmp_path, twin, {FREE: denied, SPENT: denied}, [FREE, SPENT]) == [FREE]


async def test_one_payment_that_cannot_be_looked_up_leaves_the_others_to_be(tmp_path: Path, twin: TwinProcess) -> None:
    odd = PrimaryUnreachable("GET /payments: 400")
    wanted = ["ODD001", "ODD002", SPENT, "ODD003", "ODD004", "ODD005", NOBODYS]
    asked = await asks(tmp_path, twin, {reference: odd for reference in wanted if "ODD" in reference}, wanted)
    # Three in a row, and the gateway is taken to answer nothing.
    assert asked == wanted[:-1]


async def test_a_slow_gateway_is_asked_for_a_while_only(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin, patience=replace(PATIENT, asks_gateway_s=0.3)) as here:
        await here.begin()
        for n, order in enumerate(await here.place(6)):
            await claim(here, order, f"SLOW{n:04}")
        await here.end()
        await twin.inject("slow", path="/payments", delay_s=0.2)
        assert await here.hand_back.run_once()
        assert len(await payment_claims.open_claims(here.store, here.epoch)) >= 4


async def test_whoever_ends_the_hand_back_need_not_wait_for_the_gateway(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        await here.begin()
        for n, order in enumerate(await here.place(6)):
            await claim(here, order, f"SLOW{n:04}")
        await here.end()
        await twin.inject("slow", path="/payments", delay_s=0.2)
        going = asyncio.ensure_future(here.hand_back.run_once())

        async def is_asked() -> bool:
            return len(await payment_claims.open_claims(here.store, here.epoch)) < 6

        await until(is_asked)
        await here.store.write(lambda tx: here.switch.return_to_emergency(tx, by="web:root", reason="no", now=now()))
        assert not await going
        assert await payment_claims.open_claims(here.store, here.epoch) != []
        # What was learned until then is on record.
        assert any("平台查到 0 单" in entry.text for entry in await incident_log.journal(here.store))


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
