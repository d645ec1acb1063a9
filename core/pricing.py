"""From what was asked for to what it costs: lines of a reading become order lines at the snapshot's prices."""

from __future__ import annotations

from collections.abc import Iterable

from core.catalog import Catalog
from core.errors import NeedsPerson
from core.ids import ItemId
from core.order import OrderLine
from core.reading.reading import ReadLine


class NotForSale(NeedsPerson):
    """The snapshot does not sell this: the item or option is gone, or its merchant is closed."""

    hint = "Choose something else from the menu."

    def __init__(self, name: str) -> None:
        """`name`: what a person would call it."""
        super().__init__(f"{name} is not for sale")
        self.name = name


def price(lines: Iterable[ReadLine], catalog: Catalog) -> tuple[OrderLine, ...]:
    """Order lines with names and prices of this snapshot.

    Raises: NotForSale for an item, option or merchant it does not offer (the menu changed since it was read).
    """
    return tuple(_priced(line, catalog) for line in lines)


def _priced(line: ReadLine, catalog: Catalog) -> OrderLine:
    item = catalog.items.get(ItemId(line.item_id))
    if item is None:
        raise NotForSale(line.item_id)
    if not catalog.merchant_by_id[item.merchant_id].is_open:
        raise NotForSale(item.name)
    try:
        unit_price_fen = catalog.unit_price_fen(item.id, line.options)
    except KeyError as option:
        raise NotForSale(f"{item.name} {option.args[0]}") from None
    return OrderLine(item.id, item.merchant_id, item.name, line.quantity, line.options, unit_price_fen)
