"""A courier's queue as it is now: buildings, floors, bags; what a step did stands on top of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.desks import courier_words
from bot.desks.desk import Answer, Visit
from core.building_queue import Floor, by_floor, floor_of
from core.chat import Chat, Person, Role
from core.directory import Building
from core.ids import BuildingId, PersonId
from core.order import Order
from core.texts import text
from fallback_store import building_queues, courier_groups, people
from fallback_store.database import Tx


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Who looks at a queue, and where."""

    person: Person
    language: str
    #: everybody in a couriers' group reads the same message
    is_shared: bool = False
    #: the buildings whose queues may be shown there; None = all of theirs
    shown: frozenset[BuildingId] | None = None

    def serves(self, building_id: BuildingId) -> bool:
        """Whether this person delivers there and may see that here."""
        is_shown = self.shown is None or building_id in self.shown
        return is_shown and (self.person.may(Role.COURIER, building_id) or self.person.may(Role.ADMIN))

    def why_not(self, building: Building) -> str:
        """The sentence for a building whose queue is not shown: not theirs, or not here."""
        is_elsewhere = self.shown is not None and building.id not in self.shown
        name = "courier_private" if is_elsewhere else "courier_not_your_building"
        return text(self.language, name, building=building.name)

    @property
    def viewer(self) -> PersonId | None:
        """Whose next steps are shown; None: everybody's."""
        return None if self.is_shared else self.person.id


def onlooker(tx: Tx, person: Person, chat: Chat, language: str) -> Onlooker | None:
    """None in a group that is not the couriers' own: a queue names people, their rooms and their pickup codes."""
    if not chat.is_group:
        return Onlooker(person, language)
    shown = courier_groups.buildings_of(tx, chat.id)
    return Onlooker(person, language, is_shared=True, shown=shown) if shown else None


def serves(visit: Visit, building_id: str) -> bool:
    """Whether this person delivers there."""
    return visit.person.may(Role.COURIER, building_id) or visit.person.may(Role.ADMIN)


def served(tx: Tx, looks: Onlooker) -> list[Building]:
    """The buildings this person delivers to and may see here."""
    return [building for building in people.buildings_in(tx) if looks.serves(building.id)]


def look(tx: Tx, looks: Onlooker, building_id: BuildingId | None, floor_name: str | None) -> Answer:
    """Every building (None), one building (no floor), or one floor, as it is now."""
    building = people.building(tx, building_id) if building_id else None
    if building is None:
        return all_of(tx, looks)
    return of_building(tx, looks, building) if floor_name is None else of_floor(tx, looks, building, floor_name)


def all_of(tx: Tx, looks: Onlooker) -> Answer:
    """Every building of this courier with what it is owed; the only one at once."""
    mine = served(tx, looks)
    if len(mine) == 1:
        return of_building(tx, looks, mine[0])
    counts = {building.id: sum(building_queues.counts(tx, building.id).values()) for building in mine}
    return courier_words.buildings(looks.language, mine, counts)


def of_building(tx: Tx, looks: Onlooker, building: Building) -> Answer:
    """Its floors; the only one at once."""
    if not looks.serves(building.id):
        return Answer(looks.why_not(building), is_refusal=True)
    floors = by_floor(building_queues.entries(tx, building.id))
    if len(floors) == 1:
        return courier_words.floor(looks.language, building, floors[0], looks.viewer)
    answer = courier_words.queue(looks.language, building, floors)
    has_others = len(served(tx, looks)) > 1
    return replace(
        answer, buttons=(*answer.buttons, courier_words.moves(looks.language, building, has_others=has_others))
    )


def of_floor(tx: Tx, looks: Onlooker, building: Building, name: str) -> Answer:
    """Its bags; the whole building once the floor is done."""
    found = floor(tx, building, name)
    if found is None or not looks.serves(building.id):
        return of_building(tx, looks, building)
    return courier_words.floor(looks.language, building, found, looks.viewer)


def floor(tx: Tx, building: Building, name: str) -> Floor | None:
    """The bags of one floor; None when it is owed none."""
    floors = by_floor(building_queues.entries(tx, building.id))
    return next((found for found in floors if found.name == name), None)


def place_of(tx: Tx, order: Order) -> tuple[Building | None, str]:
    """The building and the floor an order goes to."""
    return people.building(tx, order.building_id), floor_of(order.room)
