"""`spreadsheets.batchUpdate` of the Google Sheets double: the requests a set-up makes, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from drills.sheet_doubles.book import Book, Merge, Tab
from drills.sheet_doubles.google_errors import invalid

Request = dict[str, Any]
Reply = dict[str, Any]


def apply(book: Book, requests: list[Request]) -> list[Reply]:
    """Changes the book and returns one reply for each request. Raises: Refused, and then nothing was changed."""
    tabs, replies = deepcopy(book.tabs), list[Reply]()
    draft = Book(book.id, book.title, tabs, book.revision)
    for place, request in enumerate(requests):
        if len(request) != 1 or next(iter(request)) not in _KINDS:
            raise invalid(
                f"Invalid JSON payload received. Unknown name \"{next(iter(request), '')}\" at 'requests[{place}]':"
                " Cannot find field."
            )
        ((kind, body),) = request.items()
        replies.append(_KINDS[kind](draft, body, f"Invalid requests[{place}].{kind}"))
    book.tabs[:] = draft.tabs
    book.revision += 1
    return replies


def _tab(book: Book, tab_id: object, where: str) -> Tab:
    tab = book.tab_by_id(tab_id)
    if tab is None:
        raise invalid(f"{where}: No grid with id: {tab_id}")
    return tab


def _add_sheet(book: Book, body: Request, where: str) -> Reply:
    wanted = body["properties"]
    if book.tab(wanted["title"]) is not None:
        raise invalid(f'{where}: A sheet with the name "{wanted["title"]}" already exists. Please enter another name.')
    grid = wanted.get("gridProperties", {})
    tab = Tab(
        1 + max((tab.id for tab in book.tabs), default=0) * 7,
        wanted["title"],
        grid.get("rowCount", 1000),
        grid.get("columnCount", 26),
    )
    tab.settings["frozenRowCount"] = grid.get("frozenRowCount", 0)
    book.tabs.append(tab)
    return {"addSheet": {"properties": properties(tab, len(book.tabs) - 1)}}


def _update_properties(book: Book, body: Request, where: str) -> Reply:
    wanted = body["properties"]
    tab = _tab(book, wanted["sheetId"], where)
    for name in body["fields"].split(","):
        match name:
            case "gridProperties.frozenRowCount":
                tab.settings["frozenRowCount"] = wanted["gridProperties"]["frozenRowCount"]
            case "title":
                tab.title = wanted["title"]
            case _:
                raise invalid(f"{where}: Invalid field: {name}")
    return {}


def _append_dimension(book: Book, body: Request, where: str) -> Reply:
    tab = _tab(book, body["sheetId"], where)
    if body["dimension"] == "ROWS":
        tab.row_count += body["length"]
    else:
        tab.column_count += body["length"]
    return {}


def _insert_dimension(book: Book, body: Request, where: str) -> Reply:
    grid = body["range"]
    tab, count = _tab(book, grid["sheetId"], where), grid["endIndex"] - grid["startIndex"]
    if grid["dimension"] == "ROWS":
        for _ in range(count):
            tab.insert_row(grid["startIndex"])
        return {}
    for row in tab.rows:
        if len(row) > grid["startIndex"]:
            row[grid["startIndex"] : grid["startIndex"]] = [None] * count
    tab.column_count += count
    return {}


def _dimension_properties(book: Book, body: Request, where: str) -> Reply:
    grid = body["range"]
    tab = _tab(book, grid["sheetId"], where)
    for column in range(grid["startIndex"], grid["endIndex"]):
        tab.settings.setdefault("columns", {}).setdefault(column, {}).update(body["properties"])
    return {}


def _protect(book: Book, body: Request, where: str) -> Reply:
    wanted = dict(body["protectedRange"])
    if wanted.get("warningOnly") and wanted.get("editors"):
        raise invalid(f"{where}: Cannot set warningOnly and editors at the same time.")
    tab = _tab(book, wanted["range"]["sheetId"], where)
    known = tab.settings.setdefault("protectedRanges", [])
    wanted["protectedRangeId"] = 1_000_001 + sum(len(t.settings.get("protectedRanges", ())) for t in book.tabs)
    known.append(wanted)
    _shut(tab)
    return {"addProtectedRange": {"protectedRange": wanted}}


def _unprotect(book: Book, body: Request, where: str) -> Reply:
    for tab in book.tabs:
        known = tab.settings.get("protectedRanges", [])
        kept = [one for one in known if one["protectedRangeId"] != body["protectedRangeId"]]
        if len(kept) < len(known):
            tab.settings["protectedRanges"] = kept
            _shut(tab)
            return {}
    raise invalid(f"{where}: No protected range with id: {body['protectedRangeId']}")


def _shut(tab: Tab) -> None:
    """What people may still edit: the columns every protection leaves open."""
    known = tab.settings.get("protectedRanges", [])
    if not known:
        tab.open_columns = None
        return
    tab.open_columns = frozenset.intersection(
        *(
            frozenset(
                column
                for grid in one.get("unprotectedRanges", ())
                for column in range(grid["startColumnIndex"], grid["endColumnIndex"])
            )
            for one in known
        )
    )


def _set(name: str) -> Callable[[Book, Request, str], Reply]:
    """Requests that set something for a range and that a later one takes the place of."""

    def set_it(book: Book, body: Request, where: str) -> Reply:
        grid = body["range"]
        tab = _tab(book, grid["sheetId"], where)
        tab.settings.setdefault(name, {})[grid.get("startColumnIndex", 0), grid.get("startRowIndex", 0)] = body
        return {}

    return set_it


def _add_rule(book: Book, body: Request, where: str) -> Reply:
    tab = _tab(book, body["rule"]["ranges"][0]["sheetId"], where)
    tab.settings.setdefault("conditionalFormats", []).insert(body.get("index", 0), body["rule"])
    return {}


def _delete_rule(book: Book, body: Request, where: str) -> Reply:
    rules = _tab(book, body["sheetId"], where).settings.get("conditionalFormats", [])
    if body["index"] >= len(rules):
        raise invalid(f"{where}: No conditional format on sheet: {body['sheetId']} at index: {body['index']}")
    return {"deleteConditionalFormatRule": {"rule": rules.pop(body["index"])}}


def _add_view(book: Book, body: Request, where: str) -> Reply:
    wanted = dict(body["filter"])
    tab = _tab(book, wanted["range"]["sheetId"], where)
    views = tab.settings.setdefault("filterViews", [])
    if any(view["title"] == wanted["title"] for view in views):
        raise invalid(f"{where}: A filter view with this name already exists.")
    wanted["filterViewId"] = 2_000_001 + tab.settings.get("views_made", 0)
    tab.settings["views_made"] = tab.settings.get("views_made", 0) + 1
    views.append(wanted)
    return {"addFilterView": {"filter": wanted}}


def _delete_view(book: Book, body: Request, where: str) -> Reply:
    for tab in book.tabs:
        views = tab.settings.get("filterViews", [])
        kept = [view for view in views if view["filterViewId"] != body["filterId"]]
        if len(kept) < len(views):
            tab.settings["filterViews"] = kept
            return {}
    raise invalid(f"{where}: No filter view with id: {body['filterId']}")


def _unmerge(book: Book, body: Request, where: str) -> Reply:
    _tab(book, body["range"]["sheetId"], where).merges.clear()
    return {}


_KINDS: Mapping[str, Callable[[Book, Request, str], Reply]] = {
    "addSheet": _add_sheet,
    "updateSheetProperties": _update_properties,
    "appendDimension": _append_dimension,
    "insertDimension": _insert_dimension,
    "updateDimensionProperties": _dimension_properties,
    "addProtectedRange": _protect,
    "deleteProtectedRange": _unprotect,
    "setDataValidation": _set("dataValidation"),
    "repeatCell": _set("formats"),
    "addConditionalFormatRule": _add_rule,
    "deleteConditionalFormatRule": _delete_rule,
    "addFilterView": _add_view,
    "deleteFilterView": _delete_view,
    "unmergeCells": _unmerge,
}


def properties(tab: Tab, index: int) -> Reply:
    """What Google says about a tab; what is not set is not said."""
    grid: Reply = {"rowCount": tab.row_count, "columnCount": tab.column_count}
    if tab.settings.get("frozenRowCount"):
        grid["frozenRowCount"] = tab.settings["frozenRowCount"]
    return {"sheetId": tab.id, "title": tab.title, "index": index, "sheetType": "GRID", "gridProperties": grid}


def described(tab: Tab, index: int) -> Reply:
    """The same with what was set up."""
    found: Reply = {"properties": properties(tab, index)}
    for name in ("protectedRanges", "conditionalFormats", "filterViews"):
        if tab.settings.get(name):
            found[name] = tab.settings[name]
    if tab.merges:
        found["merges"] = [_merge(tab, merge) for merge in tab.merges]
    return found


def _merge(tab: Tab, merge: Merge) -> Reply:
    return {
        "sheetId": tab.id,
        "startRowIndex": merge.first_row,
        "endRowIndex": merge.end_row,
        "startColumnIndex": merge.first_column,
        "endColumnIndex": merge.end_column,
    }
