"""How this room speaks to people without knowing chats: `main.py` hands in who puts it into words."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import structlog

from core.errors import FallbackError
from core.primary import PrimaryEvent
from fallback_store.database import Store, Tx

_log = structlog.get_logger(__name__)


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


async def tell_admin_of(store: Store, tell_admin: TellAdmin, problem: FallbackError, now: datetime) -> None:
    """Logs the problem and queues the message; a message that cannot be queued stops nobody's work."""
    _log.warning("needs_person", problem=str(problem), hint=problem.hint)
    (outcome,) = await store.write_each([lambda tx: tell_admin(tx, problem, now)])
    if isinstance(outcome, BaseException):
        _log.error("needs_person.not_told", problem=repr(outcome))
