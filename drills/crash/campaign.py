"""Several outages, one after the other, with a bot that is killed all the time; then the books are judged."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import yaml

from core.catalog import Item, catalog_from_json
from core.directory import directory_from_json
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from drills.bot_process import BotProcess
from drills.crash.captains import Captain
from drills.crash.door import Door, NoAnswer
from drills.crash.people import Courier, Kitchen, Ledger, Merchant, Student
from drills.crash.places import place_for
from drills.crash.report import Report, settle
from drills.demo_phones import Phones
from drills.twin_primary_menu import load_directory, load_menu
from drills.twin_process import TwinProcess
from fallback_store import links
from fallback_store.database import Store, Tx
from fallback_store.links import LinkKind
from watch.system_clock import SystemClock

KITCHENS = 3
#: kills in one outage at the most; the share of them that strikes while orders come in
KILLS_AN_OUTAGE, INTAKE_SHARE = 25, 0.6
#: of the kills during a hand-back, so many strike the primary as well
TWIN_SHARE = 0.25
#: the primary takes its time, so that a hand-back lasts long enough to be killed in
SLOW_S = 0.25
QUEUE = "/queue/courier-link"
_ADMIN_TOKEN = "crash-admin"  # noqa: S105 (of a service that lives for minutes)
_NORMAL_WITHIN_S = 120.0


class Campaign:
    """`await Campaign(folder, kills, seed).run()`."""

    def __init__(self, folder: Path, kills: int, seed: int, chat: str = "local") -> None:
        """`folder`: where both stores, the proofs and the logs are left; `seed`: when, whom; `chat`: what is used."""
        self._folder, self._wanted = folder, kills
        self._place = place_for(chat, folder, seed)
        self._chance = random.Random(seed)
        self._ledger, self._report = Ledger(), Report()
        self._is_intake = self._is_handing_back = False
        menu = load_menu({}, set())
        supplies = menu.supplies()
        self._catalog = catalog_from_json(menu.document(supplies))
        self._buildings = directory_from_json(load_directory()).buildings[:5]  # those of one courier
        self._index = MenuIndex(self._catalog)
        self._kitchens = self._choose_kitchens({i for i, row in supplies.items() if row.supply is None})
        self._menu = self._choose_menu()

    async def run(self) -> Report:
        """Kills so often, hands everything back, judges. Raises: NoAnswer, Unanswered, BotDied."""
        began_s = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        await self._make_links()
        async with self._running() as (twin, bot, chat, door):
            await self._wait_for_snapshot(door)
            await self._place.enter(self._buildings)
            students = [self._student(chat, number) for number in range(self._place.students)]
            while (left := self._wanted - sum(self._report.kills.values())) > 0:
                captains = [self._captain(chat, building.id) for building in self._buildings[: self._place.captains]]
                await self._outage(twin, bot, door, students, captains, min(left, KILLS_AN_OUTAGE))
            await bot.stop()
            books = await twin.books()
            self._report.echoes, self._report.findings = chat.echoes, [*chat.contradictions]
        names = {item.name: item.id for item in self._catalog.items.values()}
        settle(self._report, self._ledger, self._folder, books, names)
        self._report.seconds = time.monotonic() - began_s
        return self._report

    # One outage ---------------------------------------------------------------------------------

    async def _outage(
        self,
        twin: TwinProcess,
        bot: BotProcess,
        door: Door,
        students: list[Student],
        captains: list[Captain],
        kills: int,
    ) -> None:
        await door.flip("emergency", "crash drill")
        self._ledger.epoch = (await door.wait_for(("emergency",), 30.0))["epoch"]
        self._report.outages += 1
        merchants = [Merchant(door, kitchen, self._chance) for kitchen in self._kitchens]
        for merchant in merchants:
            await merchant.open(self._ledger)
        in_intake = max(1, round(kills * INTAKE_SHARE))
        self._is_intake = True
        async with asyncio.TaskGroup() as people:
            for student in students:
                people.create_task(student.order(self._ledger, self._menu, lambda: self._is_intake))
            for captain in captains:
                people.create_task(captain.relay(self._ledger, self._menu, lambda: self._is_intake))
            for merchant in merchants:
                people.create_task(merchant.edit(self._ledger, lambda: self._is_intake))
            courier = Courier(door, QUEUE, self._chance)
            people.create_task(courier.work(self._ledger, lambda: self._is_intake))
            for _ in range(in_intake):
                await self._kill(bot, "intake")
            await asyncio.sleep(self._place.lives_s)
            self._is_intake = False
        await self._hand_back(twin, bot, door, students, kills - in_intake)

    async def _hand_back(
        self, twin: TwinProcess, bot: BotProcess, door: Door, students: list[Student], kills: int
    ) -> None:
        await twin.inject("slow", delay_s=SLOW_S)
        await door.flip("hand-back", "crash drill")
        self._is_handing_back = True
        async with asyncio.TaskGroup() as people:
            people.create_task(students[0].ask_late(self._ledger, self._menu, lambda: self._is_handing_back))
            for _ in range(kills):
                # Once it is over there is nothing left to interrupt: the kills wait for the next outage.
                if (await door.status())["mode"] == "normal":
                    break
                if self._chance.random() < TWIN_SHARE:
                    await self._kill_twin(twin)
                await self._kill(bot, "hand_back")
            await twin.clear()
            await self._until_normal(door)
            self._is_handing_back = False
        await self._wait_for_snapshot(door)

    async def _until_normal(self, door: Door) -> None:
        ends_s = time.monotonic() + _NORMAL_WITHIN_S
        while (found := await door.status())["mode"] != "normal":
            if time.monotonic() > ends_s:
                raise NoAnswer(f"the hand-back did not end within {_NORMAL_WITHIN_S:.0f} s: {found}")
            if found["mode"] == "emergency":  # the primary was away for too long: an admin asks again
                await door.flip("hand-back", "crash drill, again")
            await asyncio.sleep(0.1)

    async def _kill(self, bot: BotProcess, during: str) -> None:
        await asyncio.sleep(self._chance.random() * self._place.lives_s)
        await bot.kill()
        self._report.kills[during] += 1
        await bot.start()

    async def _kill_twin(self, twin: TwinProcess) -> None:
        await asyncio.sleep(self._chance.random() * self._place.lives_s)
        await twin.kill()
        self._report.twin_kills += 1
        await twin.start()
        await twin.inject("slow", delay_s=SLOW_S)

    # Before and after ---------------------------------------------------------------------------

    def _choose_kitchens(self, unlimited: set[str]) -> list[Kitchen]:
        """One dish each of several merchants, counted by hand; the primary itself has no end of it."""
        found = []
        for merchant in self._catalog.merchants:
            item = next((item for item in merchant.items if item.id in unlimited and self._is_clear(item)), None)
            if item is not None:
                found.append(Kitchen(f"/sheet/sheet-{merchant.id}", item))
        return found[:KITCHENS]

    def _choose_menu(self) -> list[Item]:
        """What students choose from: half of it are the dishes that run short."""
        scarce = [kitchen.item for kitchen in self._kitchens]
        others = [item for item in self._catalog.items.values() if item not in scarce and self._is_clear(item)]
        return scarce * 3 + others[:9]

    def _is_clear(self, item: Item) -> bool:
        reading = read(f"{item.name}2份 305", self._index, self._buildings[0].id)
        return not reading.problems and [(line.item_id, line.quantity) for line in reading.lines] == [(item.id, 2)]

    def _student(self, chat: Phones, number: int) -> Student:
        building = self._buildings[number % len(self._buildings)]
        room = f"{number % 6 + 1}{number % 20 + 1:02d}"
        return Student(
            chat,
            f"crash-{number:02d}",
            building.id,
            room,
            random.Random(self._chance.random()),
            silence_s=self._place.silence_s,
            private=self._place.private,
            alone=self._ledger.alone if self._place.reads_screens else None,
        )

    def _captain(self, chat: Phones, building_id: str) -> Captain:
        chance = random.Random(self._chance.random())
        return Captain(chat, building_id, chance, silence_s=self._place.silence_s)

    async def _make_links(self) -> None:
        wanted = [(kitchen.sheet, LinkKind.MERCHANT, str(kitchen.item.merchant_id)) for kitchen in self._kitchens]
        wanted.append((QUEUE, LinkKind.COURIER, "web:courier-liu"))
        now = SystemClock().now()

        def make(tx: Tx) -> None:
            for path, kind, scope in wanted:
                links.create(tx, path.rpartition("/")[2], kind, scope, label=scope, by="crash", now=now)

        async with await Store.open(self._folder / "store.sqlite3") as store:
            await store.write(make)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[tuple[TwinProcess, BotProcess, Phones, Door]]:
        token = secrets.token_hex(8)
        async with TwinProcess(self._folder / "twin.sqlite3", token=token) as twin, AsyncExitStack() as parts:
            config = self._folder / "config.yaml"
            keys = {"FALLBACK_PRIMARY__TOKEN": token, "FALLBACK_WEB__ADMIN_TOKEN": _ADMIN_TOKEN}
            bot = BotProcess(config, log=self._folder / "bot.log", secrets=keys)
            place = await self._place.prepare(parts, self._buildings, f"http://127.0.0.1:{bot.reserve()}")
            config.write_text(yaml.safe_dump(self._settings(twin) | place), encoding="utf-8")
            await parts.enter_async_context(bot)
            chat = await self._place.open(parts, bot.base_url)
            yield twin, bot, chat, await parts.enter_async_context(Door(bot.base_url, _ADMIN_TOKEN))

    def _settings(self, twin: TwinProcess) -> dict[str, object]:
        return {
            "primary": {"base_url": twin.base_url},
            "store": {"path": str(self._folder / "store.sqlite3")},
            # Small batches make a hand-back long enough to be interrupted in every one of its steps.
            "sync": {"pull_every_s": 0.5, "batch": 5, "lease_s": 5, "longest_pause_s": 0.5, "gives_up_after_s": 6},
        }

    async def _wait_for_snapshot(self, door: Door) -> None:
        for _ in range(200):
            found = await door.status()
            if found["mode"] != "normal" or found["snapshot_age_s"] is not None:
                return
            await asyncio.sleep(0.1)
        raise NoAnswer("no catalog snapshot was taken")
