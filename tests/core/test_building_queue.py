"""A courier walks a building once: floors from the ground up, rooms in order, those who come down last."""

from __future__ import annotations

import pytest

from core.building_queue import QueueEntry, by_floor, floor_of
from core.ids import BuildingId, OrderId
from core.order import OrderState
from tests.small_campus import NOON


def entry(number: int, room: str) -> QueueEntry:
    """A bag for `room`."""
    return QueueEntry(
        order_id=OrderId(f"s-3-12-{number}"),
        epoch=3,
        building_id=BuildingId("12"),
        number=number,
        room=room,
        person_name="",
        state=OrderState.PLACED,
        pickup_code="",
        items=(),
        total_fen=0,
        courier_id=None,
        courier_name="",
        problem="",
        note="",
        placed_at=NOON,
    )


@pytest.mark.parametrize(
    ("room", "floor"),
    [
        ("305", "3"),
        ("1203", "12"),
        ("A301", "3"),
        ("305-2", "3"),
        ("3楼12", "3"),
        ("5F08", "5"),
        ("0412", "4"),
        ("", ""),
        ("12", ""),
        ("值班室", ""),
        ("13800001234", ""),
    ],
)
def test_a_room_says_on_which_floor_it_is(room: str, floor: str) -> None:
    assert floor_of(room) == floor


def test_floors_go_up_and_downstairs_comes_last() -> None:
    rooms = ["1203", "", "305", "301", "B302", "412", "305"]
    floors = by_floor(entry(number, room) for number, room in enumerate(rooms, start=1))
    assert [floor.name for floor in floors] == ["3", "4", "12", ""]
    assert [(bag.room, bag.number) for bag in floors[0].entries] == [("301", 4), ("305", 3), ("305", 7), ("B302", 5)]


def test_a_bag_has_the_number_people_say_and_a_reference_for_buttons() -> None:
    bag = entry(47, "305")
    assert bag.label == "#12-047"
    assert bag.reference == "3.12.47"


def test_an_empty_queue_has_no_floors() -> None:
    assert by_floor([]) == ()
