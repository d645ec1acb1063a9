"""The account's menu and its codes, set up on the vendor's double; a code's picture is read back as a picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.channel_settings import ChannelSettings
from core.directory import Building
from core.ids import BuildingId
from core.settings import Settings
from core.texts import LANGUAGES
from drills.hand_clock import HandClock
from drills.wechat_double.api_server import ApiServer
from drills.wechat_double.people import Followers
from service.wechat_setup import NoAccount, addresses_of, draw_codes, menu_of, set_menu

AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
BUILDINGS = [Building(BuildingId("12"), "12栋", ()), Building(BuildingId("西/3"), "西三", ())]


def settings(api_base: str) -> Settings:
    account = {"token": "t0ken", "aes_key": AES_KEY, "app_id": "wx1", "app_secret": "s", "api_base": api_base}
    return Settings(channels=ChannelSettings.model_validate({"official_account": account}))


async def test_the_menu_is_taken_and_its_taps_are_words_the_desks_know(tmp_path: Path) -> None:
    clock = HandClock()
    async with ApiServer(clock, Followers(clock), {"wx1": "s"}) as api:
        for _ in range(2):
            await set_menu(settings(api.origin))
        assert [button["key"] for button in api.menu["button"]] == ["菜单", "我的订单", "帮助"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_menu_names_fit_the_vendors_buttons(language: str) -> None:
    assert all(len(button["name"].encode()) <= 16 for button in menu_of(language)["button"])


async def test_every_building_gets_a_code(tmp_path: Path) -> None:
    clock = HandClock()
    async with ApiServer(clock, Followers(clock), {"wx1": "s"}) as api:
        written = draw_codes(await addresses_of(settings(api.origin), BUILDINGS), tmp_path / "codes")
    assert [path.name for path in written] == ["12.png", "西_3.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)


async def test_without_an_account_it_says_so() -> None:
    with pytest.raises(NoAccount, match="Official Account"):
        await set_menu(Settings())
