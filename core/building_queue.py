"""A courier's list for one building: which bags, on which floor, in which order to walk."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from core.ids import BuildingId, OrderId, PersonId, order_number
from core.order import OrderState
from core.payment import Paid

_ROOM = re.compile(r"(?P<wing>.*?)(?<!\d)(?P<number>\d{3,4})(?!\d)")
_SAID_FLOOR = re.compile(r"(?P<floor>\d{1,2})\s*(?:楼|层|[fF])")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """One bag that is still owed."""

    order_id: OrderId
    epoch: int
    building_id: BuildingId
    number: int
    #: "" when unknown: the student comes downstairs
    room: str
    person_name: str
    state: OrderState
    pickup_code: str
    #: name and quantity of each line
    items: tuple[tuple[str, int], ...]
    total_fen: int
    #: who took it; None = nobody yet
    courier_id: PersonId | None
    courier_name: str
    #: what a courier reported; "" = nothing
    problem: str
    note: str
    placed_at: datetime
    #: unpaid, claimed or confirmed
    paid: str = Paid.UNPAID

    @property
    def label(self) -> str:
        """The number people say, such as `#12-047`."""
        return order_number(self.building_id, self.number)

    @property
    def owed_fen(self) -> int:
        """What is to be received at the door, fen; a claim alone pays nothing."""
        return 0 if self.paid == Paid.CONFIRMED else self.total_fen

    @property
    def reference(self) -> str:
        """The order in a button's action: `<epoch>.<building>.<number>`."""
        return f"{self.epoch}.{self.building_id}.{self.number}"


@dataclass(frozen=True, slots=True)
class Floor:
    """The bags of one floor, in the order of its rooms."""

    #: `3`; "" = not known, or downstairs
    name: str
    entries: tuple[QueueEntry, ...]


def floor_of(room: str) -> str:
    """The floor a room is on: `A305` and `3楼12` are on `3`, `1203` is on `12`; "" when it does not say."""
    if said := _SAID_FLOOR.search(room):
        return str(int(said["floor"]))
    found = _ROOM.match(room)
    return str(int(found["number"][:-2])) if found else ""


def by_floor(entries: Iterable[QueueEntry]) -> tuple[Floor, ...]:
    """The floors from the ground up, those who come downstairs last: a courier walks up once."""
    ordered = sorted(entries, key=_walk)
    return tuple(
        Floor(name, tuple(members)) for name, members in groupby(ordered, key=lambda entry: floor_of(entry.room))
    )


def _walk(entry: QueueEntry) -> tuple[bool, int, str, int, str, int, int]:
    floor = floor_of(entry.room)
    found = _ROOM.match(entry.room)
    wing, number = (found["wing"], int(found["number"])) if found else (entry.room, 0)
    return not floor, int(floor or 0), wing, number, entry.room, entry.epoch, entry.number
