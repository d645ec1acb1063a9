"""A whole service with a Google spreadsheet: set up and checked from the shell, kept in step while it runs."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from core.settings import Settings
from core.sheet import Column, plain
from drills.sheet_doubles.book import Book, Tab
from drills.sheet_doubles.canteen import BOOK
from drills.sheet_doubles.google import GoogleDouble
from drills.sheet_doubles.google_key import write_key_file
from service.settings_file import load_settings
from service.stock_sheet import check_sheet
from service.vendor_commands import sheet_export
from tests.service.service_scene import campus, shell, until, write_config
from watch.system_clock import SystemClock


async def test_the_sheet_is_set_up_kept_in_step_and_its_loss_is_told(tmp_path: Path) -> None:
    async with GoogleDouble(SystemClock()).serving() as double:
        book = double.books[BOOK] = Book(BOOK, tabs=[Tab(0, "工作表1")])
        key = write_key_file(tmp_path / "key.json", double.token_uri)
        google = {"spreadsheet_id": BOOK, "credentials_file": str(key), "api_base": double.origin}
        sheet: dict[str, Any] = {"kind": "google", "google": google}
        done = await shell("sheet", "setup", "--config", str(write_config(tmp_path, sheet=sheet)), "--json")
        assert done.code == 0, done.err
        assert any("库存表" in line for line in done.json["done"])
        async with campus(tmp_path, sheet=sheet) as (service, _):
            (found,) = await check_sheet(load_settings(service.config))
            assert found.is_ok, found

            async def is_filled() -> bool:
                return len(book.tabs[-1].rows) > 5

            await until(is_filled)
            tab = book.tabs[-1]
            item_id = str(tab.value(1, 0))
            tab.types(item_id, Column.SUPPLY, "7份")

            async def is_taken() -> bool:
                return plain(tab.reads(item_id, Column.LEFT)) == "7"

            await until(is_taken)
            assert service.rows(f"SELECT supply FROM stock WHERE item_id = '{item_id}'") == [(7,)]
            assert service.rows("SELECT source FROM stock_edits") == [("sheet",)]

            saved = tmp_path / "stock.csv"
            sheet_export(csv=saved, config=service.config)
            rows = list(csv.reader(saved.read_text("utf-8-sig").splitlines()))
            assert [row[7] for row in rows if row[0] == item_id] == ["7"]

            double.forbidden.add(BOOK)

            async def is_told() -> bool:
                said = service.rows("SELECT text FROM outgoing WHERE key LIKE 'trouble:SheetDenied:%'")
                return bool(said) and "iam.gserviceaccount.com" in said[0][0]

            await until(is_told)


async def test_a_command_about_a_sheet_that_is_not_named_says_so(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("sheet: {kind: grid}\n", encoding="utf-8")
    done = await shell("sheet", "setup", "--config", str(path))
    assert done.code == 1
    assert "docs/stock-sheet.md" in done.err


async def test_a_check_names_what_is_empty_and_a_key_that_others_may_read(tmp_path: Path) -> None:
    key = write_key_file(tmp_path / "key.json", "http://127.0.0.1:9/token")
    key.chmod(0o644)
    google = {"kind": "google", "google": {"credentials_file": str(key)}}
    findings = await check_sheet(Settings.model_validate({"sheet": google}))
    assert [finding.what for finding in findings] == ["sheet.google.spreadsheet_id", "sheet.google.credentials_file"]
    assert "chmod 600" in findings[1].hint
    findings = await check_sheet(Settings.model_validate({"sheet": {"kind": "feishu"}}))
    assert len(findings) == 3
    assert not any(finding.is_ok for finding in findings)
