"""What the bot knows of people's cells of a shared sheet: tells an edit from an echo, across restarts."""

from __future__ import annotations

from collections.abc import Mapping

from core.ids import ItemId
from core.sheet import Place, SeenCell
from fallback_store.database import Store, Tx


async def seen(store: Store, sheet: str) -> dict[Place, SeenCell]:
    """All remembered cells of one sheet."""
    rows = await store.read_all(
        "SELECT item_id, field, settled, written FROM sheet_cells WHERE sheet = :sheet", {"sheet": sheet}
    )
    return {(ItemId(row[0]), row[1]): SeenCell(row[2], row[3]) for row in rows}


def settle(tx: Tx, sheet: str, cells: Mapping[Place, str]) -> None:
    """Sheet and store agree about these cells."""
    tx.executemany(
        "INSERT INTO sheet_cells (sheet, item_id, field, settled) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (sheet, item_id, field) DO UPDATE SET settled = excluded.settled, written = NULL",
        [(sheet, item_id, field, cell) for (item_id, field), cell in cells.items()],
    )


def about_to_write(tx: Tx, sheet: str, cells: Mapping[Place, str]) -> None:
    """The bot is going to put these texts there: found later, they are its own."""
    tx.executemany(
        "INSERT INTO sheet_cells (sheet, item_id, field, written) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (sheet, item_id, field) DO UPDATE SET written = excluded.written",
        [(sheet, item_id, field, cell) for (item_id, field), cell in cells.items()],
    )
