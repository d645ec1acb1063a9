"""Ranges as spreadsheets write them, read the way a vendor reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"(?:(?P<tab>'(?:[^']|'')+'|[^'!]+)!)?(?P<first>[A-Z]*\d*)(?::(?P<last>[A-Z]*\d*))?")
_CELL = re.compile(r"([A-Z]*)(\d*)")


class BadRange(Exception):
    """This is no range."""


@dataclass(frozen=True, slots=True)
class Range:
    """Rows and columns from 0, ends excluded; an end that was left open is None."""

    tab: str
    first_row: int
    first_column: int
    end_row: int | None
    end_column: int | None


def read_range(said: str) -> Range:
    """Raises: BadRange."""
    found = _RANGE.fullmatch(said)
    if found is None or not found["tab"]:
        raise BadRange(said)
    first_column, first_row = _cell(found["first"])
    last_column, last_row = _cell(found["last"] or found["first"])
    tab = found["tab"]
    if tab.startswith("'"):
        tab = tab[1:-1].replace("''", "'")
    return Range(
        tab,
        (first_row or 1) - 1,
        (first_column or 1) - 1,
        last_row if last_row else None,
        last_column if last_column else None,
    )


def _cell(said: str) -> tuple[int, int]:
    """Column and row from 1; 0 where it says nothing."""
    found = _CELL.fullmatch(said)
    assert found is not None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column, int(found[2] or 0)


def column_letters(column: int) -> str:
    """`0` → `A`, `26` → `AA`."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
