"""Two people at the grid page and many orders a second: every edit counts at once, and no figure ends up wrong."""

from __future__ import annotations

import asyncio
import html
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from core.ids import ItemId
from core.stock import OutOfStock, StockRow
from fallback_store import stock
from fallback_store.links import LinkKind
from tests.bot.page_scene import Scene, page_scene

#: The race goes on until there were so many of both.
EDITS = 30
PORTIONS = 30
EDIT_EVERY_S = 0.05
ORDER_EVERY_S = 0.02

#: A dish as the page shows it: id, sold, left.
_SHOWN = re.compile(r'class="c-item">([^<]*)<.*?class="c-sold">.*?<b>(\d+)</b>.*?class="c-left[^>]*>.*?<b>([^<]*)</b>')


@dataclass
class Race:
    """What everybody did, and what must have come of it."""

    scene: Scene
    sheet: str
    chance: random.Random
    edits: dict[tuple[str, str], int | str] = field(default_factory=dict)
    edit_count: int = 0
    sold: Counter[str] = field(default_factory=Counter)

    @property
    def is_over(self) -> bool:
        """Whoever is at something finishes it."""
        return self.edit_count >= EDITS and self.sold.total() >= PORTIONS

    async def edit(self, mine: list[str]) -> None:
        """One person, one edit after the other; each counts as soon as the page has answered."""
        while not self.is_over:
            item_id, name = self.chance.choice(mine), self.chance.choice(["supply", "is_stopped", "note"])
            number = self.chance.randrange(2) if name == "is_stopped" else self.chance.randrange(1_000, 9_000)
            form = {"item": item_id, "field": name, "value": str(number), "key": f"k{self.edit_count}-{item_id}"}
            async with self.scene.http.post(
                self.scene.base + self.sheet, data=form, headers={"Origin": self.scene.base}
            ) as answer:
                assert answer.status == 200
            self.edits[item_id, name] = str(number) if name == "note" else number
            self.edit_count += 1
            if name == "is_stopped":
                assert await self.is_refused_as_stopped(item_id) is (number == 1)
            await asyncio.sleep(EDIT_EVERY_S)

    async def order_all_the_time(self, items: list[str]) -> None:
        """Students."""
        while not self.is_over:
            await self.is_refused_as_stopped(self.chance.choice(items))
            await asyncio.sleep(ORDER_EVERY_S)

    async def is_refused_as_stopped(self, item_id: str) -> bool:
        """A student orders one. None left is another refusal: some dishes begin with none, and others sell out."""
        try:
            await self.scene.order("12", "305", {item_id: 1})
        except OutOfStock as refused:
            return refused.is_stopped
        self.sold[item_id] += 1
        return False


async def test_a_race_at_the_page_loses_no_edit_and_leaves_no_wrong_figure(tmp_path: Path) -> None:
    async with page_scene(tmp_path, extra_dishes=80) as scene:
        sheet = await scene.link(LinkKind.MERCHANT, await scene.merchant_id(), "merchants-secret")
        items = [item_id for item_id, _ in await scene.dishes()][:90]
        race = Race(scene, sheet, random.Random(5))
        async with asyncio.timeout(30), asyncio.TaskGroup() as everybody:
            everybody.create_task(race.edit(items[:45]))
            everybody.create_task(race.edit(items[45:]))
            everybody.create_task(race.order_all_the_time(items))
        rows = {row.item_id: row for row in await stock.rows_of(scene.store, [ItemId(i) for i in items])}
        assert {key: getattr(rows[ItemId(key[0])], key[1]) for key in race.edits} == race.edits
        assert await shown(scene, sheet) >= {
            (i, race.sold[i], left_after(rows[ItemId(i)], race.sold[i])) for i in items
        }


def left_after(row: StockRow, sold: int) -> str:
    """What the page must say is left."""
    return "∞" if row.supply is None else str(max(0, row.supply - sold))


async def shown(scene: Scene, sheet: str) -> set[tuple[str, int, str]]:
    """Every dish of the page: id, sold, left."""
    async with scene.http.get(scene.base + sheet) as answer:
        text = html.unescape(await answer.text())
    return {(item_id, int(sold), left) for item_id, sold, left in _SHOWN.findall(text)}
