"""A courier's queue as it is now: buildings, floors, bags; what a step did stands on top of it."""

from __future__ import annotations

from dataclasses import replace

from bot.desks import courier_words
from bot.desks.desk import Answer, Visit
from core.building_queue import Floor, by_floor, floor_of
from core.chat import Role
from core.directory import Building
from core.ids import PersonId
from core.order import Order
from core.texts import text
from fallback_store import building_queues, people
from fallback_store.database import Tx


def serves(visit: Visit, building_id: str) -> bool:
    """Whether this person delivers there."""
    return visit.person.may(Role.COURIER, building_id) or visit.person.may(Role.ADMIN)


def served(tx: Tx, visit: Visit) -> list[Building]:
    """The buildings this person delivers to; in one of their groups that one."""
    mine = [building for building in people.buildings_in(tx) if serves(visit, building.id)]
    here = [building for building in mine if building.id == visit.chat.building_id]
    return here or mine


def all_of(tx: Tx, visit: Visit) -> Answer:
    """Every building of this courier with what it is owed; the only one at once."""
    mine = served(tx, visit)
    if len(mine) == 1:
        return of_building(tx, visit, mine[0])
    counts = {building.id: sum(building_queues.counts(tx, building.id).values()) for building in mine}
    return courier_words.buildings(visit.language, mine, counts)


def of_building(tx: Tx, visit: Visit, building: Building) -> Answer:
    """Its floors; the only one at once."""
    if not serves(visit, building.id):
        return Answer(text(visit.language, "courier_not_your_building", building=building.name), is_refusal=True)
    floors = by_floor(building_queues.entries(tx, building.id))
    if len(floors) == 1:
        return courier_words.floor(visit.language, building, floors[0], _viewer(visit))
    answer = courier_words.queue(visit.language, building, floors)
    has_others = len(served(tx, visit)) > 1
    return replace(
        answer, buttons=(*answer.buttons, courier_words.moves(visit.language, building, has_others=has_others))
    )


def of_floor(tx: Tx, visit: Visit, building: Building, name: str) -> Answer:
    """Its bags; the whole building once the floor is done."""
    found = floor(tx, building, name)
    if found is None or not serves(visit, building.id):
        return of_building(tx, visit, building)
    return courier_words.floor(visit.language, building, found, _viewer(visit))


def below(tx: Tx, visit: Visit, said: Answer, building: Building, name: str) -> Answer:
    """What a step did, and the floor it was on as it is now: one message for a whole round."""
    now = of_floor(tx, visit, building, name)
    headline = said.text.partition("\n")[0]
    return Answer(f"{said.text}\n\n{now.text}", now.buttons, toast=headline)


def below_order(tx: Tx, visit: Visit, said: Answer, order: Order | None) -> Answer:
    """The same for a step with one bag; alone when there is no such bag."""
    building = people.building(tx, order.building_id) if order else None
    if order is None or building is None or not serves(visit, order.building_id):
        return Answer(toast=said.text)
    return below(tx, visit, said, building, floor_of(order.room))


def floor(tx: Tx, building: Building, name: str) -> Floor | None:
    """The bags of one floor; None when it is owed none."""
    floors = by_floor(building_queues.entries(tx, building.id))
    return next((found for found in floors if found.name == name), None)


def _viewer(visit: Visit) -> PersonId | None:
    """Whose next steps are shown: in a group everybody's, for everybody reads the same message."""
    return None if visit.message.is_group else visit.person.id
