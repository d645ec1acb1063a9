"""The dishes a stock sheet shows: the stock table in menu order, with names; read again only where it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.catalog import Catalog
from core.ids import ItemId
from core.sheet import SheetDish
from core.stock import StockRow
from fallback_store import catalog_snapshots, stock
from fallback_store.database import Store


class DishBook:
    """Every dish of the newest menu that has stock; what no menu knows any more is not offered to anybody."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._menu_id: int | None = None
        self._catalog: Catalog | None = None
        self._revisions: dict[ItemId, int] = {}
        self._dishes: dict[ItemId, SheetDish] = {}

    async def read(self) -> Mapping[ItemId, SheetDish]:
        """The dishes in menu order; one that did not change is the same object as last time."""
        is_new_menu = await self._read_menu()
        revisions = await stock.revisions(self._store)
        if is_new_menu:
            self._dishes, self._revisions = {}, {}
        known = self._revisions
        changed = [item_id for item_id, revision in revisions.items() if known.get(item_id) != revision]
        if changed and self._catalog is not None:
            self._take(await stock.rows_of(self._store, changed), self._catalog)
        return self._dishes

    async def _read_menu(self) -> bool:
        newest = await catalog_snapshots.newest_id(self._store)
        if newest == self._menu_id:
            return False
        snapshot = await catalog_snapshots.latest(self._store)
        self._menu_id, self._catalog = (snapshot.id, snapshot.catalog) if snapshot else (None, None)
        return True

    def _take(self, rows: list[StockRow], catalog: Catalog) -> None:
        is_longer = False
        for row in rows:
            self._revisions[row.item_id] = row.revision
            item = catalog.items.get(row.item_id)
            if item is None:
                continue
            is_longer = is_longer or row.item_id not in self._dishes
            self._dishes[row.item_id] = SheetDish(row, catalog.merchant_by_id[item.merchant_id].name, item.name)
        if is_longer:
            self._dishes = {item_id: self._dishes[item_id] for item_id in catalog.items if item_id in self._dishes}


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
