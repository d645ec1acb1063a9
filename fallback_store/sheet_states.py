"""How each shared sheet fares: how old what it shows is, and what keeps it from being newer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx

#: A sheet that was compared longer ago than this is called old, seconds.
OLD_S = 600.0


@dataclass(frozen=True, slots=True)
class SheetState:
    """One sheet, as of the last look at it."""

    sheet: str
    #: when sheet and store were last compared; None = never yet
    compared_at: datetime | None
    #: since when it cannot be; None while it can
    failing_since: datetime | None
    #: what is wrong, and what to do; "" while nothing is
    problem: str
    hint: str

    def age_s(self, now: datetime) -> float | None:
        """Seconds since it was compared; None = never yet."""
        return None if self.compared_at is None else max(0.0, (now - self.compared_at).total_seconds())

    def is_old(self, now: datetime) -> bool:
        """Whether what people see there can no longer be relied on: it was right once, and that is long ago."""
        age_s = self.age_s(now)
        return age_s is not None and age_s >= OLD_S


def compared(tx: Tx, sheet: str, now: datetime) -> None:
    """Sheet and store were compared just now."""
    tx.execute(
        "INSERT INTO sheet_states (sheet, compared_ms) VALUES (?, ?) ON CONFLICT (sheet) DO UPDATE SET"
        " compared_ms = excluded.compared_ms, failing_since_ms = NULL, problem = '', hint = ''",
        (sheet, to_ms(now)),
    )


def failed(tx: Tx, sheet: str, problem: str, hint: str, now: datetime) -> None:
    """They could not be; the first failure in a row counts as the beginning."""
    tx.execute(
        "INSERT INTO sheet_states (sheet, failing_since_ms, problem, hint) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (sheet) DO UPDATE SET problem = excluded.problem, hint = excluded.hint,"
        " failing_since_ms = coalesce(failing_since_ms, excluded.failing_since_ms)",
        (sheet, to_ms(now), problem, hint),
    )


def forget_others(tx: Tx, sheet: str) -> None:
    """Another sheet is used now, or none: what became of the others is nobody's concern any more."""
    tx.execute("DELETE FROM sheet_states WHERE sheet <> ?", (sheet,))


async def the_one(store: Store) -> SheetState | None:
    """The shared sheet in use; None while the built-in page is all there is."""
    rows = await store.read_all(_ONE)
    return _state(rows[0] if rows else None)


def the_one_in(tx: Tx) -> SheetState | None:
    """The same, inside the transaction."""
    return _state(tx.execute(_ONE).fetchone())


_ONE = "SELECT sheet, compared_ms, failing_since_ms, problem, hint FROM sheet_states LIMIT 1"


def _state(row: Any) -> SheetState | None:
    if row is None:
        return None
    sheet, compared_ms, failing_since_ms, problem, hint = row
    return SheetState(sheet, _moment(compared_ms), _moment(failing_since_ms), problem, hint)


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
