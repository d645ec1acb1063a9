"""Whether the platform's own intake is cut, epoch by epoch, and what it took after the cut all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx


class BreakerState(StrEnum):
    """What the platform's intake is, as far as it said."""

    #: cut: the app takes no orders
    OPEN = "open"
    #: it cannot be cut from here
    UNSUPPORTED = "unsupported"
    #: on again and on trial
    HALF_OPEN = "half_open"
    #: on
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class BreakerRow:
    """The breaker of one epoch."""

    epoch: int
    state: BreakerState
    cut_at: datetime
    #: None = it never said that it is paused
    paused_at: datetime | None
    resumed_at: datetime | None
    #: the platform's references of orders it took after the cut
    suspects: tuple[str, ...]


def opened(tx: Tx, epoch: int, *, cut_at: datetime, now: datetime, suspects: Sequence[str]) -> list[str]:
    """It is cut now, perhaps again; returns the suspects that nobody knew of before."""
    known = of(tx, epoch)
    before = known.suspects if known else ()
    every = sorted({*before, *suspects})
    tx.execute(
        "INSERT INTO breaker (epoch, state, cut_ms, paused_ms, suspects) VALUES (:epoch, 'open', :cut, :now, :suspects)"
        " ON CONFLICT (epoch) DO UPDATE SET state = 'open', suspects = excluded.suspects,"
        " paused_ms = coalesce(paused_ms, excluded.paused_ms), resumed_ms = NULL",
        {"epoch": epoch, "cut": to_ms(cut_at), "now": to_ms(now), "suspects": orjson.dumps(every).decode()},
    )
    return sorted(set(every) - set(before))


def unsupported(tx: Tx, epoch: int, *, cut_at: datetime) -> bool:
    """It cannot be cut; returns whether that is news."""
    return (
        tx.execute(
            "INSERT INTO breaker (epoch, state, cut_ms) VALUES (?, 'unsupported', ?) ON CONFLICT (epoch) DO NOTHING",
            (epoch, to_ms(cut_at)),
        ).rowcount
        > 0
    )


def move(tx: Tx, epoch: int, state: BreakerState, now: datetime) -> None:
    """Its intake is on again: on trial, or for good. One that cannot be cut stays what it is."""
    tx.execute(
        "UPDATE breaker SET state = ?, resumed_ms = ? WHERE epoch = ? AND state <> 'unsupported'",
        (state.value, to_ms(now), epoch),
    )


_COLUMNS = "epoch, state, cut_ms, paused_ms, resumed_ms, suspects"


def of(tx: Tx, epoch: int) -> BreakerRow | None:
    """The breaker of an epoch; None while the platform said nothing."""
    row = tx.execute(f"SELECT {_COLUMNS} FROM breaker WHERE epoch = ?", (epoch,)).fetchone()
    return None if row is None else _row(row)


async def newest(store: Store) -> BreakerRow | None:
    """That of the newest epoch there is one of."""
    rows = await store.read_all(f"SELECT {_COLUMNS} FROM breaker ORDER BY epoch DESC LIMIT 1")
    return _row(rows[0]) if rows else None


def _row(row: Any) -> BreakerRow:
    epoch, state, cut_ms, paused_ms, resumed_ms, suspects = row
    return BreakerRow(
        epoch,
        BreakerState(state),
        from_ms(cut_ms),
        None if paused_ms is None else from_ms(paused_ms),
        None if resumed_ms is None else from_ms(resumed_ms),
        tuple(orjson.loads(suspects)),
    )
