"""The settings of the shared stock sheet, and of each vendor it may live at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator

from core.settings_group import Group


def _origin(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("write an origin starting with http:// or https://")
    return value.rstrip("/")


Origin = Annotated[str, AfterValidator(_origin)]


class GoogleSheetSettings(Group):
    """A Google spreadsheet."""

    #: the long part of its address
    spreadsheet_id: str = ""
    #: the service account's key; outside the repository, readable by us only
    credentials_file: Path = Path("google-key.json")
    #: origin of the API
    api_base: Origin = "https://sheets.googleapis.com"


class FeishuSheetSettings(Group):
    """A Feishu spreadsheet."""

    app_id: str = ""
    app_secret: str = ""
    #: the last part of its address
    spreadsheet_token: str = ""
    #: origin of the API; https://open.larksuite.com for Lark
    api_base: Origin = "https://open.feishu.cn"


class SheetSettings(Group):
    """The shared stock sheet."""

    #: the built-in page is always there; the other two are kept in step with it
    kind: Literal["grid", "google", "feishu"] = "grid"
    google: GoogleSheetSettings = GoogleSheetSettings()
    feishu: FeishuSheetSettings = FeishuSheetSettings()
