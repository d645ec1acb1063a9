"""People sort, insert, copy and delete rows of a shared sheet; no edit is lost, no number is wrong for long."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from core.ids import ItemId
from core.sheet import Cell, CellWrite, Column, HumanField, SheetDish, plain
from core.sheet_words import SheetWords
from core.stock import OutOfStock, read_supply
from drills.paper_sheet import PaperSheet
from drills.twin_primary_menu import load_menu
from fallback_store import catalog_snapshots, stock
from fallback_store.database import Store, Tx
from sync.sheet_dishes import dishes_of
from sync.stock_mirror import FUTILE_AFTER, StockMirror
from watch.system_clock import SystemClock

#: One row of the paper sheet.
Cells = dict[Column, Cell]
WORDS = SheetWords("zh", ZoneInfo("Asia/Shanghai"))


class RacedSheet(PaperSheet):
    """A paper sheet that somebody sorts between the bot's read and its write."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self.is_raced = True

    async def write(self, writes: Sequence[CellWrite]) -> None:
        """First the person, then the bot."""
        if self.is_raced and self._chance.random() < 0.5:
            self.sort_by(self._chance.choice([Column.LEFT, Column.DISH, Column.SOLD]), descending=True)
        await super().write(writes)


@dataclass
class Asked:
    """Obeys `sync.stock_mirror.SheetTells`: keeps what a merchant is asked to look at again."""

    cells: list[tuple[ItemId, list[HumanField]]]

    def conflict(self, tx: Tx, dish: SheetDish, now: datetime) -> None:
        """Not looked at here."""

    def unreadable(self, tx: Tx, dish: SheetDish, why: str, now: datetime) -> None:
        """Not looked at here."""

    def doubtful(self, tx: Tx, dish: SheetDish, fields: Sequence[HumanField], now: datetime) -> None:
        """An edit may be gone."""
        self.cells.append((dish.stock.item_id, list(fields)))


@dataclass
class Desk:
    """A store, a sheet and what keeps them the same."""

    store: Store
    clock: SystemClock
    sheet: RacedSheet
    mirror: StockMirror
    items: list[ItemId]
    #: what a merchant was asked to look at again
    asked: list[tuple[ItemId, list[HumanField]]]

    async def supply(self, item_id: ItemId) -> int | None:
        """What the store says."""
        return next(row.supply for row in await stock.rows(self.store) if row.item_id == item_id)

    async def sell(self, item_id: ItemId) -> None:
        """A student orders one portion, if there is one."""
        with contextlib.suppress(OutOfStock):
            await self.store.write(lambda tx: stock.reserve(tx, item_id, 1, self.clock.now()))

    async def says_in_chat(self, item_id: ItemId, supply: int) -> None:
        """The merchant tells the bot in the chat."""
        await self.store.write(
            lambda tx: stock.edit(tx, item_id, "supply", supply, by="web:boss", source="chat", now=self.clock.now())
        )

    async def settle(self) -> None:
        """Until the sheet is quiet; it must become so within a few looks."""
        self.sheet.is_raced = False
        for _ in range(6):
            report = await self.mirror.cycle()
            if not report.edits and not report.writes:
                return
        raise AssertionError(f"still busy: {report}")

    async def check(self) -> None:
        """Every dish once, every bot cell right, people's cells as the store has them."""
        for dish in await dishes_of(self.store):
            cells = self.sheet.rows[self.sheet.place_of(dish.stock.item_id)]
            assert plain(cells[Column.DISH]) == dish.name
            assert plain(cells[Column.SOLD]) == str(dish.stock.sold)
            assert plain(cells[Column.LEFT]) == ("不限" if dish.stock.left is None else str(dish.stock.left))
            assert read_supply(plain(cells[Column.SUPPLY])) == dish.stock.supply


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with await Store.open(tmp_path / "store.sqlite3") as store:
        clock, menu = SystemClock(), load_menu({}, set())
        document = orjson.dumps(menu.document(menu.supplies())).decode()

        def furnish(tx: Tx) -> None:
            catalog = catalog_snapshots.keep(tx, document, None, clock.now())
            stock.take_over(tx, catalog, clock.now(), resets_sales=True)

        await store.write(furnish)
        sheet = RacedSheet(random.Random(7))
        sheet.is_raced = False
        asked = Asked([])
        mirror = StockMirror(store, clock, sheet, WORDS, tells=asked)
        await mirror.cycle()
        yield Desk(store, clock, sheet, mirror, [dish.stock.item_id for dish in await dishes_of(store)], asked.cells)


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
