"""Stock: a merchant's word, our sales, and what the primary hears of either."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from core.catalog import catalog_from_json
from core.ids import ItemId, Key
from core.mode import Mode, ModeState
from core.stock import StockStatus, UnreadableNumber, read_supply
from fallback_store import incident_log, stock
from fallback_store.database import Store, Tx

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
RICE = ItemId("rice")
CATALOG = catalog_from_json(
    {
        "version": "1",
        "merchants": [
            {"id": "m", "name": "m", "items": [{"id": "rice", "name": "米饭", "price_fen": 200, "stock": 5}]}
        ],
    }
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "s.sqlite3") as opened:
        await opened.write(lambda tx: stock.take_over(tx, CATALOG, NOW, resets_sales=True))
        yield opened


def emergency(tx: Tx) -> None:
    before = incident_log.current(tx, NOW)
    assert incident_log.change(tx, before, ModeState(Mode.EMERGENCY, 4, NOW, "test", "test"))


async def adjusted(store: Store) -> list[tuple[str, int, object]]:
    rows = await store.read_all("SELECT kind, epoch, body FROM outbox ORDER BY seq")
    return [(row[0], row[1], orjson.loads(row[2])) for row in rows]


async def supply(store: Store, value: int | None, key: str | None = None) -> object:
    named = None if key is None else Key(key)
    return await store.write(
        lambda tx: stock.edit(tx, RICE, "supply", value, by="web:aunt", source="grid", now=NOW, key=named)
    )


async def test_supply_set_during_an_emergency_is_an_event_for_the_primary(store: Store) -> None:
    await store.write(emergency)
    await supply(store, 9)
    await supply(store, None)
    assert await adjusted(store) == [
        ("stock.adjusted", 4, {"item_id": "rice", "supply": 9, "by": "web:aunt"}),
        ("stock.adjusted", 4, {"item_id": "rice", "supply": None, "by": "web:aunt"}),
    ]


async def test_supply_set_while_the_primary_is_in_charge_is_no_event(store: Store) -> None:
    await supply(store, 9)
    assert await adjusted(store) == []


async def test_the_same_edit_twice_is_one_edit_and_the_same_value_none(store: Store) -> None:
    await store.write(emergency)
    await supply(store, 9, "k")
    await supply(store, 9, "k")
    await supply(store, 9)
    assert len(await adjusted(store)) == 1
    assert len(await store.read_all("SELECT id FROM stock_edits")) == 1


async def test_supply_below_what_is_sold_stops_sales_and_shows_the_conflict(store: Store) -> None:
    await store.write(lambda tx: stock.reserve(tx, RICE, 4, NOW))
    await supply(store, 3)
    (row,) = await stock.rows(store)
    assert (row.left, row.oversold, row.status) == (0, 1, StockStatus.SOLD_OUT)


async def test_a_snapshot_during_an_outage_keeps_sales_and_the_merchants_word(store: Store) -> None:
    await store.write(lambda tx: stock.reserve(tx, RICE, 2, NOW))
    await supply(store, 7)
    await store.write(lambda tx: stock.edit(tx, RICE, "is_stopped", 1, by="web:aunt", source="chat", now=NOW))
    await store.write(lambda tx: stock.take_over(tx, CATALOG, NOW, resets_sales=False))
    (kept,) = await stock.rows(store)
    assert (kept.supply, kept.sold, kept.is_stopped) == (7, 2, True)
    await store.write(lambda tx: stock.take_over(tx, CATALOG, NOW, resets_sales=True))
    (reset,) = await stock.rows(store)
    assert replace(reset, revision=0) == replace(kept, supply=5, sold=0, is_stopped=False, revision=0)


@pytest.mark.parametrize(
    ("cell", "portions"), [("50", 50), ("５０份", 50), (" 50.0 ", 50), ("", None), ("不限", None), ("0", 0)]
)
def test_supply_is_read_as_people_write_it(cell: str, portions: int | None) -> None:
    assert read_supply(cell) == portions


@pytest.mark.parametrize("cell", ["many", "-3", "5.5", "5 6", "=A1", "12345678"])
def test_what_is_no_number_is_refused_with_what_to_write(cell: str) -> None:
    with pytest.raises(UnreadableNumber) as refused:
        read_supply(cell)
    assert "whole number" in refused.value.hint
