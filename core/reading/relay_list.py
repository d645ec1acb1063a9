"""A 接龙 or hand-copied list becomes people with their lines; what one of them left open becomes a problem."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from core.reading.bits import Bit, Role
from core.reading.corrections import said_by
from core.reading.entry import Entry as MenuEntry
from core.reading.lexicon import Word
from core.reading.list_layout import Entry, Layout
from core.reading.list_numbers import Span
from core.reading.menu_index import MenuIndex
from core.reading.phrases import bits_of
from core.reading.reading import SILENCE, Reading, ReadLine, ReadPerson
from core.reading.rooms import Mark
from core.reading.settling import merged, settle
from core.reading.taking_back import Said
from core.reading.text import Text, is_cjk
from core.reading.tokens import tokens_of

_LEAVES: Final = frozenset((Word.DROP, Word.CANCEL, Word.OOPS))
_TALK: Final = frozenset((Word.CHAT,))
#: talk elsewhere, but lists of food are called so too
_TITLE_WORDS: Final = frozenset(("团购", "优惠", "活动", "大家", "明天", "报名"))
#: 同3, 跟第二位一样, 同小王
_SAME_AS: Final = re.compile(
    r"\s*[:,]?\s*(?:同|跟|和|像|照)\s*(?:第?(?P<number>\d{1,3})[号楼位个]?|(?P<name>\S{1,8}?))(?:一样|的)?\s*$"
)
#: a title with one of these is about something to eat
_FOOD_WORDS: Final = ("餐", "饭", "吃", "喝", "奶茶", "外卖", "点单", "宵夜", "下午茶", "拼单", "早点", "饮料")
_UNKNOWN_LONGEST: Final = 10


@dataclass(slots=True)
class _Title:
    """What the lines above a list say about all of it."""

    #: the item a bare name or number means
    items: tuple[int, ...] = ()
    surface: str = ""
    merchants: frozenset[str] = frozenset()
    is_talk: bool = False
    is_food: bool = False


@dataclass(slots=True)
class _Place:
    """One entry being read."""

    entry: Entry
    bits: list[Bit] = field(default_factory=list)
    said: Said = field(default_factory=Said)
    unknown: list[Bit] = field(default_factory=list)
    #: the entry it says to be like
    model: Entry | None = None

    @property
    def says_same(self) -> bool:
        """It points at another entry's lines."""
        return self.model is not None or _said_same(self.bits)


def read_list(text: Text, layout: Layout, menu: MenuIndex) -> Reading | None:
    """The people of a list; silence when a 接龙 is not about food, None when it was no list after all."""
    title = _title_of(text, layout, menu)
    places = [_Place(entry) for entry in layout.entries]
    for place in places:
        place.model = _model(place.entry, layout.entries, text)
        _understand(place, text, title, menu)
    nearby = frozenset(
        menu.items[d.items[0]].merchant_id
        for p in places
        for d in p.said.drafts
        if len(d.items) == 1 and not d.is_vague
    )
    people, problems = _people(places, text, title, menu, nearby)
    fed = sum(bool(p.lines) for p in people)
    if fed and not (title.is_talk and fed * 2 < len(people)):
        return Reading("relay", people=tuple(people), problems=tuple(problems))
    if title.is_food and people and problems:
        return Reading("relay", people=tuple(people), problems=tuple(problems))
    return SILENCE if layout.is_marked else None


def one_persons_order(text: Text, layout: Layout) -> Text:
    """A numbered list without names is one order: its text without the numbers."""
    spans = [*layout.title, *(entry.wish for entry in layout.entries)]
    typed = "\n".join(text.typed[s.start : s.end].strip("\n") for s in spans)
    plain = "\n".join(text.plain[s.start : s.end].strip("\n") for s in spans)
    return Text(typed, plain) if len(typed) == len(plain) else Text(plain, plain)


def _bits(text: Text, span: Span, menu: MenuIndex) -> list[Bit]:
    """The bits of one stretch, placed as in the whole text."""
    part = Text(text.typed[span.start : span.end], text.plain[span.start : span.end])
    bits = bits_of(part, tokens_of(part.plain, menu), menu)
    for bit in bits:
        bit.start += span.start
        bit.end += span.start
    return bits


def _title_of(text: Text, layout: Layout, menu: MenuIndex) -> _Title:
    title = _Title()
    named: list[MenuEntry] = []
    for span in layout.title:
        words = text.plain[span.start : span.end]
        for token in tokens_of(words, menu):
            entry = token.entry
            if entry is None or token.end - token.start < 2:
                continue
            if entry.items or entry.part_of:
                named.append(entry)
            elif entry.merchants:
                title.merchants |= frozenset(entry.merchants)
            title.is_talk = title.is_talk or (bool(_TALK & set(entry.words)) and entry.surface not in _TITLE_WORDS)
        title.is_food = title.is_food or any(word in words for word in _FOOD_WORDS)
    title.is_food = title.is_food or bool(named) or bool(title.merchants)
    if len(named) == 1 and not title.is_talk:
        title.surface = named[0].surface
        title.items = named[0].items
    return title


def _understand(place: _Place, text: Text, title: _Title, menu: MenuIndex) -> None:
    span = place.entry.wish
    bits = _bits(text, span, menu)
    if not _names_item(bits) and place.model is None:
        bits = _with_title_item(bits, span, text, title, menu)
    place.bits = bits
    place.said = said_by(list(bits), text.plain, menu)
    place.unknown = [] if place.says_same or _has_left(bits) else _unknown_dishes(place, text)


def _names_item(bits: list[Bit]) -> bool:
    return any(b.role is Role.ITEM for b in bits)


def _with_title_item(bits: list[Bit], span: Span, text: Text, title: _Title, menu: MenuIndex) -> list[Bit]:
    """An entry that names no item means the title's, narrowed by what it says: 单人 under 麻辣香锅."""
    if not title.surface or _said_same(bits) or _has_left(bits):
        return bits
    for at, bit in enumerate(bits):
        if bit.role in (Role.VAGUE, Role.UNKNOWN):
            items = _narrowed(bit, text.plain[bit.start : bit.end], title, menu)
            if items:
                named = Bit(Role.ITEM, bit.start, bit.end)
                named.items = items
                return [*bits[:at], named, *bits[at + 1 :]]
            return bits
    if not title.items:
        return bits
    named = Bit(Role.ITEM, span.start, span.start)
    named.items = title.items
    return [named, *bits]


def _narrowed(bit: Bit, said: str, title: _Title, menu: MenuIndex) -> tuple[int, ...]:
    for surface in (said + title.surface, title.surface + said):
        entry = menu.vocabulary.get(surface)
        if entry is not None and entry.items:
            return entry.items
    about = {
        at for at in bit.items if any(title.surface in name for name in (menu.items[at].name, *menu.items[at].aliases))
    }
    return tuple(sorted(about)) if len(about) == 1 else ()


def _model(entry: Entry, entries: tuple[Entry, ...], text: Text) -> Entry | None:
    """The entry that 同3 or 跟小王一样 means."""
    match = _SAME_AS.match(text.plain, entry.wish.start, entry.wish.end)
    if match is None:
        return None
    if match["number"]:
        return next((e for e in entries if e.number == int(match["number"]) and e is not entry), None)
    said = match["name"].lower()
    return next(
        (e for e in entries if e.name and e is not entry and e.name.lower() in (said, said.strip("们的"))), None
    )


def _said_same(bits: list[Bit]) -> bool:
    """同上, or +1 alone."""
    if any(Word.SAME in b.words for b in bits):
        return True
    numbers = [b for b in bits if b.role is Role.QUANTITY]
    return len(numbers) == 1 and not _names_item(bits) and _is_plus_one(numbers[0])


def _is_plus_one(bit: Bit) -> bool:
    return bit.quantity is not None and bit.quantity.count == 1 and bit.quantity.is_added


def _has_left(bits: list[Bit]) -> bool:
    """不吃了, 取消: the person withdrew."""
    return any(_LEAVES & set(b.words) for b in bits) and not _names_item(bits)


def _unknown_dishes(place: _Place, text: Text) -> list[Bit]:
    """In a list a wish that is not on the menu needs no number to be one."""
    taken = {d.start for d in place.said.drafts}
    found = []
    for at, bit in enumerate(place.bits):
        if bit.role is not Role.UNKNOWN or bit.start in taken or not is_cjk(text.plain[bit.start]):
            continue
        beside = [place.bits[i] for i in (at - 1, at + 1) if 0 <= i < len(place.bits)]
        alone = all(b.role in (Role.BREAK, Role.QUANTITY) for b in beside)
        if 2 <= bit.end - bit.start <= _UNKNOWN_LONGEST and (alone or not place.said.drafts):
            found.append(bit)
    return found


def _people(
    places: list[_Place], text: Text, title: _Title, menu: MenuIndex, nearby: frozenset[str]
) -> tuple[list[ReadPerson], list[str]]:
    people: list[ReadPerson] = []
    problems: list[str] = []
    for place in places:
        settled = settle(place.said.drafts, text, menu, title.merchants | _merchants(place.bits), nearby)
        lines = settled.lines
        if place.says_same:
            lines = merged([*_same_as(place, people, menu), *lines])
        elif _wants_nothing(place) or not (lines or settled.problems or place.unknown):
            continue
        problems += settled.problems
        problems += [f"unknown:{text.typed[b.start : b.end].strip()}" for b in place.unknown]
        people.append(ReadPerson(place.entry.name, tuple(lines), place.entry.room or _room(place.bits)))
    return people, problems


def _wants_nothing(place: _Place) -> bool:
    if not place.entry.name and all(b.role is Role.BREAK or b.start == b.end for b in place.bits):
        return True  # an empty place
    return _has_left(place.bits) or bool(place.said.taken_back and not place.said.drafts)


def _same_as(place: _Place, people: list[ReadPerson], menu: MenuIndex) -> list[ReadLine]:
    """The lines of the person before, or of the one who is meant, with the number or wish said beside 同上."""
    if not people:
        return []
    meant = place.model.name if place.model else ""
    model = next((p for p in reversed(people) if p.name == meant), people[-1]) if meant else people[-1]
    lines = list(model.lines)
    numbers = [b.quantity.count for b in place.said.loose_quantity if b.quantity and not b.quantity.is_added]
    if numbers and numbers[0] and len(lines) == 1 and place.model is None:
        lines = [ReadLine(lines[0].item_id, numbers[0], lines[0].options)]
    wishes = [b.senses for b in place.bits if b.role is Role.OPTION]
    return [_with_wishes(line, wishes, menu) for line in lines] if wishes and not place.said.drafts else lines


def _with_wishes(line: ReadLine, wishes: list[dict[str, tuple[int, str]]], menu: MenuIndex) -> ReadLine:
    item = menu.catalog.items[line.item_id]
    options = list(line.options)
    for senses in wishes:
        name = menu.option_for(item, senses)
        if name and name not in options:
            options = [o for o in options if not menu.is_exclusive(item, o, name)] + [name]
    return ReadLine(line.item_id, line.quantity, tuple(options))


def _merchants(bits: list[Bit]) -> frozenset[str]:
    return frozenset(m for bit in bits if bit.role is Role.MERCHANT for m in bit.merchants)


def _room(bits: list[Bit]) -> str | None:
    return next((b.place.room for b in bits if b.place and b.place.mark is Mark.ROOM and b.place.room), None)
