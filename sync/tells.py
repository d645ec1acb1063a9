"""How this room speaks to people without knowing chats: `main.py` hands in who puts it into words."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from core.errors import FallbackError
from core.primary import PrimaryEvent
from fallback_store.database import Tx


class TellRefused(Protocol):
    """Queues the message to the student and the admins, in the transaction that parks the event."""

    def __call__(self, tx: Tx, event: PrimaryEvent, reason: str, now: datetime) -> None:
        """`reason`: `code` or `code: the primary's words`."""
        ...


class TellAdmin(Protocol):
    """Queues a message to the admins: something needs a person."""

    def __call__(self, tx: Tx, problem: FallbackError, now: datetime) -> None:
        """`problem` names itself and carries a hint."""
        ...
