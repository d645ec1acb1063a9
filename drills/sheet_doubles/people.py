"""Two people at a shared sheet who sort, insert, copy, delete and type while the bot writes, and who keep a list."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.ids import ItemId
from core.ports import Clock
from core.sheet import HUMAN, Cell, Column, Place
from core.stock import StockRow
from drills.sheet_doubles.book import Tab

_SORTED_BY = (Column.DISH, Column.SOLD, Column.LEFT, Column.SUPPLY, Column.ITEM)


class Kitchen(Protocol):
    """Where there is a sheet people work at."""

    @property
    def clock(self) -> Clock:
        """Its time."""
        ...

    @property
    def tab(self) -> Tab:
        """The sheet as people see it."""
        ...

    async def row(self, item_id: ItemId) -> StockRow:
        """What the store says."""
        ...


@dataclass(slots=True)
class People:
    """What they did, and what must have come of it."""

    canteen: Kitchen
    chance: random.Random
    #: dishes whose cells they type into
    edited: Sequence[ItemId]
    #: dishes whose rows they delete
    deleted: Sequence[ItemId]
    edits: int = 0
    #: the last thing typed for each dish
    supplies: dict[ItemId, int] = field(default_factory=dict)
    stops: dict[ItemId, bool] = field(default_factory=dict)
    notes: dict[ItemId, str] = field(default_factory=dict)
    acts: dict[str, int] = field(default_factory=dict)
    #: when each of their cells was last typed into
    typed: dict[Place, datetime] = field(default_factory=dict)

    async def work(self, *, every_s: float) -> None:
        """Acts until cancelled."""
        while True:
            self.act()
            await self.canteen.clock.sleep(self.chance.uniform(0.5, 1.5) * every_s)

    def act(self) -> None:
        """One thing somebody does; what spreadsheets do happens at once."""
        tab, chance = self.canteen.tab, self.chance
        name = chance.choices(("type", "stop", "note", "sort", "insert", "copy", "delete"), (50, 8, 8, 12, 12, 5, 5))[0]
        self.acts[name] = self.acts.get(name, 0) + 1
        match name:
            case "type":
                item_id, value = chance.choice(self.edited), chance.randrange(1_000, 9_000)
                self.supplies[item_id] = value
                typed: list[Cell] = [value, float(value), f"{value}份"]
                self._type(item_id, Column.SUPPLY, chance.choice(typed))
            case "stop":
                item_id = chance.choice(self.edited)
                is_stopped = tab.reads(item_id, Column.STOPPED) not in (True, "是")  # a box that is ticked is unticked
                self.stops[item_id] = is_stopped
                self._type(item_id, Column.STOPPED, is_stopped)
            case "note":
                item_id, note = chance.choice(self.edited), f"记得{chance.randrange(10_000)}"
                self.notes[item_id] = note
                self._type(item_id, Column.NOTE, note)
            case "sort":
                tab.sort_by(chance.choice(_SORTED_BY), descending=chance.random() < 0.5)
            case "insert":
                tab.insert_row(chance.randrange(1, len(tab.rows) + 1))
            case "copy":
                tab.duplicate_row(chance.randrange(1, len(tab.rows)))
            case "delete":
                self._delete(chance.choice(self.deleted))
        self.edits += name in ("type", "stop", "note")

    def _type(self, item_id: ItemId, column: Column, cell: Cell) -> None:
        self.canteen.tab.types(item_id, column, cell)
        self.typed[item_id, HUMAN[column]] = self.canteen.clock.now()

    def _delete(self, item_id: ItemId) -> None:
        try:
            self.canteen.tab.delete_row(self.canteen.tab.place_of(item_id))
        except KeyError:
            return  # somebody was faster; the bot brings it back

    async def lost(self) -> list[str]:
        """Their edits that the store does not know, in words."""
        rows = {item_id: await self.canteen.row(item_id) for item_id in {*self.supplies, *self.stops, *self.notes}}
        found = [f"{i}: supply {v}, not {rows[i].supply}" for i, v in self.supplies.items() if rows[i].supply != v]
        found += [f"{i}: stopped {v}" for i, v in self.stops.items() if rows[i].is_stopped != v]
        return found + [f"{i}: note {v}, not {rows[i].note}" for i, v in self.notes.items() if rows[i].note != v]
