"""A Feishu server for practice: the calls on spreadsheets we make, field by field as its documentation has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import web

from core.ports import Clock
from core.sheet import Cell
from drills.sheet_doubles.a1 import BadRange, Range, column_letters, read_range
from drills.sheet_doubles.book import Book, Formula, Tab
from drills.sheet_doubles.feishu_setting_up import CALLS, Body, FeishuRefused
from drills.sheet_doubles.vendor import VendorDouble

APP_ID, APP_SECRET = "cli_a1b2c3d4e5f60718", "practice-secret-of-the-app"
#: Seconds a token lasts, and what is left of it when another is given.
LASTS_S, RENEWED_S = 7200, 1800
#: Requests a minute; the documented limit is a hundred a second, a minute of which no practice reaches.
PER_MINUTE = 6000
ROWS_AT_ONCE, COLUMNS_AT_ONCE = 5000, 100


class FeishuDouble(VendorDouble):
    """One tenant, one app, the files it may edit."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, per_minute=PER_MINUTE)
        self.is_secret_changed = False
        #: tokens given so far
        self.tokens_given = 0
        self._tokens: dict[str, float] = {}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Tokens and spreadsheets."""
        router.add_post("/open-apis/auth/v3/tenant_access_token/internal", self._token)
        router.add_route("*", "/open-apis/sheets/{version}/spreadsheets/{token}/{verb:.+}", self.sheets)

    def expire_all(self) -> None:
        """Every token given so far stops counting."""
        self._tokens.clear()

    def revoke_key(self) -> None:
        """Somebody resets the app's secret in the console."""
        self.is_secret_changed = True

    async def _token(self, request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        if body.get("app_id") != APP_ID:
            return _json({"code": 10003, "msg": "invalid param"})
        if body.get("app_secret") != APP_SECRET or self.is_secret_changed:
            return _json({"code": 10014, "msg": "app secret invalid"})
        now_s = self.clock.monotonic_s()
        for token, until_s in self._tokens.items():
            if until_s - now_s >= RENEWED_S:
                return _json(_given(token, until_s - now_s))
        self.tokens_given += 1
        token = f"t-g104double{self.tokens_given:08d}"
        self._tokens[token] = now_s + LASTS_S
        return _json(_given(token, LASTS_S))

    def slow_down(self, request: web.Request) -> web.Response:
        """The gateway's own limit; it says when it is over."""
        headers = {"x-ogw-ratelimit-limit": "100", "x-ogw-ratelimit-reset": "7"}
        return _json({"code": 99991400, "msg": "request trigger frequency limit"}, 429, headers)

    def broken(self) -> web.Response:
        """Something of Feishu's own is broken."""
        return _json({"code": 1315201, "msg": "Server Error"}, 500)

    async def answer(self, request: web.Request) -> web.Response:
        """A call of the open platform about a spreadsheet."""
        try:
            return _json({"code": 0, "data": await self._call(request), "msg": "success"})
        except FeishuRefused as refused:
            return _json({"code": refused.code, "msg": refused.msg}, refused.status)

    async def _call(self, request: web.Request) -> Body:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0.0) <= self.clock.monotonic_s():
            raise FeishuRefused(99991663, "Invalid access token for authorization. Please make a request with token"
                                " attached.", 400)  # fmt: skip
        if not (self.reads if request.method == "GET" else self.writes).takes():
            self.refused += 1
            raise FeishuRefused(90217, "too many request", 400)
        version, verb = request.match_info["version"], request.match_info["verb"]
        book = self.books.get(request.match_info["token"])
        if book is None:
            raise FeishuRefused(*((1310214, "SpreadSheet Not Found") if version == "v3" else (91402, "NOTEXIST")), 400)
        if book.id in self.forbidden:
            raise FeishuRefused(*((1310213, "Permission Fail") if version == "v3" else (91403, "Forbidden")), 403)
        body = orjson.loads(await request.read() or b"{}")
        if (request.method, version, verb) == ("GET", "v2", "values_batch_get"):
            return _read(book, request.query)
        if (request.method, version, verb) == ("POST", "v2", "values_batch_update"):
            if self.before_write is not None:
                await self.before_write()
            return _write(book, body)
        return _find_call(request.method, version, verb)(book, body, verb)


def _find_call(method: str, version: str, verb: str) -> Callable[[Book, Body, str], Body]:
    for (known_method, known_version, known_verb), call in CALLS.items():
        parts, known = verb.split("/"), known_verb.split("/")
        is_same = len(parts) == len(known) and all(k in ("*", p) for p, k in zip(parts, known, strict=True))
        if (method, version) == (known_method, known_version) and is_same:
            return call
    raise FeishuRefused(90229, f"wrong url: {method} {version} {verb}", 404)


def _given(token: str, left_s: float) -> dict[str, Any]:
    return {"code": 0, "expire": int(left_s), "msg": "ok", "tenant_access_token": token}


def _json(body: Body, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json", charset="utf-8", headers=headers
    )


def _range(book: Book, said: str) -> tuple[Tab, Range]:
    try:
        found = read_range(said)
    except BadRange:
        raise FeishuRefused(90202, "wrong range", 400) from None
    tab = book.tab_by_id(found.tab)
    if tab is None:
        raise FeishuRefused(90215, "sheetId not found", 400)
    if (found.end_column or 1) > tab.column_count or (found.end_row or 1) > tab.row_count:
        raise FeishuRefused(90202, f"wrong range, range:{said} exceeds the sheet", 400)
    return tab, found


def _read(book: Book, query: Any) -> Body:
    if query.get("valueRenderOption") not in ("ToString", "Formula", "FormattedValue", "UnformattedValue", None):
        raise FeishuRefused(90204, "wrong valueRenderOption", 400)
    found, cells = list[Body](), 0
    for said in query["ranges"].split(","):
        tab, asked = _range(book, said)
        end_row = min(asked.end_row or tab.row_count, max(len(tab.rows), 1))
        end_column = asked.end_column or tab.column_count
        values = [
            [_shown(tab.rows[row], column) for column in range(asked.first_column, end_column)]
            for row in range(asked.first_row, min(end_row, len(tab.rows)))
        ]
        cells += sum(len(row) for row in values)
        shown = f"{tab.id}!{column_letters(asked.first_column)}{asked.first_row + 1}"
        shown += f":{column_letters(end_column - 1)}{end_row}"
        found.append({"majorDimension": "ROWS", "range": shown, "revision": book.revision, "values": values})
    return {"revision": book.revision, "spreadsheetToken": book.id, "totalCells": cells, "valueRanges": found}


def _shown(row: list[Cell | Formula], column: int) -> Any:
    cell = row[column] if column < len(row) else None
    if isinstance(cell, Formula):
        cell = cell.value
    # Rich text, which people make by colouring a word, comes in pieces.
    if isinstance(cell, str) and cell.startswith("~"):
        return [{"text": cell[1:3], "type": "text", "segmentStyle": {"bold": True}}, {"text": cell[3:], "type": "text"}]
    return cell


def _write(book: Book, body: Body) -> Body:
    planned, responses = list[tuple[Tab, int, int, Cell | Formula]](), list[Body]()
    for wanted in body["valueRanges"]:
        tab, asked = _range(book, wanted["range"])
        rows = wanted["values"]
        width = max(len(row) for row in rows)
        if len(rows) > ROWS_AT_ONCE or width > COLUMNS_AT_ONCE:
            raise FeishuRefused(90226, "excess limit: 5000 rows, 100 columns", 400)
        if len(rows) > (asked.end_row or 1) - asked.first_row or width > (asked.end_column or 1) - asked.first_column:
            raise FeishuRefused(90202, "wrong range: smaller than the values", 400)
        planned += [
            (tab, asked.first_row + r, asked.first_column + c, _entered(cell))
            for r, row in enumerate(rows)
            for c, cell in enumerate(row)
        ]
        responses.append(
            {
                "spreadsheetToken": book.id,
                "updatedCells": sum(len(row) for row in rows),
                "updatedColumns": width,
                "updatedRange": wanted["range"],
                "updatedRows": len(rows),
            }
        )
    if len({(tab.id, row) for tab, row, _, _ in planned}) > ROWS_AT_ONCE:
        raise FeishuRefused(90226, "excess limit: 5000 rows", 400)
    for tab, row, column, cell in planned:
        tab.put(row, column, cell)
    book.revision += 1
    return {"responses": responses, "revision": book.revision, "spreadsheetToken": book.id}


def _entered(cell: Any) -> Cell | Formula:
    """What a value becomes: a text in pieces is a text, a plain one that looks like a formula might run."""
    if isinstance(cell, list):
        return "".join(str(piece["text"]) for piece in cell)
    if isinstance(cell, dict):
        if cell.get("type") == "formula":
            return Formula(cell["text"], "#NAME?")
        raise FeishuRefused(90204, "wrong value", 400)
    if isinstance(cell, str) and cell.startswith(("=", "+", "@")):
        return Formula(cell, "#NAME?")
    entered: Cell = cell
    return entered
