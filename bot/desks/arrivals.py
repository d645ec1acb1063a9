"""Somebody opens the private chat through a building's link: the link says where they live."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.desks.desk import Visit
from core.texts import text
from fallback_store import people
from fallback_store.database import Tx

START: Final = re.compile(r"/start(?:@\S+)?\s+(?P<word>\S{1,64})", re.IGNORECASE)


def settle_in(tx: Tx, visit: Visit, word: str) -> tuple[Visit, str]:
    """The visit of somebody who lives there from now on, and the sentence that says so; "" when it is no building.

    A room they gave for another building is forgotten: it is not theirs here.
    """
    building = people.find_building(tx, word)
    if building is None:
        return visit, ""
    person = visit.person
    if person.building_id != building.id:
        people.remember(tx, person.id, visit.message.person_name)
        people.set_home(tx, person.id, building.id, "")
        person = replace(person, building_id=building.id, room="")
    return replace(visit, person=person), text(visit.language, "arrived", building=building.name)
