"""People sort, insert, copy and delete rows of a shared sheet; no edit is lost, no number is wrong for long."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from core.ids import ItemId
from core.sheet import CellWrite, Column, plain
from drills.paper_sheet import PaperSheet
from sync.stock_mirror import StockMirror
from tests.sync.stock_scene import WORDS, Desk, stock_desk
from watch.system_clock import SystemClock


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with stock_desk(tmp_path) as furnished:
        yield furnished


async def test_a_race_of_people_and_bot_loses_no_edit_and_leaves_no_wrong_cell(desk: Desk) -> None:
    chance, wanted = random.Random(3), dict[ItemId, int]()
    for turn in range(120):
        desk.sheet.is_raced = True
        item_id = chance.choice(desk.items)
        match chance.randrange(5):
            case 0:
                wanted[item_id] = 1000 + turn
                desk.sheet.types(item_id, Column.SUPPLY, f"{1000 + turn}份")
            case 1:
                desk.sheet.sort_by(chance.choice(list(Column)), descending=chance.random() < 0.5)
            case 2:
                desk.sheet.insert_blank(chance.randrange(len(desk.sheet.rows)))
            case 3:
                await desk.sell(item_id)
            case 4:
                wanted[item_id] = 5000 + turn
                await desk.mirror.cycle()  # what people typed before came first
                await desk.says_in_chat(item_id, 5000 + turn)
        await desk.mirror.cycle()
    await desk.settle()
    assert {item_id: await desk.supply(item_id) for item_id in wanted} == wanted
    await desk.check()


async def test_a_deleted_row_comes_back_and_a_row_nobody_knows_is_flagged(desk: Desk) -> None:
    desk.sheet.delete(desk.items[2])
    desk.sheet.rows.append({Column.ITEM: "no-such-dish", Column.SUPPLY: 3})
    desk.sheet.rows.append({Column.NOTE: "记得买葱"})
    await desk.settle()
    await desk.check()
    assert [row[Column.STATUS] for row in desk.sheet.rows if row.get(Column.ITEM) == "no-such-dish"] == [
        WORDS.not_on_menu()
    ]
    assert {Column.NOTE: "记得买葱"} in desk.sheet.rows


async def test_junk_is_flagged_in_the_row_and_the_flag_goes_when_it_is_corrected(desk: Desk) -> None:
    item_id = desk.items[0]
    good = await desk.supply(item_id)
    desk.sheet.types(item_id, Column.SUPPLY, "多多的")
    report = await desk.mirror.cycle()
    row = desk.sheet.rows[desk.sheet.place_of(item_id)]
    assert await desk.supply(item_id) == good
    assert "今日供应" in str(row[Column.STATUS])
    assert list(report.flags) == [desk.sheet.place_of(item_id)]
    desk.sheet.types(item_id, Column.SUPPLY, 12.0)
    await desk.settle()
    assert await desk.supply(item_id) == 12
    assert row[Column.STATUS] == "在售"


async def test_people_who_write_over_the_bots_columns_are_corrected(desk: Desk) -> None:
    desk.sheet.types(desk.items[1], Column.SOLD, 99)
    desk.sheet.types(desk.items[1], Column.DISH, "别的名字")
    await desk.settle()
    await desk.check()


async def test_a_mirror_killed_between_any_two_steps_takes_nothing_back(desk: Desk, tmp_path: Path) -> None:
    item_id, clock = desk.items[0], SystemClock()
    await desk.settle()
    await desk.says_in_chat(item_id, 41)

    class Dies(PaperSheet):
        """A sheet whose line dies before or after the cells arrive."""

        def __init__(self, arrives: bool) -> None:
            super().__init__()
            self.rows = desk.sheet.rows
            self._arrives = arrives

        async def write(self, writes: Sequence[CellWrite]) -> None:
            if self._arrives:
                await super().write(writes)
            raise ConnectionResetError

    for arrives in (False, True):
        with pytest.raises(ConnectionResetError):
            await StockMirror(desk.store, clock, Dies(arrives), WORDS).cycle()
        assert await desk.supply(item_id) == 41
    await StockMirror(desk.store, clock, desk.sheet, WORDS).cycle()
    await desk.settle()
    assert await desk.supply(item_id) == 41
    assert plain(desk.sheet.rows[desk.sheet.place_of(item_id)][Column.SUPPLY]) == "41"


async def test_two_chat_edits_in_a_row_are_not_taken_back_by_what_the_bot_wrote_in_between(desk: Desk) -> None:
    item_id = desk.items[0]
    await desk.settle()
    await desk.says_in_chat(item_id, 41)
    await desk.mirror.cycle()  # puts 41 into the cell, not looked at since
    await desk.says_in_chat(item_id, 42)
    await StockMirror(desk.store, desk.clock, desk.sheet, WORDS).cycle()  # restarted in between
    await desk.settle()
    assert await desk.supply(item_id) == 42
