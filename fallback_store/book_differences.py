"""Where two books of an epoch part, shown while a person is asked; and what that person decided, which is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.primary import BookOrder
from core.reconciliation import Difference, DifferenceKind, mark_of
from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx


class Decision(StrEnum):
    """What a person says about differing books."""

    #: the primary's operator corrected something: compare once more, at once
    AGAIN = "again"
    #: the primary's books stand as they are; ours stay on record in the proof
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class OpenDifferences:
    """The differences of one epoch that wait for a person."""

    epoch: int
    differences: tuple[Difference, ...]

    @property
    def mark(self) -> str:
        """Names exactly these."""
        return mark_of(self.differences)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who accepted differences, when and why."""

    by: str
    at: datetime
    reason: str
    mark: str


def put(tx: Tx, epoch: int, found: Sequence[Difference]) -> None:
    """These are the differences of an epoch now; none = nobody has to be asked any more."""
    tx.execute("DELETE FROM book_differences WHERE epoch = ?", (epoch,))
    tx.executemany(
        "INSERT INTO book_differences VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(epoch, one.order_id, one.kind.value, *_figures(one.ours), *_figures(one.theirs)) for one in found],
    )


def waiting(tx: Tx) -> OpenDifferences | None:
    """What a person is asked about; of several epochs the oldest, for the hand-back stands there."""
    return _oldest(tx.execute(_WAITING).fetchall())


async def read_waiting(store: Store) -> OpenDifferences | None:
    """The same, outside a transaction."""
    return _oldest(await store.read_all(_WAITING))


def decide(tx: Tx, epoch: int, mark: str, decision: Decision, *, reason: str, by: str, now: datetime) -> bool:
    """Writes a decision down, if exactly these differences still wait; returns whether it did."""
    found = waiting(tx)
    if found is None or (found.epoch, found.mark) != (epoch, mark):
        return False
    tx.execute(
        "INSERT INTO book_decisions (epoch, decision, mark, reason, by, at_ms) VALUES (?, ?, ?, ?, ?, ?)",
        (epoch, decision.value, mark, reason, by, to_ms(now)),
    )
    return True


async def acceptance(store: Store, epoch: int, mark: str) -> Acceptance | None:
    """Who accepted exactly these differences of an epoch; None = nobody."""
    rows = await store.read_all(
        "SELECT by, at_ms, reason, mark FROM book_decisions"
        " WHERE epoch = :epoch AND mark = :mark AND decision = 'accept' ORDER BY id DESC LIMIT 1",
        {"epoch": epoch, "mark": mark},
    )
    return Acceptance(rows[0][0], from_ms(rows[0][1]), rows[0][2], rows[0][3]) if rows else None


async def decisions(store: Store) -> int:
    """How many decisions there are: one more means that somebody spoke."""
    ((count,),) = await store.read_all("SELECT count(*) FROM book_decisions")
    return int(count)


_WAITING = (
    "SELECT epoch, order_id, kind, ours_status, ours_fen, theirs_status, theirs_fen FROM book_differences"
    " WHERE epoch = (SELECT min(epoch) FROM book_differences) ORDER BY order_id"
)


def _figures(entry: BookOrder | None) -> tuple[str | None, int | None]:
    return (None, None) if entry is None else (entry.status, entry.total_fen)


def _oldest(rows: Iterable[Any]) -> OpenDifferences | None:
    found = [_difference(*row) for row in rows]
    return OpenDifferences(found[0][0], tuple(one for _, one in found)) if found else None


def _difference(
    epoch: int, order_id: str, kind: str, ours: str | None, ours_fen: int, theirs: str | None, theirs_fen: int
) -> tuple[int, Difference]:
    entry = None if ours is None else BookOrder(order_id, ours, ours_fen)
    other = None if theirs is None else BookOrder(order_id, theirs, theirs_fen)
    return epoch, Difference(order_id, DifferenceKind(kind), entry, other)
