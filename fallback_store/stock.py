"""Supply, sales and the log of who changed them; a reservation is one conditional update, never read-then-write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import orjson

from core.catalog import Catalog
from core.ids import ItemId, Key, MerchantId
from core.mode import Mode
from core.order import OrderLine
from core.stock import OutOfStock, StockRow
from core.times import from_ms, to_ms
from fallback_store import incident_log, outbox
from fallback_store.database import Store, Tx

Field = Literal["supply", "is_stopped", "note"]
Source = Literal["chat", "grid", "sheet", "primary"]


def reserve(tx: Tx, item_id: ItemId, quantity: int, now: datetime) -> None:
    """Takes `quantity` portions. Raises: OutOfStock, with what is left, and takes nothing."""
    taken = tx.execute(
        "UPDATE stock SET sold = sold + ?1, changed_ms = ?2, revision = revision + 1"
        " WHERE item_id = ?3 AND is_stopped = 0 AND (supply IS NULL OR sold + ?1 <= supply)",
        (quantity, to_ms(now), item_id),
    ).rowcount
    if not taken:
        found = tx.execute(
            "SELECT coalesce(max(0, supply - sold), 0), is_stopped FROM stock WHERE item_id = ?", (item_id,)
        ).fetchone()
        left, is_stopped = found or (0, 1)
        raise OutOfStock(item_id, 0 if is_stopped else left, is_stopped=bool(is_stopped))


def release(tx: Tx, item_id: ItemId, quantity: int, now: datetime) -> None:
    """Gives back what `reserve` took."""
    # Never below nothing: an order of before the hand-back is counted by the primary now, not here.
    tx.execute(
        "UPDATE stock SET sold = max(0, sold - ?), changed_ms = ?, revision = revision + 1 WHERE item_id = ?",
        (quantity, to_ms(now), item_id),
    )


def reserve_all(tx: Tx, lines: Sequence[OrderLine], now: datetime) -> None:
    """Reserves every line, or none. Raises: OutOfStock for the first that cannot be had."""
    for index, line in enumerate(lines):
        try:
            reserve(tx, line.item_id, line.quantity, now)
        except OutOfStock:
            release_all(tx, lines[:index], now)
            raise


def release_all(tx: Tx, lines: Sequence[OrderLine], now: datetime) -> None:
    """Gives back what `reserve_all` took."""
    for line in lines:
        release(tx, line.item_id, line.quantity, now)


def edit(
    tx: Tx,
    item_id: ItemId,
    field: Field,
    value: int | str | None,
    *,
    by: str,
    source: Source,
    now: datetime,
    key: Key | None = None,
) -> StockRow | None:
    """A person sets one of their columns; logged with who, when, from where. Returns the row afterwards.

    None: there is no such dish, or `key` was already applied. Setting the value it already has logs nothing.
    """
    if key is not None and tx.execute("SELECT 1 FROM stock_edits WHERE key = ?", (key,)).fetchone():
        return None
    found = _one(tx, item_id)
    if found is None:
        return None
    old = {"supply": found.supply, "is_stopped": int(found.is_stopped), "note": found.note}[field]
    new = int(bool(value)) if field == "is_stopped" else value
    if old == new:
        return found
    # `field` is one of three literals, never a person's text.
    tx.execute(
        f"UPDATE stock SET {field} = ?, changed_ms = ?, revision = revision + 1 WHERE item_id = ?",
        (new, to_ms(now), item_id),
    )
    edit_id = tx.execute(
        "INSERT INTO stock_edits (key, item_id, field, old, new, by, source, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (key, item_id, field, _text(old), _text(new), by, source, to_ms(now)),
    ).lastrowid
    changed = _one(tx, item_id)
    if field == "supply" and changed is not None:
        _tell_the_primary(tx, changed, edit_id, by, now)
    return changed


def _tell_the_primary(tx: Tx, changed: StockRow, edit_id: int | None, by: str, now: datetime) -> None:
    """While we take the orders, a merchant's word about supply is news to the primary; otherwise it knows better."""
    state = incident_log.current(tx, now)
    if state.mode not in (Mode.EMERGENCY, Mode.HANDING_BACK):
        return
    (store_id,) = tx.execute("SELECT store_id FROM store_identity").fetchone()
    body = {"item_id": changed.item_id, "supply": changed.supply, "by": by}
    # With the moment: a store made of a copy gives the ids of later edits again.
    key = Key(f"stock:{store_id}:{edit_id}:{to_ms(now)}")
    outbox.enqueue(tx, key, state.epoch, "", "stock.adjusted", body, now)


def take_over(tx: Tx, catalog: Catalog, now: datetime, *, resets_sales: bool) -> None:
    """Brings the table in line with a catalog snapshot: new dishes appear, supply follows the primary.

    `resets_sales`: true while the primary is in charge (its `stock` is what is left there, our sales are handed
    back, and what was stopped here for the day is the primary's to stop); false during an outage, when a merchant's
    word and our sales outrank an old snapshot.
    """
    now_ms = to_ms(now)
    tx.executemany(
        "INSERT INTO stock (item_id, merchant_id, supply, changed_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (item_id) DO UPDATE SET merchant_id = excluded.merchant_id",
        [(item.id, item.merchant_id, item.stock, now_ms) for item in catalog.items.values()],
    )
    if resets_sales:
        tx.executemany(
            "UPDATE stock SET supply = :supply, sold = 0, is_stopped = 0, changed_ms = :now_ms, revision = revision + 1"
            " WHERE item_id = :id AND (supply IS NOT :supply OR sold <> 0 OR is_stopped <> 0)",
            [{"id": item.id, "supply": item.stock, "now_ms": now_ms} for item in catalog.items.values()],
        )


def row(tx: Tx, item_id: ItemId) -> StockRow | None:
    """One dish, inside the transaction."""
    return _one(tx, item_id)


def rows_in(tx: Tx) -> list[StockRow]:
    """All dishes, inside a transaction."""
    return [_row(record) for record in tx.execute(f"SELECT {_COLUMNS} FROM stock")]


async def rows(store: Store, merchant_id: MerchantId | None = None) -> list[StockRow]:
    """All dishes, or one merchant's."""
    found = await store.read_all(
        f"SELECT {_COLUMNS} FROM stock WHERE :merchant_id IS NULL OR merchant_id = :merchant_id",
        {"merchant_id": merchant_id},
    )
    return [_row(record) for record in found]


async def changed_since(
    store: Store, since: datetime | None, known: Mapping[ItemId, int]
) -> tuple[list[StockRow], tuple[int, int]]:
    """Dishes changed at or after `since` (None: ever) whose revision is not the known one; and how many there are
    with the sum of their revisions, which tells whether that is all there is to know: clocks may be set back.
    """
    found = await store.read_all(
        f"SELECT {_COLUMNS}, count, total FROM stock,"
        " (SELECT count(*) AS count, coalesce(sum(revision), 0) AS total FROM stock) WHERE changed_ms >= :since_ms",
        {"since_ms": -1 if since is None else to_ms(since)},
    )
    if not found:
        ((count, total),) = await store.read_all("SELECT count(*), coalesce(sum(revision), 0) FROM stock")
        return [], (count, total)
    news = [_row(record[:8]) for record in found if known.get(record[0]) != record[7]]
    return news, (found[0][8], found[0][9])


async def rows_of(store: Store, item_ids: Sequence[ItemId]) -> list[StockRow]:
    """The named dishes, in no particular order."""
    wanted = orjson.dumps(item_ids).decode()
    found = await store.read_all(
        f"SELECT {_COLUMNS} FROM stock WHERE item_id IN (SELECT value FROM json_each(:wanted))", {"wanted": wanted}
    )
    return [_row(record) for record in found]


async def at_a_glance(store: Store, merchant_id: MerchantId) -> dict[ItemId, tuple[int, bool]]:
    """A merchant's dishes: portions sold, and whether it is sold out or stopped. Cheap for thousands of them."""
    # Three long texts instead of thousands of rows: each row would cost as much as the whole page that needs them.
    ((ids, sold, out),) = await store.read_all(
        "SELECT json_group_array(item_id), json_group_array(sold),"
        " json_group_array(is_stopped = 1 OR (supply IS NOT NULL AND sold >= supply)) FROM stock"
        " WHERE merchant_id = :merchant_id",
        {"merchant_id": merchant_id},
    )
    figures = zip(orjson.loads(sold), map(bool, orjson.loads(out)), strict=True)
    return dict(zip(orjson.loads(ids), figures, strict=True))


def left_of(tx: Tx, item_ids: Iterable[ItemId]) -> dict[ItemId, int | None]:
    """Portions left of each dish that can be ordered at all; stopped ones count 0; None = unlimited."""
    found: dict[ItemId, int | None] = {}
    for item_id in item_ids:
        record = _one(tx, item_id)
        if record is not None:
            found[item_id] = 0 if record.is_stopped else record.left
    return found


_COLUMNS = "item_id, merchant_id, supply, sold, is_stopped, note, changed_ms, revision"


def _one(tx: Tx, item_id: ItemId) -> StockRow | None:
    record = tx.execute(f"SELECT {_COLUMNS} FROM stock WHERE item_id = ?", (item_id,)).fetchone()
    return None if record is None else _row(record)


def _row(record: Any) -> StockRow:
    item_id, merchant_id, supply, sold, is_stopped, note, changed_ms, revision = record
    return StockRow(
        ItemId(item_id),
        MerchantId(merchant_id),
        supply,
        sold,
        bool(is_stopped),
        note,
        from_ms(changed_ms),
        revision,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
