"""Who changed which dish, when, from where: what a merchant's sheet shows under the dishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.ids import ItemId, MerchantId
from core.times import from_ms
from fallback_store.database import Store


@dataclass(frozen=True, slots=True)
class StockEdit:
    """One change of one of people's columns."""

    id: int
    item_id: ItemId
    #: supply, is_stopped or note
    field: str
    #: as stored; None = unlimited
    old: str | None
    new: str | None
    by: str
    #: chat, grid, sheet or primary
    source: str
    at: datetime


async def newest(store: Store, merchant_id: MerchantId, limit: int) -> list[StockEdit]:
    """A merchant's latest changes first."""
    rows = await store.read_all(
        "SELECT stock_edits.id, stock_edits.item_id, field, old, new, by, source, at_ms FROM stock_edits"
        " JOIN stock ON stock.item_id = stock_edits.item_id WHERE merchant_id = :merchant_id"
        " ORDER BY stock_edits.id DESC LIMIT :limit",
        {"merchant_id": merchant_id, "limit": limit},
    )
    return [StockEdit(row[0], ItemId(row[1]), row[2], row[3], row[4], row[5], row[6], from_ms(row[7])) for row in rows]
