"""The calls of the Feishu double that set a spreadsheet up: tabs, rows, protection, lists, colours, filter views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drills.sheet_doubles.book import Book, Tab

Body = dict[str, Any]
ROWS, COLUMNS = 200, 20


class FeishuRefused(Exception):
    """Answered with a code that is not 0."""

    def __init__(self, code: int, msg: str, status: int = 200) -> None:
        super().__init__(msg)
        self.code, self.msg, self.status = code, msg, status


def _tab(book: Book, tab_id: object) -> Tab:
    tab = book.tab_by_id(tab_id)
    if tab is None:
        raise FeishuRefused(1310215, "Sheet Id Not Found", 400)
    return tab


def _query(book: Book, body: Body, verb: str) -> Body:
    return {
        "sheets": [
            {
                "sheet_id": tab.id,
                "title": tab.title,
                "index": index,
                "hidden": False,
                "grid_properties": {
                    "frozen_row_count": tab.settings.get("frozenRowCount", 0),
                    "frozen_column_count": 0,
                    "row_count": tab.row_count,
                    "column_count": tab.column_count,
                },
                "resource_type": "sheet",
                **({"merges": [_merge(merge) for merge in tab.merges]} if tab.merges else {}),
            }
            for index, tab in enumerate(book.tabs)
        ]
    }


def _merge(merge: Any) -> Body:
    return {
        "start_row_index": merge.first_row,
        "end_row_index": merge.end_row - 1,
        "start_column_index": merge.first_column,
        "end_column_index": merge.end_column - 1,
    }


def _change_tabs(book: Book, body: Body, verb: str) -> Body:
    replies = list[Body]()
    for request in body["requests"]:
        ((kind, wanted),) = request.items()
        properties = wanted["properties"]
        if kind == "addSheet":
            tab = Tab(f"s{len(book.tabs):05d}", properties["title"], ROWS, COLUMNS)
            book.tabs.append(tab)
            replies.append({"addSheet": {"properties": {"sheetId": tab.id, "title": tab.title, "index": 0}}})
        elif kind == "updateSheet":
            tab = _tab(book, properties["sheetId"])
            if "frozenRowCount" in properties:
                tab.settings["frozenRowCount"] = properties["frozenRowCount"]
            replies.append({"updateSheet": {"properties": properties}})
        else:
            raise FeishuRefused(90204, f"wrong request body: {kind}", 400)
    return {"replies": replies}


def _add_dimension(book: Book, body: Body, verb: str) -> Body:
    wanted = body["dimension"]
    tab = _tab(book, wanted["sheetId"])
    if not 0 < wanted["length"] <= 5000:
        raise FeishuRefused(90204, "wrong request body: length", 400)
    if wanted["majorDimension"] == "ROWS":
        tab.row_count += wanted["length"]
    else:
        tab.column_count += wanted["length"]
    return {"addCount": wanted["length"], "majorDimension": wanted["majorDimension"]}


def _update_dimension(book: Book, body: Body, verb: str) -> Body:
    wanted = body["dimension"]
    tab = _tab(book, wanted["sheetId"])
    for column in range(wanted["startIndex"] - 1, wanted["endIndex"]):
        tab.settings.setdefault("columns", {}).setdefault(column, {}).update(body["dimensionProperties"])
    return {}


def _metainfo(book: Book, body: Body, verb: str) -> Body:
    sheets = [
        {
            "sheetId": tab.id,
            "title": tab.title,
            "index": index,
            "rowCount": tab.row_count,
            "columnCount": tab.column_count,
            "frozenColCount": 0,
            "frozenRowCount": tab.settings.get("frozenRowCount", 0),
            "protectedRange": tab.settings.get("protectedRange", []),
        }
        for index, tab in enumerate(book.tabs)
    ]
    properties = {"title": book.title, "sheetCount": len(sheets), "revision": book.revision}
    return {"properties": properties, "sheets": sheets, "spreadsheetToken": book.id}


def _protect(book: Book, body: Body, verb: str) -> Body:
    made = list[Body]()
    for wanted in body["addProtectedDimension"]:
        tab = _tab(book, wanted["dimension"]["sheetId"])
        known = tab.settings.setdefault("protectedRange", [])
        tab.settings["protected"] = tab.settings.get("protected", 0) + 1
        one = {**wanted, "protectId": f"73797380145468{tab.settings['protected']:05d}", "sheetId": tab.id}
        known.append(one)
        made.append(one)
        _shut(tab)
    return {"addProtectedDimension": made}


def _unprotect(book: Book, body: Body, verb: str) -> Body:
    ids = set(body["protectIds"])
    if len(ids) > 10:
        raise FeishuRefused(90226, "excess limit: 10 protectIds", 400)
    for tab in book.tabs:
        kept = [one for one in tab.settings.get("protectedRange", []) if one["protectId"] not in ids]
        tab.settings["protectedRange"] = kept
        _shut(tab)
    return {"delProtectIds": sorted(ids)}


def _shut(tab: Tab) -> None:
    """People may edit every column nobody has protected."""
    shut = {
        column
        for one in tab.settings.get("protectedRange", [])
        if one["dimension"]["majorDimension"] == "COLUMNS"
        for column in range(one["dimension"]["startIndex"] - 1, one["dimension"]["endIndex"])
    }
    tab.open_columns = frozenset(range(tab.column_count)) - shut if shut else None


def _noted(name: str) -> Callable[[Book, Body, str], Body]:
    """Calls whose effect is only looked at."""

    def note(book: Book, body: Body, verb: str) -> Body:
        book.tabs[-1].settings.setdefault(name, []).append(body)
        return {}

    return note


def _unmerge(book: Book, body: Body, verb: str) -> Body:
    _tab(book, body["range"].partition("!")[0]).merges.clear()
    return {"spreadsheetToken": book.id}


def _formats(book: Book, body: Body, verb: str) -> Body:
    found = [
        {"sheet_id": tab.id, "condition_format": one} for tab in book.tabs for one in tab.settings.get("colours", [])
    ]
    return {"sheet_condition_formats": found}


def _add_formats(book: Book, body: Body, verb: str) -> Body:
    responses = list[Body]()
    for wanted in body["sheet_condition_formats"]:
        known = _tab(book, wanted["sheet_id"]).settings.setdefault("colours", [])
        known.append({**wanted["condition_format"], "cf_id": f"cf{len(known):08d}"})
        responses.append(
            {"cf_id": known[-1]["cf_id"], "res_code": 0, "res_msg": "success", "sheet_id": wanted["sheet_id"]}
        )
    return {"responses": responses}


def _delete_formats(book: Book, body: Body, verb: str) -> Body:
    for wanted in body["sheet_cf_ids"]:
        tab = _tab(book, wanted["sheet_id"])
        tab.settings["colours"] = [one for one in tab.settings.get("colours", []) if one["cf_id"] != wanted["cf_id"]]
    return {"responses": [{**wanted, "res_code": 0, "res_msg": "success"} for wanted in body["sheet_cf_ids"]]}


def _views(book: Book, body: Body, verb: str) -> Body:
    return {"items": list(_tab(book, verb.split("/")[1]).settings.get("views", []))}


def _add_view(book: Book, body: Body, verb: str) -> Body:
    views = _tab(book, verb.split("/")[1]).settings.setdefault("views", [])
    if any(view["filter_view_name"] == body["filter_view_name"] for view in views):
        raise FeishuRefused(1310240, "Exist Filter View Name", 400)
    view = {**body, "filter_view_id": f"pH9hb{len(views):05d}"}
    views.append(view)
    return {"filter_view": view}


def _delete_view(book: Book, body: Body, verb: str) -> Body:
    _, tab_id, _, view_id = verb.split("/")
    tab = _tab(book, tab_id)
    tab.settings["views"] = [view for view in tab.settings.get("views", []) if view["filter_view_id"] != view_id]
    return {}


def _add_condition(book: Book, body: Body, verb: str) -> Body:
    _, tab_id, _, view_id, _ = verb.split("/")
    for view in _tab(book, tab_id).settings.get("views", []):
        if view["filter_view_id"] == view_id:
            view["condition"] = body
            return {"condition": body}
    raise FeishuRefused(1310237, "Wrong Filter View Id", 400)


#: Method, version and path below the spreadsheet (a star stands for an id) → what it does.
CALLS: Mapping[tuple[str, str, str], Callable[[Book, Body, str], Body]] = {
    ("GET", "v3", "sheets/query"): _query,
    ("POST", "v2", "sheets_batch_update"): _change_tabs,
    ("POST", "v2", "dimension_range"): _add_dimension,
    ("PUT", "v2", "dimension_range"): _update_dimension,
    ("GET", "v2", "metainfo"): _metainfo,
    ("POST", "v2", "protected_dimension"): _protect,
    ("DELETE", "v2", "protected_range_batch_del"): _unprotect,
    ("POST", "v2", "dataValidation"): _noted("dataValidation"),
    ("PUT", "v2", "styles_batch_update"): _noted("styles"),
    ("POST", "v2", "unmerge_cells"): _unmerge,
    ("GET", "v2", "condition_formats"): _formats,
    ("POST", "v2", "condition_formats/batch_create"): _add_formats,
    ("DELETE", "v2", "condition_formats/batch_delete"): _delete_formats,
    ("GET", "v3", "sheets/*/filter_views/query"): _views,
    ("POST", "v3", "sheets/*/filter_views"): _add_view,
    ("DELETE", "v3", "sheets/*/filter_views/*"): _delete_view,
    ("POST", "v3", "sheets/*/filter_views/*/conditions"): _add_condition,
}
