"""Cuts a message into the words of the menu and of the language so that as little as possible is left unexplained."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from core.reading.constants import Constants
from core.reading.entry import Entry
from core.reading.lexicon import Word
from core.reading.menu_index import MenuIndex
from core.reading.quantities import Quantity
from core.reading.rooms import Place, places


class Kind(Constants):
    """What a token is."""

    ENTRY: ClassVar[Kind]  # a word of the menu or the language
    QUANTITY: ClassVar[Kind]
    PLACE: ClassVar[Kind]  # a room, time, phone number or price
    LEFT: ClassVar[Kind]  # nothing known
    BREAK: ClassVar[Kind]  # punctuation, spaces, line ends


class Token:
    """One piece of a message, from `start` to `end` in Text.plain."""

    __slots__ = ("end", "entry", "kind", "place", "quantity", "start", "strength", "words")

    def __init__(self, kind: Kind, start: int, end: int) -> None:
        """A token that only says where it is."""
        self.kind = kind
        self.start = start
        self.end = end
        self.entry: Entry | None = None
        self.quantity: Quantity | None = None
        self.place: Place | None = None
        #: how strongly a BREAK parts what stands around it
        self.strength = 0.0
        self.words: tuple[Word, ...] = ()


#: where a token ends and what it was taken for
_Pick = tuple[int, Entry | Quantity | Place | None]
#: how strongly each sign parts a message
_BREAKS: Final = {
    " ": 1.0, ",": 2.0, "、": 1.5, ";": 3.0, ".": 2.5, "\n": 3.5, "!": 2.5, "?": 2.5, ":": 1.0, "(": 0.5, ")": 0.5,
    "/": 1.5, "~": 0.5, "-": 0.5, "'": 0.3, "_": 0.5, "#": 0.5, "@": 0.5, "=": 0.5, "+": 1.0, "<": 1.0,
    ">": 1.0, "*": 0.5, "…": 2.0,
}  # fmt: skip
_LEFT_COST: Final = 10.0  # one Chinese character nobody explains
_LEFT_WORD_COST: Final = 12.0
_QUANTITY_COST: Final = 2.0
_SPACED_UNIT_COST: Final = 0.6
_UNSURE_COST: Final = 0.6  # 一份半: the half may open the next name
_BARE_NUMBER_COST: Final = 3.5
_BARE_NUMERAL_COST: Final = 4.5
_LETTER: Final = frozenset("abcdefghijklmnopqrstuvwxyz'")
_STARTS_QUANTITY: Final = frozenset("0123456789零〇一二两三四五六七八九十百千万半几俩仨双单负x*+(-壹贰叁")
_DIGIT: Final = re.compile(r"\d")


def tokens_of(plain: str, index: MenuIndex) -> list[Token]:
    """The cheapest way to cut `plain`; cost is linear in its length."""
    has_place = _DIGIT.search(plain) or any(sign in plain for sign in "栋点毛楼座")
    marked = places(plain, index.unit_pattern, is_english=index.is_english) if has_place else {}
    return _walk(plain, _cut(plain, index, marked))


def is_mere_space(token: Token, plain: str) -> bool:
    """Spaces alone part Chinese words; in English they stand between all words and say nothing."""
    return token.kind is Kind.BREAK and not plain[token.start : token.end].strip(" ")


def _cut(plain: str, index: MenuIndex, marked: dict[int, Place]) -> list[_Pick | None]:
    """For every place where a token can start: the one on the cheapest way to the end."""
    size = len(plain)
    costs = [0.0] * (size + 1)
    picks: list[_Pick | None] = [None] * size
    word_end = size
    entry_of, lengths_of = index.vocabulary.get, index.heads.get
    for i in range(size - 1, -1, -1):
        char = plain[i]
        if char in _LETTER:
            if i + 1 == size or plain[i + 1] not in _LETTER:
                word_end = i + 1
            if i and plain[i - 1] in _LETTER:
                costs[i] = costs[word_end] + _LEFT_WORD_COST
                continue
            end, cost = word_end, costs[word_end] + _LEFT_WORD_COST
            lengths = lengths_of(plain[i:word_end])
        else:
            end, cost = i + 1, costs[i + 1] + (_LEFT_COST if char > "\u2fff" else 6.0 if char.isdecimal() else 0.5)
            lengths = lengths_of(plain[i : i + 2]) or lengths_of(char)
        pick: Entry | Quantity | Place | None = None
        if lengths:
            for length in lengths:
                stop = i + length
                entry = entry_of(plain[i:stop])
                if entry is None or stop > size or (price := costs[stop] + entry.cost) >= cost:
                    continue
                if stop == size or plain[stop] not in _LETTER or plain[stop - 1] not in _LETTER:
                    cost, end, pick = price, stop, entry
        if char in _STARTS_QUANTITY and not (char.isdecimal() and i and plain[i - 1].isdecimal()):
            for stop, quantity in index.quantities.at(plain, i):
                if (char == "x" or (stop < size and plain[stop] in _LETTER)) and _is_inside_word(plain, i, stop):
                    continue
                price = _QUANTITY_COST + (_SPACED_UNIT_COST if " " in plain[i:stop] else 0)
                price += _UNSURE_COST if quantity.count is None else 0
                if quantity.is_bare_number:
                    is_digit = char.isdecimal() or (char == "-" and index.is_english)
                    price = _BARE_NUMBER_COST if is_digit else _BARE_NUMERAL_COST
                if costs[stop] + price < cost:
                    cost, end, pick = costs[stop] + price, stop, quantity
        if i in marked:
            place = marked[i]
            if costs[place.end] + _QUANTITY_COST < cost + (0.5 if not place.is_bare else 0):
                cost, end, pick = costs[place.end] + _QUANTITY_COST, place.end, place
        costs[i] = cost
        picks[i] = (end, pick)
    return picks


def _is_inside_word(plain: str, start: int, end: int) -> bool:
    """x2 inside max2, 2 of 2l: no quantity."""
    before = start > 0 and plain[start] in _LETTER and plain[start - 1] in _LETTER
    after = end < len(plain) and plain[end - 1].isdecimal() and plain[end] in _LETTER and plain[end] != "x"
    return before or after


def _token(plain: str, start: int, end: int, pick: Entry | Quantity | Place | None) -> Token:
    if pick is None:
        strength = _BREAKS.get(plain[start])
        token = Token(Kind.LEFT if strength is None or end > start + 1 else Kind.BREAK, start, end)
        token.strength = strength or 0.0
        return token
    if isinstance(pick, Entry):
        token = Token(Kind.ENTRY, start, end)
        token.entry, token.words = pick, pick.words
        return token
    if isinstance(pick, Quantity):
        token = Token(Kind.QUANTITY, start, end)
        token.quantity = pick
        return token
    token = Token(Kind.PLACE, start, end)
    token.place = pick
    return token


def _walk(plain: str, picks: list[_Pick | None]) -> list[Token]:
    """The chosen tokens in order, runs of breaks and of unknown characters joined."""
    found: list[Token] = []
    last: Token | None = None
    i = 0
    while i < len(picks):
        pick = picks[i]
        # None: inside a Latin word that a digit or sign glued to it has split
        token = Token(Kind.LEFT, i, i + 1) if pick is None else _token(plain, i, *pick)
        if (
            last is not None
            and (last.kind is Kind.BREAK or last.kind is Kind.LEFT)
            and last.kind is token.kind
            and last.end == token.start
        ):
            last.end = token.end
            last.strength = max(last.strength, token.strength)
        else:
            found.append(token)
            last = token
        i = token.end
    return found
