"""Rows of a copied dish are told apart by how they stood, and what is typed into any of them is news."""

from __future__ import annotations

import pytest

from core.sheet import Cell, Column, Row
from core.sheet_copies import MOST_COMPARED, CopiedRow, KnownRow, matched, merge

COLUMNS = {column: place for place, column in enumerate(Column)}


def row(supply: Cell, *, stopped: Cell = False, flag: str = "在售", sold: int = 0) -> Row:
    """A row of one dish."""
    cells: dict[Column, Cell] = {Column.ITEM: "a", Column.SUPPLY: supply, Column.STOPPED: stopped}
    cells |= {Column.STATUS: flag, Column.SOLD: sold}
    return tuple(cells.get(column) for column in Column)


def known(*rows: Row) -> list[KnownRow]:
    """Rows to which nothing was written since."""
    return [KnownRow(cells, cells) for cells in rows]


def test_a_tick_taken_out_of_the_row_is_not_taken_for_its_copy() -> None:
    was = known(row(5, stopped=True), row(5, stopped=False, flag="重复行"))
    assert matched([row(5, stopped=False, flag="重复行"), row(5, stopped=False)], was, COLUMNS) == [was[1], was[0]]


def test_a_row_is_known_by_peoples_cells_though_figures_of_another_landed_in_it() -> None:
    was = known(row(5, sold=3), row(10, sold=8, flag="重复行"))
    assert matched([row(10, sold=3), row(6, sold=3)], was, COLUMNS) == [was[1], was[0]]


def test_a_new_copy_is_known_as_what_it_was_copied_from() -> None:
    was = known(row(5), row(10, flag="重复行"))
    now = [row(10, flag="重复行"), row(10, flag="重复行"), row(6, stopped=True)]
    assert matched(now, was, COLUMNS) == [was[1], was[1], was[0]]


def test_a_row_counts_as_it_stood_or_as_we_wrote_it() -> None:
    (was,) = known(row(5))
    written = KnownRow(was.cells, row(9))
    assert matched([row(9)], [written], COLUMNS) == [written]


class CountedCell(int):
    """A number that counts how often anybody reads it."""

    read = 0

    def __str__(self) -> str:
        CountedCell.read += 1
        return int.__repr__(self)


@pytest.mark.parametrize("is_filled_down", [False, True])
def test_hundreds_of_copies_are_told_apart_without_comparing_each_with_all(is_filled_down: bool) -> None:
    was = known(*(row(CountedCell(7 if is_filled_down else number)) for number in range(400)))
    CountedCell.read = 0
    assert matched([old.cells for old in was], was, COLUMNS) == was
    assert CountedCell.read <= 4 * len(was)


def test_where_too_many_copies_changed_at_once_what_they_were_is_not_known() -> None:
    was = known(*(row(number) for number in range(400)))
    now = [was[0].cells, *(row(1000 + number) for number in range(1, 400))]
    assert len(was) * len(now) > MOST_COMPARED
    assert matched(now, was, COLUMNS) == [was[0], *[None] * 399]


def test_a_copy_of_a_row_that_stands_where_it_stood_is_found_without_comparing() -> None:
    (was,) = known(row(5))
    assert matched([row(5)] * 3, [was], COLUMNS) == [was] * 3


def test_of_two_alike_the_one_that_was_typed_into_is_the_other() -> None:
    was = known(row(5), row(9, flag="重复行"))
    assert matched([row(5), row(5)], was, COLUMNS) == was


def test_without_a_last_look_nothing_is_known() -> None:
    assert matched([row(5), row(6)], [], COLUMNS) == [None, None]


@pytest.mark.parametrize(
    ("first", "second", "supply", "is_disputed"),
    [
        (CopiedRow(0, row(7), False, {Column.SUPPLY: 7}), CopiedRow(1, row(5), True, {}), 7, False),
        (CopiedRow(0, row(7), True, {Column.SUPPLY: 7}), CopiedRow(1, row(5), False, {}), 7, True),
        (CopiedRow(0, row(7), True, {Column.SUPPLY: 7}), CopiedRow(1, row(9), False, {Column.SUPPLY: 9}), 9, True),
        (CopiedRow(0, row(7), False, {Column.SUPPLY: 7}), CopiedRow(1, row(9), False, {Column.SUPPLY: 9}), 7, True),
        (
            CopiedRow(0, row("7 "), False, {Column.SUPPLY: "7 "}),
            CopiedRow(1, row(7), False, {Column.SUPPLY: 7}),
            7,
            False,
        ),
    ],
)
def test_news_of_two_rows_are_one_word_or_a_question(
    first: CopiedRow, second: CopiedRow, supply: int, is_disputed: bool
) -> None:
    merged = merge([first, second], COLUMNS)
    assert str(merged.news[Column.SUPPLY]).strip() == str(supply)
    assert (Column.SUPPLY in merged.disputed) is is_disputed
