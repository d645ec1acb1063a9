"""A simulated campus day from a seed: who types what, in which building's chat, and what they meant by it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.catalog import Catalog
from core.directory import Building, DirectoryPerson
from core.ids import BuildingId, PersonId
from core.reading.reading import ReadLine, ReadPerson
from drills.twin_campus_phrases import Phrases

Kind = Literal["order", "list", "amend", "cancel", "question", "chatter"]

_LIST_PEOPLE = (3, 6)  # on the list when it is first pasted, and when it has grown
_CHATTER_SHARE = 0.6  # messages of no consequence for every order
_REPEATS = 0.15  # of the orders come from somebody who has ordered before
_TWO_DISHES, _CORRECTED = 0.25, 0.08
_PRIVATE = 0.2  # of the students write to the bot alone
_SECOND_THOUGHTS_S = 30.0  # between an order and its change, at the most a tenth of the day


@dataclass(frozen=True, slots=True)
class CampusMessage:
    """One message, and the truth a reader should find in it."""

    #: seconds since the day began
    at_s: float
    building_id: BuildingId
    chat: Literal["group", "private"]
    person_id: PersonId
    person_name: str
    text: str
    #: it asks for at least one new order
    is_order: bool
    kind: Kind = "chatter"
    #: what an order asks for, and what an amended one shall be
    lines: tuple[ReadLine, ...] = ()
    room: str | None = None
    #: everybody on a list, as it stands now
    people: tuple[ReadPerson, ...] = ()


@dataclass(frozen=True, slots=True)
class _Student:
    building: Building
    id: PersonId
    name: str
    room: str
    chat: Literal["group", "private"]


def campus_day(
    seed: int,
    buildings: Sequence[Building],
    catalog: Catalog,
    orders: int,
    duration_s: float,
    captains: Sequence[DirectoryPerson] = (),
) -> list[CampusMessage]:
    """The day's messages in order of time; the same arguments give the same day.

    `orders` counts the orders a perfect reader places: typed ones and people on the list. From 4 orders on there is an
    amended and a cancelled one, from 9 on a captain's list, pasted twice. `captains`: who speaks for a building.
    """
    if not buildings or orders < 0 or duration_s <= 0:
        raise ValueError("a campus day needs a building, orders ≥ 0 and a duration > 0")
    return _Day(random.Random(seed), buildings, catalog, duration_s, captains).messages(orders)


class _Day:
    def __init__(
        self,
        chance: random.Random,
        buildings: Sequence[Building],
        catalog: Catalog,
        duration_s: float,
        captains: Sequence[DirectoryPerson],
    ) -> None:
        self._chance, self._buildings, self._duration_s = chance, buildings, duration_s
        self._phrases = Phrases(catalog, chance)
        self._captains = {building_id: person for person in captains for building_id in person.buildings}
        self._students: list[_Student] = []
        self._said: list[CampusMessage] = []

    def messages(self, orders: int) -> list[CampusMessage]:
        on_list = _LIST_PEOPLE[1] if orders >= _LIST_PEOPLE[1] + 3 else 0
        if on_list:
            self._paste_list()
        for at_s in sorted(self._arrival_s() for _ in range(orders - on_list)):
            self._order(at_s)
        if orders - on_list >= 4:
            self._think_again()
        for _ in range(round(orders * _CHATTER_SHARE)):
            self._chat()
        return sorted(self._said, key=lambda message: message.at_s)

    def _arrival_s(self) -> float:
        # Lunch: few at first, most a little before the middle, a long tail.
        return self._chance.betavariate(2, 3) * self._duration_s

    def _order(self, at_s: float) -> None:
        if self._students and self._chance.random() < _REPEATS:
            student, is_known = self._chance.choice(self._students), True
        else:
            student, is_known = self._new_student(), False
        line = self._phrases.line()
        drawn = self._chance.random()
        kind, words = "order_one", {"wish": self._phrases.wish(line)}
        lines: tuple[ReadLine, ...] = (line,)
        if is_known and drawn < 0.5:
            kind = "order_again"
        elif drawn < _TWO_DISHES:
            second = self._phrases.other_line(line)
            lines, kind = (line, second), "order_two"
            words["second"] = self._phrases.wish(second)
        elif drawn < _TWO_DISHES + _CORRECTED:
            kind = "order_corrected"
            words["wrong"] = self._phrases.word(self._phrases.other_line(line))
        room = None if kind == "order_again" else student.room
        words["room"] = self._phrases.room(student.building.name, student.room)
        text = self._phrases.pick(kind).format(**words)
        self._say(at_s, student, text, "order", is_order=True, lines=lines, room=room)

    def _think_again(self) -> None:
        """Two people with one simple order each: one changes it, one takes it back."""
        orders = [m for m in self._said if m.kind == "order" and len(m.lines) == 1]
        counts = {m.person_id: sum(1 for o in self._said if o.person_id == m.person_id) for m in orders}
        once = [m for m in orders if counts[m.person_id] == 1] or orders
        for kind, message in zip(("amend", "cancel"), self._chance.sample(once, k=min(2, len(once))), strict=False):
            self._revise("amend" if kind == "amend" else "cancel", message)

    def _revise(self, kind: Literal["amend", "cancel"], message: CampusMessage) -> None:
        student = next(student for student in self._students if student.id == message.person_id)
        (old,) = message.lines
        new = self._phrases.other_line(old)
        words = {"old": self._phrases.word(old), "wish": self._phrases.wish(new)}
        at_s = min(self._duration_s, message.at_s + min(_SECOND_THOUGHTS_S, self._duration_s / 10))
        text = self._phrases.pick(kind).format(**words)
        self._say(at_s, student, text, kind, lines=(new,) if kind == "amend" else ())

    def _paste_list(self) -> None:
        building = self._chance.choice([b for b in self._buildings if b.id in self._captains] or self._buildings)
        captain = self._captain(building)
        title = self._phrases.pick("list_title").format(building=building.name)
        names: set[str] = set()
        while len(names) < _LIST_PEOPLE[1]:
            names.add(self._phrases.name())
        people, entries = [], []
        for number, name in enumerate(sorted(names), 1):
            line, template = self._phrases.line(), self._phrases.pick("list_entry")
            room = self._room() if "{room}" in template else None
            entries.append(f"{number}. " + template.format(person=name, wish=self._phrases.wish(line), room=room))
            people.append(ReadPerson(name, (line,), room))
        for count, share in zip(_LIST_PEOPLE, (0.2, 0.45), strict=True):
            text = "\n".join([title, *entries[:count]])
            at_s = self._duration_s * share
            self._say(at_s, captain, text, "list", is_order=True, people=tuple(people[:count]))

    def _chat(self) -> None:
        student = self._chance.choice(self._students) if self._students else self._new_student()
        kind: Kind = "question" if self._chance.random() < 0.15 else "chatter"
        text = self._phrases.pick(kind).format(name=self._phrases.any_word())
        # Small talk belongs to the group; alone with the bot people want something.
        self._say(self._arrival_s(), student, text, kind, chat="group")

    def _say(
        self,
        at_s: float,
        student: _Student,
        text: str,
        kind: Kind,
        *,
        is_order: bool = False,
        lines: tuple[ReadLine, ...] = (),
        room: str | None = None,
        people: tuple[ReadPerson, ...] = (),
        chat: Literal["group", "private"] | None = None,
    ) -> None:
        building_id, where = student.building.id, chat or student.chat
        message = CampusMessage(round(at_s, 3), building_id, where, student.id, student.name, text, is_order, kind)
        self._said.append(replace(message, lines=lines, room=room, people=people))

    def _new_student(self) -> _Student:
        building = self._chance.choice(self._buildings)
        chat: Literal["group", "private"] = "private" if self._chance.random() < _PRIVATE else "group"
        person_id = PersonId(f"web:student-{building.id}-{len(self._students) + 1}")
        student = _Student(building, person_id, self._phrases.name(), self._room(), chat)
        self._students.append(student)
        return student

    def _captain(self, building: Building) -> _Student:
        person = self._captains.get(building.id)
        if person is None:
            return _Student(building, PersonId(f"web:captain-{building.id}"), self._phrases.name(), "101", "group")
        contact = person.contacts[0] if person.contacts else PersonId(f"web:{person.id}")
        return _Student(building, contact, person.name, "101", "group")

    def _room(self) -> str:
        return f"{self._chance.randint(1, 6)}{self._chance.randint(1, 24):02d}"
