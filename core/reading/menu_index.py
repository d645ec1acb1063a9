"""A catalog as something to look messages up in: every name, alias, option and word in one dictionary."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from core.catalog import Catalog, Item
from core.reading import lexicon, measures, sounds
from core.reading.entry import Entry, Senses
from core.reading.lexicon import Word
from core.reading.options import BY_ALIAS, BY_EQUIVALENT, BY_NAME, BY_PHRASING, english_forms, phrasings, split_modifier
from core.reading.quantities import ENGLISH, QuantityReader
from core.reading.text import is_cjk, plain
from core.reading.typos import TypoIndex

_BRACKETED: Final = re.compile(r"\s*\([^()]*\)")
_ASCII_WORD: Final = re.compile(r"[a-z']+")
#: a unique beginning or end of a name stands for it only when it is most of the name
_BEGINNING_SHARE: Final = 0.7
_END_SHARE: Final = 0.5
_SHORT_OPTION_FROM: Final = 5  # letters


class MenuIndex:
    """Built once for a catalog version; only read after that, so threads may share it."""

    def __init__(self, catalog: Catalog) -> None:
        """Indexes every way to say anything on the menu. Takes well under 2 s for 3,000 items."""
        self.catalog = catalog
        self.items: tuple[Item, ...] = tuple(catalog.items.values())
        self.is_english = catalog.language == "en"
        units = frozenset(measures.UNITS) | {u for item in self.items for u in map(plain, item.units)}
        self.quantities = QuantityReader(units)
        self.units = units
        self.unit_pattern = re.compile(
            "|".join(sorted((re.escape(u) for u in units if not u.isascii()), key=len, reverse=True))
        )
        self.vocabulary: dict[str, Entry] = {}
        #: names by sound, which one letter turns into other dishes
        self._pinyin: set[str] = set()
        self._add_language()
        self._add_options()
        self._add_merchants()
        names = self._add_items()
        if self.is_english:
            self._add_short_options()
        self._add_parts(names)
        self._drop_absent_kinds(names)
        latin = list(self._english_words())
        self.has_latin_names = bool(latin)
        wishes = [surface for surface, entry in self.vocabulary.items() if entry.senses or entry.cores]
        self.typos = TypoIndex(names, latin, wishes)
        self.heads = self._lengths_by_head()

    def option_for(self, item: Item, senses: Senses) -> str | None:
        """The option of this item that was meant; None when it has none of them."""
        best: tuple[int, str] | None = None
        for group in item.groups:
            found = senses.get(group)
            if found is not None and (best is None or found[0] < best[0]):
                best = found
        return best[1] if best else None

    def is_exclusive(self, item: Item, a: str, b: str) -> bool:
        """Whether two option names of an item cannot be had together."""
        groups = self.catalog.option_groups
        return any(
            groups[name].is_exclusive and {a, b} <= {option.name for option in groups[name].options}
            for name in item.groups
        )

    def _entry(self, surface: str) -> Entry:
        entry = self.vocabulary.get(surface)
        if entry is None:
            entry = self.vocabulary[surface] = Entry(surface)
        return entry

    def _add_language(self) -> None:
        for word, surface in lexicon.all_words():
            entry = self._entry(surface)
            if word not in entry.words:
                entry.words += (word,)
        for unit in self.units:
            entry = self._entry(unit)
            if Word.UNIT not in entry.words:
                entry.words += (Word.UNIT,)
        for surface, number in ENGLISH.items():
            entry = self._entry(surface)
            entry.words += (Word.NUMBER,)
            entry.number = number

    def _add_options(self) -> None:
        used = {group for item in self.items for group in item.groups}
        for name, group in self.catalog.option_groups.items():
            if name not in used:
                continue
            heads = _head_words(plain(s) for o in group.options for s in (o.name, *o.aliases))
            heads -= {form for o in group.options for form in (plain(o.name), *english_forms(plain(o.name)))}
            for option in group.options:
                for rank, surface in enumerate((option.name, *option.aliases)):
                    self._add_option(name, option.name, plain(surface), min(rank, BY_ALIAS), heads)

    def _add_option(self, group: str, name: str, surface: str, rank: int, heads: frozenset[str]) -> None:
        if not surface:
            return
        self._sense(surface, group, rank, name)
        modifier, core = split_modifier(surface)
        if modifier is not None:
            about = self._entry(core).cores.setdefault(modifier, {})
            about[group] = min(about.get(group, (rank, name)), (rank, name))
        elif rank == BY_NAME or surface.isascii():
            self._entry(surface)
        for other, sureness in phrasings(surface):
            self._sense(other, group, max(sureness, rank), name)
        for form in english_forms(surface):
            self._sense(form, group, BY_PHRASING, name)
            if modifier is not None:
                about = self._entry(split_modifier(form)[1]).cores.setdefault(modifier, {})
                about.setdefault(group, (BY_PHRASING, name))
        for head in heads:  # "cheddar" where the group has "swiss cheese" and "swiss"
            if not surface.endswith(" " + head) and surface != head:
                self._sense(f"{surface} {head}", group, BY_PHRASING, name)

    def _sense(self, surface: str, group: str, rank: int, name: str) -> None:
        senses = self._entry(surface).senses
        known = senses.get(group)
        if known is None or rank < known[0]:
            senses[group] = (rank, name)

    def _add_short_options(self) -> None:
        """`caramel` for caramel syrup, where nothing else on the menu begins so."""
        begun: dict[str, list[Entry]] = defaultdict(list)
        for surface, entry in self.vocabulary.items():
            if (
                " " in surface
                and surface.isascii()
                and (entry.items or any(r == BY_NAME for r, _ in entry.senses.values()))
            ):
                begun[surface.partition(" ")[0]].append(entry)
        for word, entries in begun.items():
            known = self.vocabulary.get(word)
            if len(word) < _SHORT_OPTION_FROM or (known and (known.is_menu_word or known.words)):
                continue
            named = {name for e in entries for _, name in e.senses.values()}
            named.update(str(place) for e in entries for place in e.items)
            if len(named) == 1:
                for group, (_, name) in [pair for e in entries for pair in e.senses.items()]:
                    self._sense(word, group, BY_EQUIVALENT, name)

    def _add_merchants(self) -> None:
        for merchant in self.catalog.merchants:
            named = [surface for surface in map(plain, (merchant.name, *merchant.aliases)) if surface]
            for surface in dict.fromkeys([*named, *(f"{s}家" for s in named if is_cjk(s[-1]))]):
                entry = self._entry(surface)
                entry.merchants = (*entry.merchants, merchant.id)

    def _add_items(self) -> dict[str, tuple[int, ...]]:
        named: dict[str, dict[int, None]] = defaultdict(dict)
        for place, item in enumerate(self.items):
            for surface in (item.name, *item.aliases):
                for form in _spellings(plain(surface)):
                    named[form][place] = None
        sure = {form: tuple(places) for form, places in named.items()}
        for form, places in sure.items():
            self._entry(form).items = places
        self._mark_merchant_endings(sure)
        self._add_latin_names(sure)
        return sure

    def _mark_merchant_endings(self, names: dict[str, tuple[int, ...]]) -> None:
        for merchant in self.catalog.merchants:
            for surface in map(plain, (merchant.name, *merchant.aliases)):
                endings = (surface[cut:] for cut in range(1, len(surface) - 1))
                sold = next(
                    (e for e in endings if any(self.items[p].merchant_id == merchant.id for p in names.get(e, ()))),
                    None,
                )
                if sold is not None:
                    self.vocabulary[surface].ending = self.vocabulary[sold]

    def _add_latin_names(self, names: dict[str, tuple[int, ...]]) -> None:
        """huangmenji and hmj, where they can mean one name only and nothing else."""
        latin: dict[str, set[int]] = defaultdict(set)
        for name, places in names.items():
            if len(name) > 1 and all(map(is_cjk, name)):
                latin[sounds.full_pinyin(name)].update(places)
                if len(name) > 2:
                    latin[sounds.initials(name)].update(places)
        for spelling, found in latin.items():
            if len(found) == 1 and spelling not in self.vocabulary and spelling.isascii():
                self._entry(spelling).items = tuple(found)
                self._pinyin.add(spelling)

    def _add_parts(self, names: dict[str, tuple[int, ...]]) -> None:
        parts: dict[str, dict[int, float]] = defaultdict(dict)
        for name, places in names.items():
            for part, share in _parts(name):
                if part not in names:
                    found = parts[part]
                    for place in places:
                        found[place] = max(found.get(place, 0.0), share)
        for part, found in parts.items():
            if len(found) > 1:
                self._entry(part).part_of = tuple(found)
            elif next(iter(found.values())) >= 1.0:
                entry = self._entry(part)
                if not (set(entry.words) - {Word.CATEGORY} or entry.senses or entry.cores):
                    entry.items, entry.is_part = tuple(found), True

    def _drop_absent_kinds(self, names: dict[str, tuple[int, ...]]) -> None:
        """沙拉 asks which one only where something on the menu ends so; elsewhere it is just unknown."""
        endings = {name[-1] for name in names}
        for entry in self.vocabulary.values():
            is_absent = entry.surface[-1:] not in endings and entry.surface not in lexicon.ANY_FOOD
            if Word.CATEGORY in entry.words and is_absent:
                entry.words = tuple(word for word in entry.words if word is not Word.CATEGORY) or (Word.DISH,)

    def _english_words(self) -> Iterator[str]:
        for surface, entry in self.vocabulary.items():
            if entry.is_menu_word and surface.isascii() and surface not in self._pinyin:
                yield from (word for word in surface.split() if len(word) > 3)

    def _lengths_by_head(self) -> dict[str, tuple[int, ...]]:
        """How long the spellings are that begin with a Latin word, or with two (or a lone one) of other characters."""
        self.vocabulary.pop("", None)  # a name that is all brackets or spaces
        lengths: dict[str, set[int]] = defaultdict(set)
        for surface, entry in self.vocabulary.items():
            if entry.items:
                entry.cost = 1.0 if len(surface) > 1 else 3.0
            elif len(surface) == 1:
                entry.cost = 5.0 if Word.CATEGORY in entry.words else 3.0
            elif entry.senses or entry.part_of or entry.merchants:
                entry.cost = 1.5
            word = _ASCII_WORD.match(surface)
            lengths[word[0] if word else surface[:2]].add(len(surface))
        for head, found in lengths.items():
            if len(head) == 2 and head[0] in self.vocabulary and _ASCII_WORD.match(head) is None:
                found.add(1)  # so that one look finds both 加 and 加冰
        return {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}


def _spellings(name: str) -> Iterator[str]:
    """A name, without what stands in brackets, without hyphens, in both numbers."""
    if not name:
        return
    yield name
    bare = _BRACKETED.sub("", name).strip()
    if bare and bare != name:
        yield bare
    if "-" in name:
        yield name.replace("-", " ")
    if " " in name and not name.isascii():
        yield name.replace(" ", "")
    yield from english_forms(name)


def _parts(name: str) -> Iterator[tuple[str, float]]:
    """Beginnings and ends of a name with how well they stand for it; ≥ 1 is enough."""
    if name.isascii():
        words = name.split()
        for cut in range(1, len(words)):
            yield " ".join(words[cut:]), (len(words) - cut) / len(words) / _END_SHARE
        return
    if len(name) < 3 or not all(map(is_cjk, name)):
        return
    for size in range(2, len(name)):
        yield name[:size], size / len(name) / _BEGINNING_SHARE if size > 2 else 0.0
        yield name[-size:], size / len(name) / _END_SHARE


def _head_words(surfaces: Iterable[str]) -> frozenset[str]:
    """`cheese`, where a group says both swiss and swiss cheese."""
    known = {s for s in surfaces if s.isascii()}
    return frozenset(s.rpartition(" ")[2] for s in known if " " in s and s.rpartition(" ")[0] in known)
