"""Opens the system's Chromium, or Playwright's own where there is none; no browser at all is a failure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from drills.chromium import chromium_path

#: The phone every page must work on.
PHONE = {"width": 360, "height": 740}
LAPTOP = {"width": 1280, "height": 800}

#: A slow machine under load is no failure; a page that never changes is.
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser for the tests of one file."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


async def window(browser: Browser, viewport: dict[str, int] = PHONE, **wishes: Any) -> Page:
    """A window of a new visitor."""
    context: BrowserContext = await browser.new_context(viewport=viewport, **wishes)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    return await context.new_page()


async def close_windows(browser: Browser) -> None:
    """Everybody leaves: an open page would go on calling a service that is gone."""
    for context in browser.contexts:
        await context.close()
