"""When a browser first shows the merchant's page: with every dish of a campus, beside a page of three."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from drills.bench.figure import Figure, each, ratio, take_turns
from drills.bench.sheet_page import ADDRESS, DISHES, open_page
from drills.chromium import chromium_path

ROUNDS, FEW = 9, 3
WINDOWS = {"phone": {"width": 360, "height": 740}, "laptop": {"width": 1280, "height": 800}}
_PAINTED = "performance.getEntriesByName('first-contentful-paint')"


async def measure_sheet_paint() -> list[Figure]:
    """A new visitor each time: nothing is kept from the last one."""
    from playwright.async_api import async_playwright  # the tests' browser: not installed where the service runs

    figures = list[Figure]()
    with tempfile.TemporaryDirectory() as large, tempfile.TemporaryDirectory() as small:
        async with (
            open_page(Path(large), DISHES) as every,
            open_page(Path(small), FEW) as few,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            for kind, window in WINDOWS.items():

                async def all_dishes(_: int, window: dict[str, int] = window) -> float:
                    return await _first_paint_s(browser, every.base, window)

                async def three_dishes(_: int, window: dict[str, int] = window) -> float:
                    return await _first_paint_s(browser, few.base, window)

                found = await take_turns(ROUNDS, all_dishes=all_dishes, three_dishes=three_dishes)
                times = ratio(found["all_dishes"], found["three_dishes"])
                detail = f"{each(' s', **found)}: {times:.2f} times as long"
                name = f"first paint of {DISHES:,} dishes on a {kind}"
                value = median(found["all_dishes"])
                figures.append(Figure(name=name, value=value, target=1, unit="s", is_at_most=True, detail=detail))
            await browser.close()
    return figures


async def _first_paint_s(browser: Any, base: str, window: dict[str, int]) -> float:
    """Seconds from the wish for the page to its first words on the screen."""
    context = await browser.new_context(viewport=window)
    page = await context.new_page()
    await page.goto(f"{base}/sheet/{ADDRESS}")
    await page.wait_for_function(f"{_PAINTED}.length > 0")
    painted_ms = await page.evaluate(f"{_PAINTED}[0].startTime")
    await context.close()
    return float(painted_ms) / 1000
