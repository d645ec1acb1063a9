"""The race: people, orders and the mirror at one sheet at once, and what is counted when it is over."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from core.errors import FallbackError
from core.ids import ItemId
from core.sheet import BOT_COLUMNS, HUMAN, Column, SheetLine, human_cell, plain, read_human
from core.sheet_words import COPY_FLAGS
from drills.sheet_doubles.canteen import WORDS, Canteen
from drills.sheet_doubles.people import People
from fallback_store.database import Tx
from sync.mirror_run import MirrorRun
from sync.sheet_dishes import dishes_of

#: Cells that were right when last compared may be wrong until so many quiet cycles have passed.
QUIET_CYCLES = 2


@dataclass(slots=True)
class RaceResult:
    """The figures of one race; times in seconds of the race's clock."""

    edits: int = 0
    orders: int = 0
    #: what people did, how often
    acts: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    order_to_sheet_s: list[float] = field(default_factory=list)
    edit_to_effect_s: list[float] = field(default_factory=list)
    #: the most requests in any minute
    reads_a_minute: int = 0
    writes_a_minute: int = 0


@dataclass(slots=True)
class Race:
    """One race at one canteen."""

    canteen: Canteen
    seed: int
    seconds: float
    people: int = 2
    #: seconds between two acts of one person
    every_s: float = 1.0
    orders_per_s: float = 20.0
    result: RaceResult = field(default_factory=RaceResult)

    async def run(self) -> RaceResult:
        """Everybody at once for so long, then rest, then the counting."""
        canteen, chance = self.canteen, random.Random(self.seed)
        probes, deleted = canteen.items[:10], canteen.items[-20:]
        people = People(canteen, chance, canteen.items[10:-20], deleted)
        run = MirrorRun(
            canteen.store, canteen.clock, canteen.vendor.sheet, canteen.mirror, chance=chance.random, tell_admin=_told
        )
        works = [people.work(every_s=self.every_s) for _ in range(self.people)]
        works += [
            self._order(chance, canteen.items[10:]),
            self._probe_orders(probes[:5]),
            self._probe_edits(probes[5:]),
        ]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in (*works, run.run())]
            await canteen.clock.sleep(self.seconds)
            for task in tasks:
                task.cancel()
        self.result.edits, self.result.acts = people.edits, people.acts
        for _ in range(1 + QUIET_CYCLES):
            await canteen.mirror.cycle()
        self.result.lost = await people.lost()
        self.result.wrong = await wrong_cells(canteen)
        double = canteen.vendor.double
        self.result.reads_a_minute, self.result.writes_a_minute = double.reads.most, double.writes.most
        return self.result

    async def _order(self, chance: random.Random, items: list[ItemId]) -> None:
        clock, due_s = self.canteen.clock, self.canteen.clock.monotonic_s()
        while True:
            self.result.orders += await self.canteen.sell(chance.choice(items))
            due_s += 1 / self.orders_per_s  # what an order takes does not make the next one later
            await clock.sleep(max(0.0, due_s - clock.monotonic_s()))

    async def _probe_orders(self, items: list[ItemId]) -> None:
        """Orders of dishes nobody else orders: how long until the sheet says so."""
        count, clock = 0, self.canteen.clock
        while True:
            item_id, count = items[count % len(items)], count + 1
            await self.canteen.sell(item_id)
            began_s, sold = clock.monotonic_s(), (await self.canteen.row(item_id)).sold
            while plain(self.canteen.tab.reads(item_id, Column.SOLD)) != str(sold):
                await clock.sleep(0.1)
            self.result.order_to_sheet_s.append(clock.monotonic_s() - began_s)
            await clock.sleep(0.7)

    async def _probe_edits(self, items: list[ItemId]) -> None:
        """Edits of dishes nobody else edits: how long until they count."""
        count, clock = 0, self.canteen.clock
        while True:
            item_id, count = items[count % len(items)], count + 1
            self.canteen.tab.types(item_id, Column.SUPPLY, 5_000 + count)
            began_s = clock.monotonic_s()
            while (await self.canteen.row(item_id)).supply != 5_000 + count:
                await clock.sleep(0.1)
            self.result.edit_to_effect_s.append(clock.monotonic_s() - began_s)
            await clock.sleep(0.9)


async def wrong_cells(canteen: Canteen) -> list[str]:
    """Every cell of every dish that does not say what the store says, in words."""
    found, table = list[str](), await canteen.vendor.sheet.read()
    lines: dict[str, SheetLine] = {}
    for line in table.lines():
        if line.item_id and plain(line.cells[Column.STATUS]) not in COPY_FLAGS:
            lines.setdefault(line.item_id, line)
    for dish in await dishes_of(canteen.store):
        item_id = dish.stock.item_id
        if item_id not in lines:
            found.append(f"{item_id} has no row")
            continue
        line = lines[item_id]
        wanted = WORDS.bot_cells(dish)
        found += [
            f"{dish.stock.item_id} {column}: {line.cells[column]!r}, not {wanted[column]!r}"
            for column in sorted(BOT_COLUMNS)
            if plain(line.cells[column]) != plain(wanted[column])
        ]
        found += [
            f"{dish.stock.item_id} {column}: {line.cells[column]!r}, not {human_cell(dish.stock, name)!r}"
            for column, name in HUMAN.items()
            if read_human(name, line.cells[column]) != read_human(name, human_cell(dish.stock, name))
        ]
    return found


def _told(tx: Tx, problem: FallbackError, now: object) -> None:
    """Nobody is there to be told."""
