"""The dishes a stock sheet shows: the stock table in menu order, with names."""

from __future__ import annotations

from core.sheet import SheetDish
from fallback_store import catalog_snapshots, stock
from fallback_store.database import Store


async def dishes_of(store: Store) -> list[SheetDish]:
    """Every dish of the newest menu that has stock; what no menu knows any more is not offered to anybody."""
    snapshot = await catalog_snapshots.latest(store)
    if snapshot is None:
        return []
    catalog = snapshot.catalog
    rows = {row.item_id: row for row in await stock.rows(store)}
    return [
        SheetDish(rows[item.id], catalog.merchant_by_id[item.merchant_id].name, item.name)
        for item in catalog.items.values()
        if item.id in rows
    ]
