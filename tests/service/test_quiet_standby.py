"""While the primary is healthy the bot keeps nothing but what is addressed to it; in an outage nothing but orders."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.desks.order import OrderDesk
from bot.desks.relay import RelayDesk
from core.mode import Mode
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import GROUP_12

#: The rooms of the local chat are the vendor's side of it, and trimmed by themselves.
_VENDORS = ("room_messages", "sqlite_sequence")
PRIMARY_IN_CHARGE = (Mode.NORMAL, Mode.WATCHING, Mode.PARTIAL)


async def kept_of(day: Shift, word: str) -> list[str]:
    """Tables, the vendor's apart, that hold `word` anywhere but in a message's key."""
    tables = [row[0] for row in await day.store.read_all("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = []
    for table in tables:
        rows = [dict(row) for row in await day.store.read_all(f"SELECT * FROM {table}")]
        if table not in _VENDORS and word in str([{**row, "key": ""} for row in rows]):
            found.append(table)
    return found


@pytest.mark.parametrize("mode", PRIMARY_IN_CHARGE)
@pytest.mark.parametrize("words", ["今天食堂人好多", "番茄炒蛋一份 9417", "#接龙\n1. 欧阳锋 红烧肉一份"])
async def test_what_a_group_says_to_itself_leaves_nothing(tmp_path: Path, mode: Mode, words: str) -> None:
    async with shift(tmp_path, [RelayDesk(SETTINGS), OrderDesk(SETTINGS)], mode=mode) as day:
        assert await day.says("zenobia", words, group=GROUP_12) == ""
        assert await kept_of(day, "zenobia") == []
        assert await kept_of(day, words.split()[-1]) == []
        # Its key stays: delivered again, it is known.
        assert await day.one("SELECT state FROM inbox") == "silent"


async def test_who_speaks_to_the_bot_is_answered_and_known(tmp_path: Path) -> None:
    async with shift(tmp_path, [OrderDesk(SETTINGS)], mode=Mode.NORMAL) as day:
        assert await day.says("zenobia", "@bot 番茄炒蛋一份 9417", group=GROUP_12)
        assert set(await kept_of(day, "zenobia")) == {"people", "inbox", "outgoing"}


async def test_in_an_outage_talk_leaves_nothing_and_an_order_everything_it_needs(tmp_path: Path) -> None:
    async with shift(tmp_path, [RelayDesk(SETTINGS), OrderDesk(SETTINGS)]) as day:
        assert await day.says("quentin", "今天食堂人好多", group=GROUP_12) == ""
        assert await kept_of(day, "quentin") == []
        assert "#12-001" in await day.says("zenobia", "番茄炒蛋一份 9417", group=GROUP_12)
        assert await day.one("SELECT name || room FROM people WHERE id = 'web:zenobia'") == "zenobia9417"
