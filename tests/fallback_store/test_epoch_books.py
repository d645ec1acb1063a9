"""The walk over an epoch's books misses nothing: no order, no event without an order, no torn row."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ids import Key
from core.primary import BookOrder, EventOutcome
from core.reconciliation import Standing
from fallback_store import epoch_books, orders, outbox
from fallback_store.database import Store, Tx
from fallback_store.epoch_books import Account
from tests.small_campus import EPOCH, NOON, place, small_campus


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with small_campus(tmp_path) as opened:
        yield opened


async def accounts(store: Store, epoch: int = EPOCH) -> list[Account]:
    return [account async for account in epoch_books.accounts(store, epoch)]


async def acknowledge_all(store: Store) -> None:
    rows = await store.read_all("SELECT seq FROM outbox")
    acks = [outbox.Ack(row[0], EventOutcome.APPLIED) for row in rows]
    await store.write(lambda tx: outbox.settle(tx, acks, NOON))


async def test_an_account_has_what_was_promised_beside_what_the_primary_said(store: Store) -> None:
    order = await store.write(lambda tx: place(tx, "anna", "305", "pork lemon"))
    await store.write(lambda tx: orders.cancel(tx, order, by="web:anna", side="student", reason="", now=NOON))
    await acknowledge_all(store)
    (account,) = await accounts(store)
    assert (account.order_id, account.key, account.total_fen) == (order.id, order.key, 2200)
    assert account.is_intact
    assert account.standing.standing is Standing.CANCELLED
    assert account.standing.entry == BookOrder(order.id, "order.cancelled", 2200)
    assert await epoch_books.promised(store, EPOCH) == (1, 2200)
    assert await epoch_books.announced(store, EPOCH) == 1


async def test_other_epochs_are_other_books(store: Store) -> None:
    await store.write(lambda tx: place(tx, "anna", "305"))
    await store.write(lambda tx: place(tx, "ben", "306", epoch=EPOCH + 1))
    assert [account.key for account in await accounts(store)] == ["web:building-12:order-0"]
    assert [account.key for account in await accounts(store, EPOCH + 1)] == ["web:building-12:order-1"]
    assert await accounts(store, EPOCH + 2) == []


@pytest.mark.parametrize("count", [999, 1000, 1001, 2000])
async def test_no_order_falls_between_two_pieces_of_the_walk(store: Store, count: int) -> None:
    await store.write(
        lambda tx: [place(tx, "anna", "305", "ribs", building="12" if n % 3 else "7") for n in range(count)]
    )
    found = await accounts(store)
    assert len({account.order_id for account in found}) == len(found) == count
    assert [account.order_id for account in found] == sorted(account.order_id for account in found)
    assert all(account.standing.standing is Standing.UNSETTLED for account in found)


@pytest.mark.parametrize("order_id", ["0", "zzz", "货"])
async def test_events_without_an_order_are_shown_wherever_they_sort(store: Store, order_id: str) -> None:
    await store.write(lambda tx: place(tx, "anna", "305"))
    await store.write(
        lambda tx: outbox.enqueue(tx, Key("lost"), EPOCH, order_id, "order.placed", {"total_fen": 5}, NOON)
    )
    (lost,) = [account for account in await accounts(store) if account.total_fen is None]
    assert (lost.order_id, lost.key, lost.is_intact) == (order_id, "", False)


async def test_an_order_without_events_is_missing(store: Store) -> None:
    await store.write(lambda tx: place(tx, "anna", "305"))
    await acknowledge_all(store)
    await store.write(lambda tx: tx.execute("DELETE FROM outbox"))
    (account,) = await accounts(store)
    assert account.standing.standing is Standing.MISSING


@pytest.mark.parametrize(
    "tear",
    [
        "UPDATE orders SET total_fen = total_fen + 1",
        "UPDATE orders SET room = '503'",
        "UPDATE orders SET pickup_code = 'x'",
        "UPDATE order_lines SET quantity = 2",
        "DELETE FROM order_lines WHERE line = 2",
    ],
)
async def test_a_torn_row_is_noticed(store: Store, tear: str) -> None:
    await store.write(lambda tx: place(tx, "anna", "305", "pork lemon"))
    assert [account.is_intact for account in await accounts(store)] == [True]
    await store.write(lambda tx: _tear(tx, tear))
    assert [account.is_intact for account in await accounts(store)] == [False]


def _tear(tx: Tx, statement: str) -> None:
    assert tx.execute(statement).rowcount > 0
