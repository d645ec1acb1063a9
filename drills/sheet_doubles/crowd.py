"""Far too many hands at one sheet, look by look: denser than any race by the clock, and the same again for a seed."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core.chat import Role
from core.ids import ItemId, PersonId
from core.sheet import HUMAN, CellWrite, Column, HumanField, Place, SheetDish, SheetTable
from core.sheet_words import read_table
from core.stock import OutOfStock, StockRow
from drills.hand_clock import HandClock
from drills.sheet_doubles.book import Tab
from drills.sheet_doubles.canteen import WORDS, furnish
from drills.sheet_doubles.people import People
from fallback_store import stock, stock_news
from fallback_store.database import Store, Tx
from fallback_store.people import RoleGrant, replace_roles
from sync.stock_mirror import StockMirror

#: Looks until every write has been checked once everybody has gone.
QUIET_LOOKS = 4
#: From one look to the next, as in the service.
EVERY_S = 3.2


@dataclass(slots=True)
class TabSheet:
    """Obeys `core.ports.StockSheet`: a tab without a vendor around it."""

    tab: Tab
    #: called while a write is on its way: people who are faster than the bot
    meanwhile: Callable[[], None] = lambda: None
    name: str = "tab"
    _columns: dict[Column, int] = field(default_factory=dict)

    async def read(self) -> SheetTable:
        """Every row."""
        table = read_table([tuple(row) for row in self.tab.values()])
        self._columns = dict(table.columns)
        self.meanwhile()
        return table

    async def write(self, writes: Sequence[CellWrite]) -> None:
        """Sets the cells where they were when they were read."""
        for write in writes:
            self.tab.put(write.row + 1, self._columns[write.column], write.value)


@dataclass(slots=True)
class Crowd:
    """People, orders and the mirror; obeys `people.Kitchen` and `sync.stock_mirror.SheetTells`."""

    store: Store
    clock: HandClock
    tab: Tab
    #: people's cells their merchant was asked to look at again, and when last
    asked: dict[Place, datetime] = field(default_factory=dict)

    async def row(self, item_id: ItemId) -> StockRow:
        """What the store says."""
        (found,) = await stock.rows_of(self.store, [item_id])
        return found

    def conflict(self, tx: Tx, dish: SheetDish, now: datetime) -> None:
        """Less is supplied than was sold: no edit is lost by that."""

    def unreadable(self, tx: Tx, dish: SheetDish, why: str, now: datetime) -> None:
        """A cell means nothing: these people type nothing of the kind."""

    def doubtful(self, tx: Tx, dish: SheetDish, fields: Sequence[HumanField], now: datetime) -> None:
        """An edit may be gone: asked is what the merchant's people have a message about, in the service's words."""
        if stock_news.tell_doubtful(tx, dish.stock, dish.name, fields, now, language=WORDS.language):
            self.asked |= {(dish.stock.item_id, name): now for name in fields}

    async def hire(self) -> None:
        """Every merchant has somebody who reads what is asked."""
        cook = RoleGrant(PersonId("web:cook"), Role.MERCHANT)
        await self.store.write(lambda tx: replace_roles(tx, "admin", [cook]))

    async def sell(self, item_id: ItemId) -> None:
        """A student orders."""
        with contextlib.suppress(OutOfStock):
            await self.store.write(lambda tx: stock.reserve(tx, item_id, 1, self.clock.now()))


@dataclass(frozen=True, slots=True)
class CrowdResult:
    """What came of it."""

    edits: int
    #: edits the store does not know, in words
    lost: list[str]
    #: those of them that nobody was asked about since they were typed
    silent: list[str]
    #: cells somebody was asked to look at again
    asked: int


async def crowd(
    folder: Path, seed: int, *, looks: int = 20, dishes: int = 40, acts: int = 26, is_restarted: bool = True
) -> CrowdResult:
    """`acts`: of all people together between two looks, at the most; a third of them while a write is on its way.

    `is_restarted`: halfway the service is begun anew, and knows of the last look only what it has stored.
    """
    chance = random.Random(seed)
    async with await Store.open(folder / f"crowd-{seed}.sqlite3") as store:
        clock = HandClock()
        items = await furnish(store, clock, dishes)
        place = Crowd(store, clock, Tab(0, WORDS.title, rows=[[WORDS.heading(column) for column in Column]]))
        await place.hire()
        people = People(place, chance, items[:-8], items[-8:])
        sheet = TabSheet(place.tab)
        mirror = StockMirror(store, clock, sheet, WORDS, tells=place)
        while (await mirror.cycle()).writes:
            continue
        sheet.meanwhile = lambda: _act(people, chance.randrange(1 + 2 * acts // 3))
        for look in range(looks):
            if is_restarted and look == looks // 2:
                mirror = StockMirror(store, clock, sheet, WORDS, tells=place)
            _act(people, chance.randrange(acts))
            for item_id in chance.sample(items, 5):
                await place.sell(item_id)
            await mirror.cycle()
            await clock.advance(EVERY_S)
        sheet.meanwhile = lambda: None
        for _ in range(QUIET_LOOKS):
            await mirror.cycle()
            await clock.advance(EVERY_S)
        lost = await people.lost()
    return CrowdResult(people.edits, lost, unasked(lost, people.typed, place.asked), len(place.asked))


def unasked(lost: Sequence[str], typed: Mapping[Place, datetime], asked: Mapping[Place, datetime]) -> list[str]:
    """The lost edits nobody was asked about since: a question from before an edit says nothing of it."""
    places = {words: _place(words) for words in lost}
    return [words for words, place in places.items() if place not in asked or asked[place] < typed[place]]


def _act(people: People, times: int) -> None:
    for _ in range(times):
        people.act()


def _place(words: str) -> Place:
    """`dish-3: supply 5, not 6` → whose cell it is."""
    item_id, _, rest = words.partition(": ")
    said: dict[str, HumanField] = {"supply": "supply", "stopped": "is_stopped", "note": "note"}
    assert set(said.values()) == set(HUMAN.values())
    return ItemId(item_id), said[rest.split()[0]]
