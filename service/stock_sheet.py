"""The shared stock sheet in the service: opened where the settings say, kept in step, checked and set up."""

from __future__ import annotations

import stat
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.errors import FallbackError, NeedsPerson
from core.ports import Clock, StockSheet
from core.settings import Settings
from core.sheet import HumanField, SheetDish
from core.sheet_words import SheetWords
from fallback_store import stock_glance, stock_news
from fallback_store.database import Store, Tx
from service.finding import Finding
from service.telling import Telling
from sync.mirror_run import MirrorRun
from sync.sheet_dishes import named
from sync.sheets.setup_report import SetupReport
from sync.stock_mirror import StockMirror
from watch.system_clock import SystemClock


class NoSharedSheet(NeedsPerson):
    """The stock sheet is the built-in page: there is nothing to set up."""

    hint = "Set sheet.kind to google or feishu; docs/stock-sheet.md says how."


@dataclass(frozen=True, slots=True)
class OpenSheet:
    """A vendor's sheet, and what can be done with it besides keeping it in step."""

    sheet: StockSheet
    set_up: Callable[[Sequence[SheetDish]], Awaitable[SetupReport]]
    close: Callable[[], Awaitable[None]]


def open_sheet(settings: Settings, clock: Clock) -> OpenSheet | None:
    """The sheet the settings name; None for the built-in page. A vendor's library is loaded for that vendor only."""
    words = sheet_words(settings)
    match settings.sheet.kind:
        case "grid":
            return None
        case "google":
            return _google(settings, clock, words)
        case "feishu":
            return _feishu(settings, clock, words)


def sheet_words(settings: Settings) -> SheetWords:
    """What the sheet says, in the campus's language."""
    return SheetWords(settings.campus.language, ZoneInfo(settings.campus.timezone))


def _google(settings: Settings, clock: Clock, words: SheetWords) -> OpenSheet:
    from sync.sheets.google import GoogleSheet
    from sync.sheets.google_http import GoogleCalls
    from sync.sheets.google_setup import set_up

    google = settings.sheet.google
    calls = GoogleCalls(google)
    sheet = GoogleSheet(calls, clock, words)

    async def close() -> None:
        calls.close()

    return OpenSheet(sheet, lambda dishes: set_up(sheet, words, dishes), close)


def _feishu(settings: Settings, clock: Clock, words: SheetWords) -> OpenSheet:
    from sync.sheets.feishu import FeishuSheet
    from sync.sheets.feishu_http import FeishuCalls
    from sync.sheets.feishu_setup import set_up

    feishu = settings.sheet.feishu
    calls = FeishuCalls(feishu, clock)
    sheet = FeishuSheet(calls, clock, words)
    return OpenSheet(sheet, lambda dishes: set_up(sheet, words, dishes), calls.close)


@dataclass(frozen=True, slots=True)
class _Tells:
    """Obeys `sync.stock_mirror.SheetTells`."""

    language: str

    def conflict(self, tx: Tx, dish: SheetDish, now: datetime) -> None:
        """Less is supplied than was sold."""
        stock_news.tell_conflict(tx, dish.stock, dish.name, now, language=self.language)

    def unreadable(self, tx: Tx, dish: SheetDish, why: str, now: datetime) -> None:
        """A cell means nothing."""
        stock_news.tell_unreadable(tx, dish.stock, dish.name, why, now, language=self.language)

    def doubtful(self, tx: Tx, dish: SheetDish, fields: Sequence[HumanField], now: datetime) -> None:
        """An edit may be gone."""
        stock_news.tell_doubtful(tx, dish.stock, dish.name, fields, now, language=self.language)


@dataclass(frozen=True, slots=True)
class SheetWork:
    """The mirror at work, and the sheet's connections while it is."""

    opened: OpenSheet
    mirror: MirrorRun

    async def run(self) -> None:
        """Works until cancelled, then lets go."""
        try:
            await self.mirror.run()
        finally:
            await self.opened.close()


def sheet_works(
    settings: Settings, store: Store, clock: Clock, telling: Telling, chance: Callable[[], float]
) -> dict[str, SheetWork]:
    """The part that keeps the vendor's sheet in step; none when there is no such sheet."""
    opened = open_sheet(settings, clock)
    if opened is None:
        return {}
    tells = _Tells(settings.campus.language)
    mirror = StockMirror(store, clock, opened.sheet, sheet_words(settings), tells=tells)
    run = MirrorRun(store, clock, opened.sheet, mirror, chance=chance, tell_admin=telling.admin)
    return {"stock sheet": SheetWork(opened, run)}


def known_dishes(settings: Settings) -> list[SheetDish]:
    """The dishes of the store, whoever has it open."""
    catalog, rows = stock_glance.menu_and_stock(settings.store.path)
    return named(catalog, rows) if catalog else []


async def set_up_sheet(settings: Settings) -> SetupReport:
    """`sheet setup`. Raises: NoSharedSheet, and what the sheet raises."""
    opened = open_sheet(settings, SystemClock())
    if opened is None:
        raise NoSharedSheet
    try:
        return await opened.set_up(known_dishes(settings))
    finally:
        await opened.close()


async def check_sheet(settings: Settings) -> list[Finding]:
    """What `check` says about the sheet."""
    opened = open_sheet(settings, SystemClock())
    if opened is None:
        return [Finding("sheet", True, "the built-in page; no other sheet is named")]
    findings = _missing(settings)
    if not findings:
        try:
            table = await opened.sheet.read()
            findings.append(Finding(f"sheet at {opened.sheet.name}", True, f"{len(table.rows)} rows"))
        except FallbackError as problem:
            findings.append(Finding(f"sheet at {opened.sheet.name}", False, str(problem), problem.hint))
    await opened.close()
    return findings


def _missing(settings: Settings) -> list[Finding]:
    """Settings that are empty, and a key that others may read."""
    sheet = settings.sheet
    if sheet.kind == "feishu":
        wanted = {
            "sheet.feishu.app_id": sheet.feishu.app_id,
            "sheet.feishu.app_secret": sheet.feishu.app_secret,
            "sheet.feishu.spreadsheet_token": sheet.feishu.spreadsheet_token,
        }
    else:
        wanted = {"sheet.google.spreadsheet_id": sheet.google.spreadsheet_id}
    findings = [
        Finding(name, False, "empty", "docs/stock-sheet.md says where to find it.")
        for name, value in wanted.items()
        if not value
    ]
    if sheet.kind == "google" and sheet.google.credentials_file.is_file():
        mode = stat.S_IMODE(sheet.google.credentials_file.stat().st_mode)
        if mode & 0o077:
            path = sheet.google.credentials_file
            findings.append(Finding("sheet.google.credentials_file", False, f"mode {mode:o}", f"chmod 600 {path}"))
    return findings
