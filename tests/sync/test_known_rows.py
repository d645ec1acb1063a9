"""Rows that say the same are not read again, and whatever the bytes look like, what is read is what was sent."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.sheets.known_rows import KnownRows

HEADINGS = ["编号", "菜品", "今日供应"]


def google(rows: list[Any], **how: Any) -> bytes:
    """An answer as Google sends it."""
    shown = {"range": "'库存表'!A1:Z1000", "majorDimension": "ROWS", "values": rows}
    return json.dumps({"spreadsheetId": "1Ab", "valueRanges": [shown]}, ensure_ascii=False, **how).encode()


def feishu(rows: list[Any]) -> bytes:
    """An answer as Feishu sends it."""
    data = {"revision": 7, "totalCells": 3, "valueRanges": [{"range": "s00000!A1:J9", "values": rows}]}
    return orjson.dumps({"code": 0, "data": data, "msg": "success"})


def rows_of(found: Any) -> Any:
    """The rows of an answer."""
    return found.get("data", found)["valueRanges"][0]["values"]


COMPACT = {"separators": (",", ":")}
#: Texts that look like the end of a row, cells in pieces, and everything else cells hold.
cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 99),
    st.sampled_from(["],[", "]]", '"],["', "a],[1],[b", '"values":[[', "\\", '\\"', "=1+1", "]", "["]),
    st.text(max_size=6),
    st.lists(st.fixed_dictionaries({"text": st.sampled_from(["],[", "红"]), "type": st.just("text")}), max_size=2),
)
sheets = st.lists(st.lists(cells, max_size=4), min_size=1, max_size=6)


@given(st.lists(sheets, min_size=1, max_size=4))
def test_whatever_the_cells_hold_the_rows_are_those_that_were_sent(looks: list[list[Any]]) -> None:
    at_google, at_feishu = KnownRows(), KnownRows()
    for rows in looks:
        wanted = [tuple(row) for row in rows]
        assert rows_of(at_google.read(google(rows, **COMPACT))) == wanted
        assert rows_of(at_feishu.read(feishu(rows))) == wanted


@pytest.mark.parametrize("how", [COMPACT, {"indent": 2}, {}])
def test_an_answer_may_have_line_breaks(how: dict[str, Any]) -> None:
    known = KnownRows()
    for supply in (5, 6):
        assert rows_of(known.read(google([HEADINGS, ["a", "菜", supply]], **how))) == [
            tuple(HEADINGS),
            ("a", "菜", supply),
        ]


def test_a_row_that_says_the_same_is_the_same_object_wherever_it_moved() -> None:
    known, one, two = KnownRows(), ["a", "菜一", 5], ["b", "菜二", 6]
    before = rows_of(known.read(google([HEADINGS, one, two], **COMPACT)))
    after = rows_of(known.read(google([HEADINGS, two, ["c", "新", 1], one], **COMPACT)))
    assert after[1] is before[2]
    assert after[3] is before[1]
    assert after[2] == ("c", "新", 1)


def test_rows_are_read_anew_when_the_headings_change() -> None:
    asked = list[Any]()

    def shape_for(headings: Any) -> Any:
        asked.append(tuple(headings))
        width = len(headings)
        return lambda row: tuple(row[:width])

    known = KnownRows(shape_for)
    known.read(feishu([["x", "y"], [1, 2]]))
    known.read(feishu([["x", "y"], [1, 3]]))
    assert rows_of(known.read(feishu([["x"], [1, 3]]))) == [("x",), (1,)]
    assert asked == [("x", "y"), ("x",)]


@pytest.mark.parametrize("answer", [b'{"code":91403,"msg":"Forbidden"}', b'{"valueRanges":[{"range":"A1:B2"}]}', b"[]"])
def test_an_answer_without_rows_is_handed_on_as_it_is(answer: bytes) -> None:
    assert KnownRows().read(answer) == orjson.loads(answer)


@pytest.mark.parametrize("answer", [b"<html>", b'{"valueRanges":[{"values":[["a"],["b"', b""])
def test_an_answer_that_is_cut_off_is_no_answer(answer: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        KnownRows().read(answer)


def test_what_is_kept_does_not_grow_with_what_passed_by() -> None:
    known = KnownRows()
    for number in range(200):
        known.read(google([HEADINGS, ["a", "菜", number]], **COMPACT))
    assert len(known._known) <= 4
