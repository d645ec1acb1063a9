"""换成大杯, 不要香菜, 送306, 不要了: short words that change or call off an order that stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.mode import Mode
from tests.dialogs.lunch_menus import LUNCH
from tests.dialogs.script import play
from tests.dialogs.talk import Talk, talking


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(tmp_path, menu=LUNCH) as running:
        yield running


# One's own changed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("换成大杯", "柠檬水 ×1（大杯） ¥8"),
        ("少冰", "柠檬水 ×1（少冰） ¥6"),
        ("换大杯，去冰", "柠檬水 ×1（大杯、去冰） ¥8"),
        ("改成两杯", "柠檬水 ×2 ¥12"),
        ("柠檬水换成大杯", "柠檬水 ×1（大杯） ¥8"),
    ],
)
async def test_options_and_numbers_change_the_last_order(talk: Talk, words: str, line: str) -> None:
    await play(talk, f"anna: 柠檬水一杯 305\nanna: {words}\n> 已改好 #12-001\n> {line}")
    assert len(await talk.orders()) == 1


async def test_without_something_after_all(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 牛肉面一碗微辣 305
        anna: 不要香菜了
        > 已改好 #12-001
        > 牛肉面 ×1（微辣、不要香菜）
        anna: 去掉葱
        > 牛肉面 ×1（微辣、不要香菜、不要葱）
        anna: 不辣
        > 牛肉面 ×1（不要香菜、不要葱、不辣）
        """,
    )


async def test_an_option_two_lines_take_is_asked(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 柠檬水一杯 珍珠奶茶一杯 305
        anna: 换成大杯
        > 说的是哪一个
        > 1. #12-001 柠檬水×1（大杯）、珍珠奶茶×1
        > 2. #12-001 柠檬水×1、珍珠奶茶×1（大杯）
        anna: 2
        > 已改好 #12-001
        > 珍珠奶茶 ×1（大杯） ¥11
        """,
    )


async def test_only_the_line_that_takes_the_option_changes(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 柠檬水一杯 305
        anna: 少冰
        > 已改好 #12-001
        > 红烧肉饭 ×1 ¥16
        > 柠檬水 ×1（少冰） ¥6
        """,
    )


async def test_an_option_nothing_in_the_order_takes_is_talk(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        anna: 少冰
        > —
        anna: @助手 少冰
        > 没有哪一样能这样改
        bo: 少冰
        > —
        """,
    )


async def test_another_dish_in_place_of_the_one_ordered_is_shown_first(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉两份 305
        anna: 换成牛肉面
        > #12-001 改成这样吗
        > 牛肉面 ×2 ¥28
        anna: 1
        > 已改好 #12-001
        > 牛肉面 ×2 ¥28
        """,
    )
    assert await talk.sold("pork") == 0


async def test_one_of_two_dishes_is_swapped_by_name(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 柠檬水两杯 305
        anna: 把柠檬水换成珍珠奶茶
        > 改成这样吗
        > 红烧肉饭 ×1
        > 珍珠奶茶 ×2 ¥18
        anna: 算了
        > #12-001 保持原样
        """,
    )
    assert await talk.sold("lemon") == 2


async def test_an_order_that_corrects_itself_is_a_new_order(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        anna: 再来一碗牛肉面，换成柠檬水一杯
        > 已记下 #12-002
        """,
    )


@pytest.mark.parametrize("words", ["送306", "送到306", "房间306", "改到306", "我在306", "不是305是306"])
async def test_the_room_of_the_last_order_changes(talk: Talk, words: str) -> None:
    await play(talk, f"anna: 红烧肉一份 305\nanna: {words}\n> 已改好 #12-001\n> 送到 306")
    assert await talk.orders() == [("#12-001", "placed", "306", 1600)]


async def test_a_bare_number_in_a_group_is_talk(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        anna: 306
        > —
        bo: 送306
        > —
        """,
    )


async def test_the_room_it_goes_to_already_changes_nothing(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        anna: 12栋305
        > —
        anna: @助手 送305
        > #12-001 已经是这样了
        """,
    )
    assert (await talk.store.read_all("SELECT history_steps FROM orders"))[0][0] == 1


async def test_an_order_cannot_be_moved_to_another_building(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        anna: 送到11栋306
        > #12-001 不能改到别的楼
        """,
    )
    assert (await talk.orders())[0][2] == "305"


async def test_a_change_long_after_is_asked(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 柠檬水一杯 305
        … 11 min
        anna: 换成大杯
        > 是要这样吗
        > #12-001 柠檬水×1（大杯）
        anna: 1
        > 已改好 #12-001
        """,
    )


async def test_an_accepted_order_is_changed_no_more_and_undone_for_two_minutes(talk: Talk) -> None:
    await talk.says("anna", "柠檬水一杯 305")
    await talk.store.write(lambda tx: tx.execute("UPDATE orders SET state = 'accepted'"))
    await play(
        talk,
        """
        anna: 换成大杯
        > #12-001 商家已接，不能再改了
        … 2 min
        anna: 不要了
        > 已取消 #12-001
        """,
    )


async def test_an_accepted_order_is_not_undone_after_two_minutes(talk: Talk) -> None:
    await talk.says("anna", "柠檬水一杯 305")
    await talk.store.write(lambda tx: tx.execute("UPDATE orders SET state = 'accepted'"))
    await talk.clock.advance(121)
    assert "不能取消了" in await talk.presses("anna", "撤销")
    assert (await talk.orders())[0][1] == "accepted"


# One's own called off ---------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["不要了", "取消", "撤单", "不要了，谢谢"])
async def test_the_only_order_is_called_off(talk: Talk, words: str) -> None:
    await play(talk, f"anna: 红烧肉一份 305\nanna: {words}\n> 已取消 #12-001，¥16 不用付。")
    assert await talk.sold("pork") == 0


async def test_which_of_two_orders_is_called_off_is_asked_and_answered_by_number(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        anna: 牛肉面一碗
        anna: 不要了
        > 要取消哪一单
        > 1. #12-002 牛肉面×1 ¥14
        anna: 2
        > 已取消 #12-001
        """,
    )
    assert [state for _, state, _, _ in await talk.orders()] == ["cancelled", "placed"]


async def test_nothing_is_called_off_by_who_ordered_nothing(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        bo: 不要了
        > —
        bo: 取消
        > —
        bo: 可乐不要了
        > —
        """,
    )
    assert (await talk.orders())[0][1] == "placed"


async def test_outside_an_emergency_such_words_are_talk(talk: Talk) -> None:
    await talk.says("anna", "红烧肉一份 305")
    await talk.mode(Mode.NORMAL)
    await play(talk, "bo: 同上\n> —\nanna: 少冰\n> —\nanna: 送306\n> —")
