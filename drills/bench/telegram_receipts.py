"""How long a student in a Telegram group waits for the number of their order, against a strict vendor.

Simulated: two hours of a lunch at ten times the pace, and one group flooding beside another. The clock of everybody,
the vendor's too, is moved by hand; the calls go over real sockets.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from core.mode import Mode
from drills.bench.figure import Figure
from drills.bench.telegram_campus import BOARDS_EVERY_S, TelegramCampus, telegram_campus
from drills.hand_clock import HandClock
from watch.system_clock import SystemClock

#: A lunch: so many orders in so long, replayed so much faster.
ORDERS, LUNCH_S, FASTER = 4_700, 7_200.0, 10
FLOOD = 300
_STEP_S = 0.04  # no longer than the channel needs for one more message: a bucket holds no more than one
_SETTLE_S = 60.0
_BOARD = "■"
_NUMBER = re.compile(r"#\w+-\d{3,}")


@dataclass(slots=True)
class Waits:
    """Who typed when, and when the group showed their number."""

    #: order number → seconds from typing to the message that shows it first
    seconds: dict[str, float] = field(default_factory=dict)
    #: orders typed
    typed: int = 0
    #: numbers shown in more than one new message
    doubled: int = 0
    #: calls refused with 429
    refused: int = 0
    #: orders in the store
    placed: int = 0

    def p95(self, numbers: Sequence[str] | None = None) -> float:
        """Seconds that 95 of 100 waited at the most."""
        waits = sorted(self.seconds.values() if numbers is None else [self.seconds[number] for number in numbers])
        return waits[max(0, math.ceil(len(waits) * 0.95) - 1)] if waits else math.inf


async def measure_receipts() -> list[Figure]:
    """The lunch at ten times its pace, then the flood."""
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        lunch = await _simulated(Path(folder), lunch_plan(random.Random(4)))
    waits = dict[bool, float]()
    for is_flooded in (False, True):
        with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
            found = await _simulated(Path(folder), flood_plan(is_flooded=is_flooded))
            others = [number for number in found.seconds if number.startswith("#2-")]
            waits[is_flooded] = max(found.seconds[number] for number in others)
    slower_s = waits[True] - waits[False]
    detail = f"{waits[False]:.1f} s alone, {waits[True]:.1f} s beside {FLOOD} orders in one group, the longest of 10"
    return [
        *receipt_figures(f"{ORDERS:,} orders in {LUNCH_S / FASTER / 60:.0f} min", lunch),
        Figure(name="one group's flood slows another by", value=slower_s, target=1.0, unit="s", is_at_most=True,
               detail=detail),
    ]  # fmt: skip


def receipt_figures(name: str, waits: Waits) -> list[Figure]:
    """What was promised of every run."""
    shown = len(waits.seconds)
    longest_s = max(waits.seconds.values())
    detail = f"{waits.typed} typed, {waits.placed} placed, {shown} numbers shown; longest {longest_s:.1f} s"
    return [
        Figure(name=f"receipts in Telegram groups, {name}, p95", value=waits.p95(), target=3.0, unit="s",
               is_at_most=True, detail=detail),
        Figure(name="… calls the vendor refused", value=waits.refused, target=1, unit="calls", is_at_most=True),
        Figure(name="… orders lost", value=waits.typed - min(waits.placed, shown), target=0, unit="orders",
               is_at_most=True),
        Figure(name="… orders or receipts doubled", value=waits.doubled + max(0, waits.placed - waits.typed), target=0,
               unit="orders", is_at_most=True),
    ]  # fmt: skip


def lunch_plan(chance: random.Random) -> list[tuple[float, str]]:
    """(when, building) of every order: a lunch swells and ebbs, and some buildings are hungrier than others."""
    lasts_s = LUNCH_S / FASTER
    times = sorted(min(lasts_s, max(0.0, chance.gauss(lasts_s / 2, lasts_s / 5))) for _ in range(ORDERS))
    hunger = {str(n): 0.5 + chance.random() for n in range(1, 201)}
    buildings = chance.choices(list(hunger), list(hunger.values()), k=ORDERS)
    return list(zip(times, buildings, strict=True))


def flood_plan(*, is_flooded: bool) -> list[tuple[float, str]]:
    """Ten orders in building 2, ten seconds apart; and, or not, all of a flood's in building 1 within a minute."""
    flood = [(n * 60 / FLOOD, "1") for n in range(FLOOD)] if is_flooded else []
    return sorted([*flood, *((5.0 + 10 * n, "2") for n in range(10))])


async def _simulated(folder: Path, plan: Sequence[tuple[float, str]]) -> Waits:
    clock = HandClock(SystemClock().now())  # the vendor's clock is compared with ours at the start
    async with telegram_campus(folder, clock, mode=Mode.EMERGENCY, double_clock=clock) as campus:
        waits, rooms, typed_at = Waits(), count(), dict[str, list[float]]()
        left, next_board_s, ends_s = list(reversed(plan)), 0.0, plan[-1][0] + _SETTLE_S
        async with asyncio.TaskGroup() as tasks:
            receiving = tasks.create_task(campus.channel.run(campus.desk.take))
            while clock.monotonic_s() < ends_s:
                now_s = clock.monotonic_s()
                while left and left[-1][0] <= now_s:
                    _, building = left.pop()
                    await type_order(campus, building, next(rooms))
                    typed_at.setdefault(building, []).append(now_s)
                    waits.typed += 1
                await _served(campus)
                if now_s >= next_board_s:
                    await campus.boards.refresh()
                    next_board_s = now_s + BOARDS_EVERY_S
                while await campus.sender.say_waiting():
                    pass
                await clock.advance(_STEP_S)
            receiving.cancel()
        await count_up(campus, waits, typed_at)
        return waits


async def type_order(campus: TelegramCampus, building: str, number: int) -> None:
    """Somebody new orders one dish in their building's group."""
    dish = campus.dishes[number % len(campus.dishes)]
    person = campus.student(building, number)
    await person.types(campus.groups[building], f"{dish}一份 {number % 8 + 1}{number % 20 + 1:02d}")


async def _served(campus: TelegramCampus) -> None:
    """Returns when everything typed so far is decided; intake and front desk work on the real clock."""
    waiting = "SELECT count(*) FROM inbox WHERE state = 'waiting'"
    while campus.double.world.updates.waiting() or (await campus.store.read_all(waiting))[0][0]:
        if await campus.desk.serve_waiting() == 0:
            await asyncio.sleep(0.002)


async def count_up(campus: TelegramCampus, waits: Waits, typed_at: Mapping[str, Sequence[float]]) -> None:
    """Reads off the vendor's ledger who waited how long; a building's orders are numbered as they were typed."""
    ledger, shown = campus.double.ledger, Counter[str]()
    for call in ledger.done("sendMessage"):
        words = str(call.parameters["text"])
        if words.startswith(_BOARD):  # it names numbers too, but answers nobody
            continue
        for label in set(_NUMBER.findall(words)):
            building, number = label.removeprefix("#").rsplit("-", 1)
            shown[label] += 1
            waits.seconds.setdefault(label, call.at_s - typed_at[building][int(number) - 1])
    waits.doubled = sum(times - 1 for times in shown.values())
    waits.refused = len(ledger.refused(429))
    waits.placed = (await campus.store.read_all("SELECT count(*) FROM orders"))[0][0]
