"""How a list is laid out: its title, its numbered places, and which part of a place is the person's name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from core.reading.lexicon import Word
from core.reading.list_numbers import EXAMPLE, MOST_PLACES, Numbered, Span, numbered_places
from core.reading.menu_index import MenuIndex
from core.reading.text import Text, is_cjk
from core.reading.tokens import Kind, Token, tokens_of

_INLINE: Final = re.compile(r"(?<=[\s;,])(?=\d{1,2}[.、)]\s*[^\d\s])")
#: all on one line there is at least a second place
_SECOND_PLACE: Final = re.compile(r"\d[.、)]\s*[^\d\s].*\d[.、)]")
#: 小梁-拿铁 小罗:美式, all on one line
_NAMED_INLINE: Final = re.compile(r"(?:^|(?<=[\s,;:]))(?=[\u4e00-\u9fff]{2,4}[:-](?![\d\s]))")
_ROOM_PREFIX: Final = re.compile(
    r"[\s#(]*(?:\d{1,2}\s*(?:栋|幢|号楼|楼|#|-)\s*)?(?P<room>[a-z]?\d{3,4})(?!\d)\s*(?:号?(?:寝室|宿舍|寝|室)|号)?[\s)/:_-]*"
)
#: 柒柒(513)
_ROOM_BEHIND: Final = re.compile(r"[ \t]*\((?P<room>[a-z]?\d{3,4})(?:寝室|宿舍|寝|室|号)?\)")
#: 同小王, 跟小周一样
_LIKE: Final = re.compile(r"[ :,-]*(?:同|跟|和)\S{1,8}[ \t]*$")
_GAP: Final = re.compile(r"[\s:,、;/|~_-]+")
_MARK: Final = "接龙"
_NAME_LONGEST: Final = 12
_FEW_UNNUMBERED: Final = 4  # characters of a name that stands without number or colon


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of a list: who, where, and what they wrote."""

    number: int
    name: str
    room: str | None
    wish: Span


@dataclass(frozen=True, slots=True)
class Layout:
    """A list taken apart."""

    title: tuple[Span, ...]
    entries: tuple[Entry, ...]
    #: it calls itself a 接龙
    is_marked: bool
    #: no entry begins with a name: one person's numbered order
    is_nameless: bool


def layout_of(text: Text, menu: MenuIndex) -> Layout | None:
    """The layout of a list; None when the text is none."""
    is_marked = _MARK in text.plain
    has_names = "\n" not in text.plain and text.plain.count(":") + text.plain.count("-") > 1
    if not (is_marked or has_names) and "\n" not in text.plain and not _SECOND_PLACE.search(text.plain):
        return None
    lines = _lines(text.plain, is_marked)
    if len(lines) < 2:
        return None
    places, title = numbered_places(text.plain, lines, is_marked)
    if len(places) >= 2 or (places and is_marked):
        return _laid_out(text, places, title, is_marked, menu)
    return _unnumbered(text, lines, is_marked, menu)


def _lines(plain: str, is_marked: bool) -> list[Span]:
    cuts = [m.start() for m in re.finditer("\n", plain)]
    if len(cuts) < 2 and (is_marked or len(_INLINE.findall(plain)) >= 2):
        cuts = sorted({*cuts, *(m.start() for m in _INLINE.finditer(plain))})
    if not cuts and len(_NAMED_INLINE.findall(plain)) >= 2:
        cuts = [m.start() for m in _NAMED_INLINE.finditer(plain)]
    bounds = [0, *cuts, len(plain)]
    spans = [Span(a, b) for a, b in pairwise(bounds)]
    return [s for s in spans if plain[s.start : s.end].strip()]


def _laid_out(text: Text, places: list[Numbered], title: list[Span], is_marked: bool, menu: MenuIndex) -> Layout | None:
    split = [_split(text, place.wish, menu) for place in places]
    written = [s for s in split if s.name or s.wish.end > s.wish.start]
    is_nameless = sum(s.begins_with_food for s in written) * 2 > len(written)
    if is_nameless and len({s.room for s in written if s.room}) > 1:
        split = [replace(s, name=s.name or s.room or "", begins_with_food=False) for s in split]
        is_nameless = False  # 1. 301 米线一份: the rooms stand for who lives there
    if is_nameless:
        named_last = [_trailing_name(text, s.wish.start, s.wish.end, menu) for s in split]
        if sum(bool(name) for name, _ in named_last) * 2 > len(written):
            split = [_Split(name, s.room, wish, False) for s, (name, wish) in zip(split, named_last, strict=True)]
            is_nameless = False
    if is_nameless and not is_marked and not all(p.is_signed for p in places):
        return None  # 1 薯条 / 2 可乐: the numbers are how many
    entries = []
    for part, place in zip(split, places, strict=True):
        name, wish = part.name, part.wish
        if part.begins_with_food and not is_nameless:
            name, wish = _forced_name(text, place.wish, part.room is not None, menu)
        entries.append(Entry(place.number, name, part.room, wish))
    return Layout(tuple(title), tuple(entries), is_marked, is_nameless)


@dataclass(frozen=True, slots=True)
class _Split:
    """One place with its name set apart."""

    name: str
    room: str | None
    wish: Span
    begins_with_food: bool
    #: what stands between name and wish
    gap: str = ""


def _split(text: Text, span: Span, menu: MenuIndex) -> _Split:
    """Name, room and wish of one place."""
    plain = text.plain
    start, room = _after_room(plain, span)
    end = _chunk_end(plain, start, span.end)
    if plain[end : end + 1] == "_" and (longer := _chunk_end(plain, end + 1, span.end)) < span.end:
        end = longer  # 李_雷 螺蛳粉
    chunk = plain[start:end]
    if not chunk:
        return _Split("", room, Span(start, start), False)
    tokens = tokens_of(chunk, menu)
    food = _food_start(tokens, chunk)
    if food == 0:
        return _Split("", room, Span(start, span.end), True)
    if food is not None and chunk[food:].isdecimal() and plain[end : span.end].strip():
        food = None  # 同学1 黄焖鸡
    if food is not None and food < len(chunk):  # 小王黄焖鸡两份
        return _Split(_clean(text.typed[start : start + food]), room, Span(start + food, span.end), False)
    behind = _ROOM_BEHIND.match(plain, end, span.end) if room is None else None
    if behind is not None:
        room, end = behind["room"].upper(), behind.end()
    wish = _skip_gap(plain, end, span.end)
    return _Split(_clean(text.typed[start : start + len(chunk)]), room, Span(wish, span.end), False, plain[end:wish])


def _forced_name(text: Text, span: Span, has_room: bool, menu: MenuIndex) -> tuple[str, Span]:
    """In a list of names, somebody called 可乐 is a person if food follows."""
    start, _ = _after_room(text.plain, span) if has_room else (_skip_gap(text.plain, span.start, span.end), None)
    end = _chunk_end(text.plain, start, span.end)
    rest = text.plain[end : span.end]
    is_food = any(t.entry and (t.entry.items or Word.SAME in t.entry.words) for t in tokens_of(rest, menu))
    has_number = any(t.kind is Kind.QUANTITY for t in tokens_of(text.plain[start:end], menu))
    if is_food and not has_number:
        return _clean(text.typed[start:end]), Span(end, span.end)
    return _trailing_name(text, start, span.end, menu)


def _trailing_name(text: Text, start: int, end: int, menu: MenuIndex) -> tuple[str, Span]:
    """黄焖鸡一份 小王: the name may stand last."""
    chunks = list(re.finditer(r"[^\s,、;:]+", text.plain[start:end]))
    if len(chunks) >= 2:
        last = chunks[-1]
        tokens = tokens_of(last[0], menu)
        if all(t.kind is Kind.LEFT or t.end - t.start == 1 for t in tokens) and any(map(str.isalpha, last[0])):
            return _clean(text.typed[start + last.start() : start + last.end()]), Span(start, start + last.start())
    return "", Span(start, end)


def _after_room(plain: str, span: Span) -> tuple[int, str | None]:
    start = _skip_gap(plain, span.start, span.end)
    match = _ROOM_PREFIX.match(plain, start, span.end)
    if match is None or (match.end() < span.end and plain[match.end()] in "份碗杯个瓶"):
        return start, None
    return match.end(), match["room"].upper()


def _skip_gap(plain: str, start: int, end: int) -> int:
    gap = _GAP.match(plain, start, end)
    return gap.end() if gap else start


def _chunk_end(plain: str, start: int, end: int) -> int:
    bracket = plain.find("(", start, end)
    gap = _GAP.search(plain, start, end)
    ends = [end] + ([gap.start()] if gap else []) + ([bracket] if bracket > start else [])
    return min(ends)


def _food_start(tokens: list[Token], chunk: str) -> int | None:
    """Where the first menu word begins that is no part of a name; None when there is none."""
    for at, token in enumerate(tokens):
        entry = token.entry
        if token.kind is Kind.QUANTITY and token.quantity is not None and (at or token.quantity.unit):
            if token.quantity.is_bare_number and not chunk[token.start].isdecimal():
                continue  # 张三, 李四
            if at == 1 and token.start == 1 and token.quantity.count is None and not chunk[1].isdecimal():
                return 2  # 张三一份草莓
            return token.start
        if entry is None:
            continue
        if not at and entry.number is not None and len(entry.surface) > 2:
            return 0  # 1. two burritos
        is_food = (
            entry.items or entry.part_of or entry.senses or Word.SAME in entry.words or Word.CATEGORY in entry.words
        )
        if is_food and token.end - token.start > 1 and not _in_a_name(tokens, at, chunk):
            return token.start
        if at and Word.PAID in entry.words:
            return token.start
        if at and token.end == len(chunk) and {Word.DROP, Word.CANCEL} & set(entry.words):
            return token.start
    return None


def _in_a_name(tokens: list[Token], at: int, chunk: str) -> bool:
    """豆花er: food glued to something after it that is no number and no wish."""
    return (
        at == 0
        and len(tokens) > 1
        and tokens[1].kind is Kind.LEFT
        and tokens[1].start == tokens[0].end
        and len(chunk) <= 6
    )


def _unnumbered(text: Text, lines: list[Span], is_marked: bool, menu: MenuIndex) -> Layout | None:
    """小王：黄焖鸡一份 / 小李：可乐一瓶, or rooms in front."""
    entries: list[Entry] = []
    title: list[Span] = []
    lines = lines[:MOST_PLACES]
    for line in lines:
        entry = _unnumbered_entry(text, line, is_marked, menu, len(entries) + 1)
        if entry is not None:
            entries.append(entry)
        elif not entries:
            title.append(line)
    named = [e for e in entries if e.name]
    if len(named) < 2 or len(named) * 2 < len(lines) - (1 if title else 0):
        return None
    return Layout(tuple(title), tuple(entries), is_marked, False)


def _unnumbered_entry(text: Text, line: Span, is_marked: bool, menu: MenuIndex, number: int) -> Entry | None:
    if EXAMPLE.match(text.plain, line.start, line.end) or _MARK in text.plain[line.start : line.end]:
        return None
    part = _split(text, line, menu)
    if part.begins_with_food and part.room is not None and part.wish.end > part.wish.start:
        return Entry(number, part.room, part.room, part.wish)  # 301：米线两份
    name, room, wish = part.name, part.room, part.wish
    if part.begins_with_food or not name or wish.end == wish.start or len(name) > _NAME_LONGEST:
        return None
    is_announced = room is not None or is_marked or ":" in part.gap
    if not is_announced and (not part.gap or len(name) > _FEW_UNNUMBERED or not all(map(is_cjk, name))):
        return None
    tokens = tokens_of(name.lower(), menu)
    if not all(t.kind is Kind.LEFT or t.end - t.start == 1 for t in tokens):
        return None
    if _LIKE.match(text.plain, wish.start, wish.end) and (is_announced or number > 1):
        return Entry(number, name, room, wish)  # 小李：同小王
    first = next((t for t in tokens_of(text.plain[wish.start : wish.end], menu) if t.kind is not Kind.BREAK), None)
    is_food = first is not None and (
        first.kind is Kind.QUANTITY
        or (first.entry is not None and bool(first.entry.items or Word.SAME in first.entry.words))
    )
    return Entry(number, name, room, wish) if is_food else None


def _clean(name: str) -> str:
    return name.strip(" \t:,、;~-_()#.*★☆")
