"""A captain whose group no bot can join pastes what people wrote there, and gets one receipt to paste back."""

from __future__ import annotations

from pathlib import Path

from bot.desks.order import OrderDesk
from bot.desks.relay import RelayDesk
from tests.dialogs.shift import SETTINGS, shift

FIRST = """\
小张 11:42
有人吃饭吗 平台又挂了
李四 11:42
红烧肉饭两份 305
小张 11:43
我要番茄炒蛋 306"""

LATER = """
王芳 11:50
柠檬水两杯 402
李四 11:51
谢谢楼长"""


async def test_a_captain_pastes_copied_lines_and_pastes_them_again_when_more_came(tmp_path: Path) -> None:
    async with shift(tmp_path, (RelayDesk(SETTINGS), OrderDesk(SETTINGS))) as lunch:
        receipt = await lunch.says("wang", FIRST)
        assert "李四" in receipt
        assert "#12-001" in receipt
        assert "小张" in receipt
        assert await lunch.orders() == {"#12-001": "placed", "#12-002": "placed"}

        grown = await lunch.says("wang", FIRST + LATER)
        assert "王芳" in grown
        assert "#12-003" in grown
        assert "李四" not in grown
        assert await lunch.orders() == {"#12-001": "placed", "#12-002": "placed", "#12-003": "placed"}

        same = await lunch.says("wang", FIRST + LATER)
        assert "3" in same
        assert len(await lunch.orders()) == 3


async def test_who_is_no_captain_cannot_order_for_others_that_way(tmp_path: Path) -> None:
    async with shift(tmp_path, (RelayDesk(SETTINGS), OrderDesk(SETTINGS))) as lunch:
        assert "楼长" in await lunch.says("anna", FIRST)
        assert await lunch.orders() == {}
