"""A vendor's double in a process of its own, so that what it costs is not taken for what we cost."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.sheet_settings import FeishuSheetSettings, GoogleSheetSettings
from drills.sheet_doubles.book import Book, Tab
from drills.sheet_doubles.feishu import APP_ID, APP_SECRET, FeishuDouble
from drills.sheet_doubles.google import GoogleDouble
from drills.sheet_doubles.google_key import write_key_file
from watch.system_clock import SystemClock

BOOK = "1AbcDEFghiJKLmnoPQRstuVWXyz0123456789"
HOME = Path(__file__).parents[2]


@asynccontextmanager
async def served(kind: str, folder: Path) -> AsyncIterator[GoogleSheetSettings | FeishuSheetSettings]:
    """The settings that reach the double, which lives until the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "drills.sheet_doubles.process", kind, str(folder),
        cwd=HOME, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        origin = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        if kind == "google":
            yield GoogleSheetSettings(spreadsheet_id=BOOK, credentials_file=folder / "double-key.json", api_base=origin)
        else:
            yield FeishuSheetSettings(app_id=APP_ID, app_secret=APP_SECRET, spreadsheet_token=BOOK, api_base=origin)
    finally:
        process.stdin.close()  # its end is the double's end
        await process.wait()


async def _serve(kind: str, folder: Path) -> None:
    clock = SystemClock()
    double = GoogleDouble(clock) if kind == "google" else FeishuDouble(clock)
    double.books[BOOK] = Book(BOOK, tabs=[Tab(0 if kind == "google" else "s00000", "Sheet1", 200, 20)])
    # What is measured through this is our own cost, as fast as we can; our own pace is measured elsewhere.
    double.reads.per_minute = double.writes.per_minute = 1_000_000
    if isinstance(double, GoogleDouble):
        double.project_reads.per_minute = double.project_writes.per_minute = 1_000_000
    async with double.serving():
        if isinstance(double, GoogleDouble):
            write_key_file(folder / "double-key.json", double.token_uri)
        print(double.origin, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], Path(sys.argv[2])))
