"""Where it goes: rooms, buildings, and the numbers that are neither (times, phones, prices)."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from core.reading.constants import Constants
from core.reading.quantities import whole_number
from core.value import value


class Mark(Constants):
    """What a number in a message is when it is no quantity."""

    ROOM: ClassVar[Mark]
    PHONE: ClassVar[Mark]
    TIME: ClassVar[Mark]
    PRICE: ClassVar[Mark]


@value(frozen=True, slots=True)
class Place:
    """A number with a meaning of its own, and where it stands."""

    start: int
    end: int
    mark: Mark
    room: str | None = None
    building: str | None = None
    #: 305 alone: a room only where nothing else would make it a quantity
    is_bare: bool = False


_DIGITS: Final = str.maketrans("零〇一二三四五六七八九", "00123456789")
_NUMERAL: Final = "一二三四五六七八九十"
_DOOR: Final = r"(?:号?(?:寝室|宿舍|房间|寝|室|房)|号)"
_FLOOR: Final = rf"(?:(?:\d{{1,2}}|[{_NUMERAL}]{{1,3}})\s*(?:层|楼))"
_ROOM: Final = r"[a-z]?\d{3,4}"
_PLACE: Final = re.compile(
    # every place begins with one of these: most characters of a message need no further look
    rf"(?=[\da-z¥寝宿房]|(?<=[送到在住])\s|[{_NUMERAL}][\d{_NUMERAL}]{{0,2}}\s*[点毛栋幢号座#层楼])(?:"
    rf"(?P<phone>(?<!\d)1[3-9]\d{{9}}(?!\d))"
    rf"|(?P<time>(?<!\d)\d{{1,2}}:\d{{2}}(?!\d)|(?<!\d)\d{{1,2}}点(?:半|\d{{1,2}}分?|钟|整)?"
    rf"|[{_NUMERAL}]{{1,3}}点(?:半|钟|整|[{_NUMERAL}]{{1,3}}分?)(?![份个])|(?<=[晚午上早天后])[{_NUMERAL}]{{1,3}}点)"
    rf"|(?P<price>¥\s*\d+(?:\.\d+)?|(?<!\d)\d+(?:\.\d+)?\s*(?:元|块钱|rmb|yuan|块(?=[一每]\w))"
    rf"|[\d{_NUMERAL}]{{1,3}}毛)"
    rf"|building\s*(?P<en_building>\d{{1,2}}|[a-z])\b(?:,?\s*(?:room|apt|unit)?\s*(?P<en_room>{_ROOM})\b)?"
    rf"|(?P<building>(?<![\da-z])\d{{1,2}}|[{_NUMERAL}]{{1,3}}|(?<![a-z])[a-z])\s*(?:栋|幢|号楼|号宿舍楼|号公寓|号院|座|#)楼?"
    rf"\s*[-,、]?\s*(?:[{_NUMERAL}\d]{{1,2}}单元)?\s*{_FLOOR}?\s*(?P<in_building>{_ROOM}(?!\d)|[零〇一二三四五六七八九]{{3,4}})?{_DOOR}?"
    rf"|(?<![\d-])(?P<dash_building>\d{{1,2}})-(?P<dash_room>{_ROOM})(?![\d-]){_DOOR}?"
    rf"|(?P<floor>{_FLOOR})\s*(?P<on_floor>{_ROOM}(?!\d)){_DOOR}?"
    rf"|(?:寝室号?|宿舍号?|房间号?|房号)\s*[::是]?\s*(?P<named>{_ROOM}(?!\d))"
    rf"|(?<!\d\.)(?<![\da-z:x*+(-])(?P<doored>{_ROOM})\s*{_DOOR}(?!线)"
    rf"|(?<!\d\.)(?<![\da-z:x*+(-])(?P<bare>{_ROOM})(?![\d\w:%]|-[\da-z]|\.\d)"
    rf"|(?<=[送到在住])\s*(?P<sent>{_ROOM})(?![\d:]|\.\d)"
    rf"|(?<!\d\.)(?<![\da-z:x*+(-])(?P<led>{_ROOM})(?=[\u4e00-\u9fff])"
    rf"|\b(?:room|rm|apt|apartment|unit|suite|door)\.?\s*(?:#|no\.?|number)?\s*(?P<en_named>{_ROOM})\b)"
)


#: words that can follow a room; before any other word of English a number counts it: 500 churros
_COUNTED_IN_ENGLISH: Final = re.compile(
    r"\s+(?!(?:a|an|and|one|two|three|four|five|six|seven|eight|nine|ten|please|thanks|i|i'll|can|for|at|by|wants|here)\b)[a-z]"
)


def places(plain: str, units: re.Pattern[str], *, is_english: bool = False) -> dict[int, Place]:
    """Every marked number of a text by where it starts. `units` tells 305 份 from 305."""
    found: dict[int, Place] = {}
    for match in _PLACE.finditer(plain):
        place = _place(match)
        is_counting = units.match(plain, match.end()) or (is_english and _COUNTED_IN_ENGLISH.match(plain, match.end()))
        if not (place.is_bare and is_counting):
            found[place.start] = place
    return found


def _place(match: re.Match[str]) -> Place:
    start, end = match.span()
    said = match.groups()
    (phone, time, _price, en_building, en_room, building, in_building, dash_building, dash_room) = said[:9]
    floor, on_floor, named, doored, bare, sent, led, en_named = said[9:]
    room = named or doored or bare or sent or led or en_named
    if room:
        return Place(start, end, Mark.ROOM, _upper(room), None, bool(bare or led))
    if building:
        return Place(start, end, Mark.ROOM, _upper(in_building), building_key(building))
    if en_building:
        return Place(start, end, Mark.ROOM, _upper(en_room), en_building)
    if dash_building:
        return Place(start, end, Mark.ROOM, _upper(dash_room), dash_building)
    if floor:
        return _on_floor(start, end, floor, on_floor)
    return Place(start, end, Mark.PHONE if phone else Mark.TIME if time else Mark.PRICE)


def _on_floor(start: int, end: int, floor: str, room: str) -> Place:
    """六楼608 is a floor and its room; 12楼305 can only be a building."""
    number = building_key(re.sub(r"[层楼\s]", "", floor))
    digits = room.lstrip("abcdefghijklmnopqrstuvwxyz")
    is_building = "楼" in floor and not digits.startswith(number)
    return Place(start, end, Mark.ROOM, _upper(room), number if is_building else None)


def building_key(name: str) -> str:
    """Building names as they are compared: `十二`, `12栋` and `12` are one."""
    if name.isascii() and name.isdecimal():
        return name.lstrip("0") or name
    name = re.sub(r"(栋|幢|号楼|楼|座|#|\s)+$", "", name.strip().lower())
    number = whole_number(name) if name and not name.isascii() else None
    return str(number) if number is not None else name.lstrip("0") or name


def _upper(room: str | None) -> str | None:
    return room.translate(_DIGITS).upper() if room else None
