"""The campus as rules see it: buildings, and the couriers and captains the primary knows for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidDirectory
from core.ids import BuildingId, PersonId
from core.value import value


@value(frozen=True, slots=True)
class Building:
    """One dorm building."""

    id: BuildingId
    name: str
    #: what else people call it
    aliases: tuple[str, ...]
    #: where orders wait; "" = downstairs at the building's door
    pickup_place: str = ""


@dataclass(frozen=True, slots=True)
class DirectoryPerson:
    """A courier or a captain, as the primary knows them."""

    #: the primary's own id, not one of ours
    id: str
    name: str
    buildings: tuple[BuildingId, ...]
    #: how they can be reached in chats we sit in: our person ids, such as `telegram:900001`
    contacts: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody the primary told us about, as of one version."""

    version: str
    buildings: tuple[Building, ...]
    couriers: tuple[DirectoryPerson, ...]
    captains: tuple[DirectoryPerson, ...]


def directory_from_json(data: Any) -> Directory:
    """A directory from `GET /directory` (docs/primary-api.yaml).

    Raises: InvalidDirectory, naming the first thing wrong.
    """
    try:
        return _read(data)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InvalidDirectory(f"directory: {type(problem).__name__}: {problem}") from problem


def _read(data: Any) -> Directory:
    if not isinstance(data, Mapping):
        raise InvalidDirectory("directory: an object is expected")
    buildings = tuple(_building(body) for body in data["buildings"])
    known = {building.id for building in buildings}
    if len(known) != len(buildings):
        raise InvalidDirectory("directory: two buildings share an id")
    return Directory(
        version=str(data["version"]),
        buildings=buildings,
        couriers=_people(data.get("couriers"), known),
        captains=_people(data.get("captains"), known),
    )


def _building(body: Mapping[str, Any]) -> Building:
    name = str(body["name"])
    if not name.strip():
        raise InvalidDirectory(f"directory: building {body['id']!r} has no name")
    return Building(BuildingId(_id(body)), name, _words(body.get("aliases")), str(body.get("pickup_place") or ""))


def _people(bodies: Iterable[Mapping[str, Any]] | None, known: set[BuildingId]) -> tuple[DirectoryPerson, ...]:
    return tuple(_person(body, known) for body in bodies or ())


def _person(body: Mapping[str, Any], known: set[BuildingId]) -> DirectoryPerson:
    person_id = _id(body)
    buildings = tuple(BuildingId(word) for word in _words(body.get("buildings")))
    # A role for a building nobody knows could never be used, and hides a typo that leaves a real one unserved.
    if missing := [building for building in buildings if building not in known]:
        raise InvalidDirectory(f"directory: person {person_id!r} serves unknown buildings: {', '.join(missing)}")
    contacts = tuple(PersonId(word) for word in _words(body.get("contacts")))
    if wrong := [contact for contact in contacts if not all(contact.partition(":"))]:
        raise InvalidDirectory(f"directory: person {person_id!r}: {wrong[0]!r} is not of the form channel:id")
    return DirectoryPerson(person_id, str(body.get("name") or ""), buildings, contacts)


def _id(body: Mapping[str, Any]) -> str:
    found = str(body["id"])
    if not found:
        raise InvalidDirectory("directory: an id is empty")
    return found


def _words(value: Any) -> tuple[str, ...]:
    if value is not None and not isinstance(value, list):
        raise InvalidDirectory(f"directory: a list is expected, not {value!r}")
    return tuple(str(word) for word in value or ())
