"""What a word in doubt may be: the items an ambiguous one stands for, the names an unknown one is close to."""

from __future__ import annotations

from typing import Final

from rapidfuzz import fuzz, process

from core.catalog import Item
from core.reading.choices import chosen_between
from core.reading.menu_index import MenuIndex
from core.reading.text import plain

#: Different names offered for an unknown word: with more of them it is like nothing in particular.
NAMES_OFFERED: Final = 2
#: 0 to 100; below it two names only share a character or so.
_ALIKE: Final = 60.0
#: a name this much less alike than the best is not meant
_MARGIN: Final = 12.0
_LONGEST: Final = 24  # characters; a longer word is a sentence


def candidates(word: str, menu: MenuIndex) -> tuple[Item, ...]:
    """The items an ambiguous word may be, in menu order."""
    names = chosen_between(word)
    if len(names) > 1:
        return tuple({item.id: item for name in names for item in candidates(name, menu)}.values())
    said = plain(word)
    entry = menu.vocabulary.get(said)
    places = (entry.items or entry.part_of) if entry else ()
    places = places or menu.typos.name_for(said)
    return tuple(menu.items[place] for place in places) or menu.catalog.called(word)


def near(word: str, menu: MenuIndex) -> tuple[Item, ...]:
    """The items an unknown word may be a clumsy name for, likeliest first; none when it is like too many or none.

    They are for asking: 黄焖鸡爪 is not 黄焖鸡, however alike they look.
    """
    said = plain(word)
    if not 1 < len(said) <= _LONGEST:
        return ()
    names: dict[str, list[Item]] = {}
    for item in menu.items:
        for name in (item.name, *item.aliases):
            names.setdefault(name.lower(), []).append(item)
    found = process.extract(said, names.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=NAMES_OFFERED * 4)
    alike = [item for name, score, _ in found if score >= found[0][1] - _MARGIN for item in names[name]]
    items = tuple({item.id: item for item in alike}.values())
    return items if len({item.name for item in items}) <= NAMES_OFFERED else ()


def is_on_menu(word: str, menu: MenuIndex) -> bool:
    """Whether the menu knows the word itself: then it needs no alias."""
    entry = menu.vocabulary.get(plain(word))
    return entry is not None and entry.is_menu_word
