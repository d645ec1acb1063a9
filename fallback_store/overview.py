"""How things stand, in one look: what an admin asks first, read from indexes however much is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.mode import ModeState
from core.times import from_ms
from fallback_store import incident_log
from fallback_store.database import Store, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The figures of one moment."""

    mode: ModeState
    #: None before the first snapshot
    snapshot_version: str | None
    #: when the primary last said that the snapshot is still true
    snapshot_confirmed_at: datetime | None
    #: messages nobody has served yet
    inbox_waiting: int
    #: messages that could not be served: a person should look
    inbox_quarantined: int
    #: messages to people that wait to be said
    outgoing_waiting: int
    #: messages to people that no channel takes: a person should look
    outgoing_failed: int
    #: events for the primary that are not settled
    outbox_unsettled: int
    #: events the primary refused: a person should look
    outbox_parked: int
    #: orders placed in this epoch, whatever became of them
    orders_in_epoch: int
    #: orders of any epoch that are still owed
    orders_open: int
    #: of those, the ones a courier reported a problem with
    orders_troubled: int


# Every count is bound to a partial index that holds only what waits: a million finished rows cost nothing.
_COUNTS = """SELECT
    (SELECT count(*) FROM inbox WHERE state = 'waiting'),
    (SELECT count(*) FROM inbox WHERE state = 'quarantined'),
    (SELECT count(*) FROM outgoing WHERE state = 'waiting'),
    (SELECT count(*) FROM outgoing WHERE state = 'failed'),
    (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'leased')),
    (SELECT count(*) FROM outbox WHERE state = 'parked'
        AND NOT EXISTS (SELECT 1 FROM outbox AS later WHERE later.replaces = outbox.key)),
    (SELECT coalesce(sum(last - coalesce(skipped, 0)), 0) FROM order_numbers LEFT JOIN restores USING (epoch)
        WHERE epoch = :epoch),
    (SELECT count(*) FROM orders INDEXED BY orders_open WHERE state IN ('placed', 'accepted', 'picked_up')),
    (SELECT count(*) FROM orders WHERE problem IS NOT NULL AND state IN ('placed', 'accepted', 'picked_up')),
    (SELECT version FROM catalog_snapshots ORDER BY id DESC LIMIT 1),
    (SELECT confirmed_ms FROM catalog_snapshots ORDER BY id DESC LIMIT 1)"""


def overview(tx: Tx, now: datetime) -> Overview:
    """How things stand, inside the transaction."""
    mode = incident_log.current(tx, now)
    return _overview(mode, tx.execute(_COUNTS, {"epoch": mode.epoch}).fetchone())


async def read_overview(store: Store, now: datetime) -> Overview:
    """The same for pages, as of the last commit."""
    mode = await incident_log.current_state(store, now)
    (row,) = await store.read_all(_COUNTS, {"epoch": mode.epoch})
    return _overview(mode, row)


def _overview(mode: ModeState, row: Any) -> Overview:
    return Overview(
        mode=mode,
        inbox_waiting=row[0],
        inbox_quarantined=row[1],
        outgoing_waiting=row[2],
        outgoing_failed=row[3],
        outbox_unsettled=row[4],
        outbox_parked=row[5],
        orders_in_epoch=row[6],
        orders_open=row[7],
        orders_troubled=row[8],
        snapshot_version=row[9],
        snapshot_confirmed_at=None if row[10] is None else from_ms(row[10]),
    )
