"""Which dish a merchant means: the one called exactly so, or the few it may be. Never a guess."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from core.catalog import Item

#: Dishes offered when the name is not exact.
CANDIDATES = 4
#: Less alike than this (0 to 100) is not worth asking about.
_ALIKE = 55.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a name came to."""

    #: the one dish that is called exactly so
    item: Item | None
    #: dishes it may be, likeliest first, when there is no such one
    candidates: tuple[Item, ...] = ()


def find_dish(words: str, items: Iterable[Item]) -> Found:
    """The dish with this name or alias; several of that name, or similar names, are candidates."""
    items, said = tuple(items), _plain(words)
    if not said:
        return Found(None)
    exact = tuple(item for item in items if said in map(_plain, _names(item)))
    if len(exact) == 1:
        return Found(exact[0])
    scored = [(_likeness(said, item), item) for item in exact or items]
    alike = sorted((pair for pair in scored if pair[0] >= _ALIKE), key=lambda pair: -pair[0])
    return Found(None, tuple(item for _, item in alike[:CANDIDATES]))


def _likeness(said: str, item: Item) -> float:
    return max(_likeness_of_names(said, _plain(name)) for name in _names(item))


def _likeness_of_names(said: str, name: str) -> float:
    # A part of a name (红烧 of 红烧肉饭) is how people abbreviate: as good as a small typo.
    return 90.0 if said in name or name in said else float(fuzz.ratio(said, name))


def _names(item: Item) -> tuple[str, ...]:
    return (item.name, *item.aliases)


def _plain(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).casefold().split())
