"""Says in a receipt that the numbers may be old, when the shared stock sheet has not been compared for a while."""

from __future__ import annotations

from bot.desks.desk import Visit
from core.texts import text
from fallback_store import sheet_states
from fallback_store.database import Tx


def caution(tx: Tx, visit: Visit) -> str:
    """A line to end a receipt with; "" while the sheet is fresh, or when there is none."""
    state = sheet_states.the_one_in(tx) if visit.has_sheet else None
    if state is None or not state.is_old(visit.now):
        return ""
    age_s = state.age_s(visit.now) or 0.0
    return "\n" + text(visit.language, "sheet_is_old", minutes=int(age_s // 60))
