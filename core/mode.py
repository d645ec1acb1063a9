"""Who is in charge: the modes, the steps between them, epochs and the admin's lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    """Who takes the orders, and what people are told."""

    NORMAL = "normal"
    WATCHING = "watching"
    PARTIAL = "partial"
    EMERGENCY = "emergency"
    HANDING_BACK = "handing_back"


@dataclass(frozen=True, slots=True)
class ModeLock:
    """An admin's word that outranks the probes."""

    by: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ModeState:
    """The mode as of its last change."""

    mode: Mode
    #: fencing number; +1 at every change of who is in charge; 0 before the first emergency
    epoch: int
    since: datetime
    by: str
    reason: str
    #: None when nobody holds it (an expired lock is none)
    lock: ModeLock | None = None
