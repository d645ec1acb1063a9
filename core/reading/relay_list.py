"""A 接龙 or hand-copied list becomes people with their lines; what one of them left open becomes a problem."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.reading.bits import Bit, Role
from core.reading.list_layout import Entry, Layout
from core.reading.list_title import Title, title_of
from core.reading.list_wishes import ListWish, wish_of
from core.reading.menu_index import MenuIndex
from core.reading.reading import SILENCE, Reading, ReadLine, ReadPerson
from core.reading.rooms import Mark
from core.reading.settling import Settled, merged, settle
from core.reading.text import Text

#: 同3, 跟第二位一样, 同小王
_SAME_AS: Final = re.compile(
    r"\s*[:,]?\s*(?:同|跟|和|像|照)\s*(?:第?(?P<number>\d{1,3})[号楼位个]?|(?P<name>\S{1,8}?))(?:一样|的)?\s*$"
)


@dataclass(slots=True)
class _Place:
    """One entry being read."""

    entry: Entry
    #: the entry it says to be like
    model: Entry | None
    wish: ListWish


def read_list(text: Text, layout: Layout, menu: MenuIndex) -> Reading | None:
    """The people of a list; silence when a 接龙 is not about food, None when it was no list after all."""
    title = title_of(text, layout.title, menu)
    places = _places(text, layout, title, menu)
    nearby = frozenset(
        menu.items[d.items[0]].merchant_id
        for p in places
        for d in p.wish.said.drafts
        if len(d.items) == 1 and not d.is_vague
    )
    people, problems = _people(places, title, menu, nearby)
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


def _places(text: Text, layout: Layout, title: Title, menu: MenuIndex) -> list[_Place]:
    """Every entry with its wish. In a long list many write the same words: they are understood once."""
    known: dict[tuple[str, bool], ListWish] = {}
    places: list[_Place] = []
    by_name = {entry.name.lower(): entry for entry in reversed(layout.entries) if entry.name}
    by_number = {entry.number: entry for entry in reversed(layout.entries)}
    for entry in layout.entries:
        model = _model(entry, text, by_name, by_number)
        typed = text.typed[entry.wish.start : entry.wish.end]
        wish = known.get((typed, model is not None))
        if wish is None:
            part = Text(typed, text.plain[entry.wish.start : entry.wish.end])
            wish = known[typed, model is not None] = wish_of(part, title, menu, has_model=model is not None)
        places.append(_Place(entry, model, wish))
    return places


def _model(entry: Entry, text: Text, by_name: dict[str, Entry], by_number: dict[int, Entry]) -> Entry | None:
    """The entry that 同3 or 跟小王一样 means."""
    match = _SAME_AS.match(text.plain, entry.wish.start, entry.wish.end)
    if match is None:
        return None
    if match["number"]:
        model = by_number.get(int(match["number"]))
    else:
        said = match["name"].lower()
        model = by_name.get(said) or by_name.get(said.strip("们的"))
    return model if model is not entry else None


def _people(
    places: list[_Place], title: Title, menu: MenuIndex, nearby: frozenset[str]
) -> tuple[list[ReadPerson], list[str]]:
    people: list[ReadPerson] = []
    problems: list[str] = []
    known: dict[ListWish, Settled] = {}
    for place in places:
        wish = place.wish
        settled = known.get(wish)
        if settled is None:
            named = title.merchants | _merchants(wish.bits)
            settled = known[wish] = settle(wish.said.drafts, wish.text, menu, named, nearby)
        lines = settled.lines
        if wish.says_same:
            lines = merged([*_same_as(place, people, menu), *lines])
        elif _wants_nothing(place) or not (lines or settled.problems or wish.unknown):
            continue
        problems += settled.problems
        problems += [f"unknown:{wish.text.typed[b.start : b.end].strip()}" for b in wish.unknown]
        people.append(ReadPerson(place.entry.name, tuple(lines), place.entry.room or _room(wish.bits)))
    return people, problems


def _wants_nothing(place: _Place) -> bool:
    if not place.entry.name and all(b.role is Role.BREAK or b.start == b.end for b in place.wish.bits):
        return True  # an empty place
    said = place.wish.said
    return place.wish.has_left or bool(said.taken_back and not said.drafts)


def _same_as(place: _Place, people: list[ReadPerson], menu: MenuIndex) -> list[ReadLine]:
    """The lines of the person before, or of the one who is meant, with the number or wish said beside 同上."""
    if not people:
        return []
    meant = place.model.name if place.model else ""
    model = next((p for p in reversed(people) if p.name == meant), people[-1]) if meant else people[-1]
    lines = list(model.lines)
    numbers = [b.quantity.count for b in place.wish.said.loose_quantity if b.quantity and not b.quantity.is_added]
    if numbers and numbers[0] and len(lines) == 1 and place.model is None:
        lines = [ReadLine(lines[0].item_id, numbers[0], lines[0].options)]
    wishes = [b.senses for b in place.wish.bits if b.role is Role.OPTION]
    return [_with_wishes(line, wishes, menu) for line in lines] if wishes and not place.wish.said.drafts else lines


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
