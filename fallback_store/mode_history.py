"""When the mode changed to what: the public timeline. No names and no reasons, anybody may read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.mode import Mode
from core.times import from_ms, to_ms
from fallback_store.database import Store


@dataclass(frozen=True, slots=True)
class ModeChange:
    """One change of the mode."""

    mode: Mode
    at: datetime


async def since(store: Store, moment: datetime, limit: int = 50) -> list[ModeChange]:
    """The changes from `moment` on, newest first."""
    rows = await store.read_all(
        "SELECT mode, at_ms FROM mode_changes WHERE at_ms >= :from_ms ORDER BY id DESC LIMIT :limit",
        {"from_ms": to_ms(moment), "limit": limit},
    )
    return [ModeChange(Mode(row[0]), from_ms(row[1])) for row in rows]
