"""What an order costs, inbox row in to reply row durable: ours, the same rows bare, the same logic the usual way."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import NamedTuple

from core.chat import RawUpdate
from core.ports import Clock
from drills.bench.figure import Figure, each, ratio, take_turns
from drills.bench.lunch import Campus, Student, pressed, settle, typed
from drills.bench.order_bare import BareScript, Rows, recorded
from drills.bench.order_ours import OurPath, our_path
from drills.bench.order_usual import UsualBot
from drills.bench.same_rows import check_same_rows
from drills.hand_clock import HandClock
from watch.system_clock import SystemClock

WAITING = 64
ROUNDS = 15
#: messages in one round; the usual way is slow, and a rate needs no more of it
A_ROUND, A_USUAL_ROUND, A_SINGLE_ROUND = 512, 128, 48
_A_SLICE = A_ROUND + 2 * A_SINGLE_ROUND
STUDENTS = (ROUNDS + 1) * _A_SLICE  # one round more, to warm up
_SAME = 200

Kind = Callable[[Student], RawUpdate]


class Alone(NamedTuple):
    """Seconds, p50 of one round: one order of ours, and one bare transaction with an order's rows."""

    ours: float
    bare: float


class Contenders:
    """Our path and both baselines, each on its own copy of one settled store; every method is one timed run."""

    def __init__(self, path: OurPath, bare: BareScript, usual: UsualBot, updates: Sequence[RawUpdate]) -> None:
        """`updates`: everybody's message; a slice of them for each round."""
        self._path, self._bare, self._usual, self._updates = path, bare, usual, updates
        self._rows: Sequence[Rows] = ()

    def learn_rows(self, rehearsal: Path) -> None:
        """Tells the bare script what every message leaves behind, from a store in which all were served."""
        self._rows = recorded(rehearsal, self._updates)

    async def ours(self, number: int) -> float:
        """Orders a second, `WAITING` at a time."""
        began_s = time.perf_counter()
        await self._path.serve(self._updates[_many(number)], WAITING)
        return A_ROUND / (time.perf_counter() - began_s)

    async def bare(self, number: int) -> float:
        """The same for the bare rows, `WAITING` in one transaction."""
        began_s = time.perf_counter()
        await self._bare.write(self._rows[_many(number)], WAITING)
        return A_ROUND / (time.perf_counter() - began_s)

    async def usual(self, number: int) -> float:
        """The same for the usual way, `WAITING` handlers at a time."""
        began_s = time.perf_counter()
        await self._usual.serve(self._updates[_many(number)][:A_USUAL_ROUND], WAITING)
        return A_USUAL_ROUND / (time.perf_counter() - began_s)

    async def alone(self, number: int) -> Alone:
        """One order and one bare transaction with the same rows, in turn.

        One by one, because in a row of its own kind neither is alone: there the processor's caches hold nothing else,
        and a bare transaction takes three quarters of what it takes when somebody orders.
        """
        ours, bare = list[float](), list[float]()
        for at in range(len(self._updates))[_few(number)]:
            ours += await self._path.serve(self._updates[at : at + 1], 1)
            bare += await self._bare.write(self._rows[at : at + 1], 1)
        return Alone(median(ours), median(bare))

    async def in_a_row(self, number: int) -> Alone:
        """As many orders one after the other, then as many bare transactions: the harder comparison."""
        row = _row(number)
        ours = await self._path.serve(self._updates[row], 1)
        return Alone(median(ours), median(await self._bare.write(self._rows[row], 1)))


def _many(number: int) -> slice:
    return slice(number * _A_SLICE, number * _A_SLICE + A_ROUND)


def _few(number: int) -> slice:
    start = number * _A_SLICE + A_ROUND
    return slice(start, start + A_SINGLE_ROUND)


def _row(number: int) -> slice:
    return slice((number + 1) * _A_SLICE - A_SINGLE_ROUND, (number + 1) * _A_SLICE)


@asynccontextmanager
async def contenders(folder: Path, campus: Campus, kind: Kind, clock: Clock) -> AsyncIterator[Contenders]:
    """Everybody at the start line, warm: the last slice of messages is served already."""
    updates = [kind(student) for student in campus.students]
    settled = await settle(folder / "settled.sqlite3", campus, clock)
    paths = {who: Path(shutil.copy(settled, folder / f"{who}.sqlite3")) for who in ("ours", "bare", "usual")}
    rehearsal = Path(shutil.copy(settled, folder / "rehearsal.sqlite3"))
    async with our_path(rehearsal, clock) as path:
        await path.serve(updates, WAITING)
    async with AsyncExitStack() as stack:
        path = await stack.enter_async_context(our_path(paths["ours"], clock))
        usual = await UsualBot.open(paths["usual"], campus, clock, path.channel)
        stack.push_async_callback(usual.close)
        bare = BareScript(paths["bare"])
        stack.callback(bare.close)
        found = Contenders(path, bare, usual, updates)
        found.learn_rows(rehearsal)
        for run in (found.ours, found.bare, found.usual, found.alone, found.in_a_row):
            await run(ROUNDS)
        yield found


async def check_baselines(campus: Campus, folder: Path) -> None:
    """Raises: NotTheSame when a baseline leaves other rows behind than our own run."""
    clock = HandClock()
    settled = await settle(folder / "settled.sqlite3", campus, clock)
    for kind in (typed, pressed):
        paths = {who: Path(shutil.copy(settled, folder / f"{who}.sqlite3")) for who in ("ours", "bare", "usual")}
        updates = [kind(student) for student in campus.students[:_SAME]]
        async with our_path(paths["ours"], clock) as path:
            await path.serve(updates, 1)  # one by one: in the order in which the baselines get them
            usual = await UsualBot.open(paths["usual"], campus, clock, path.channel)
            await usual.serve(updates, 1)
            await usual.close()
        bare = BareScript(paths["bare"])
        await bare.write(recorded(paths["ours"], updates), WAITING)
        bare.close()
        check_same_rows(paths["ours"], paths["bare"], "the bare script")
        check_same_rows(paths["ours"], paths["usual"], "the usual bot")


async def measure_orders() -> list[Figure]:
    """Button and typed orders, many at once and one alone."""
    campus = Campus(STUDENTS)
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        await check_baselines(campus, Path(folder))
    figures: list[Figure] = []
    for kind, target in ((pressed, 0.4), (typed, 0.2)):
        with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
            async with contenders(Path(folder), campus, kind, SystemClock()) as run:
                rates = await take_turns(ROUNDS, ours=run.ours, bare=run.bare, usual=run.usual)
                alone = [await run.alone(number) for number in range(ROUNDS)]
                in_a_row = [await run.in_a_row(number) for number in range(ROUNDS)]
        figures += _figures("button" if kind is pressed else "typed", target, rates, alone, in_a_row)
    return figures


def _figures(
    name: str, target: float, rates: dict[str, list[float]], alone: list[Alone], in_a_row: list[Alone]
) -> list[Figure]:
    detail = each("/s", **rates)
    bare = Figure(
        name=f"{name} orders, {WAITING} waiting",
        value=ratio(rates["ours"], rates["bare"]),
        target=target,
        unit="× bare rows",
        detail=detail,
    )
    single = Figure(
        name=f"one {name} order alone, p50",
        value=median(pair.ours / pair.bare for pair in alone),
        target=3.0,
        unit="× one bare transaction",
        is_at_most=True,
        detail=each(" ms", ours=[1000 * pair.ours for pair in alone], bare=[1000 * pair.bare for pair in alone])
        + f"; {A_SINGLE_ROUND} of each in a row: {median(pair.ours / pair.bare for pair in in_a_row):.3g} ×",
    )
    if name == "button":
        return [bare, single]
    return [bare, replace(bare, value=ratio(rates["ours"], rates["usual"]), target=5.0, unit="× the usual way"), single]
