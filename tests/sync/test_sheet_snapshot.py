"""A saved stock sheet holds what the store holds, and nothing in it runs."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from core.ids import ItemId, MerchantId
from core.sheet import SheetDish
from core.sheet_words import SheetWords
from core.stock import StockRow
from sync.sheets.snapshot import RISKY, inert, to_csv, to_xlsx

WORDS = SheetWords("zh", UTC)
ROW = StockRow(ItemId("d1"), MerchantId("m"), 30, 4, False, "", datetime(2026, 11, 22, 4, 5, tzinfo=UTC), 1)
DISH = SheetDish(ROW, "阿果", "黄焖鸡")


def test_both_files_hold_headings_and_dishes() -> None:
    rows = list(csv.reader(io.StringIO(to_csv([DISH], WORDS).decode("utf-8-sig"))))
    assert rows[0][:3] == ["编号", "商户", "菜品"]
    assert rows[1] == ["d1", "阿果", "黄焖鸡", "4", "26", "在售", "11-22 04:05:00", "30", "False", ""]
    page = load_workbook(io.BytesIO(to_xlsx([DISH], WORDS))).active
    assert page is not None
    values = [[cell.value for cell in row] for row in page.iter_rows()]
    assert values[1] == ["d1", "阿果", "黄焖鸡", 4, 26, "在售", "11-22 04:05:00", 30, False, None]
    assert (page.freeze_panes, page.auto_filter.ref) == ("A2", "A1:J2")


@pytest.mark.parametrize("start", RISKY)
def test_a_cell_that_begins_like_a_formula_is_text_in_both(start: str) -> None:
    dish = SheetDish(replace(ROW, note=f"{start}HYPERLINK(1)"), "=1+1", f"{start}cmd|' /C calc'!A0")
    for cells in csv.reader(io.StringIO(to_csv([dish], WORDS).decode("utf-8-sig"))):
        assert not [cell for cell in cells if cell.startswith(RISKY)]
    page = load_workbook(io.BytesIO(to_xlsx([dish], WORDS))).active
    assert page is not None
    for row in page.iter_rows():
        for cell in row:
            assert cell.data_type != "f"
            assert not str(cell.value).startswith(RISKY)


@given(st.text(max_size=20))
def test_any_text_can_be_saved_and_is_inert(text: str) -> None:
    safe = inert(text)
    assert isinstance(safe, str)
    assert not safe.startswith(RISKY)
    if text.isprintable() and not text.startswith(RISKY):
        assert safe == text


def test_any_menu_can_be_saved() -> None:
    dish = SheetDish(replace(ROW, note="a\x00\x07\r\nb"), "", "\x1f")
    assert load_workbook(io.BytesIO(to_xlsx([dish], WORDS))).active is not None
