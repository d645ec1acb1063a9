"""The race at the built-in page: two people edit, turn over and search while students order, all over HTTP."""

from __future__ import annotations

import asyncio
import html
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.ids import ItemId
from core.stock import OutOfStock, StockRow
from core.texts import text
from drills.bench.sheet_page import ORDERS_PER_S, PageOfMerchant, open_page
from fallback_store import stock

#: Seconds between two acts of one person, as in the race at a vendor's sheet.
ACT_EVERY_S = 1.0
PEOPLE = 2
#: Seconds of rest before the counting: two rounds of news.
QUIET_S = 1.0

#: A dish as the page shows it.
_DISH = re.compile(
    r'role="cell" class="c-item">(?P<id>[^<]*)<.*?class="c-sold">.*?<b>(?P<sold>\d+)</b>'
    r'.*?class="c-left[^>]*>.*?<b>(?P<left>[^<]*)</b>'
    r'.*?class="c-status[^>]*>(?P<status>[^<]*)<'
    r'.*?name="supply"[^>]*? value="(?P<supply>[^"]*)"'
    r'.*?name="is_stopped" (?P<stopped>checked)?'
    r'.*?name="note"[^>]*? value="(?P<note>[^"]*)"',
    re.DOTALL,
)


@dataclass(slots=True)
class GridRace:
    """What everybody did, and what came of it."""

    merchant: PageOfMerchant
    chance: random.Random
    edits: int = 0
    orders: int = 0
    #: pages turned or searched
    looks: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    is_over: bool = False
    #: the last thing typed into each cell
    typed: dict[tuple[ItemId, str], str] = field(default_factory=dict)
    sold: Counter[ItemId] = field(default_factory=Counter)

    async def work(self, mine: Sequence[ItemId]) -> None:
        """One person, one act after the other; nobody else edits these dishes, so that the last word is known."""
        while not self.is_over:
            match self.chance.choices(("supply", "is_stopped", "note", "turn", "search"), (50, 8, 8, 17, 17))[0]:
                case "turn":
                    await self.merchant.page(page=self.chance.randrange(1, 16))
                    self.looks += 1
                case "search":
                    await self.merchant.page(q=f"小炒{self.chance.randrange(100)}")
                    self.looks += 1
                case column:
                    await self._edit(self.chance.choice(mine), column)
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * ACT_EVERY_S)

    async def _edit(self, item_id: ItemId, column: str) -> None:
        number = self.chance.randrange(1_000, 9_000)
        value = {"is_stopped": str(number % 2), "note": f"记得{number}"}.get(column, str(number))
        await self.merchant.set(item_id, column, value)
        self.typed[item_id, column] = value
        self.edits += 1

    async def order(self) -> None:
        """Students."""
        due_s = time.monotonic()
        while not self.is_over:
            item_id = self.chance.choice(self.merchant.items)
            try:
                await self.merchant.sell(item_id)
            except OutOfStock:
                pass
            else:
                self.sold[item_id] += 1
                self.orders += 1
            due_s += 1 / ORDERS_PER_S
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))

    async def count(self) -> None:
        """Every edit against the store, and every cell of every page against both."""
        rows = {row.item_id: row for row in await stock.rows_of(self.merchant.store, self.merchant.items)}
        self.lost = [
            f"{item_id} {column}: {value}"
            for (item_id, column), value in self.typed.items()
            if value != str(int(found) if isinstance(found := getattr(rows[item_id], column), bool) else found)
        ]
        pages = -(-len(self.merchant.items) // 100)
        shown = dict[str, dict[str, str]]()
        for number in range(1, pages + 1):
            for dish in _DISH.finditer(await self.merchant.page(page=number)):
                shown[html.unescape(dish["id"])] = {
                    name: html.unescape(said or "") for name, said in dish.groupdict().items()
                }
        for item_id, row in rows.items():
            wanted = _cells(row, self.sold[item_id])
            found = shown.get(item_id, {})
            self.wrong += [
                f"{item_id} {name}: {found.get(name)!r}, not {said!r}"
                for name, said in wanted.items()
                if found.get(name) != said
            ]


def _cells(row: StockRow, sold: int) -> dict[str, str]:
    """What the page must say of a dish."""
    return {
        "sold": str(sold),
        "left": "∞" if row.supply is None else str(max(0, row.supply - sold)),
        "status": text("zh", f"sheet_status_{row.status.value}"),
        "supply": "" if row.supply is None else str(row.supply),
        "stopped": "checked" if row.is_stopped else "",
        "note": row.note,
    }


async def race_at_the_grid(folder: Path, *, dishes: int, seconds: float) -> GridRace:
    """Everybody at once for so many seconds of the wall, then rest, then the counting."""
    async with open_page(folder, dishes) as merchant:
        race = GridRace(merchant, random.Random(7))
        listening = asyncio.create_task(merchant.listen())
        ends_s = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            for person in range(PEOPLE):
                group.create_task(race.work(merchant.items[person::PEOPLE]))
            group.create_task(race.order())
            await asyncio.sleep(ends_s - time.monotonic())
            race.is_over = True
        await asyncio.sleep(QUIET_S)
        await race.count()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    return race
