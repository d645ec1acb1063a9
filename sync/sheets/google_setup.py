"""Prepares or repairs a Google spreadsheet: headings, protection, rules for cells, colours, a view per merchant.

Everything it sets it sets anew, so that running it again repairs what people have changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.sheet import BOT_COLUMNS, HUMAN, Column, SheetDish
from core.sheet_repair import plan_repair
from core.sheet_words import SheetWords
from core.stock import StockStatus
from sync.sheets.google import GoogleSheet, append
from sync.sheets.ranges import blocks_of
from sync.sheets.setup_report import SetupReport
from sync.sheets.troubles import TabGone

Request = dict[str, Any]
#: Says which protection and which views are ours; people's own are left alone.
OURS = "fallback"
ROWS = 200
#: How wide columns are, pixels.
_WIDTHS = {Column.DISH: 200, Column.STATUS: 170, Column.CHANGED: 130, Column.NOTE: 220}
_COLOURS = {
    StockStatus.ON_SALE: {"red": 0.85, "green": 0.94, "blue": 0.83},
    StockStatus.SOLD_OUT: {"red": 0.99, "green": 0.91, "blue": 0.7},
    StockStatus.STOPPED: {"red": 0.96, "green": 0.8, "blue": 0.8},
}
_GREY = {"red": 0.93, "green": 0.93, "blue": 0.93}


async def set_up(sheet: GoogleSheet, words: SheetWords, dishes: Sequence[SheetDish]) -> SetupReport:
    """Brings the spreadsheet into the shape the mirror expects. Raises: what the sheet raises."""
    report = SetupReport()
    tab_id = await _ensure_tab(sheet, words, report)
    columns = await _ensure_columns(sheet, tab_id, words, dishes, report)
    described = await sheet.described()
    tab = next(one for one in described["sheets"] if one["properties"]["sheetId"] == tab_id)
    requests = [*_clear(tab, tab_id), *_dress(tab_id, columns, words), *_views(tab_id, columns, dishes)]
    await sheet.change(requests)
    report.did("protected the bot's columns, left people's open")
    report.did("set rules for numbers and switches, colours, one view per merchant")
    return report


async def _ensure_tab(sheet: GoogleSheet, words: SheetWords, report: SetupReport) -> int:
    try:
        tab_id, title = await sheet.find_tab(None)
        report.did(f"found the tab {title}")
        return tab_id
    except TabGone:
        grid = {"rowCount": ROWS, "columnCount": len(Column), "frozenRowCount": 1}
        made = await sheet.change([{"addSheet": {"properties": {"title": words.title, "gridProperties": grid}}}])
        report.did(f"made the tab {words.title}")
        return int(made["replies"][0]["addSheet"]["properties"]["sheetId"])


async def _ensure_columns(
    sheet: GoogleSheet, tab_id: int, words: SheetWords, dishes: Iterable[SheetDish], report: SetupReport
) -> Mapping[Column, int]:
    """Headings that are gone are put back behind the others; those that are there stay where people put them."""
    grid = await sheet.values()
    repair = plan_repair(grid, dishes, words)
    if repair.writes:
        described = await sheet.described()
        tab = next(one for one in described["sheets"] if one["properties"]["sheetId"] == tab_id)
        lacking = max(repair.columns.values()) + 1 - tab["properties"]["gridProperties"]["columnCount"]
        if lacking > 0:
            await sheet.change([append(tab_id, "COLUMNS", lacking)])
        await sheet.write_blocks(blocks_of(repair.writes, repair.columns, has_gaps=True))
    report.lines += repair.lines
    return repair.columns


def _clear(tab: Mapping[str, Any], tab_id: int) -> list[Request]:
    """Takes away what an earlier run left, and merged cells."""
    protections = [one for one in tab.get("protectedRanges", ()) if one.get("description") == OURS]
    views = [one for one in tab.get("filterViews", ()) if one["title"].startswith(f"{OURS}: ")]
    found: list[Request] = [
        {"deleteProtectedRange": {"protectedRangeId": one["protectedRangeId"]}} for one in protections
    ]
    found += [{"deleteFilterView": {"filterId": one["filterViewId"]}} for one in views]
    # Only rules of ours count on the tab's colours: they are all made anew.
    found += [
        {"deleteConditionalFormatRule": {"sheetId": tab_id, "index": 0}} for _ in tab.get("conditionalFormats", ())
    ]
    return [*found, {"unmergeCells": {"range": {"sheetId": tab_id}}}]


def _dress(tab_id: int, columns: Mapping[Column, int], words: SheetWords) -> list[Request]:
    return [
        {
            "updateSheetProperties": {
                "properties": {"sheetId": tab_id, "gridProperties": {"frozenRowCount": 1}},
                "fields": "gridProperties.frozenRowCount",
            }
        },
        _hidden(tab_id, columns[Column.ITEM]),
        *(_wide(tab_id, columns[column], width) for column, width in _WIDTHS.items()),
        _protection(tab_id, columns),
        _rule(tab_id, columns[Column.SUPPLY], "NUMBER_GREATER_THAN_EQ", ["0"]),
        _rule(tab_id, columns[Column.STOPPED], "BOOLEAN", []),
        _bold(tab_id),
        *(_grey(tab_id, columns[column]) for column in sorted(BOT_COLUMNS)),
        *(_colour(tab_id, columns, status, words) for status in StockStatus),
    ]


def _column(tab_id: int, place: int, *, below_headings: bool = True) -> Request:
    found = {"sheetId": tab_id, "startColumnIndex": place, "endColumnIndex": place + 1}
    return {**found, "startRowIndex": 1} if below_headings else found


def _protection(tab_id: int, columns: Mapping[Column, int]) -> Request:
    """People may write below the headings of their own columns, nowhere else; who owns the file may everywhere."""
    return {
        "addProtectedRange": {
            "protectedRange": {
                "range": {"sheetId": tab_id},
                "description": OURS,
                "unprotectedRanges": [_column(tab_id, columns[column]) for column in HUMAN],
            }
        }
    }


def _rule(tab_id: int, place: int, kind: str, values: Sequence[str]) -> Request:
    # Not strict: "50份" is understood, and what is not is flagged in the row.
    condition: Request = {"type": kind}
    if values:
        condition["values"] = [{"userEnteredValue": value} for value in values]
    rule = {"condition": condition, "strict": kind == "BOOLEAN", "showCustomUi": True}
    return {"setDataValidation": {"range": _column(tab_id, place), "rule": rule}}


def _hidden(tab_id: int, place: int) -> Request:
    grid = {"sheetId": tab_id, "dimension": "COLUMNS", "startIndex": place, "endIndex": place + 1}
    return {
        "updateDimensionProperties": {"range": grid, "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
    }


def _wide(tab_id: int, place: int, pixels: int) -> Request:
    grid = {"sheetId": tab_id, "dimension": "COLUMNS", "startIndex": place, "endIndex": place + 1}
    return {"updateDimensionProperties": {"range": grid, "properties": {"pixelSize": pixels}, "fields": "pixelSize"}}


def _bold(tab_id: int) -> Request:
    cell = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    row = {"sheetId": tab_id, "startRowIndex": 0, "endRowIndex": 1}
    return {"repeatCell": {"range": row, "cell": cell, "fields": "userEnteredFormat.textFormat.bold"}}


def _grey(tab_id: int, place: int) -> Request:
    cell = {"userEnteredFormat": {"backgroundColor": _GREY}}
    return {
        "repeatCell": {"range": _column(tab_id, place), "cell": cell, "fields": "userEnteredFormat.backgroundColor"}
    }


def _colour(tab_id: int, columns: Mapping[Column, int], status: StockStatus, words: SheetWords) -> Request:
    condition = {"type": "TEXT_STARTS_WITH", "values": [{"userEnteredValue": words.status(status)}]}
    rule = {
        "ranges": [_column(tab_id, columns[Column.STATUS])],
        "booleanRule": {"condition": condition, "format": {"backgroundColor": _COLOURS[status]}},
    }
    return {"addConditionalFormatRule": {"rule": rule, "index": 0}}


def _views(tab_id: int, columns: Mapping[Column, int], dishes: Iterable[SheetDish]) -> list[Request]:
    grid = {"sheetId": tab_id, "startRowIndex": 0, "startColumnIndex": 0, "endColumnIndex": max(columns.values()) + 1}
    place = str(columns[Column.MERCHANT])
    return [
        {
            "addFilterView": {
                "filter": {
                    "title": f"{OURS}: {merchant}",
                    "range": grid,
                    "criteria": {place: {"condition": {"type": "TEXT_EQ", "values": [{"userEnteredValue": merchant}]}}},
                }
            }
        }
        for merchant in dict.fromkeys(dish.merchant for dish in dishes)
    ]
