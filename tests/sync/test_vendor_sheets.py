"""Google and Feishu alike: what people and vendors do wrong is survived, said once, and mended when it can be."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import FallbackError, NeedsPerson
from core.sheet import HUMAN, Cell, Column, SheetDamaged, plain
from core.texts import LANGUAGES
from drills.fast_clock import FastClock
from drills.sheet_doubles.book import Formula, Merge, Protected, Tab
from drills.sheet_doubles.canteen import BOOK, SUPPLY, WORDS, Canteen, open_canteen
from drills.sheet_doubles.google import GoogleDouble
from drills.sheet_doubles.race import wrong_cells
from drills.sheet_doubles.trouble import Fault
from fallback_store import stock
from sync.sheets.troubles import KeyRefused, SheetDenied, SheetNotFound, SheetUnreachable, TabGone
from sync.stock_mirror import TRIED_AGAIN_EVERY

#: Two hours, and what a clock twenty times as fast as the wall needs for it, is what nobody waits for here.
FAST = 200.0


@pytest.fixture(params=["google", "feishu"])
async def canteen(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Canteen]:
    async with open_canteen(request.param, tmp_path, FastClock(FAST)) as found:
        yield found


# Setting up ------------------------------------------------------------------------------------


async def test_set_up_leaves_people_their_columns_and_hides_the_ids(canteen: Canteen) -> None:
    tab = canteen.tab
    assert [plain(cell) for cell in tab.values()[0]] == [WORDS.heading(column) for column in Column]
    item_id = canteen.items[0]
    for column in HUMAN:
        tab.types(item_id, column, "1")
    for column in set(Column) - set(HUMAN):
        with pytest.raises(Protected):
            tab.types(item_id, column, "1")
    hidden = tab.settings["columns"][tab.column(Column.ITEM)]
    assert hidden.get("hiddenByUser", not hidden.get("visible", True)) is True
    assert tab.settings["frozenRowCount"] == 1


async def test_set_up_gives_every_merchant_a_view_and_may_run_again(canteen: Canteen) -> None:
    names = {"filterViews": "title", "views": "filter_view_name"}
    for _ in range(2):
        views = next(canteen.tab.settings[name] for name in names if name in canteen.tab.settings)
        titles = [view.get("title") or view["filter_view_name"] for view in views]
        assert sorted(titles) == sorted(f"fallback: {m + 1}号窗口" for m in range(10))
        colours = canteen.tab.settings.get("conditionalFormats") or canteen.tab.settings["colours"]
        assert len(colours) == 3
        protections = canteen.tab.settings.get("protectedRanges") or canteen.tab.settings["protectedRange"]
        assert len(protections) in (1, 7)
        await canteen.prepare()


async def test_a_deleted_id_column_stops_the_mirror_and_set_up_brings_it_back(canteen: Canteen) -> None:
    item_id = canteen.items[3]
    canteen.tab.types(item_id, Column.SUPPLY, 41)
    await canteen.settle()
    canteen.tab.delete_column(Column.ITEM)
    with pytest.raises(SheetDamaged) as problem:
        await canteen.mirror.cycle()
    assert "编号" in str(problem.value)
    assert "sheet setup" in problem.value.hint
    assert (await canteen.row(item_id)).supply == 41
    lines = await canteen.prepare()
    await canteen.settle()
    assert any("recognised 12 rows" in line for line in lines)
    assert await wrong_cells(canteen) == []
    assert len(canteen.tab.values()) == 13


async def test_columns_may_be_moved(canteen: Canteen) -> None:
    canteen.tab.move_column_to_the_end(Column.SOLD)
    canteen.tab.move_column_to_the_end(Column.SUPPLY)
    item_id = canteen.items[0]
    canteen.tab.types_at(canteen.tab.place_of(item_id), canteen.tab.column(Column.SUPPLY), 33)
    await canteen.sell(item_id, 2)
    await canteen.settle()
    assert (await canteen.row(item_id)).supply == 33
    assert await wrong_cells(canteen) == []


# What people type ------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "supply"), [("50份", 50), ("５０", 50), (50.0, 50), ("不限", None), ("", None)])
async def test_numbers_are_read_as_they_were_meant(canteen: Canteen, typed: Cell, supply: int | None) -> None:
    canteen.tab.types(canteen.items[0], Column.SUPPLY, typed)
    await canteen.settle()
    assert (await canteen.row(canteen.items[0])).supply == supply


@pytest.mark.parametrize("typed", ["很多", -5, "-5", 1.5, 99999999, "1e9", True])
async def test_what_is_no_number_keeps_the_last_good_one_and_is_flagged(canteen: Canteen, typed: Cell) -> None:
    item_id = canteen.items[0]
    canteen.tab.types(item_id, Column.SUPPLY, typed)
    await canteen.settle()
    assert (await canteen.row(item_id)).supply == SUPPLY
    assert canteen.tab.reads(item_id, Column.SUPPLY) == typed
    assert canteen.tab.reads(item_id, Column.STATUS) == WORDS.unreadable([Column.SUPPLY])
    canteen.tab.types(item_id, Column.SUPPLY, 12)
    await canteen.settle()
    assert (await canteen.row(item_id)).supply == 12
    assert canteen.tab.reads(item_id, Column.STATUS) == "在售"


@pytest.mark.parametrize(("formula", "supply"), [(Formula("=5*8", 40), 40), (Formula("=A0", "#REF!"), SUPPLY)])
async def test_a_formula_counts_for_what_it_comes_to(canteen: Canteen, formula: Formula, supply: int) -> None:
    canteen.tab.types(canteen.items[0], Column.SUPPLY, formula)
    await canteen.settle()
    assert (await canteen.row(canteen.items[0])).supply == supply


async def test_a_copied_row_counts_once(canteen: Canteen) -> None:
    item_id, tab = canteen.items[0], canteen.tab
    tab.duplicate_row(tab.place_of(item_id))
    await canteen.settle()
    tab.types(item_id, Column.SUPPLY, 44)
    await canteen.settle()
    tab.sort_by(Column.SUPPLY, descending=True)  # the copy with the old number comes first
    await canteen.settle()
    assert (await canteen.row(item_id)).supply == 44
    assert sum(row[0] == item_id for row in tab.values()) == 2


async def test_merged_cells_are_noticed_and_set_up_undoes_them(canteen: Canteen) -> None:
    tab, sold = canteen.tab, canteen.tab.column(Column.SOLD)
    tab.merge(Merge(1, 4, sold, sold + 1))
    await canteen.sell(str(tab.value(2, 0)), 3)  # type: ignore[arg-type]
    reports = [await canteen.mirror.cycle() for _ in range(6)]
    assert reports[-1].futile > 0
    assert reports[-1].writes == 0
    await canteen.prepare()
    for _ in range(TRIED_AGAIN_EVERY):
        await canteen.mirror.cycle()
    assert await wrong_cells(canteen) == []


async def test_people_who_merge_id_cells_lose_no_dish(canteen: Canteen) -> None:
    canteen.tab.merge(Merge(1, 3, 0, 1))
    for _ in range(4):
        await canteen.mirror.cycle()
    assert {str(row[0]) for row in canteen.tab.values()[1:] if row and row[0]} == set(canteen.items)


async def test_nothing_in_the_sheet_is_a_formula(canteen: Canteen) -> None:
    item_id = canteen.items[0]
    for note in ("=HYPERLINK(1)", "+1", "-1", "@here"):
        await canteen.store.write(
            lambda tx, note=note: stock.edit(  # type: ignore[misc]
                tx, item_id, "note", note, by="web:boss", source="chat", now=canteen.clock.now()
            )
        )
        await canteen.settle()
        row, column = canteen.tab.place_of(item_id), canteen.tab.column(Column.NOTE)
        assert canteen.tab.rows[row][column] == note


async def test_a_sheet_that_is_too_short_grows(canteen: Canteen) -> None:
    tab = canteen.tab
    while tab.row_count > len(tab.rows):
        tab.delete_row(tab.row_count)
    tab.delete_row(tab.place_of(canteen.items[0]))
    await canteen.settle()
    assert await wrong_cells(canteen) == []


# What the vendor does --------------------------------------------------------------------------


async def test_a_renamed_tab_is_found_again_and_a_removed_one_is_reported(canteen: Canteen) -> None:
    canteen.tab.title = "食堂（勿动）"
    canteen.tab.types(canteen.items[0], Column.SUPPLY, 9)
    await canteen.settle()
    assert (await canteen.row(canteen.items[0])).supply == 9
    canteen.vendor.book.remove(canteen.tab)
    with pytest.raises(TabGone) as problem:
        await canteen.mirror.cycle()
    assert "sheet setup" in problem.value.hint


async def test_a_wrong_spreadsheet_a_revoked_permission_and_a_dead_key_are_told_apart(canteen: Canteen) -> None:
    double = canteen.vendor.double
    double.forbidden.add(BOOK)
    with pytest.raises(SheetDenied) as denied:
        await canteen.mirror.cycle()
    double.forbidden.clear()
    book = double.books.pop(BOOK)
    with pytest.raises(SheetNotFound):
        await canteen.mirror.cycle()
    double.books[BOOK] = book
    revoke_key(canteen)
    with pytest.raises(KeyRefused) as refused:
        await canteen.mirror.cycle()
    assert all(problem.value.hint for problem in (denied, refused))
    assert isinstance(refused.value, NeedsPerson)


def revoke_key(canteen: Canteen) -> None:
    """An admin of the vendor's console deletes the key."""
    double = canteen.vendor.double
    double.expire_all()
    double.revoke_key()


async def test_a_key_signed_by_a_clock_that_is_off_is_told_so(tmp_path: Path) -> None:
    async with open_canteen("google", tmp_path, FastClock(20), dishes=1) as canteen:
        double = canteen.vendor.double
        assert isinstance(double, GoogleDouble)
        double.tokens.ahead_s = 3_600
        double.expire_all()
        with pytest.raises(KeyRefused) as refused:
            await canteen.mirror.cycle()
        assert "timedatectl" in refused.value.hint


async def test_a_token_that_stops_counting_is_renewed_without_anybody_noticing(canteen: Canteen) -> None:
    canteen.vendor.double.expire_all()
    canteen.tab.types(canteen.items[0], Column.SUPPLY, 8)
    await canteen.settle()
    assert (await canteen.row(canteen.items[0])).supply == 8


@pytest.mark.parametrize("fault", ["429", "500", "html_502", "hang", "dropped", "applied_then_dropped"])
@pytest.mark.parametrize("when", ["read", "write"])
async def test_every_fault_passes_and_two_cycles_later_all_is_well(canteen: Canteen, fault: Fault, when: str) -> None:
    item_id = canteen.items[0]
    await canteen.sell(item_id, 2)
    await canteen.says_in_chat(item_id, 50)
    canteen.tab.types(canteen.items[1], Column.SUPPLY, 77)
    plan: list[Fault | None] = [fault] if when == "read" else [None, fault]
    canteen.vendor.trouble.plan(plan)
    with contextlib.suppress(SheetUnreachable):  # a write that was applied may be answered all the same
        await canteen.mirror.cycle()
    assert canteen.vendor.trouble.met[fault] == 1
    canteen.vendor.trouble.released.set()
    for _ in range(2):
        await canteen.mirror.cycle()
    assert await wrong_cells(canteen) == []
    assert (await canteen.row(item_id)).supply == 50
    assert (await canteen.row(canteen.items[1])).supply == 77


async def test_only_problems_of_ours_leave_the_sheet(canteen: Canteen) -> None:
    faults: tuple[Fault, ...] = ("429", "500", "html_502", "hang")
    for fault in faults:
        canteen.vendor.trouble.plan([fault])
        with pytest.raises(FallbackError):
            await canteen.vendor.sheet.read()


def test_headings_differ_in_every_language() -> None:
    for language in LANGUAGES:
        headings = [LANGUAGES[language][f"sheet_column_{column}"] for column in Column]
        assert len(set(headings)) == len(headings)


def test_a_tab_shows_people_what_it_holds() -> None:
    tab = Tab(0, "t")
    tab.put(2, 3, "x")
    assert tab.values() == [[], [], [None, None, None, "x"]]
