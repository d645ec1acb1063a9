"""Cells mean what people meant, and a reconcile comes to rest whatever the sheet looks like."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import ItemId, MerchantId
from core.sheet import (
    HUMAN,
    Cell,
    Column,
    HumanField,
    Place,
    SeenCell,
    SheetDish,
    SheetTable,
    UnreadableSwitch,
    plain,
    read_human,
)
from core.sheet_reconcile import reconcile
from core.sheet_words import COPY_FLAGS, SheetWords
from core.stock import StockRow, UnreadableNumber

WORDS = SheetWords("zh", UTC)
NOW = datetime(2026, 11, 22, 4, 5, tzinfo=UTC)


def dish(item_id: str, supply: int | None = 10, sold: int = 0) -> SheetDish:
    """A dish of the store."""
    row = StockRow(ItemId(item_id), MerchantId("m"), supply, sold, False, "", NOW, 1)
    return SheetDish(row, "阿果", f"菜{item_id}")


@pytest.mark.parametrize(
    ("cell", "text"), [(None, ""), (50.0, "50"), (50, "50"), (True, "TRUE"), (False, "FALSE"), (" ５０份 ", "50份")]
)
def test_a_cell_is_read_as_people_see_it(cell: Cell, text: str) -> None:
    assert plain(cell) == text


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("supply", "５０份", 50),
        ("supply", 12.0, 12),
        ("supply", None, None),
        ("supply", "不限", None),
        ("is_stopped", True, 1),
        ("is_stopped", "是", 1),
        ("is_stopped", "√", 1),
        ("is_stopped", None, 0),
        ("is_stopped", "FALSE", 0),
        ("note", "  12点后 ", "12点后"),
        ("note", "长" * 100, "长" * 60),
    ],
)
def test_a_human_cell_means_what_was_meant(field: HumanField, cell: Cell, value: object) -> None:
    assert read_human(field, cell) == value


@pytest.mark.parametrize("cell", ["很多", "-1", "1.5", "1e3", "十", "12345678", True])
def test_a_supply_that_is_no_number_is_not_guessed(cell: Cell) -> None:
    with pytest.raises(UnreadableNumber):
        read_human("supply", cell)


def test_a_switch_that_says_neither_is_not_guessed() -> None:
    with pytest.raises(UnreadableSwitch):
        read_human("is_stopped", "也许")


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 200),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["50份", "不限", "是", "否", "很多", "", "售罄", "=1+1"]),
    st.text(max_size=12),
)
lines = st.lists(
    st.fixed_dictionaries(
        {Column.ITEM: st.sampled_from(["a", "b", "c", "zzz", "", None])},
        optional={column: cells for column in Column if column is not Column.ITEM},
    ),
    max_size=6,
)
stocks = st.tuples(st.one_of(st.none(), st.integers(0, 60)), st.integers(0, 40))


@given(lines, st.lists(stocks, min_size=3, max_size=3))
def test_any_sheet_comes_to_rest_and_then_agrees_with_the_store(
    rows: list[dict[Column, Cell]], numbers: list[tuple[int | None, int]]
) -> None:
    dishes = [dish(name, supply, sold) for name, (supply, sold) in zip("abc", numbers, strict=True)]
    seen: dict[Place, SeenCell] = {}
    for _ in range(4):
        found = reconcile(SheetTable.of(rows), {one.stock.item_id: one for one in dishes}, seen, WORDS)
        if not (found.edits or found.writes or found.settled or found.written):
            break
        for edit in found.edits:
            changed = {edit.field: bool(edit.value) if edit.field == "is_stopped" else edit.value}
            dishes = [
                replace(one, stock=replace(one.stock, **changed)) if one.stock.item_id == edit.item_id else one  # type: ignore[arg-type]
                for one in dishes
            ]
            seen[edit.item_id, edit.field] = SeenCell(edit.cell)
        for place, text in found.settled.items():
            seen[place] = SeenCell(text)
        for place, text in found.written.items():
            seen[place] = replace(seen.get(place, SeenCell()), written=text)
        for write in found.writes:
            rows.extend({} for _ in range(write.row + 1 - len(rows)))
            rows[write.row][write.column] = write.value
    else:
        raise AssertionError("it never comes to rest")
    for one in dishes:
        row = next(
            cells
            for cells in rows
            if plain(cells.get(Column.ITEM)) == one.stock.item_id and plain(cells.get(Column.STATUS)) not in COPY_FLAGS
        )
        assert plain(row[Column.SOLD]) == str(one.stock.sold)
        for column, field in HUMAN.items():
            try:
                said = read_human(field, row.get(column))
            except (UnreadableNumber, UnreadableSwitch):
                assert WORDS.heading(column) in str(row[Column.STATUS])
            else:
                assert said == read_human(field, _stored(one.stock, field))


def _stored(stock: StockRow, field: HumanField) -> Cell:
    value: Cell = {"supply": stock.supply, "is_stopped": stock.is_stopped, "note": stock.note}[field]
    return value
