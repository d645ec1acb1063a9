"""The last good menus: what people order from once the primary is gone, and how old it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.catalog import Catalog, catalog_from_json
from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx

#: Older ones are dropped: orders carry their own names and prices.
KEPT = 20


@dataclass(frozen=True, slots=True)
class CatalogSnapshot:
    """One version of the menu as the primary served it."""

    #: grows with every new menu; two reads with the same id differ in stock at the most
    id: int
    catalog: Catalog
    etag: str | None
    #: when the primary took it
    taken_at: datetime
    #: when the primary last said that it is still true; its age counts from here
    confirmed_at: datetime


def keep(tx: Tx, catalog_json: str, etag: str | None, now: datetime) -> Catalog:
    """Keeps a menu. One that says the same as the newest takes its place, so that its id goes on meaning one menu.

    Raises: InvalidCatalog, and the last good one stays.
    """
    catalog = catalog_from_json(orjson.loads(catalog_json))
    taken_ms = to_ms(catalog.taken_at or now)
    newest = tx.execute("SELECT id, version, body FROM catalog_snapshots ORDER BY id DESC LIMIT 1").fetchone()
    if newest is not None and newest[1] == catalog.version and _is_same_menu(newest[2], catalog_json):
        tx.execute(
            "UPDATE catalog_snapshots SET body = ?, etag = ?, taken_ms = ?, confirmed_ms = ? WHERE id = ?",
            (catalog_json, etag, taken_ms, to_ms(now), newest[0]),
        )
        return catalog
    tx.execute(
        "INSERT INTO catalog_snapshots (version, etag, taken_ms, confirmed_ms, body) VALUES (?, ?, ?, ?, ?)",
        (catalog.version, etag, taken_ms, to_ms(now), catalog_json),
    )
    tx.execute(
        "DELETE FROM catalog_snapshots WHERE id <= (SELECT max(id) FROM catalog_snapshots) - ?",
        (KEPT,),
    )
    return catalog


def confirm(tx: Tx, now: datetime) -> None:
    """The primary says that the newest is still true."""
    tx.execute(
        "UPDATE catalog_snapshots SET confirmed_ms = ? WHERE id = (SELECT max(id) FROM catalog_snapshots)",
        (to_ms(now),),
    )


def confirmed_at(tx: Tx) -> datetime | None:
    """When the primary last said that the newest is still true; None before the first."""
    row = tx.execute("SELECT confirmed_ms FROM catalog_snapshots ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else from_ms(row[0])


def newest_etag(tx: Tx) -> str | None:
    """The ETag of the newest; None when there is none."""
    row = tx.execute("SELECT etag FROM catalog_snapshots ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else row[0]


def latest_in(tx: Tx) -> CatalogSnapshot | None:
    """The newest snapshot, inside the transaction."""
    return _snapshot(tx.execute(_LATEST).fetchone())


def place_name(tx: Tx, part: str) -> str:
    """What people call the merchant or canteen that `merchant:ID` or `canteen:NAME` stands for; "" = it is no place.

    A merchant's name is the newest snapshot's, or the id itself when it is in none.
    """
    kind, _, label = part.partition(":")
    return _merchant_name(tx, label) if kind == "merchant" else label


def _merchant_name(tx: Tx, merchant_id: str) -> str:
    row = tx.execute(
        "SELECT json_extract(merchant.value, '$.name') FROM json_each("
        "(SELECT body FROM catalog_snapshots ORDER BY id DESC LIMIT 1), '$.merchants') AS merchant"
        " WHERE json_extract(merchant.value, '$.id') = ?",
        (merchant_id,),
    ).fetchone()
    return merchant_id if row is None else str(row[0])


async def newest_id(store: Store) -> int | None:
    """Which menu is the newest, without reading it; None before the first."""
    rows = await store.read_all("SELECT max(id) FROM catalog_snapshots")
    return None if rows[0][0] is None else int(rows[0][0])


async def newest_confirmed(store: Store) -> tuple[int, datetime] | None:
    """Which menu is the newest and when it was last confirmed, without reading it; None before the first."""
    rows = await store.read_all("SELECT id, confirmed_ms FROM catalog_snapshots ORDER BY id DESC LIMIT 1")
    return (rows[0][0], from_ms(rows[0][1])) if rows else None


async def latest(store: Store) -> CatalogSnapshot | None:
    """The newest snapshot; None before the first."""
    rows = await store.read_all(_LATEST)
    return _snapshot(rows[0] if rows else None)


_LATEST = "SELECT id, etag, taken_ms, confirmed_ms, body FROM catalog_snapshots ORDER BY id DESC LIMIT 1"


def _snapshot(row: Any) -> CatalogSnapshot | None:
    if row is None:
        return None
    catalog = catalog_from_json(orjson.loads(row[4]))
    return CatalogSnapshot(row[0], catalog, row[1], from_ms(row[2]), from_ms(row[3]))


def _is_same_menu(old: str, new: str) -> bool:
    """Equal but for what changes with every sale: whoever reads orders with the old one reads the same orders."""
    return old == new or _menu(old) == _menu(new)


def _menu(text: str) -> Any:
    document = orjson.loads(text)
    document.pop("taken_at", None)
    for merchant in document["merchants"]:
        for item in merchant["items"]:
            item.pop("stock", None)
    return document
