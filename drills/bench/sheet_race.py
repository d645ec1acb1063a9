"""The race of people, orders and the bot at one stock sheet of 1,500 dishes, whichever kind of sheet it is."""

from __future__ import annotations

import tempfile
from pathlib import Path

from drills.bench.figure import Figure
from drills.bench.grid_race import race_at_the_grid
from drills.fast_clock import FastClock
from drills.sheet_doubles.canteen import Kind, open_canteen
from drills.sheet_doubles.crowd import crowd
from drills.sheet_doubles.race import Race

VENDORS: tuple[Kind, ...] = ("google", "feishu")
DISHES, SECONDS = 1_500, 60
#: What a call to the vendor takes, seconds.
LATENCY_S = 1.1
#: Seconds of the race in a second of the wall: slow enough for a busy machine to keep up with twenty orders a second.
TIMES = 2.0
CROWDS = 40


async def measure_sheet_race() -> list[Figure]:
    """Every kind of sheet, one after the other."""
    figures = list[Figure]()
    for kind in VENDORS:
        with tempfile.TemporaryDirectory() as folder:
            async with open_canteen(kind, Path(folder), FastClock(TIMES), dishes=DISHES) as canteen:
                canteen.vendor.trouble.latency_s = LATENCY_S
                result = await Race(canteen, seed=7, seconds=SECONDS).run()
        acts = ", ".join(f"{count}× {name}" for name, count in sorted(result.acts.items()))
        figures += _figures(kind, result.lost, result.wrong, f"{result.edits} edits, {result.orders} orders; {acts}")
    with tempfile.TemporaryDirectory() as folder:
        grid = await race_at_the_grid(Path(folder), dishes=DISHES, seconds=SECONDS)
    figures += _figures(
        "grid",
        grid.lost,
        grid.wrong,
        f"{grid.edits} edits, {grid.orders} orders, {grid.looks} pages turned or searched",
    )
    return [*figures, await _crowds()]


def _figures(kind: str, lost: list[str], wrong: list[str], detail: str) -> list[Figure]:
    return [
        Figure(name=f"human edits lost in the race at {kind}", value=len(lost), target=0, unit="edits",
               is_at_most=True, detail=f"{detail} {lost[:3] or ''}".strip()),
        Figure(name=f"wrong cells two quiet cycles later at {kind}", value=len(wrong), target=0,
               unit="cells", is_at_most=True, detail=str(wrong[:3] or "")),
    ]  # fmt: skip


async def _crowds() -> Figure:
    """Forty dishes under as many hands as no canteen has: what nobody can know must at least be asked about."""
    edits, lost, silent, asked = 0, 0, 0, 0
    for seed in range(CROWDS):
        with tempfile.TemporaryDirectory() as folder:
            result = await crowd(Path(folder), seed)
        edits, lost = edits + result.edits, lost + len(result.lost)
        silent, asked = silent + len(result.silent), asked + result.asked
    detail = f"40 dishes, 8 acts a second: {edits} edits, {lost} lost, {asked} cells asked about"
    return Figure(
        name="edits lost without a word in a crowd",
        value=silent,
        target=0,
        unit="edits",
        is_at_most=True,
        detail=detail,
    )
