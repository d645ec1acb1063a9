"""Which building a group belongs to, or that it is the couriers' own: an admin says so in that group.

The admin is told what is still missing there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.desks.desk import Answer, Visit
from core.chat import Role
from core.directory import Building
from core.ids import channel_of
from core.texts import text
from fallback_store import catalog_snapshots, chat_changes, courier_groups, people
from fallback_store.database import Tx

_COURIERS: Final = re.compile(r"(?:couriers?|送餐员|骑手)(?P<buildings>(?:\s+.*)?)", re.IGNORECASE)
#: Buildings named when nobody knows the one that was meant.
NAMED = 30


def bind(tx: Tx, visit: Visit, word: str) -> Answer:
    """`/bind 12`: this group is that building's from now on; `/bind couriers 12 13`: it is the couriers' own."""
    if not visit.chat.is_group:
        return Answer(text(visit.language, "admin_bind_in_group"))
    if (couriers := _COURIERS.fullmatch(word)) is not None:
        return _bind_to_couriers(tx, visit, couriers["buildings"].split())
    building = people.find_building(tx, word) if word else None
    if building is None:
        return _which(tx, visit)
    before = people.building(tx, visit.chat.building_id) if visit.chat.building_id else None
    courier_groups.bind(tx, visit.chat.id, ())
    people.bind_chat(tx, visit.chat.id, building.id, title=building.name, language=visit.language)
    said = [text(visit.language, "admin_bound", building=building.name)]
    if before is not None and before.id != building.id:
        said.append(text(visit.language, "admin_bound_before", building=before.name))
    return Answer("\n".join([*said, *_missing(tx, visit, building)]))


def unbind(tx: Tx, visit: Visit) -> Answer:
    """`/unbind`: this group is nobody's again."""
    if not visit.chat.is_group:
        return Answer(text(visit.language, "admin_bind_in_group"))
    if courier_groups.buildings_of(tx, visit.chat.id):
        courier_groups.bind(tx, visit.chat.id, ())
        return Answer(text(visit.language, "admin_unbound_couriers"))
    building = people.building(tx, visit.chat.building_id) if visit.chat.building_id else None
    if building is None:
        return Answer(text(visit.language, "admin_unbound_already"))
    chat_changes.unbind(tx, visit.chat.id)
    return Answer(text(visit.language, "admin_unbound", building=building.name))


def _bind_to_couriers(tx: Tx, visit: Visit, words: Sequence[str]) -> Answer:
    """Without a building: all of them. A group that was a building's is that building's no more."""
    found = [people.find_building(tx, word) for word in words] or people.buildings_in(tx)
    buildings = [building for building in found if building is not None]
    if not buildings or len(buildings) < len(words):
        return _which(tx, visit)
    before = people.building(tx, visit.chat.building_id) if visit.chat.building_id else None
    chat_changes.unbind(tx, visit.chat.id)
    courier_groups.bind(tx, visit.chat.id, [building.id for building in buildings])
    names = text(visit.language, "list_comma").join(building.name for building in buildings[:NAMED])
    said = [text(visit.language, "admin_bound_couriers", buildings=names)]
    if before is not None:
        said.append(text(visit.language, "admin_bound_before", building=before.name))
    return Answer("\n".join(said))


def _which(tx: Tx, visit: Visit) -> Answer:
    names = text(visit.language, "list_comma").join(known.name for known in people.buildings_in(tx)[:NAMED])
    if not names:
        return Answer(text(visit.language, "admin_bind_no_buildings"))
    return Answer(text(visit.language, "admin_bind_how", known=names))


def _missing(tx: Tx, visit: Visit, building: Building) -> list[str]:
    """What an outage would find missing here, each with what to do about it."""
    found = []
    if catalog_snapshots.confirmed_at(tx) is None:
        found.append("admin_bound_no_menu")
    if not people.people_with(tx, Role.COURIER, building.id):
        found.append("admin_bound_no_courier")
    others = [
        chat
        for chat in people.groups(tx)
        if chat.building_id == building.id
        and chat.id != visit.chat.id
        and channel_of(chat.id) == channel_of(visit.chat.id)
    ]
    if others:
        found.append("admin_bound_twice")
    return [text(visit.language, name, building=building.name, count=len(others)) for name in found]
