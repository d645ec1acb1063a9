"""A Google spreadsheet as a stock sheet: one batch read and one batch write a cycle, RAW, never an append."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from core.ports import Clock
from core.sheet import CellWrite, Column, Row, SheetTable
from core.sheet_words import SheetWords, read_table
from core.texts import LANGUAGES, text
from sync.sheets.google_http import GoogleCalls, GoogleHttp
from sync.sheets.known_rows import KnownRows
from sync.sheets.quota import Quota
from sync.sheets.ranges import Block, blocks_of
from sync.sheets.troubles import SheetRefused, TabGone

#: Requests a minute, a little below Google's own limits of 60 for a user and 300 for a project, reads and writes apart.
PER_USER, PER_PROJECT = 55, 280
#: The last column we look at; people may keep theirs beyond.
LAST_COLUMN = "Z"
#: New rows are made this many at a time.
ROWS_MORE = 200


class GoogleSheet:
    """Obeys `core.ports.StockSheet`; its tab is found by its name once, and by its id when people rename it."""

    name = "google"

    def __init__(self, calls: GoogleCalls, clock: Clock, words: SheetWords) -> None:
        self.calls = calls
        self._words = words
        self.reads = Quota(clock, PER_USER, above=Quota(clock, PER_PROJECT))
        self.writes = Quota(clock, PER_USER, above=Quota(clock, PER_PROJECT))
        self._tab: tuple[int, str] | None = None
        self._row_count = 0
        self._columns: Mapping[Column, int] = {}
        self._rows = KnownRows()

    async def read(self) -> SheetTable:
        """Every row, as people see it but for the formatting. Raises: SheetDamaged, `sync/sheets/troubles.py`."""
        try:
            answer = await self._read_values()
        except TabGone:
            # Renamed since we last looked, or gone.
            self._tab = await self.find_tab(self._tab)
            answer = await self._read_values()
        try:
            found = answer["valueRanges"][0]
            self._row_count = _last_row(found["range"])
            table = read_table(found.get("values", []))
        except (KeyError, IndexError, TypeError) as problem:
            raise SheetRefused(f"Google's answer lacks {problem}.") from problem
        self._columns = table.columns
        return table

    async def write(self, writes: Sequence[CellWrite]) -> None:
        """Sets the cells in one request; rows the sheet lacks are made first."""
        blocks = blocks_of(writes, self._columns, has_gaps=True)
        end = max(block.end_row for block in blocks)
        if end > self._row_count:
            tab_id, _ = self._tab or await self.find_tab(None)
            await self.change([append(tab_id, "ROWS", end - self._row_count + ROWS_MORE)])
            self._row_count = end + ROWS_MORE
        await self.write_blocks(blocks)

    # Also for setting up ------------------------------------------------------------------------

    async def values(self) -> list[Row]:
        """Every cell, headings first. Raises: TabGone."""
        found = (await self._read_values())["valueRanges"][0]
        return list(found.get("values", []))

    async def write_blocks(self, blocks: Sequence[Block]) -> None:
        """Sets the blocks in one request."""
        _, title = self._tab or await self.find_tab(None)
        await self.writes.take()
        await self.calls.call(lambda http, book: http.values_batch_update(book, _body(title, blocks)))

    async def described(self) -> dict[str, Any]:
        """The spreadsheet without its cells."""
        await self.reads.take()
        return dict(await self.calls.call(lambda http, book: http.fetch_sheet_metadata(book)))

    async def change(self, requests: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """All of these requests, or none."""
        await self.writes.take()
        body = {"requests": list(requests)}
        return dict(await self.calls.call(lambda http, book: http.batch_update(book, body)))

    async def find_tab(self, known: tuple[int, str] | None) -> tuple[int, str]:
        """Id and title of our tab: the one we knew, or the one called so in any language. Raises: TabGone."""
        tabs = [sheet["properties"] for sheet in (await self.described()).get("sheets", [])]
        titles = {text(language, "sheet_title") for language in LANGUAGES}
        for tab in tabs:
            if tab["sheetId"] == known[0] if known else tab["title"] in titles:
                return tab["sheetId"], tab["title"]
        named = ", ".join(tab["title"] for tab in tabs)
        raise TabGone(f"The spreadsheet has no tab called {self._words.title} any more; it has {named}.")

    async def _read_values(self) -> dict[str, Any]:
        if self._tab is None:
            self._tab = await self.find_tab(None)
        asked = f"{_quoted(self._tab[1])}!A1:{LAST_COLUMN}"
        await self.reads.take()

        def ask(http: GoogleHttp, book: str) -> Any:
            return self._rows.read(http.values_as_sent(book, asked))

        return dict(await self.calls.call(ask))


def append(tab_id: int, dimension: Literal["ROWS", "COLUMNS"], count: int) -> dict[str, Any]:
    """The request that makes a tab longer or wider."""
    return {"appendDimension": {"sheetId": tab_id, "dimension": dimension, "length": count}}


def _body(title: str, blocks: Sequence[Block]) -> dict[str, Any]:
    """Built anew for every try: gspread's helpers change the lists they are given."""
    return {
        "valueInputOption": "RAW",
        "data": [{"range": f"{_quoted(title)}!{block.a1}", "values": block.values} for block in blocks],
    }


def _quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"


def _last_row(shown: str) -> int:
    """`'库存表'!A1:J1000` → 1000: how many rows the tab has."""
    return int(shown.rpartition(":")[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
