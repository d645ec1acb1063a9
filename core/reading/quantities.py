"""Numbers and measure words: 两份, x3, 一打, （2）, 负一, and those that are no number to cook by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_NUMERALS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "俩": 2,
    "仨": 3,
    "壹": 1,
    "贰": 2,
    "叁": 3,
    "双": 2,
    "单": 1,
}
_POWERS: Final = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_PAIR_UNITS: Final = frozenset(("对", "双"))
_NUMERAL_SIGNS: Final = "零〇一二两三四五六七八九十百千万壹贰叁几"
_ONE_NUMERAL: Final = "123456789一二两三四五六七八九"
#: measure words that may be something else as well: part of a number, 三位每人一份, 双, 半
_OPENS_MORE: Final = frozenset((*_NUMERAL_SIGNS, *"俩仨双单半人位来多"))
#: signs behind a number and its measure that make more of them: 两杯半, 三个人一人一份
_MAY_FOLLOW: Final = frozenset("半人位")
_DOZEN: Final = 12
#: stands for "too many to say": larger than any menu allows
HUGE: Final = 10**6
ENGLISH: Final = {
    word: value
    for value, words in {
        0: "zero", 1: "a an one", 2: "two couple", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven",
        8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve dozen", 13: "thirteen", 14: "fourteen",
        15: "fifteen", 16: "sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty", 24: "twenty-four",
        25: "twenty-five", 30: "thirty", 40: "forty", 50: "fifty", 100: "hundred",
    }.items()
    for word in words.split()
} | {
    "a couple of": 2, "couple of": 2, "a couple": 2, "a dozen": 12, "half dozen": 6, "half a dozen": 6,
    "one dozen": 12, "two dozen": 24, "a single": 1, "one single": 1, "just one": 1, "another": 1,
    "a pair of": 2, "one of the": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that was said. `count` is None when it is no whole number (五六串, 1.5份, 几个)."""

    count: int | None
    unit: str = ""
    #: it was said to be below zero
    is_negative: bool = False
    #: only a measure word was said: 来份, 来根
    is_bare_unit: bool = False
    #: only a number, no measure word nor sign
    is_bare_number: bool = False
    #: written +1
    is_added: bool = False
    #: written x3, *3 or +3: it stands behind what it counts
    is_times: bool = False
    #: 一半: of a number said before
    is_half: bool = False


class QuantityReader:
    """Reads quantities at a place in a text, knowing a menu's measure words."""

    def __init__(self, units: frozenset[str]) -> None:
        """`units`: every measure word of the language and the menu."""
        longest_first = sorted((u for u in units if u and not u.isascii()), key=len, reverse=True)
        unit = "|".join(map(re.escape, [*longest_first, "打", "对", "双"]))
        # Both kinds are bounded: a wall of digits must not be tried from each of its places to its end.
        number = rf"\d{{1,20}}(?!\d)(?:\.\d{{1,4}})?|[{_NUMERAL_SIGNS}]{{1,10}}(?![{_NUMERAL_SIGNS}])"
        self._pattern = re.compile(
            rf"(?P<sign>负|-(?=\s*\d))?\s*(?:"
            rf"(?P<heads>{number})个?[人位],?\s?(?:一人|每人|人手|各)[来要点各]?(?P<each>{number})(?P<eunit>{unit})|"
            rf"(?:x|\*|(?P<plus>\+))\s*(?P<times>\d{{1,20}}|[一二两三四五六七八九十]{{1,4}})(?P<tunit>{unit})?"
            rf"|\((?:x|\+)?\s*(?P<paren>\d{{1,20}}|[一二两三四五六七八九十]{{1,4}})\s*(?P<punit>{unit})?\)"
            rf"|(?P<share>一半(?:的)?)"
            rf"|(?P<half>半)(?P<hunit>{unit})"
            rf"|(?P<slang>俩|仨|[双单](?=[份杯碗笼]))(?P<sunit>{unit})?"
            rf"|(?P<num>{number})(?P<more>来|多)?\s?(?P<unit>{unit})(?P<halfmore>半)?"
            rf"|(?P<bare>{number})(?:\s*[x\*](?!\s*\d))?)"
        )
        self._each = re.compile(rf"一人[来要点]?(?:一|两|\d)({unit})")
        self._sum = re.compile(rf"(\d{{1,2}})\+(\d{{1,2}})({unit})")
        self._sells_by_liang = "两" in units
        self._common: dict[str, tuple[Quantity, Quantity]] = {}
        for unit_sign in {u for u in units if len(u) == 1 and not u.isascii()} - _OPENS_MORE:
            if not any(u.startswith(unit_sign) for u in units if len(u) > 1):
                for numeral in _ONE_NUMERAL:
                    whole, bare = self.at(numeral + unit_sign, 0)
                    self._common[numeral + unit_sign] = (whole[1], bare[1])

    def at(self, plain: str, start: int) -> list[tuple[int, Quantity]]:
        """The quantities that can begin at `start` and where they end: 2 份 may be 2 or 2份."""
        # Nearly all that is ever said, without the pattern: 一份, 2杯.
        common = self._common.get(plain[start : start + 2])
        if common is not None and plain[start + 2 : start + 3] not in _MAY_FOLLOW:
            return [(start + 2, common[0]), (start + 1, common[1])]
        if "+" in plain[start + 1 : start + 3] and (sum_of := self._sum.match(plain, start)):  # 2+2个
            return [(sum_of.end(), Quantity(int(sum_of[1]) + int(sum_of[2]), sum_of[3]))]
        if plain.startswith("一人", start) and (each := self._each.match(plain, start)):  # of how many people?
            return [(each.end(), Quantity(None, each[1]))]
        match = self._pattern.match(plain, start)
        if match is None or match.end() == start:
            return []
        said = match.groups()
        if match["slang"] and match["sunit"] in _PAIR_UNITS:  # 俩双响炮: nobody counts pairs so
            return [(match.end("slang"), Quantity(whole_number(match["slang"])))]
        found = [(match.end(), _quantity(said))]
        sign, *_, number, more, unit, half_more, bare = said
        if number and more is None and not sign:
            found.append((match.end("num"), _bare_number(number)))
        if self._sells_by_liang and bare and len(bare) > 1 and bare.endswith("两"):
            found.append((match.end("bare"), Quantity(whole_number(bare[:-1]), "两")))  # 米粉三两
        if number and half_more and not more:  # 两杯半糖: the half may open the next word
            found.append((match.end("unit"), Quantity(whole_number(number), unit or "")))
        return found


def whole_number(word: str) -> int | None:
    """`12`, `十二`, `两百` as a number; None for 五六, 几 and 1.5."""
    if word.isdecimal():
        return int(word) if len(word) < 7 else HUGE
    total, digit = 0, None
    for char in word:
        if char in _NUMERALS:
            if digit is not None:
                return None  # two digits in a row: 五六串 is a guess, not a number
            digit = _NUMERALS[char]
        elif char in _POWERS:
            total += (1 if digit is None and total == 0 else digit or 0) * _POWERS[char]
            digit = None
        else:
            return None
    return min(total + (digit or 0), HUGE)


@lru_cache(maxsize=4096)
def _bare_number(word: str) -> Quantity:
    return Quantity(whole_number(word), is_bare_number=True)


@lru_cache(maxsize=4096)
def _quantity(said: tuple[str | None, ...]) -> Quantity:
    """`said`: the groups of the pattern, in its order. Few are ever said, and each again and again."""
    (sign, heads, each, each_unit, plus, times, times_unit, paren, paren_unit) = said[:9]
    (share, half, half_unit, slang, slang_unit, number, more, unit, half_more, bare) = said[9:]
    if share:
        return Quantity(None, is_half=True)
    if heads and each:  # 四个人一人一份
        people, portion = whole_number(heads), whole_number(each)
        return Quantity(None if people is None or portion is None else min(people * portion, HUGE), each_unit or "")
    negative = sign is not None
    if half:
        return Quantity(_DOZEN // 2, "", negative) if half_unit == "打" else Quantity(None, half_unit or "", negative)
    count = None if more or half_more else whole_number(times or paren or slang or number or bare or "")
    measure = times_unit or paren_unit or slang_unit or unit or ""
    is_bare, is_added = bare is not None, plus is not None and not negative
    return Quantity(count, measure, negative, is_bare_number=is_bare, is_added=is_added, is_times=bool(times))


def settled_count(quantity: Quantity, item_units: tuple[str, ...]) -> int | None:
    """How many were meant: 一打 is 12, 一对 is 2 unless the item is sold by the 对. None: cannot be known."""
    if quantity.count is None:
        return None
    count = -quantity.count if quantity.is_negative else quantity.count
    if quantity.unit in item_units:
        return count
    if quantity.unit in _PAIR_UNITS:
        return count * 2
    return count * _DOZEN if quantity.unit == "打" else count
