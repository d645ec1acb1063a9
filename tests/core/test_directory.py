"""The directory is read whole or refused with the path of what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from core.directory import Building, DirectoryPerson, directory_from_json
from core.errors import InvalidDirectory
from core.ids import BuildingId, PersonId

GOOD: dict[str, Any] = {
    "version": "d1",
    "buildings": [
        {"id": "12", "name": "12栋", "aliases": ["十二栋"], "pickup_place": "架空层"},
        {"id": "7", "name": "7栋"},
    ],
    "couriers": [{"id": "c-1", "name": "刘师傅", "buildings": ["12", "7"], "contacts": ["web:liu"], "later": "field"}],
    "captains": [{"id": "k-1", "buildings": ["7"]}],
}


def test_a_directory_names_its_buildings_couriers_and_captains() -> None:
    directory = directory_from_json(GOOD)
    twelve, seven = BuildingId("12"), BuildingId("7")
    assert directory.version == "d1"
    assert directory.buildings == (Building(twelve, "12栋", ("十二栋",), "架空层"), Building(seven, "7栋", ()))
    assert directory.couriers == (DirectoryPerson("c-1", "刘师傅", (twelve, seven), (PersonId("web:liu"),)),)
    assert directory.captains == (DirectoryPerson("k-1", "", (seven,), ()),)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"version": None, "buildings": None}, "buildings|NoneType"),
        ({"buildings": [{"id": "1", "name": "1栋"}, {"id": "1", "name": "1栋"}]}, "share an id"),
        ({"buildings": [{"id": "1", "name": " "}]}, "no name"),
        ({"buildings": [{"name": "1栋"}]}, "id"),
        ({"couriers": [{"id": "c", "buildings": ["99"]}]}, "unknown buildings: 99"),
        ({"captains": [{"id": "k", "buildings": ["7"], "contacts": ["liu"]}]}, "channel:id"),
        ({"captains": [{"id": "k", "buildings": "7"}]}, "list"),
    ],
)
def test_a_directory_that_cannot_be_used_says_why(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidDirectory, match=named):
        directory_from_json(GOOD | change)


@pytest.mark.parametrize("data", [None, [], "text", {}])
def test_anything_that_is_no_directory_is_refused(data: object) -> None:
    with pytest.raises(InvalidDirectory):
        directory_from_json(data)
