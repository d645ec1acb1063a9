"""What everybody who deals with the primary has at hand: the store, the primary, the clock, and whom to tell."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import FallbackError
from core.ports import Clock, Primary
from fallback_store.database import Store
from sync.tells import TellAdmin, tell_admin_of


@dataclass(frozen=True, slots=True)
class Dealings:
    """One per process; the first thing each of them is built with."""

    store: Store
    primary: Primary
    clock: Clock
    tell_admin: TellAdmin

    async def tell(self, problem: FallbackError) -> None:
        """The admins hear of it, and the log keeps it."""
        await tell_admin_of(self.store, self.tell_admin, problem, self.clock.now())
