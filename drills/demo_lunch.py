"""The demo's lunch: students type, a captain pastes a list, and in the rush for the last portions the bot is killed."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.catalog import Item
from drills.demo_campus import Campus
from drills.demo_crowd import Crowd
from drills.demo_phones import Member
from drills.demo_stage import Stage
from drills.demo_terminal import Terminal
from drills.demo_texts import say
from drills.twin_campus import CampusMessage, campus_day

BUILDINGS = 12
_RUSH = 16  # people who want the last portions at the same moment
_RUSH_AT = 0.45  # of the day's messages
_KILL_AFTER_S = 0.04  # into the rush: some of it is stored, some is on its way


@dataclass(frozen=True, slots=True)
class Plan:
    """How much happens."""

    orders: int
    #: seconds the lunch lasts
    day_s: float


class Lunch:
    """`await Lunch(…).play()` returns when everybody has an answer."""

    def __init__(self, stage: Stage, terminal: Terminal, campus: Campus, crowd: Crowd, plan: Plan) -> None:
        """`crowd`: whose receipts grow."""
        self._stage, self._terminal, self._campus, self._crowd, self._plan = stage, terminal, campus, crowd, plan
        self._chance = random.Random(stage.seed)
        self._is_rush = asyncio.Event()

    async def play(self) -> None:
        """Everybody at once. Raises: TalkRefused, BotDied."""
        campus, plan = self._campus, self._plan
        day = campus_day(
            self._stage.seed, campus.buildings[:BUILDINGS], campus.catalog, plan.orders, plan.day_s, campus.captains
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._students([message for message in day if message.kind != "list"]))
            tasks.create_task(self._captain([message for message in day if message.kind == "list"]))
            tasks.create_task(self._rush())

    async def _students(self, day: list[CampusMessage]) -> None:
        crowd = self._crowd
        with self._terminal.step("orders", total=len(day), buildings=BUILDINGS) as step:
            done = 0

            def on_said() -> None:
                nonlocal done
                done += 1
                step.show(done)
                stored, no = len(crowd.receipts), crowd.told_no
                step.note(self._say("orders_detail", stored=stored, no=no, unheard=crowd.unheard))
                if done >= _RUSH_AT * len(day):
                    self._is_rush.set()

            await crowd.live(day, on_said)
            self._is_rush.set()

    async def _captain(self, lists: list[CampusMessage]) -> None:
        if not lists:
            return
        with self._terminal.step("relay", total=len(lists)) as step:
            await self._crowd.live(lists, step.advance)
            people = [len(pasted.people) for pasted in lists]
            step.note(self._say("relay_detail", first=people[0], grown=people[-1], orders=self._crowd.listed))

    async def _rush(self) -> None:
        """Many want the last portions of one dish, and the bot is killed in the middle of it."""
        await self._is_rush.wait()
        stage, hot = self._stage, scarcest(self._campus)
        facts = {"item": hot.name, "supply": hot.stock}
        with (
            self._terminal.step("kill") as killing,
            self._terminal.step("sold_out", total=_RUSH, **facts) as selling,
        ):
            retries = stage.chat.retries
            async with asyncio.TaskGroup() as tasks:
                wants = [tasks.create_task(self._want(hot, n, selling.advance)) for n in range(_RUSH)]
                await asyncio.sleep(_KILL_AFTER_S)
                began_s = time.monotonic()
                await stage.bot.kill()
                await stage.bot.start()
                down_s = time.monotonic() - began_s
            killing.note(self._say("kill_detail", down=down_s, retries=stage.chat.retries - retries))
            got = sum(want.result() for want in wants)
            selling.note(self._say("sold_out_detail", got=got, told=_RUSH - got))

    async def _want(self, item: Item, n: int, on_answer: Callable[[], None]) -> bool:
        building = self._campus.buildings[n % BUILDINGS]
        student = Member(f"rush-{building.id}-{n}", f"赶来的{n + 1}号")
        room = self._chance.randint(101, 620)
        reply = await self._crowd.order(student, building.id, f"{item.name}一份 {room}")
        on_answer()
        return reply is not None and self._crowd.is_receipt(reply)

    def _say(self, name: str, /, **facts: object) -> str:
        return say(self._stage.language, name, **facts)


def scarcest(campus: Campus) -> Item:
    """The dish with the fewest portions, the one the campus asks for most."""
    limited = [item for item in campus.catalog.items.values() if item.stock is not None]
    return min(limited, key=lambda item: item.stock or 0)
