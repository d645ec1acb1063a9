"""Who is who: buildings, chats, people and what they may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

import orjson

from core.chat import Chat, Person, Role
from core.directory import Building, Directory
from core.ids import BuildingId, ChatId, PersonId
from fallback_store.database import Store, Tx

RoleSource = Literal["config", "directory", "admin"]


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """One person may do one thing in one place."""

    person_id: PersonId
    role: Role
    #: building id, merchant id, or "" = everywhere
    scope: str = ""


# Chats -----------------------------------------------------------------------------------------


def chat(tx: Tx, chat_id: ChatId, *, is_group: bool, language: str) -> Chat:
    """The chat, remembered from now on if it was unknown (then in `language`, bound to no building)."""
    return known_chat(tx, chat_id) or new_chat(tx, chat_id, is_group=is_group, language=language)


def known_chat(tx: Tx, chat_id: ChatId) -> Chat | None:
    """The chat; None when nobody wrote there yet."""
    found = tx.execute("SELECT building_id, is_group, language, speaks FROM chats WHERE id = ?", (chat_id,)).fetchone()
    if found is None:
        return None
    return Chat(chat_id, _building_id(found[0]), bool(found[1]), found[2], found[3] == "mentions")


def new_chat(tx: Tx, chat_id: ChatId, *, is_group: bool, language: str) -> Chat:
    """A chat that is remembered from now on, in `language`, bound to no building."""
    tx.execute("INSERT INTO chats (id, is_group, language) VALUES (?, ?, ?)", (chat_id, is_group, language))
    return Chat(chat_id, None, is_group, language)


def _building_id(found: str | None) -> BuildingId | None:
    return None if found is None else BuildingId(found)


def roles_from_lines(lines: str | None) -> dict[Role, frozenset[str]]:
    """Role → its scopes, from lines of `role scope`; None = no role."""
    roles: dict[Role, frozenset[str]] = {}
    for line in lines.split("\n") if lines else ():
        role, _, scope = line.partition(" ")
        roles[Role(role)] = roles.get(Role(role), frozenset()) | {scope}
    return roles


def bind_chat(tx: Tx, chat_id: ChatId, building_id: BuildingId, *, title: str, language: str) -> None:
    """Makes a group the group of a building."""
    tx.execute(
        "INSERT INTO chats (id, is_group, building_id, title, language) VALUES (?, 1, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET building_id = excluded.building_id, title = excluded.title, is_group = 1",
        (chat_id, building_id, title, language),
    )


def set_title(tx: Tx, chat_id: ChatId, title: str) -> None:
    """Remembers what a group is called; "" says nothing about it."""
    tx.execute("UPDATE chats SET title = ? WHERE id = ? AND ? <> ''", (title, chat_id, title))


def set_quiet(tx: Tx, chat_id: ChatId, *, is_quiet: bool) -> None:
    """Makes a group one in which nothing but mentions is answered, or an ordinary one again."""
    tx.execute("UPDATE chats SET speaks = ? WHERE id = ?", ("mentions" if is_quiet else "orders", chat_id))


def set_chat_language(tx: Tx, chat_id: ChatId, language: str) -> None:
    """What everybody in a chat is answered in who never said otherwise."""
    tx.execute("UPDATE chats SET language = ? WHERE id = ?", (language, chat_id))


def groups(tx: Tx) -> list[Chat]:
    """Every group that belongs to a building, in the directory's order."""
    return [
        Chat(ChatId(row[0]), BuildingId(row[1]), True, row[2])
        for row in tx.execute(
            "SELECT chats.id, building_id, language FROM chats JOIN buildings ON buildings.id = building_id"
            " WHERE is_group = 1 ORDER BY position, chats.id"
        )
    ]


# People ----------------------------------------------------------------------------------------


def person(tx: Tx, person_id: PersonId, name: str) -> Person:
    """The person with their roles, remembered from now on if unknown; a new name replaces the old one."""
    remember(tx, person_id, name)
    return look_up(tx, person_id, name)


def look_up(tx: Tx, person_id: PersonId, name: str) -> Person:
    """The same, of somebody who may not be remembered: most who talk in a group never order."""
    found = tx.execute("SELECT name, building_id, room, language FROM people WHERE id = ?", (person_id,)).fetchone()
    known_name, building_id, room, language = found or ("", None, "", "")
    return Person(
        person_id,
        name or known_name,
        None if building_id is None else BuildingId(building_id),
        room,
        _roles(tx, person_id),
        language,
    )


async def find(store: Store, person_id: PersonId) -> Person:
    """The same for pages: looking somebody up writes nothing."""
    asked = {"person_id": person_id}
    found = await store.read_all("SELECT name, building_id, room FROM people WHERE id = :person_id", asked)
    name, building_id, room = found[0] if found else ("", None, "")
    roles: dict[Role, frozenset[str]] = {}
    for role, scope in await store.read_all("SELECT role, scope FROM roles WHERE person_id = :person_id", asked):
        roles[Role(role)] = roles.get(Role(role), frozenset()) | {scope}
    return Person(person_id, name, None if building_id is None else BuildingId(building_id), room, roles)


def remember(tx: Tx, person_id: PersonId, name: str) -> None:
    """Remembers a person and what they are called now; "" says nothing about their name."""
    tx.execute(
        "INSERT INTO people (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
        " WHERE excluded.name <> '' AND excluded.name <> people.name",
        (person_id, name),
    )


def speak(tx: Tx, person_id: PersonId, name: str, language: str) -> None:
    """Remembers what a person wants to be answered in."""
    remember(tx, person_id, name)
    tx.execute("UPDATE people SET language = ? WHERE id = ?", (language, person_id))


def _roles(tx: Tx, person_id: PersonId) -> dict[Role, frozenset[str]]:
    roles: dict[Role, frozenset[str]] = {}
    for role, scope in tx.execute("SELECT role, scope FROM roles WHERE person_id = ?", (person_id,)):
        roles[Role(role)] = roles.get(Role(role), frozenset()) | {scope}
    return roles


def set_home(tx: Tx, person_id: PersonId, building_id: BuildingId, room: str) -> None:
    """Remembers where a person lives, as they said it; "" keeps the room unknown."""
    tx.execute(
        "INSERT INTO people (id, building_id, room) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET building_id = excluded.building_id, room = excluded.room",
        (person_id, building_id, room),
    )


def people_with(tx: Tx, role: Role, scope: str | None = None) -> list[PersonId]:
    """Everybody who holds a role, everywhere or for `scope`; None = for anything."""
    found = tx.execute(
        "SELECT DISTINCT person_id FROM roles WHERE role = :role AND (:scope IS NULL OR scope IN ('', :scope))"
        " ORDER BY person_id",
        {"role": role.value, "scope": scope},
    )
    return [PersonId(row[0]) for row in found]


async def scopes(store: Store, person_id: PersonId, role: Role) -> frozenset[str]:
    """Where a person holds a role; "" = everywhere."""
    rows = await store.read_all(
        "SELECT scope FROM roles WHERE person_id = :person_id AND role = :role",
        {"person_id": person_id, "role": role.value},
    )
    return frozenset(row[0] for row in rows)


async def holders(store: Store, role: Role) -> list[tuple[PersonId, str, list[str]]]:
    """Everybody who holds a role: id, name ("" when unknown), and where they hold it."""
    rows = await store.read_all(
        "SELECT person_id, coalesce(people.name, '') AS name, scope FROM roles"
        " LEFT JOIN people ON people.id = person_id WHERE role = :role"
        " GROUP BY person_id, name, scope ORDER BY person_id, scope",
        {"role": role.value},
    )
    found: dict[PersonId, tuple[str, list[str]]] = {}
    for person_id, name, scope in rows:
        found.setdefault(PersonId(person_id), (name, []))[1].append(scope)
    return [(person_id, name, scopes) for person_id, (name, scopes) in found.items()]


def replace_roles(tx: Tx, source: RoleSource, grants: Iterable[RoleGrant]) -> None:
    """Makes `grants` everything that `source` says about roles; other sources keep their word."""
    tx.execute("DELETE FROM roles WHERE source = ?", (source,))
    tx.executemany(
        "INSERT INTO roles (person_id, role, scope, source) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(grant.person_id, grant.role.value, grant.scope, source) for grant in grants],
    )


# Buildings -------------------------------------------------------------------------------------


def take_over_directory(tx: Tx, directory: Directory, now: datetime) -> None:
    """Brings buildings, couriers and captains in line with the primary's directory.

    A building that is gone stays as long as orders may name it; a person is known by their contacts.
    """
    tx.executemany(
        "INSERT INTO buildings (id, name, aliases, pickup_place, position) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, aliases = excluded.aliases,"
        " pickup_place = excluded.pickup_place, position = excluded.position",
        [
            (building.id, building.name, orjson.dumps(building.aliases).decode(), building.pickup_place, position)
            for position, building in enumerate(directory.buildings)
        ],
    )
    grants = [
        RoleGrant(PersonId(contact), role, building_id)
        for role, members in ((Role.COURIER, directory.couriers), (Role.CAPTAIN, directory.captains))
        for member in members
        for contact in member.contacts
        for building_id in member.buildings
    ]
    replace_roles(tx, "directory", grants)


def building(tx: Tx, building_id: BuildingId) -> Building | None:
    """One building."""
    row = tx.execute("SELECT id, name, aliases, pickup_place FROM buildings WHERE id = ?", (building_id,)).fetchone()
    return None if row is None else building_from(*row)


# Every receipt names its building, and there are a few dozen of them.
@lru_cache(maxsize=256)
def building_from(building_id: BuildingId, name: str, aliases: str, pickup_place: str) -> Building:
    """A building from its row."""
    return Building(building_id, name, tuple(orjson.loads(aliases)), pickup_place)


def buildings_in(tx: Tx) -> list[Building]:
    """All buildings, in the directory's order, inside the transaction."""
    rows = tx.execute("SELECT id, name, aliases, pickup_place FROM buildings ORDER BY position, id").fetchall()
    return [building_from(*row) for row in rows]


def find_building(tx: Tx, word: str) -> Building | None:
    """The building a person means by its id, name or alias; None when no or several buildings are called so."""
    said = word.strip().removesuffix("栋").removesuffix("号楼").lower()
    found = [
        known
        for known in buildings_in(tx)
        if said == known.id.lower()
        or any(said == name.removesuffix("栋").removesuffix("号楼").lower() for name in (known.name, *known.aliases))
    ]
    return found[0] if len(found) == 1 else None


def any_building(tx: Tx) -> Building | None:
    """The directory's first building, for examples; None when there is no directory yet."""
    return next(iter(buildings_in(tx)), None)


async def buildings(store: Store) -> list[Building]:
    """All buildings, in the directory's order."""
    rows = await store.read_all("SELECT id, name, aliases, pickup_place FROM buildings ORDER BY position, id")
    return [building_from(*row) for row in rows]
