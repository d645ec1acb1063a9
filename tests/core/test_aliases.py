"""Words people use for a dish become part of the menu and change nothing else of it."""

from __future__ import annotations

from core.aliases import with_aliases
from core.catalog import catalog_from_json
from core.ids import ItemId
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from core.reading.reading import ReadLine
from tests.dialogs.lunch_menus import LUNCH

CATALOG = catalog_from_json(LUNCH)


def test_a_learned_word_is_read_as_its_dish() -> None:
    catalog = with_aliases(CATALOG, [("老三样饭", ItemId("pork"))])
    reading = read("来两份老三样饭不辣", MenuIndex(catalog))
    assert reading.lines == (ReadLine(ItemId("pork"), 2, ("不辣",)),)
    assert read("来两份老三样饭不辣", MenuIndex(CATALOG)).lines == ()


def test_names_prices_and_everything_else_stay() -> None:
    catalog = with_aliases(CATALOG, [("老三样饭", ItemId("pork"))])
    assert [(i.id, i.name, i.price_fen) for i in catalog.items.values()] == [
        (i.id, i.name, i.price_fen) for i in CATALOG.items.values()
    ]
    assert catalog.items[ItemId("pork")].aliases == ("红烧肉", "老三样饭")
    assert catalog.version == CATALOG.version


def test_a_word_for_a_dish_that_is_gone_or_known_already_adds_nothing() -> None:
    assert with_aliases(CATALOG, [("什么饭", ItemId("gone"))]) is CATALOG
    assert with_aliases(CATALOG, [("红烧肉", ItemId("pork"))]).items == CATALOG.items
