"""Names people use for dishes that the menu does not know yet: learned from their answers, approved by admins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.catalog import Catalog, Item
from core.ids import ItemId


def with_aliases(catalog: Catalog, learned: Iterable[tuple[str, ItemId]]) -> Catalog:
    """The catalog with these words as further aliases of its items; a word for an item it lacks is left out.

    Names, prices and ids stay as the snapshot has them.
    """
    words: dict[ItemId, list[str]] = {}
    for word, item_id in learned:
        words.setdefault(item_id, []).append(word)
    if not words.keys() & catalog.items.keys():
        return catalog
    merchants = tuple(
        replace(merchant, items=tuple(_called(item, words.get(item.id, ())) for item in merchant.items))
        for merchant in catalog.merchants
    )
    return replace(catalog, merchants=merchants)


def _called(item: Item, words: Iterable[str]) -> Item:
    fresh = tuple(word for word in words if word != item.name and word not in item.aliases)
    return replace(item, aliases=(*item.aliases, *fresh)) if fresh else item
