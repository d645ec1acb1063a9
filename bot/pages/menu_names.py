"""What dishes and merchants are called: the newest menu, read again only now and then."""

from __future__ import annotations

from dataclasses import replace

from core.catalog import Catalog
from core.ids import ItemId, MerchantId
from core.ports import Clock
from fallback_store import catalog_snapshots
from fallback_store.catalog_snapshots import CatalogSnapshot
from fallback_store.database import Store

#: A menu is parsed at most this often, however many pages are open.
READ_EVERY_S = 5.0


class MenuNames:
    """One per app; every page asks it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._read_at_s: float | None = None
        self._snapshot: CatalogSnapshot | None = None

    async def snapshot(self) -> CatalogSnapshot | None:
        """The newest menu, at most a few seconds old; None before the first."""
        now_s = self._clock.monotonic_s()
        if self._read_at_s is None or self._snapshot is None or now_s - self._read_at_s >= READ_EVERY_S:
            self._read_at_s = now_s
            self._snapshot = await self._newest(self._snapshot)
        return self._snapshot

    async def _newest(self, known: CatalogSnapshot | None) -> CatalogSnapshot | None:
        """The same menu is not read again: with thousands of dishes that takes a while."""
        newest = await catalog_snapshots.newest_confirmed(self._store)
        if known is not None and newest is not None and newest[0] == known.id:
            return replace(known, confirmed_at=newest[1])
        return await catalog_snapshots.latest(self._store)

    async def catalog(self) -> Catalog | None:
        """Its dishes."""
        found = await self.snapshot()
        return None if found is None else found.catalog


def dish_name(catalog: Catalog | None, item_id: ItemId) -> str:
    """What a dish is called; its id when no menu knows it any more."""
    item = catalog.items.get(item_id) if catalog else None
    return item.name if item else item_id


def merchant_name(catalog: Catalog | None, merchant_id: MerchantId) -> str:
    """What a merchant is called; its id when no menu knows it any more."""
    merchant = catalog.merchant_by_id.get(merchant_id) if catalog else None
    return merchant.name if merchant else merchant_id
