"""What an operator does once for an Official Account: its menu, and a code per building to print or to post."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.channels.wechat.api import WeChatApi, official_account_token
from core.directory import Building
from core.errors import NeedsPerson
from core.ids import BuildingId
from core.settings import Settings
from core.texts import text
from fallback_store import people
from fallback_store.database import Store
from watch.system_clock import SystemClock

#: Pixels of one module of a code: readable from a sheet of A4 at two metres.
SCALE = 12


class NoAccount(NeedsPerson):
    """No Official Account is set up."""

    hint = "Set channels.official_account in config.yaml; docs/wechat.md says where its values come from."


def menu_of(language: str) -> dict[str, Any]:
    """The account's menu: three words a person could type as well."""
    words = ("menu", "mine", "help")
    buttons = [
        {
            "type": "click",
            "name": text(language, f"wechat_menu_{word}"),
            "key": text(language, f"wechat_menu_{word}_words"),
        }
        for word in words
    ]
    return {"button": buttons}


async def set_menu(settings: Settings) -> dict[str, Any]:
    """Gives the account its menu; doing it again repairs it. Raises: NoAccount, Temporary, WeChatRefused."""
    menu = menu_of(settings.campus.language)
    async with _api(settings) as api:
        await api.post("/cgi-bin/menu/create", menu)
    return menu


def write_codes(settings: Settings, folder: Path) -> list[Path]:
    """A PNG per building of the directory; whoever scans it follows and is at home there. Raises: as `set_menu`."""
    addresses = asyncio.run(_addresses(settings))
    return draw_codes(addresses, folder)


async def _addresses(settings: Settings) -> dict[BuildingId, str]:
    async with await Store.open(settings.store.path) as store:
        buildings = await people.buildings(store)
    if not buildings:
        raise NeedsPerson("No building is known yet.", hint="Start the service once while the primary is healthy.")
    return await addresses_of(settings, buildings)


async def addresses_of(settings: Settings, buildings: Sequence[Building]) -> dict[BuildingId, str]:
    """What each building's code leads to."""
    found = {}
    async with _api(settings) as api:
        for building in buildings:
            scene = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": building.id}}}
            found[building.id] = str((await api.post("/cgi-bin/qrcode/create", scene))["url"])
    return found


def draw_codes(addresses: Mapping[BuildingId, str], folder: Path) -> list[Path]:
    """One picture each."""
    import segno  # only here

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for building_id, address in addresses.items():
        path = folder / f"{_file_name(building_id)}.png"
        segno.make(address, error="m").save(str(path), scale=SCALE, border=4)
        written.append(path)
    return written


def _api(settings: Settings) -> WeChatApi:
    account = settings.channels.official_account
    if not account.app_id:
        raise NoAccount
    return WeChatApi(SystemClock(), account.api_base, official_account_token(account.app_id, account.app_secret))


def _file_name(building_id: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in building_id)
