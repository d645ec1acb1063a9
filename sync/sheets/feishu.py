"""A Feishu spreadsheet as a stock sheet: one read and one write a cycle, texts as texts, never a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.ports import Clock
from core.sheet import Cell, CellWrite, Column, Row, SheetDamaged, SheetTable
from core.sheet_words import SheetWords, find_columns, read_table
from core.texts import LANGUAGES, text
from sync.sheets.feishu_http import FeishuCalls, WrongRange
from sync.sheets.known_rows import KnownRows
from sync.sheets.quota import Quota
from sync.sheets.ranges import Block, blocks_of, letters
from sync.sheets.troubles import SheetRefused, TabGone

#: Requests a minute: far below the documented hundred a second, far above what we need.
PER_MINUTE = 300
#: Rows in one write, and the last column we look at.
ROWS_AT_ONCE, LAST_COLUMN = 4000, 26
ROWS_MORE = 200
#: Feishu has no tick box one could set over its API: the switch is a list of two words.
SWITCH = {True: "是", False: "否"}
_SWITCHED: dict[Cell, bool] = {word: is_on for is_on, word in SWITCH.items()}
_NESTED = frozenset({list, dict})
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\0")


class FeishuSheet:
    """Obeys `core.ports.StockSheet`; its tab keeps its id when people rename it."""

    name = "feishu"

    def __init__(self, calls: FeishuCalls, clock: Clock, words: SheetWords) -> None:
        self.calls = calls
        self._words = words
        self._quota = Quota(clock, PER_MINUTE)
        self.tab_id = ""
        self.row_count = self.column_count = 0
        self._columns: Mapping[Column, int] = {}
        self._width = LAST_COLUMN
        self._rows = KnownRows(_shape_for)

    async def read(self) -> SheetTable:
        """Every row. Raises: SheetDamaged, `sync/sheets/troubles.py`."""
        try:
            table = read_table(await self.values())
        except SheetDamaged:
            self._width = LAST_COLUMN  # people may have moved a column beyond where we last looked
            table = read_table(await self.values())
        self._columns, self._width = table.columns, max(table.columns.values()) + 1
        return table

    async def write(self, writes: Sequence[CellWrite]) -> None:
        """Sets the cells; rows the sheet lacks are made first."""
        blocks = blocks_of([_switched(write) for write in writes], self._columns, has_gaps=False)
        try:
            await self._make_room(blocks)
            await self.write_blocks(blocks)
        except WrongRange:
            # People who delete rows make the tab shorter than we remember.
            await self.find_tab()
            await self._make_room(blocks)
            await self.write_blocks(blocks)

    # Also for setting up ------------------------------------------------------------------------

    async def call(
        self, method: str, version: str, verb: str, body: Mapping[str, Any] | None = None, **query: str
    ) -> dict[str, Any]:
        """One call inside our pace."""
        await self._quota.take()
        return await self.calls.call(method, version, verb, query=query or None, body=body)

    async def find_tab(self) -> None:
        """Looks up our tab: the one we knew, or the one called so in any language. Raises: TabGone."""
        tabs = (await self.call("GET", "v3", "sheets/query")).get("sheets", [])
        titles = {text(language, "sheet_title") for language in LANGUAGES}
        for tab in tabs:
            if tab["sheet_id"] == self.tab_id if self.tab_id else tab["title"] in titles:
                self.tab_id, grid = tab["sheet_id"], tab["grid_properties"]
                self.row_count, self.column_count = grid["row_count"], grid["column_count"]
                return
        named = ", ".join(tab["title"] for tab in tabs)
        raise TabGone(f"The spreadsheet has no tab called {self._words.title} any more; it has {named}.")

    async def values(self) -> list[Row]:
        """Every cell, headings first, blank rows at the end left out. Raises: TabGone."""
        try:
            if not self.tab_id:
                await self.find_tab()
            rows = await self._read_values()
        except (WrongRange, TabGone):
            # Columns were deleted since we last looked, or the whole tab was.
            await self.find_tab()
            rows = await self._read_values()
        while rows and all(cell in (None, "") for cell in rows[-1]):
            rows.pop()
        return rows

    async def write_blocks(self, blocks: Sequence[Block]) -> None:
        """Sets the blocks, in as few requests as the vendor takes."""
        waiting, rows = list[Block](), 0
        for block in blocks:
            if waiting and rows + len(block.values) > ROWS_AT_ONCE:
                await self._write(waiting)
                waiting, rows = [], 0
            waiting.append(block)
            rows += len(block.values)
        await self._write(waiting)

    async def lengthen(self, dimension: str, count: int) -> None:
        """Makes the tab longer (ROWS) or wider (COLUMNS)."""
        wanted = {"sheetId": self.tab_id, "majorDimension": dimension, "length": count}
        await self.call("POST", "v2", "dimension_range", {"dimension": wanted})
        if dimension == "ROWS":
            self.row_count += count
        else:
            self.column_count += count

    async def _read_values(self) -> list[Row]:
        last = letters(min(self.column_count, self._width) - 1)
        query = {
            "ranges": f"{self.tab_id}!A:{last}",
            "valueRenderOption": "UnformattedValue",
            "dateTimeRenderOption": "FormattedString",
        }
        await self._quota.take()
        answer = await self.calls.call("GET", "v2", "values_batch_get", query=query, read=self._rows.read)
        try:
            found: list[Row] = answer["valueRanges"][0].get("values") or []
        except (KeyError, IndexError, TypeError) as problem:
            raise SheetRefused(f"Feishu's answer lacks {problem}.") from problem
        # People who insert rows make the tab longer.
        self.row_count = max(self.row_count, len(found))
        return found

    async def _make_room(self, blocks: Sequence[Block]) -> None:
        end = max(block.end_row for block in blocks)
        if end > self.row_count:
            await self.lengthen("ROWS", end - self.row_count + ROWS_MORE)

    async def _write(self, blocks: Sequence[Block]) -> None:
        ranges = [
            {
                "range": f"{self.tab_id}!{block.a1}",
                "values": [[_inert(cell) for cell in row] for row in block.values],
            }
            for block in blocks
        ]
        await self.call("POST", "v2", "values_batch_update", {"valueRanges": ranges})


def _switched(write: CellWrite) -> CellWrite:
    if write.column is not Column.STOPPED:
        return write
    return CellWrite(write.row, write.column, SWITCH[bool(write.value)])


def _inert(cell: str | int | bool | None) -> Any:
    """A text that might be taken for a formula or a mention goes in pieces, which are always text."""
    if isinstance(cell, str) and cell.startswith(_RISKY):
        return [{"type": "text", "text": cell}]
    return cell


def _shape_for(headings: Sequence[Any]) -> Callable[[list[Any]], Row]:
    """Cells as plain values, the switch as yes or no."""
    switch = find_columns([_flat(cell) for cell in headings]).get(Column.STOPPED)

    def shape(row: list[Any]) -> Row:
        if not _NESTED.isdisjoint(map(type, row)):
            row = [_flat(cell) for cell in row]
        if switch is not None and switch < len(row):
            row[switch] = _SWITCHED.get(row[switch], row[switch])
        return tuple(row)

    return shape


def _flat(cell: Any) -> Cell:
    """Rich text, links and mentions come in pieces."""
    if isinstance(cell, list):
        return "".join(str(_flat(piece)) for piece in cell if piece is not None)
    if isinstance(cell, dict):
        return str(cell.get("text", ""))
    found: Cell = cell
    return found
