"""How far the hand-back of each epoch is: one row per epoch, so that a kill at any point resumes where it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx


class Step(StrEnum):
    """What the hand-back of an epoch is doing; listed in the order it goes."""

    FENCE = "fence"
    DRAIN = "drain"
    COMPARE = "compare"
    PROVE = "prove"
    CLOSE = "close"
    RELEASE = "release"
    DONE = "done"
    #: the primary died again; the next hand-back starts this epoch from the fence
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class HandBackRow:
    """The hand-back of one epoch."""

    epoch: int
    step: Step
    started_at: datetime
    changed_at: datetime
    #: who asked for it
    by: str
    #: what it waits for, in words
    detail: str
    #: the newest proof; None before there is one
    proof_path: str | None


@dataclass(frozen=True, slots=True)
class EpochOpening:
    """When and why an epoch was opened here."""

    at: datetime
    reason: str


def begin(tx: Tx, epoch: int, *, by: str, now: datetime) -> HandBackRow:
    """The row of an epoch's hand-back: a new one, the one a kill interrupted, or an abandoned one started again."""
    now_ms = to_ms(now)
    tx.execute(
        "INSERT INTO hand_backs (epoch, step, started_ms, changed_ms, by) VALUES (?, 'fence', ?, ?, ?)"
        " ON CONFLICT (epoch) DO UPDATE SET step = 'fence', started_ms = excluded.started_ms,"
        " changed_ms = excluded.changed_ms, by = excluded.by, detail = '' WHERE step = 'abandoned'",
        (epoch, now_ms, now_ms, by),
    )
    return _row(tx.execute(f"SELECT {_COLUMNS} FROM hand_backs WHERE epoch = ?", (epoch,)).fetchone())


def move(tx: Tx, epoch: int, step: Step, *, now: datetime, detail: str = "", proof_path: str | None = None) -> None:
    """The hand-back of an epoch is at `step` now. `proof_path` is kept unless a newer one is given."""
    tx.execute(
        "UPDATE hand_backs SET step = ?, detail = ?, changed_ms = ?, proof_path = coalesce(?, proof_path)"
        " WHERE epoch = ?",
        (step.value, detail[:500], to_ms(now), proof_path, epoch),
    )


def step_of(tx: Tx, epoch: int) -> Step | None:
    """How far the hand-back of an epoch is; None when it never began."""
    row = tx.execute("SELECT step FROM hand_backs WHERE epoch = ?", (epoch,)).fetchone()
    return None if row is None else Step(row[0])


def pending_epochs(tx: Tx, current_epoch: int) -> list[int]:
    """Every epoch that was opened here and not handed back yet, oldest first."""
    rows = tx.execute(
        "SELECT DISTINCT epoch FROM mode_changes WHERE mode = 'emergency' AND epoch <= :current"
        " UNION SELECT DISTINCT epoch FROM outbox WHERE state IN ('waiting', 'leased')"
        " UNION SELECT :current WHERE :current > 0"
        " EXCEPT SELECT epoch FROM hand_backs WHERE step = 'done' ORDER BY epoch",
        {"current": current_epoch},
    )
    return [row[0] for row in rows]


def opening_of(tx: Tx, epoch: int) -> EpochOpening | None:
    """When and why an epoch was opened here; None when this store never opened it."""
    row = tx.execute(
        "SELECT at_ms, reason FROM mode_changes WHERE epoch = ? AND mode = 'emergency' ORDER BY id LIMIT 1", (epoch,)
    ).fetchone()
    return None if row is None else EpochOpening(from_ms(row[0]), row[1])


async def under_way(store: Store) -> list[int]:
    """The epochs whose hand-back began and neither ended nor was given up, oldest first."""
    rows = await store.read_all("SELECT epoch FROM hand_backs WHERE step NOT IN ('done', 'abandoned') ORDER BY epoch")
    return [row[0] for row in rows]


async def newest(store: Store, limit: int = 10) -> list[HandBackRow]:
    """The newest hand-backs first; for pages and the command line."""
    rows = await store.read_all(
        f"SELECT {_COLUMNS} FROM hand_backs ORDER BY epoch DESC LIMIT :limit",
        {"limit": limit},
    )
    return [_row(row) for row in rows]


_COLUMNS = "epoch, step, started_ms, changed_ms, by, detail, proof_path"


def _row(record: Any) -> HandBackRow:
    epoch, step, started_ms, changed_ms, by, detail, proof_path = record
    return HandBackRow(epoch, Step(step), from_ms(started_ms), from_ms(changed_ms), by, detail, proof_path)
