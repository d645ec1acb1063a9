"""A Google Sheets server for practice: the calls gspread makes, with their quotas, errors and silences."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web

from core.ports import Clock
from core.sheet import Cell
from drills.sheet_doubles.a1 import BadRange, Range, column_letters, read_range
from drills.sheet_doubles.book import Book, Formula, Tab
from drills.sheet_doubles.google_errors import Refused, exhausted, forbidden, invalid, not_found, unauthenticated
from drills.sheet_doubles.google_key import TokenDesk
from drills.sheet_doubles.google_setting_up import apply, described
from drills.sheet_doubles.trouble import Quota
from drills.sheet_doubles.vendor import VendorDouble

PER_USER, PER_PROJECT = 60, 300
_HTML_502 = (
    "<!DOCTYPE html>\n<html lang=en>\n  <title>Error 502 (Server Error)!!1</title>\n"
    "  <p><b>502.</b> <ins>That’s an error.</ins>\n  <p>The server encountered a temporary error and could not complete"
    " your request.<p>Please try again in 30 seconds.  <ins>That’s all we know.</ins>\n"
)


class GoogleDouble(VendorDouble):
    """One project, one service account, the files shared with it."""

    bad_gateway = _HTML_502

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, per_minute=PER_USER)
        self.tokens = TokenDesk()
        self.project_reads, self.project_writes = Quota(clock, PER_PROJECT), Quota(clock, PER_PROJECT)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Tokens and spreadsheets."""
        router.add_post("/token", self._token)
        router.add_route("*", "/v4/spreadsheets/{rest:.+}", self.sheets)

    def expire_all(self) -> None:
        """Every token given so far stops counting."""
        self.tokens.expire_all()

    def revoke_key(self) -> None:
        """Somebody deletes the service account's key in the console."""
        self.tokens.is_key_revoked = True

    @property
    def token_uri(self) -> str:
        """Where assertions are traded for tokens."""
        return f"{self.origin}/token"

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        status, body = self.tokens.answer(form)
        return _json(body, status)

    def slow_down(self, request: web.Request) -> web.Response:
        """Seen with and without Retry-After; the longer wait is the kinder one."""
        return _json(exhausted("Read" if request.method == "GET" else "Write", " per user", PER_USER).body, 429)

    def broken(self) -> web.Response:
        """Something of Google's own is broken."""
        return _json(Refused(500, "INTERNAL", "Internal error encountered.").body, 500)

    async def answer(self, request: web.Request) -> web.Response:
        """A call of the Sheets API, version 4."""
        try:
            if not self.tokens.knows(request.headers.get("Authorization", "")):
                raise unauthenticated()
            self._count(request.method)
            body = orjson.loads(await request.read()) if request.method == "POST" else {}
            return _json(await self._call(request, body), is_pretty=request.query.get("prettyPrint") != "false")
        except Refused as refused:
            return _json(refused.body, refused.status)

    def _count(self, method: str) -> None:
        is_read = method == "GET"
        user, project = (self.reads, self.project_reads) if is_read else (self.writes, self.project_writes)
        kind = "Read" if is_read else "Write"
        if not user.takes():
            self.refused += 1
            raise exhausted(kind, " per user", PER_USER)
        if not project.takes():
            self.refused += 1
            raise exhausted(kind, "", PER_PROJECT)

    async def _call(self, request: web.Request, body: dict[str, Any]) -> dict[str, Any]:
        rest = request.match_info["rest"]
        book_id, _, verb = rest.partition("/") if "/" in rest else rest.partition(":")
        if book_id in self.forbidden:
            raise forbidden()
        book = self.books.get(book_id)
        if book is None:
            raise not_found()
        match request.method, verb:
            case "GET", "":
                return self._described(book)
            case "GET", "values:batchGet":
                query = request.query
                return _read(book, query.getall("ranges", []), query.get("valueRenderOption", "FORMATTED_VALUE"))
            case "POST", "values:batchUpdate":
                if self.before_write is not None:
                    await self.before_write()
                return _write(book, body)
            case "POST", "batchUpdate":
                return {"spreadsheetId": book.id, "replies": apply(book, body["requests"])}
        raise not_found()

    def _described(self, book: Book) -> dict[str, Any]:
        return {
            "spreadsheetId": book.id,
            "properties": {
                "title": book.title,
                "locale": "zh_CN",
                "autoRecalc": "ON_CHANGE",
                "timeZone": "Asia/Shanghai",
            },
            "sheets": [described(tab, index) for index, tab in enumerate(book.tabs)],
            "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{book.id}/edit",
        }


def _json(body: dict[str, Any], status: int = 200, *, is_pretty: bool = True) -> web.Response:
    sent = orjson.dumps(body, option=orjson.OPT_INDENT_2 if is_pretty else None)  # lines, unless told not to
    return web.Response(body=sent, status=status, content_type="application/json", charset="UTF-8")


def _range(book: Book, said: str) -> tuple[Tab, Range]:
    try:
        found = read_range(said)
    except BadRange:
        raise invalid(f"Unable to parse range: {said}") from None
    tab = book.tab(found.tab)
    if tab is None:
        raise invalid(f"Unable to parse range: {said}")
    return tab, found


def _shown(tab: Tab, first_row: int, first_column: int, end_row: int, end_column: int) -> str:
    title = tab.title if tab.title.isascii() and tab.title.isalnum() else "'" + tab.title.replace("'", "''") + "'"
    return f"{title}!{column_letters(first_column)}{first_row + 1}:{column_letters(end_column - 1)}{end_row}"


def _read(book: Book, ranges: list[str], render: str) -> dict[str, Any]:
    if render not in ("UNFORMATTED_VALUE", "FORMATTED_VALUE", "FORMULA"):
        raise invalid(f"Invalid value at 'value_render_option': {render}")
    found = list[dict[str, Any]]()
    for said in ranges:
        tab, asked = _range(book, said)
        end_row = min(asked.end_row or tab.row_count, tab.row_count)
        end_column = min(asked.end_column or tab.column_count, tab.column_count)
        shown: dict[str, Any] = {
            "range": _shown(tab, asked.first_row, asked.first_column, end_row, end_column),
            "majorDimension": "ROWS",
        }
        values = _values(tab, asked, end_row, end_column, render)
        if values:  # an empty range is said by leaving its values out
            shown["values"] = values
        found.append(shown)
    return {"spreadsheetId": book.id, "valueRanges": found}


def _values(tab: Tab, asked: Range, end_row: int, end_column: int, render: str) -> list[list[Cell]]:
    rows = [row[asked.first_column : end_column] for row in tab.rows[asked.first_row : end_row]]
    found = [["" if cell is None else _rendered(cell, render) for cell in row] for row in rows]
    for row in found:
        while row and row[-1] == "":
            row.pop()
    while found and not found[-1]:
        found.pop()
    return found


def _rendered(cell: Cell | Formula, render: str) -> Cell:
    if isinstance(cell, Formula):
        cell = cell.text if render == "FORMULA" else cell.value
    if render == "FORMATTED_VALUE" and not isinstance(cell, str):
        return str(cell).upper() if isinstance(cell, bool) else f"{cell:g}" if cell is not None else ""
    return cell


def _write(book: Book, body: dict[str, Any]) -> dict[str, Any]:
    option = body.get("valueInputOption")
    if option not in ("RAW", "USER_ENTERED"):
        raise invalid("'valueInputOption' is required but not specified")
    planned, responses = list[tuple[Tab, int, int, Cell]](), list[dict[str, Any]]()
    for data in body.get("data", []):
        tab, asked = _range(book, data["range"])
        rows = data.get("values", [])
        width = max((len(row) for row in rows), default=0)
        end_row, end_column = asked.first_row + len(rows), asked.first_column + width
        if end_row > tab.row_count or end_column > tab.column_count:
            shown = _shown(tab, asked.first_row, asked.first_column, end_row, end_column)
            raise invalid(
                f"Range ({shown}) exceeds grid limits. Max rows: {tab.row_count}, max columns: {tab.column_count}"
            )
        if (asked.end_row and end_row > asked.end_row) or (asked.end_column and end_column > asked.end_column):
            raise invalid(f"Requested writing within range [{data['range']}], but tried writing outside of it")
        cells = [
            (tab, asked.first_row + r, asked.first_column + c, cell)
            for r, row in enumerate(rows)
            for c, cell in enumerate(row)
            if cell is not None  # null leaves a cell alone
        ]
        planned += cells
        responses.append(
            {
                "spreadsheetId": book.id,
                "updatedRange": _shown(tab, asked.first_row, asked.first_column, end_row, end_column),
                "updatedRows": len({cell[1] for cell in cells}),
                "updatedColumns": len({cell[2] for cell in cells}),
                "updatedCells": len(cells),
            }
        )
    for tab, row, column, cell in planned:
        tab.put(row, column, _entered(cell) if option == "USER_ENTERED" else cell)
    book.revision += 1
    totals = {
        "totalUpdatedRows": len({(tab.id, row) for tab, row, _, _ in planned}),
        "totalUpdatedColumns": len({(tab.id, column) for tab, _, column, _ in planned}),
        "totalUpdatedCells": len(planned),
        "totalUpdatedSheets": len({tab.id for tab, _, _, _ in planned}),
    }
    # What is nothing is left out, as proto3 has it.
    return {
        "spreadsheetId": book.id,
        **{name: count for name, count in totals.items() if count},
        "responses": [{name: value for name, value in one.items() if value} for one in responses],
    }


def _entered(cell: Cell) -> Cell | Formula:
    """What a cell becomes when it is taken as if typed: formulas run."""
    if isinstance(cell, str) and cell.startswith(("=", "+")):
        return Formula(cell, "#NAME?")
    return cell
