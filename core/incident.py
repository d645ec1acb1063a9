"""An outage's life, from the first bad second to the books being closed, as people follow it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.health import Cause
from core.mode import Mode


class Stage(StrEnum):
    """The four words status pages use."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class Step(StrEnum):
    """What is done in every outage, in this order; ticked when it is done, never guessed."""

    NOTICED = "noticed"
    ORDERS_TAKEN = "orders_taken"
    PRIMARY_BACK = "primary_back"
    ORDERS_HANDED_BACK = "orders_handed_back"


@dataclass(frozen=True, slots=True)
class Incident:
    """One outage."""

    id: int
    cause: Cause
    #: the reason a person gave; "" when the watch saw it
    said: str
    #: when it began, as far as could be seen
    broken_at: datetime
    opened_at: datetime
    #: None while it lasts
    closed_at: datetime | None
    #: the mode's epoch once it had opened
    first_epoch: int
    #: how many notices told about it, and when the last did
    notices: int
    noticed_at: datetime | None
    #: the one part that is broken: `payments`, `merchant:ID`, `canteen:ID`; "" = the platform as a whole
    part: str = ""

    @property
    def is_about_a_place(self) -> bool:
        """One merchant or canteen cannot be reached, and everybody else can."""
        return self.part.startswith(("merchant:", "canteen:"))

    @property
    def is_about_payments(self) -> bool:
        """Nobody can pay, whoever said so, and all the rest works."""
        return self.part == "payments"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of what happened: who did what, when, why."""

    id: int
    #: None for what belongs to no incident
    incident_id: int | None
    at: datetime
    who: str
    #: opened, mode, lock, notice, step, note, closed
    kind: str
    text: str


def stage_of(incident: Incident, mode: Mode) -> Stage:
    """Where the incident stands."""
    if incident.closed_at is not None:
        return Stage.RESOLVED
    if mode is Mode.HANDING_BACK:
        return Stage.MONITORING
    return Stage.INVESTIGATING if mode is Mode.WATCHING else Stage.IDENTIFIED


def steps_of(incident: Incident, mode: Mode) -> dict[Step, bool]:
    """Every step and whether it is done."""
    is_over = incident.closed_at is not None
    return {
        Step.NOTICED: True,
        Step.ORDERS_TAKEN: is_over or mode in (Mode.EMERGENCY, Mode.HANDING_BACK),
        Step.PRIMARY_BACK: is_over or mode is Mode.HANDING_BACK,
        Step.ORDERS_HANDED_BACK: is_over,
    }
