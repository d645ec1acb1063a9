"""A campus in the middle of an outage, ready to order: the store, and the messages its students send."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from bot.channels.local_chat import group_chat
from bot.desks.order import OrderDesk
from bot.front_desk import FrontDesk
from bot.message_reader import MessageRead
from core.cart import Cart
from core.catalog import Catalog, catalog_from_json
from core.chat import RawUpdate
from core.directory import Directory, directory_from_json
from core.ids import BuildingId, ChatId, Key, PersonId, message_key
from core.mode import Mode, ModeState
from core.ports import Channel, Clock
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from core.settings import Settings
from drills.twin_campus import campus_day
from drills.twin_primary_menu import load_directory, load_menu
from fallback_store import catalog_snapshots, drafts, incident_log, people, stock
from fallback_store.arrivals import Arrival
from fallback_store.database import Store, T, Tx, Unit
from fallback_store.messages import InboxRow

LANGUAGE = "zh"
EPOCH = 1
SETTINGS = Settings()
#: So many portions that nothing sells out: every order takes the same path.
PLENTY = 10_000_000
_DAY_S = 3600.0
#: Dishes put into everybody's cart, one by one.
_CART_REVISION = 3
BEGAN = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Student:
    """Somebody whose home we know, and the order they type."""

    id: PersonId
    name: str
    building_id: BuildingId
    room: str
    words: str

    @property
    def chat_id(self) -> ChatId:
        """The group of their building."""
        return group_chat(self.building_id)


class Campus:
    """Menu, directory and students, the same for every run from the same seed."""

    def __init__(self, students: int, seed: int = 1) -> None:
        """`students`: how many different messages there are; each is one clear order."""
        menu = load_menu({}, set())
        supplies = menu.supplies()
        #: items of which the primary itself has no end
        self.unlimited = {item_id for item_id, row in supplies.items() if row.supply is None}
        for row in supplies.values():
            row.supply = PLENTY
        document = menu.document(supplies) | {"taken_at": BEGAN.isoformat()}
        self.catalog_json = orjson.dumps(document).decode()
        self.catalog: Catalog = catalog_from_json(document)
        self.directory: Directory = directory_from_json(load_directory())
        self.index = MenuIndex(self.catalog)
        self.students = self._clear_orders(students, seed)

    def _clear_orders(self, count: int, seed: int) -> tuple[Student, ...]:
        found: list[Student] = []
        day = campus_day(seed, self.directory.buildings, self.catalog, count * 2 + 20, _DAY_S)
        for message in day:
            if message.kind != "order" or message.room is None:
                continue
            reading = read(message.text, self.index, message.building_id)
            if reading.intent == "order" and reading.lines and not reading.problems and reading.room == message.room:
                # Numbered, so that nobody orders twice in a run.
                person_id = PersonId(f"web:student-{len(found)}")
                found.append(Student(person_id, message.person_name, message.building_id, message.room, message.text))
        if len(found) < count:
            raise ValueError(f"only {len(found)} of {count} messages are clear orders")
        return tuple(found[:count])


async def settle(path: Path, campus: Campus, clock: Clock) -> Path:
    """A store file in emergency that knows the campus, closed again: copies of it can be compared row by row."""
    async with await Store.open(path) as store:
        await store.write(lambda tx: _settle(tx, campus, clock.now()))
    return path


def _settle(tx: Tx, campus: Campus, now: datetime) -> None:
    people.take_over_directory(tx, campus.directory, now)
    catalog_snapshots.keep(tx, campus.catalog_json, '"bench"', now)
    stock.take_over(tx, campus.catalog, now, resets_sales=True)
    for building in campus.directory.buildings:
        people.bind_chat(tx, group_chat(building.id), building.id, title=building.name, language=LANGUAGE)
    for student in campus.students:
        people.person(tx, student.id, student.name)
        people.set_home(tx, student.id, student.building_id, student.room)
    before = incident_log.current(tx, now)
    incident_log.change(tx, before, ModeState(Mode.EMERGENCY, EPOCH, now, "bench", "bench"))
    _fill_carts(tx, campus, now)


def _fill_carts(tx: Tx, campus: Campus, now: datetime) -> None:
    """Two dishes in everybody's cart, as pressing the menu's buttons leaves it."""
    dishes = list(campus.catalog.items)
    for student in campus.students:
        first = hashlib.sha256(student.id.encode()).digest()[0] % (len(dishes) - 1)
        cart = (
            Cart(menu_version=campus.catalog.version)
            .add(dishes[first], 1)
            .add(dishes[first + 1], 2)
            .add(dishes[first + 1], 2)
        )
        assert cart.revision == _CART_REVISION
        key = message_key(student.chat_id, f"{student.id}~cart")
        drafts.keep(tx, student.chat_id, student.id, "cart", key, cart.to_json(), now, _DAY_S)


def typed(student: Student) -> RawUpdate:
    """Their order as they type it."""
    return _update(student, "typed", student.words, "")


def pressed(student: Student) -> RawUpdate:
    """The button under their cart."""
    cart_id = int(student.id.rpartition("-")[2]) + 1  # the carts are filled in the order of the students
    return _update(student, "pressed", "", f"order:cart:{cart_id}:place:{_CART_REVISION}")


def _update(student: Student, client_id: str, words: str, action: str) -> RawUpdate:
    body = {"person": student.id, "name": student.name, "text": words, "action": action, "answers_bot": False}
    key = message_key(student.chat_id, f"{student.id.partition(':')[2]}~{client_id}")
    return RawUpdate(key, student.chat_id, orjson.dumps(body).decode())


class WatchedDesk(FrontDesk):
    """The front desk as it is, with somebody beside it who notes when each reply is durable."""

    def __init__(self, store: Store, clock: Clock, channel: Channel) -> None:
        """`channel`: reads the updates."""
        super().__init__(store, clock, {channel.name: channel}, [OrderDesk(SETTINGS)], LANGUAGE)
        self._waiters: dict[Key, Any] = {}
        self._visited: set[Key] = set()

    def expect(self, key: Key, answered: Any) -> None:
        """`answered`: a future that is done once the reply to `key` is durable."""
        self._waiters[key] = answered

    async def serve(self, rows: Sequence[InboxRow]) -> None:
        """Serves, then tells those who wait."""
        await super().serve(rows)
        self._tell(row.update.key for row in rows)

    async def take(self, updates: Sequence[RawUpdate], also: Unit[T]) -> T:
        """Takes them in, then tells those who were served at once."""
        outcome = await super().take(updates, also)
        self._tell(update.key for update in updates if update.key in self._visited)
        return outcome

    def _visit(self, tx: Tx, found: MessageRead, arrival: Arrival, now: datetime) -> bool:
        is_kept = super()._visit(tx, found, arrival, now)
        self._visited.add(found.message.key)
        return is_kept

    def _tell(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._visited.discard(key)
            answered = self._waiters.pop(key, None)
            if answered is not None and not answered.done():
                answered.set_result(None)
