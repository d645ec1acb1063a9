"""Rows that people copy: what is typed into either counts, a copy takes over, and what may be gone is asked about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ids import ItemId
from core.sheet import Column
from fallback_store import stock
from sync.stock_mirror import FUTILE_AFTER, StockMirror
from tests.sync.stock_scene import WORDS, Asked, Cells, Desk, stock_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with stock_desk(tmp_path) as furnished:
        yield furnished


async def copied(desk: Desk) -> tuple[ItemId, Cells, Cells]:
    """A dish whose row somebody copied: its row, and the copy, which is flagged."""
    item_id = desk.items[4]
    row = desk.sheet.rows[desk.sheet.place_of(item_id)]
    desk.sheet.duplicate(item_id)
    await desk.settle()
    copy = desk.sheet.rows[desk.sheet.place_of(item_id) + 1]
    assert (row[Column.STATUS], copy[Column.STATUS]) == ("在售", WORDS.duplicate())
    return item_id, row, copy


async def test_a_copied_row_is_flagged_and_changes_nothing(desk: Desk) -> None:
    before = {row.item_id: row.supply for row in await stock.rows(desk.store)}
    await copied(desk)
    assert {row.item_id: row.supply for row in await stock.rows(desk.store)} == before


async def test_what_is_typed_into_a_fresh_copy_counts_and_is_asked_about(desk: Desk) -> None:
    item_id = desk.items[4]
    desk.sheet.duplicate(item_id)
    desk.sheet.rows[desk.sheet.place_of(item_id) + 1][Column.SUPPLY] = "7份"
    await desk.settle()
    assert await desk.supply(item_id) == 7
    assert desk.asked == [(item_id, ["supply"])]


async def test_edits_in_different_cells_of_two_copies_both_count(desk: Desk) -> None:
    item_id, row, copy = await copied(desk)
    row[Column.SUPPLY], copy[Column.NOTE] = 7, "少辣"
    await desk.settle()
    (found,) = await stock.rows_of(desk.store, [item_id])
    assert (found.supply, found.note) == (7, "少辣")


async def test_a_copy_whose_original_goes_takes_over_what_the_original_said(desk: Desk) -> None:
    item_id, row, copy = await copied(desk)
    row[Column.SUPPLY] = 7
    await desk.settle()
    desk.sheet.rows.remove(row)
    await desk.settle()
    assert await desk.supply(item_id) == 7
    assert (copy[Column.SUPPLY], copy[Column.STATUS]) == (7, "在售")


async def test_what_was_typed_into_a_flagged_copy_while_nobody_looked_is_asked_about_once(desk: Desk) -> None:
    item_id, _, copy = await copied(desk)
    supply = await desk.supply(item_id)
    copy[Column.SUPPLY] = 777
    desk.mirror = StockMirror(desk.store, desk.clock, desk.sheet, WORDS, tells=Asked(desk.asked))
    await desk.settle()
    await desk.mirror.cycle()
    assert await desk.supply(item_id) == supply
    assert desk.asked == [(item_id, ["supply"])]


async def test_a_restart_asks_nothing_about_a_flagged_copy_that_agrees(desk: Desk) -> None:
    await copied(desk)
    desk.mirror = StockMirror(desk.store, desk.clock, desk.sheet, WORDS, tells=Asked(desk.asked))
    await desk.settle()
    assert desk.asked == []


async def test_two_copies_that_say_different_things_are_asked_about(desk: Desk) -> None:
    item_id, row, copy = await copied(desk)
    row[Column.SUPPLY], copy[Column.SUPPLY] = 7, 9
    await desk.settle()
    assert await desk.supply(item_id) == 7
    assert desk.asked == [(item_id, ["supply"])]


async def test_a_cell_that_takes_no_correction_is_asked_about_a_few_times_and_then_no_more(desk: Desk) -> None:
    item_id, row, copy = await copied(desk)
    row[Column.SUPPLY], copy[Column.SUPPLY] = 7, 9
    await desk.settle()
    desk.sheet.rows.remove(row)
    desk.asked.clear()
    for _ in range(3 * FUTILE_AFTER):
        await desk.mirror.cycle()
        copy[Column.SUPPLY] = 9  # what was written does not stay
    assert desk.asked == [(item_id, ["supply"])] * FUTILE_AFTER
    assert await desk.supply(item_id) == 7
