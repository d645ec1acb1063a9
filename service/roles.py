"""Who the settings say may do what, written down as rows at every start."""

from __future__ import annotations

from collections.abc import Iterator

from core.chat import Role
from core.ids import PersonId
from core.settings import PeopleSettings
from fallback_store import people
from fallback_store.database import Tx
from fallback_store.people import RoleGrant


def take_over_people(tx: Tx, settings: PeopleSettings) -> None:
    """Makes the settings' word about roles the store's; a person removed there loses the role here."""
    people.replace_roles(tx, "config", _grants(settings))


def _grants(settings: PeopleSettings) -> Iterator[RoleGrant]:
    for admin in settings.admins:
        yield RoleGrant(PersonId(admin), Role.ADMIN)
    for role, members in ((Role.CAPTAIN, settings.captains), (Role.COURIER, settings.couriers)):
        for member in members:
            for building in member.buildings:
                yield RoleGrant(PersonId(member.id), role, building)
    for merchant in settings.merchants:
        yield RoleGrant(PersonId(merchant.id), Role.MERCHANT, merchant.merchant)
