"""The words of the twin's campus: a wish for dishes becomes what a student would type."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from core.catalog import Catalog, Item, Option
from core.reading.reading import ReadLine

_FILE = Path(__file__).parent / "data" / "messages.zh.yaml"
_SAYS_ALIAS = 0.35  # of the times there is one
_HAS_OPTIONS = 0.45
_HOT_SHARE = 0.15  # of the dishes asked for: the one that will sell out
_QUANTITIES, _QUANTITY_WEIGHTS = (1, 2, 3), (0.72, 0.22, 0.06)


class Phrases:
    """Templates over one catalog; every word it uses for a dish names exactly that dish."""

    def __init__(self, catalog: Catalog, chance: random.Random) -> None:
        """`chance` decides every choice."""
        self._catalog, self._chance = catalog, chance
        self._templates: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
        self._words = _unambiguous_words(catalog)
        self._items = [item for item in catalog.items.values() if self._words[item.id]]
        if not self._items:
            raise ValueError("the catalog has no dish with a name of its own")
        limited = [item for item in self._items if item.stock is not None]
        #: the dish with the smallest stock: asked for so often that it sells out
        self.hot = min(limited, key=lambda item: item.stock or 0) if limited else self._items[0]

    def name(self) -> str:
        """A person's name."""
        return self.pick("surnames") + self.pick("given_names")

    def pick(self, kind: str) -> str:
        """One of the templates, or words, of that kind."""
        return self._chance.choice(_strings(self._templates[kind]))

    def line(self) -> ReadLine:
        """A dish somebody wants, with number and options."""
        item = self.hot if self._chance.random() < _HOT_SHARE else self._chance.choice(self._items)
        (quantity,) = self._chance.choices(_QUANTITIES, _QUANTITY_WEIGHTS)
        return ReadLine(item.id, quantity, tuple(option.name for option in self._some_options(item)))

    def other_line(self, line: ReadLine) -> ReadLine:
        """Another dish than that one."""
        others = [item for item in self._items if item.id != line.item_id]
        return ReadLine(self._chance.choice(others or self._items).id, 1)

    def wish(self, line: ReadLine) -> str:
        """That line as somebody types it."""
        kinds = self._templates["wishes"]
        templates = _strings(kinds["any_number"]) + (_strings(kinds["one"]) if line.quantity == 1 else [])
        item = self._catalog.items[line.item_id]
        return self._chance.choice(templates).format(
            name=self.word(line),
            number=_strings(self._templates["numbers"])[line.quantity],
            digit=line.quantity,
            unit=item.units[0] if item.units else "份",
            options="".join(f" {self._option_word(item, name)}" for name in line.options),
        )

    def word(self, line: ReadLine) -> str:
        """A name or nickname of the line's dish."""
        name, *aliases = self._words[line.item_id]
        return self._chance.choice(aliases) if aliases and self._chance.random() < _SAYS_ALIAS else name

    def room(self, building_name: str, room: str) -> str:
        """That room as somebody types it."""
        return self.pick("rooms").format(building=building_name, room=room)

    def any_word(self) -> str:
        """A dish, just talked about."""
        return self.word(ReadLine(self._chance.choice(self._items).id, 1))

    def _some_options(self, item: Item) -> list[Option]:
        if not item.groups or self._chance.random() > _HAS_OPTIONS:
            return []
        groups = self._chance.sample(item.groups, k=min(len(item.groups), self._chance.choice((1, 1, 2))))
        return [self._chance.choice(self._catalog.option_groups[name].options) for name in groups]

    def _option_word(self, item: Item, name: str) -> str:
        options = (o for group in item.groups for o in self._catalog.option_groups[group].options if o.name == name)
        option = next(options)
        says_alias = option.aliases and self._chance.random() < _SAYS_ALIAS
        return self._chance.choice(option.aliases) if says_alias else name


def _unambiguous_words(catalog: Catalog) -> dict[str, list[str]]:
    items = catalog.items.values()
    uses = Counter(word for item in items for word in {item.name, *item.aliases})
    return {item.id: [word for word in (item.name, *item.aliases) if uses[word] == 1] for item in items}


def _strings(values: Sequence[Any]) -> list[str]:
    return [str(value) for value in values]
