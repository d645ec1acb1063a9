"""Prepares or repairs a Feishu spreadsheet: headings, protected columns, a list for the switch, colours, views.

Everything it sets it sets anew, so that running it again repairs what people have changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.sheet import BOT_COLUMNS, Column, SheetDish
from core.sheet_repair import plan_repair
from core.sheet_words import SheetWords
from core.stock import StockStatus
from sync.sheets.feishu import SWITCH, FeishuSheet
from sync.sheets.ranges import blocks_of, letters
from sync.sheets.setup_report import SetupReport
from sync.sheets.troubles import TabGone

#: Says which protection and which views are ours; people's own are left alone.
OURS = "fallback"
#: What the vendor takes in one call.
PROTECTIONS_AT_ONCE, LIST_ROWS_AT_ONCE = 10, 5000
_COLOURS = {
    StockStatus.ON_SALE: "#d9f0d4",
    StockStatus.SOLD_OUT: "#fde8b3",
    StockStatus.STOPPED: "#f5cccc",
}
_GREY = "#eeeeee"


async def set_up(sheet: FeishuSheet, words: SheetWords, dishes: Sequence[SheetDish]) -> SetupReport:
    """Brings the spreadsheet into the shape the mirror expects. Raises: what the sheet raises."""
    report = SetupReport()
    await _ensure_tab(sheet, words, report)
    repair = plan_repair(await sheet.values(), dishes, words)
    if repair.writes:
        lacking = max(repair.columns.values()) + 1 - sheet.column_count
        if lacking > 0:
            await sheet.lengthen("COLUMNS", lacking)
        await sheet.write_blocks(blocks_of(repair.writes, repair.columns, has_gaps=False))
    report.lines += repair.lines
    await _dress(sheet, repair.columns)
    await _protect(sheet, repair.columns)
    report.did("protected the bot's columns, left people's open")
    await _colour(sheet, repair.columns, words)
    await _show(sheet, repair.columns, dishes)
    report.did("set the list of the switch, colours, one view per merchant")
    return report


async def _ensure_tab(sheet: FeishuSheet, words: SheetWords, report: SetupReport) -> None:
    try:
        await sheet.find_tab()
        report.did("found the stock sheet's tab")
    except TabGone:
        sheet.tab_id = ""
        added = {"addSheet": {"properties": {"title": words.title, "index": 0}}}
        await sheet.call("POST", "v2", "sheets_batch_update", {"requests": [added]})
        await sheet.find_tab()
        report.did(f"made the tab {words.title}")


async def _dress(sheet: FeishuSheet, columns: Mapping[Column, int]) -> None:
    last = letters(sheet.column_count - 1)
    await sheet.call("POST", "v2", "unmerge_cells", {"range": f"{sheet.tab_id}!A1:{last}{sheet.row_count}"})
    frozen = {"sheetId": sheet.tab_id, "frozenRowCount": 1}
    await sheet.call("POST", "v2", "sheets_batch_update", {"requests": [{"updateSheet": {"properties": frozen}}]})
    hidden = {"dimension": _dimension(sheet, columns[Column.ITEM]), "dimensionProperties": {"visible": False}}
    await sheet.call("PUT", "v2", "dimension_range", hidden)
    switch = letters(columns[Column.STOPPED])
    listed = {
        "range": f"{sheet.tab_id}!{switch}2:{switch}{min(sheet.row_count, LIST_ROWS_AT_ONCE)}",
        "dataValidationType": "list",
        "dataValidation": {"conditionValues": [SWITCH[True], SWITCH[False]]},
    }
    await sheet.call("POST", "v2", "dataValidation", listed)
    greys = [
        f"{sheet.tab_id}!{letters(columns[c])}2:{letters(columns[c])}{min(sheet.row_count, 5000)}" for c in BOT_COLUMNS
    ]
    styles = [
        {"ranges": [f"{sheet.tab_id}!A1:{last}1"], "style": {"font": {"bold": True}}},
        {"ranges": sorted(greys), "style": {"backColor": _GREY}},
    ]
    await sheet.call("PUT", "v2", "styles_batch_update", {"data": styles})


async def _protect(sheet: FeishuSheet, columns: Mapping[Column, int]) -> None:
    """The bot's columns take nothing from people; the app and the owner may still write."""
    info = await sheet.call("GET", "v2", "metainfo", extFields="protectedRange")
    tab: dict[str, Any] = next((one for one in info.get("sheets", []) if one["sheetId"] == sheet.tab_id), {})
    ours = [one["protectId"] for one in tab.get("protectedRange") or [] if one.get("lockInfo") == OURS]
    for first in range(0, len(ours), PROTECTIONS_AT_ONCE):
        some = {"protectIds": ours[first : first + PROTECTIONS_AT_ONCE]}
        await sheet.call("DELETE", "v2", "protected_range_batch_del", some)
    wanted = [
        {"dimension": _dimension(sheet, place), "lockInfo": OURS}
        for place in sorted(columns[column] for column in BOT_COLUMNS)
    ]
    await sheet.call("POST", "v2", "protected_dimension", {"addProtectedDimension": wanted})


def _dimension(sheet: FeishuSheet, place: int) -> dict[str, Any]:
    """One column; the vendor counts from 1 and includes the end."""
    return {"sheetId": sheet.tab_id, "majorDimension": "COLUMNS", "startIndex": place + 1, "endIndex": place + 1}


async def _colour(sheet: FeishuSheet, columns: Mapping[Column, int], words: SheetWords) -> None:
    status = letters(columns[Column.STATUS])
    ranges = [f"{sheet.tab_id}!{status}2:{status}"]
    known = await sheet.call("GET", "v2", "condition_formats", sheet_ids=sheet.tab_id)
    ids = [
        {"sheet_id": sheet.tab_id, "cf_id": one["condition_format"]["cf_id"]}
        for one in known.get("sheet_condition_formats") or []
        # A column's colours are ours; the rest of the sheet is people's.
        if one["condition_format"].get("ranges") == ranges
    ]
    if ids:
        await sheet.call("DELETE", "v2", "condition_formats/batch_delete", {"sheet_cf_ids": ids})
    wanted = [
        {
            "sheet_id": sheet.tab_id,
            "condition_format": {
                "ranges": ranges,
                "rule_type": "containsText",
                "attrs": [{"operator": "beginsWith", "text": words.status(one)}],
                "style": {"back_color": colour},
            },
        }
        for one, colour in _COLOURS.items()
    ]
    await sheet.call("POST", "v2", "condition_formats/batch_create", {"sheet_condition_formats": wanted})


async def _show(sheet: FeishuSheet, columns: Mapping[Column, int], dishes: Sequence[SheetDish]) -> None:
    """One filter view per merchant."""
    path = f"sheets/{sheet.tab_id}/filter_views"
    for view in (await sheet.call("GET", "v3", f"{path}/query")).get("items") or []:
        if view["filter_view_name"].startswith(f"{OURS}: "):
            await sheet.call("DELETE", "v3", f"{path}/{view['filter_view_id']}")
    place = letters(columns[Column.MERCHANT])
    last = letters(max(columns.values()))
    for merchant in dict.fromkeys(dish.merchant for dish in dishes):
        wanted = {"filter_view_name": f"{OURS}: {merchant}"[:100], "range": f"{sheet.tab_id}!A1:{last}"}
        made = await sheet.call("POST", "v3", path, wanted)
        condition = {"condition_id": place, "filter_type": "multiValue", "expected": [merchant]}
        await sheet.call("POST", "v3", f"{path}/{made['filter_view']['filter_view_id']}/conditions", condition)
