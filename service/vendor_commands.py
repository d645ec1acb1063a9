"""Commands that set a vendor's account or spreadsheet up."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from service.command_line import Config, Json, settings_of, show

wechat = typer.Typer(no_args_is_help=True, help="Sets a WeChat Official Account up.")
sheet = typer.Typer(no_args_is_help=True, help="Sets the shared stock sheet up, or saves it as a file.")


@wechat.command("menu")
def wechat_menu(config: Config = None, as_json: Json = False) -> None:
    """Gives the account its menu; doing it again repairs it."""
    from service.wechat_setup import set_menu

    menu = asyncio.run(set_menu(settings_of(config)))
    show(menu, as_json, "\n".join(button["name"] for button in menu["button"]))


@wechat.command("codes")
def wechat_codes(
    folder: Annotated[Path, typer.Argument(help="Where the pictures go.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Draws a code per building, to print or to post: whoever scans it is at home there."""
    from service.wechat_setup import write_codes

    written = [str(path) for path in write_codes(settings_of(config), folder)]
    show({"codes": written}, as_json, "\n".join(written))


@sheet.command("setup")
def sheet_setup(config: Config = None, as_json: Json = False) -> None:
    """Prepares or repairs the Google or Feishu spreadsheet the settings name."""
    from service.stock_sheet import set_up_sheet

    report = asyncio.run(set_up_sheet(settings_of(config)))
    show({"done": report.lines}, as_json, "\n".join(report.lines))


@sheet.command("export")
def sheet_export(
    xlsx: Annotated[Path | None, typer.Option(help="Where to write an Excel file.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Where to write a CSV file.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Saves the stock as a file to print or to send; nothing in it runs when it is opened."""
    from service.stock_sheet import known_dishes, sheet_words
    from sync.sheets.snapshot import to_csv, to_xlsx

    if xlsx is None and csv is None:
        raise typer.BadParameter("write --xlsx FILE or --csv FILE")
    settings = settings_of(config)
    dishes, words = known_dishes(settings), sheet_words(settings)
    for path, as_bytes in ((xlsx, to_xlsx), (csv, to_csv)):
        if path is not None:
            path.write_bytes(as_bytes(dishes, words))
    written = [str(path) for path in (xlsx, csv) if path is not None]
    show({"dishes": len(dishes), "files": written}, as_json, f"{len(dishes)} dishes in {', '.join(written)}")
