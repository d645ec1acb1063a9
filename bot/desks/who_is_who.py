"""Who holds which role, and what everybody is called where roles are given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.desks import admin_words
from bot.desks.desk import Answer, Visit
from core.chat import Person, Role
from core.ids import PersonId
from core.texts import text
from fallback_store import people
from fallback_store.database import Tx

#: Anybody may ask what they are called.
ID: Final = re.compile(r"/(?:id|whoami)(?:@\S+)?|我的编号", re.IGNORECASE)

_ROLES: Final[Mapping[str, Role]] = {
    "管理员": Role.ADMIN,
    "楼长": Role.CAPTAIN,
    "送餐员": Role.COURIER,
    "骑手": Role.COURIER,
    "商家": Role.MERCHANT,
}
#: People found by a name, at the most.
FOUND = 10


def own_id(visit: Visit) -> Answer:
    """`/id`: what to give an admin who should name this person; for nobody else to read."""
    if visit.message.is_group:
        return Answer(text(visit.language, "id_private"))
    return Answer("\n".join([text(visit.language, "id_own", id=visit.person.id), *_roles(visit, visit.person)]))


def who(tx: Tx, visit: Visit, rest: str) -> Answer:
    """`/who courier`: everybody who holds a role; without one, how many there are of each."""
    if visit.chat.is_group:
        return Answer(text(visit.language, "admin_who_private"))  # who is who is nobody else's business
    word = rest.lower().removesuffix("s")
    role = _ROLES.get(rest) or next((role for role in Role if role.value == word), None)
    if role is not None:
        return admin_words.holders(visit.language, role, _holders(tx, role))
    counts = [
        text(
            visit.language,
            "admin_who_count",
            role=text(visit.language, f"admin_role_{one.value}"),
            count=len(people.people_with(tx, one)),
        )
        for one in Role
    ]
    return Answer("\n".join([*counts, text(visit.language, "admin_who_how")]))


def whois(tx: Tx, visit: Visit, rest: str) -> Answer:
    """`/whois telegram:900001`, `/whois 刘师傅`: one person's roles and home."""
    if visit.chat.is_group:
        return Answer(text(visit.language, "admin_who_private"))
    if not rest:
        return Answer(text(visit.language, "admin_whois_how"))
    by_id = people.look_up(tx, PersonId(rest), "") if ":" in rest else None
    found = [by_id] if by_id and (by_id.name or by_id.roles) else _named(tx, rest)
    if not found:
        return Answer(text(visit.language, "admin_whois_nobody", word=rest[:60]))
    return Answer("\n\n".join(_about(tx, visit, person) for person in found[:FOUND]))


def _named(tx: Tx, word: str) -> list[Person]:
    """Holders of any role whose name holds the word: students are looked up by nothing but their id."""
    holders = {person.id: person for role in Role for person in _holders(tx, role)}
    return [person for person in holders.values() if word.lower() in person.name.lower()]


def _holders(tx: Tx, role: Role) -> list[Person]:
    return [people.look_up(tx, person_id, "") for person_id in people.people_with(tx, role)]


def _about(tx: Tx, visit: Visit, person: Person) -> str:
    building = people.building(tx, person.building_id) if person.building_id else None
    home = building.name if building else "—"
    first = text(visit.language, "admin_whois", name=person.name or "—", id=person.id, home=home)
    return "\n".join([first, *(_roles(visit, person) or [text(visit.language, "admin_whois_no_role")])])


def _roles(visit: Visit, person: Person) -> list[str]:
    comma, everywhere = text(visit.language, "list_comma"), text(visit.language, "admin_everywhere")
    return [
        text(
            visit.language,
            "admin_whois_role",
            role=text(visit.language, f"admin_role_{role.value}"),
            scopes=comma.join(sorted(scope or everywhere for scope in scopes)),
        )
        for role, scopes in sorted(person.roles.items())
    ]
