"""Every command a menu shows exists, for those it is shown to, and fits the vendor's rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.chat import Role
from core.commands import IN_GROUPS, IN_PRIVATE, OF_ROLE, command_menu
from core.mode import Mode
from core.texts import LANGUAGES
from tests.dialogs.phones import ANNA, CHEF, GROUP, LIU, ROOT, phones

NOT_UNDERSTOOD = "平台故障期间，在这里点餐"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("roles", [(), (Role.COURIER,), tuple(Role)])
def test_a_menu_shows_each_command_once_and_as_vendors_take_it(language: str, roles: tuple[Role, ...]) -> None:
    menu = command_menu(language, in_group=False, roles=roles)
    assert len({name for name, _ in menu}) == len(menu)
    assert all(re.fullmatch(r"[a-z0-9_]{1,32}", name) and 1 <= len(words) <= 256 for name, words in menu)
    assert len(menu) <= 100


def test_a_group_is_shown_nothing_of_the_crews() -> None:
    assert [name for name, _ in command_menu("zh", in_group=True, roles=tuple(Role))] == list(IN_GROUPS)


def test_a_role_comes_before_what_everybody_has() -> None:
    names = [name for name, _ in command_menu("zh", in_group=False, roles=[Role.MERCHANT, Role.COURIER])]
    assert names == ["queue", "tickets", "stock", *IN_PRIVATE]


async def test_every_command_is_understood_by_whom_it_is_shown_to(tmp_path: Path) -> None:
    shown = [(ANNA, name) for name in IN_PRIVATE if name != "help"]
    shown += [(who, name) for who, role in ((ROOT, Role.ADMIN), (LIU, Role.COURIER), (CHEF, Role.MERCHANT))
              for name in OF_ROLE[role]]  # fmt: skip
    async with phones(tmp_path, mode=Mode.EMERGENCY) as lunch:
        for who, name in shown:
            if name != "handback":  # it would end the outage
                said, _ = await lunch.types(who, f"/{name}")
                assert said.text, name
                assert not said.text.startswith(NOT_UNDERSTOOD), name
        for name in IN_GROUPS:
            assert (await lunch.types(ANNA, f"/{name}", GROUP))[0].text, name
        assert (await lunch.types(ANNA, "/help"))[0].text.startswith(NOT_UNDERSTOOD)
        assert "English" in (await lunch.types(ANNA, "/lang en"))[0].text
