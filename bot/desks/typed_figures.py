"""Figures an admin types in, for what no machine counts: `/calls 12` is what the call centre hears in a minute."""

from __future__ import annotations

import re

from bot.desks.desk import Answer, Visit
from core.texts import text
from fallback_store import typed_figures
from fallback_store.database import Tx

_CALLS = re.compile(r"\d{1,4}(?:\.\d{1,2})?")


def calls(tx: Tx, visit: Visit, rest: str) -> Answer:
    """Calls to the service line in the last minute."""
    if _CALLS.fullmatch(rest) is None:
        return Answer(text(visit.language, "calls_how"))
    typed_figures.type_in(tx, "calls", float(rest), by=visit.person.id, now=visit.now)
    return Answer(text(visit.language, "calls_noted", calls=rest))
