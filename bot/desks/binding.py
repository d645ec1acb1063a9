"""Which building a group belongs to: an admin says so in that group, and is told what is still missing there."""

from __future__ import annotations

from bot.desks.desk import Answer, Visit
from core.chat import Role
from core.directory import Building
from core.ids import channel_of
from core.texts import text
from fallback_store import catalog_snapshots, chat_changes, people
from fallback_store.database import Tx

#: Buildings named when nobody knows the one that was meant.
NAMED = 30


def bind(tx: Tx, visit: Visit, word: str) -> Answer:
    """`/bind 12`: this group is that building's from now on."""
    if not visit.chat.is_group:
        return Answer(text(visit.language, "admin_bind_in_group"))
    building = people.find_building(tx, word) if word else None
    if building is None:
        names = text(visit.language, "list_comma").join(known.name for known in people.buildings_in(tx)[:NAMED])
        if not names:
            return Answer(text(visit.language, "admin_bind_no_buildings"))
        return Answer(text(visit.language, "admin_bind_how", known=names))
    before = people.building(tx, visit.chat.building_id) if visit.chat.building_id else None
    people.bind_chat(tx, visit.chat.id, building.id, title=building.name, language=visit.language)
    said = [text(visit.language, "admin_bound", building=building.name)]
    if before is not None and before.id != building.id:
        said.append(text(visit.language, "admin_bound_before", building=before.name))
    return Answer("\n".join([*said, *_missing(tx, visit, building)]))


def unbind(tx: Tx, visit: Visit) -> Answer:
    """`/unbind`: this group is nobody's again."""
    if not visit.chat.is_group:
        return Answer(text(visit.language, "admin_bind_in_group"))
    building = people.building(tx, visit.chat.building_id) if visit.chat.building_id else None
    if building is None:
        return Answer(text(visit.language, "admin_unbound_already"))
    chat_changes.unbind(tx, visit.chat.id)
    return Answer(text(visit.language, "admin_unbound", building=building.name))


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
