"""The numbers that open the places of a list, told from quantities, rooms and dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.reading.measures import UNITS
from core.reading.quantities import whole_number

_UNIT_SIGNS: Final = "".join(sorted(UNITS))
_NUMBER: Final = re.compile(
    r"[ \t#(]*(?:"
    r"第(?P<place>\d{1,3}|[一二三四五六七八九十]{1,3})[位个楼号][ :]*"
    r"|(?P<empty>\d{1,3})[.、):;,_-]?\s*$"
    r"|(?P<n>\d{1,3})(?:[ \t]*(?P<sign>[.、):;,_-]|/(?!\d))[ \t]*|[ \t]+)(?!\d{3,4}\s*$)"
    r"|(?P<letter>[a-z])[.、)][ \t]*"
    r"|(?P<glued>\d{1,2})"
    rf"(?![栋幢号楼点月日打对双{_UNIT_SIGNS}])"
    r"(?=[\u4e00-\u9fff]))"  # 6栋中午一起点 is a title, 12点前报名 too
)
#: a line that only shows how to fill the list in
EXAMPLE: Final = re.compile(r"[ \t#(]*(?:例|示例|样例|举例|格式|模板|范例|eg|e\.g)")
_GAP_ALLOWED: Final = 4
_LAST_START: Final = 99
#: a whole building; lines beyond it would cost more than they could mean
MOST_PLACES: Final = 300


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line that opens with a number."""

    number: int
    wish: Span
    #: the number is followed by a sign only lists use: 1. 1) 1、
    is_signed: bool


def numbered_places(plain: str, lines: list[Span], is_marked: bool) -> tuple[list[Numbered], list[Span]]:
    """Numbered places with their text, and the lines before the first."""
    found: list[Numbered] = []
    title: list[Span] = []
    for line in lines[:MOST_PLACES]:
        start = _skip_blank(plain, line)
        if EXAMPLE.match(plain, start, line.end):
            continue
        numbered = _numbered(plain, start, line.end)
        if numbered is not None and _counts_up(numbered, found, is_marked):
            found.append(numbered)
        elif not found:
            title.append(line)
        elif not plain[start].isdecimal():  # a wish under its name
            last = found[-1]
            found[-1] = Numbered(last.number, Span(last.wish.start, line.end), last.is_signed)
    return found, title


def _numbered(plain: str, start: int, end: int) -> Numbered | None:
    """The number that opens a line; `3` with nothing behind it is an empty place."""
    match = _NUMBER.match(plain, start, end)
    if match is None:
        return None
    if match["letter"]:
        return Numbered(ord(match["letter"]) - ord("a") + 1, Span(match.end(), end), True)
    number = whole_number(match["place"] or match["empty"] or match["n"] or match["glued"]) or 0
    is_signed = bool(match["sign"] or match["place"] or match["empty"])
    return Numbered(number, Span(match.end(), end), is_signed)


def _counts_up(numbered: Numbered, found: list[Numbered], is_marked: bool) -> bool:
    """Places count up; without a sign behind it a number may be a quantity, so it must count from 1 in small steps."""
    last = found[-1].number if found else 0
    if not found and numbered.number > _LAST_START:
        return False  # 301：米线两份 begins with a room
    if not numbered.is_signed and not is_marked:
        return last < numbered.number <= (last + _GAP_ALLOWED if found else 1)
    return numbered.number > last or numbered.number == last > 0 or (not found and numbered.number == 0)


def _skip_blank(plain: str, line: Span) -> int:
    return line.end - len(plain[line.start : line.end].lstrip())
