"""The dishes a stock sheet shows: the stock table in menu order, with names; read again only where it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from core.catalog import Catalog
from core.ids import ItemId
from core.sheet import SheetDish
from core.stock import StockRow
from fallback_store import catalog_snapshots, stock
from fallback_store.database import Store

#: Rows are read again if they changed this long before the newest change we know: commits overtake each other.
OVERLAP = timedelta(seconds=10)


class DishBook:
    """Every dish of the newest menu that has stock; what no menu knows any more is not offered to anybody."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._menu_id: int | None = None
        self._catalog: Catalog | None = None
        #: of every row of the stock table, on the menu or not
        self._revisions: dict[ItemId, int] = {}
        self._dishes: dict[ItemId, SheetDish] = {}
        self._newest_at: datetime | None = None

    async def read(self) -> Mapping[ItemId, SheetDish]:
        """The dishes in menu order; one that did not change is the same object as last time."""
        if await self._is_new_menu():
            self._revisions, self._dishes, self._newest_at = {}, {}, None
        since = None if self._newest_at is None else self._newest_at - OVERLAP
        rows, (count, total) = await stock.changed_since(self._store, since, self._revisions)
        self._take(rows)
        if (len(self._revisions), sum(self._revisions.values())) != (count, total):
            rows, _ = await stock.changed_since(self._store, None, self._revisions)
            self._take(rows)
        return self._dishes

    async def _is_new_menu(self) -> bool:
        newest = await catalog_snapshots.newest_id(self._store)
        if newest == self._menu_id:
            return False
        snapshot = await catalog_snapshots.latest(self._store)
        self._menu_id, self._catalog = (snapshot.id, snapshot.catalog) if snapshot else (None, None)
        return True

    def _take(self, rows: Iterable[StockRow]) -> None:
        is_longer = False
        for row in rows:
            self._revisions[row.item_id] = row.revision
            self._newest_at = max(self._newest_at or row.changed_at, row.changed_at)
            item = self._catalog.items.get(row.item_id) if self._catalog else None
            if item is not None and self._catalog is not None:
                is_longer = is_longer or row.item_id not in self._dishes
                merchant = self._catalog.merchant_by_id[item.merchant_id].name
                self._dishes[row.item_id] = SheetDish(row, merchant, item.name)
        if is_longer and self._catalog is not None:
            order = self._catalog.items
            self._dishes = {item_id: self._dishes[item_id] for item_id in order if item_id in self._dishes}


def named(catalog: Catalog, rows: Iterable[StockRow]) -> list[SheetDish]:
    """The dishes of a menu that have stock, in menu order."""
    by_id = {row.item_id: row for row in rows}
    return [
        SheetDish(by_id[item.id], catalog.merchant_by_id[item.merchant_id].name, item.name)
        for item in catalog.items.values()
        if item.id in by_id
    ]


async def dishes_of(store: Store) -> list[SheetDish]:
    """All of them once, in menu order."""
    return list((await DishBook(store).read()).values())
