"""The mirror in the service: its pace, its patience, and who hears of its troubles, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from core.errors import FallbackError
from core.sheet import CellWrite, Column, HumanField, SheetDish, SheetTable
from drills.hand_clock import HandClock
from drills.paper_sheet import PaperSheet
from drills.sheet_doubles.canteen import WORDS, furnish
from fallback_store import sheet_states, stock
from fallback_store.database import Store, Tx
from sync.mirror_run import EVERY_S, MirrorRun
from sync.sheets.troubles import LONGEST_WAIT_S, KeyRefused, SheetUnreachable, TabGone
from sync.stock_mirror import StockMirror


class MoodySheet(PaperSheet):
    """A paper sheet that fails when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.problem: Exception | None = None
        self.looks = self.writes = 0

    async def read(self) -> SheetTable:
        """Or fails."""
        self.looks += 1
        if self.problem is not None:
            raise self.problem
        return await super().read()

    async def write(self, writes: Sequence[CellWrite]) -> None:
        """Or fails."""
        if self.problem is not None:
            raise self.problem
        await super().write(writes)
        self.writes += 1


class Office:
    """A mirror at work on a hand-moved clock, and what was told."""

    def __init__(self, store: Store, clock: HandClock) -> None:
        self.store, self.clock, self.sheet = store, clock, MoodySheet()
        self.told: list[str] = []
        self.merchants_told: list[str] = []
        self.mirror = StockMirror(store, clock, self.sheet, WORDS, tells=self)
        self.run = MirrorRun(store, clock, self.sheet, self.mirror, chance=lambda: 0.5, tell_admin=self._tell)

    def _tell(self, tx: Tx, problem: FallbackError, now: datetime) -> None:
        self.told.append(type(problem).__name__)

    def conflict(self, tx: Tx, dish: SheetDish, now: datetime) -> None:
        """Less is supplied than was sold."""
        self.merchants_told.append(f"{dish.name} {dish.stock.oversold}")

    def unreadable(self, tx: Tx, dish: SheetDish, why: str, now: datetime) -> None:
        """A cell means nothing."""
        self.merchants_told.append(f"{dish.name} {why}")

    def doubtful(self, tx: Tx, dish: SheetDish, fields: Sequence[HumanField], now: datetime) -> None:
        """An edit may be gone."""
        self.merchants_told.append(f"{dish.name} {fields}")

    async def passes(self, seconds: float) -> None:
        """Time passes; what runs in threads gets real time for it."""
        until_s = self.clock.monotonic_s() + seconds
        while self.clock.monotonic_s() < until_s:
            await self.clock.advance(min(1.0, until_s - self.clock.monotonic_s()))
            for _ in range(200):
                if self.clock.sleepers:
                    break
                await asyncio.sleep(0.005)

    async def state(self) -> sheet_states.SheetState:
        """How the sheet fares, as pages see it."""
        found = await sheet_states.the_one(self.store)
        assert found is not None
        return found


@asynccontextmanager
async def working(folder: Path) -> AsyncIterator[Office]:
    async with await Store.open(folder / "store.sqlite3") as store:
        clock = HandClock()
        await furnish(store, clock, 20)
        office = Office(store, clock)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(office.run.run())
            await office.passes(10)
            yield office
            task.cancel()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with working(tmp_path) as found:
        yield found


async def test_it_looks_less_than_twenty_times_a_minute(office: Office) -> None:
    before = office.sheet.looks
    await office.passes(60)
    assert 15 <= office.sheet.looks - before < 20


async def test_a_rush_is_written_fifteen_times_a_minute_and_shown_within_six_seconds(office: Office) -> None:
    item_id = (await stock.rows(office.store))[0].item_id
    writes, waited = office.sheet.writes, list[int]()
    for _ in range(60):
        await office.store.write(lambda tx: stock.reserve(tx, item_id, 1, office.clock.now()))
        await office.passes(1)
        (row,) = await stock.rows_of(office.store, [item_id])
        behind = row.sold - int(office.sheet.rows[office.sheet.place_of(item_id)][Column.SOLD] or 0)
        waited.append(behind)  # one portion a second: so many seconds
    assert 12 <= office.sheet.writes - writes <= 15
    assert max(waited) <= 5


async def test_what_a_person_must_mend_is_told_once_until_it_is_mended(office: Office) -> None:
    office.sheet.problem = TabGone()
    await office.passes(120)
    assert office.told == ["TabGone"]
    state = await office.state()
    assert (state.problem, state.hint) == (str(TabGone()), TabGone.hint)
    office.sheet.problem = None
    await office.passes(60)
    assert (await office.state()).problem == ""
    office.sheet.problem = KeyRefused(hint="x")
    await office.passes(60)
    assert office.told == ["TabGone", "KeyRefused"]


async def test_a_silent_vendor_is_told_only_when_it_stays_silent(office: Office) -> None:
    office.sheet.problem = SheetUnreachable("nobody there")
    await office.passes(240)
    assert office.told == []
    await office.passes(200)
    assert office.told == ["SheetSilent"]
    state = await office.state()
    assert not state.is_old(office.clock.now())
    await office.passes(300)
    assert state.is_old(office.clock.now())
    assert office.told == ["SheetSilent"]


async def test_it_waits_as_long_as_the_vendor_asks_and_longer_after_every_failure(office: Office) -> None:
    office.sheet.problem = SheetUnreachable("slow down", retry_after_s=50.0)
    await office.passes(40)
    before = office.sheet.looks
    await office.passes(9)
    assert office.sheet.looks == before
    office.sheet.problem = SheetUnreachable("down")
    await office.passes(600)
    assert office.sheet.looks - before < 35


async def test_no_vendor_keeps_it_away_for_a_day(office: Office) -> None:
    office.sheet.problem = SheetUnreachable("slow down", retry_after_s=86_400.0)
    await office.passes(10)
    before = office.sheet.looks
    await office.passes(LONGEST_WAIT_S)
    assert office.sheet.looks == before + 1


async def test_an_answer_nobody_foresaw_is_told_and_tried_again(office: Office) -> None:
    office.sheet.problem = KeyError("valueRanges")
    await office.passes(60)
    assert office.told == ["SheetRefused"]
    assert "KeyError" in (await office.state()).problem
    office.sheet.problem = None
    await office.passes(60)
    assert (await office.state()).problem == ""


async def test_the_sheet_is_right_two_looks_after_it_is_back(office: Office) -> None:
    item_id = (await stock.rows(office.store))[0].item_id
    office.sheet.problem = SheetUnreachable("down")
    await office.passes(600)
    await office.store.write(lambda tx: stock.reserve(tx, item_id, 3, office.clock.now()))
    office.sheet.types(item_id, Column.SUPPLY, 55)
    office.sheet.problem = None
    before = office.sheet.looks
    while office.sheet.looks < before + 2:
        await office.passes(1)
    row = office.sheet.rows[office.sheet.place_of(item_id)]
    assert (row[Column.SOLD], row[Column.LEFT]) == (3, 52)


async def test_a_quiet_sheet_is_noted_as_fresh_now_and_then(office: Office) -> None:
    await office.passes(120)
    age_s = (await office.state()).age_s(office.clock.now())
    assert age_s is not None
    assert age_s <= 30 + 2 * EVERY_S


async def test_merchants_hear_once_of_less_than_sold_and_of_nonsense(office: Office) -> None:
    item_id = (await stock.rows(office.store))[0].item_id
    await office.store.write(lambda tx: stock.reserve(tx, item_id, 12, office.clock.now()))
    office.sheet.types(item_id, Column.SUPPLY, 10)
    await office.passes(20)
    assert [words.split()[1] for words in office.merchants_told] == ["2"]
    row = office.sheet.rows[office.sheet.place_of(item_id)]
    assert "多卖 2 份" in str(row[Column.STATUS])
    office.sheet.types(item_id, Column.SUPPLY, "多多的")
    await office.passes(20)
    assert len(office.merchants_told) == 2
    assert "今日供应" in office.merchants_told[1]
