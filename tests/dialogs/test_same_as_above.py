"""同上, +1, 和anna一样: short words about the order of whoever spoke before, as people type them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dialogs.lunch_menus import LUNCH
from tests.dialogs.script import play
from tests.dialogs.talk import Talk, talking


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(tmp_path, menu=LUNCH) as running:
        yield running


@pytest.mark.parametrize("words", ["同上", "跟楼上一样", "+1", "我也来一份", "和anna一样", "楼上+1"])
async def test_the_same_as_the_order_above_with_a_room_of_ones_own(talk: Talk, words: str) -> None:
    await play(
        talk,
        f"""
        anna: 红烧肉一份不辣 305
        > 已记下 #12-001
        bo: {words}
        > 送到哪个房间
        bo: 306
        > 已记下 #12-002
        > 红烧肉饭 ×1（不辣） ¥16
        > 送到 306
        """,
    )
    assert [room for _, _, room, _ in await talk.orders()] == ["305", "306"]


async def test_the_same_with_a_room_a_number_and_a_wish(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        bo: 同上，不要香菜，306
        > 已记下 #12-002
        > 红烧肉饭 ×1（不要香菜）
        > 送到 306
        chen: 同款两份 401
        > 说的是哪一个
        """,
    )


async def test_the_same_number_of_one_dish(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        bo: 同款两份 306
        > 已记下 #12-002
        > 红烧肉饭 ×2 ¥32
        """,
    )


async def test_several_times_a_whole_order_is_shown_before_it_counts(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 柠檬水一杯 305
        bo: 同上两份 306
        > 请确认
        > 红烧肉饭 ×2
        > 柠檬水 ×2
        bo: 1
        > 已记下 #12-002
        """,
    )


async def test_plus_one_with_nothing_ordered_is_talk(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 晚上有人打球吗
        > —
        bo: +1
        > —
        chen: 同上
        > —
        """,
    )
    assert await talk.orders() == []


async def test_plus_one_to_talk_that_came_after_an_order_is_talk(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        > 已记下 #12-001
        chen: 晚上有人打球吗
        > —
        bo: +1
        > —
        """,
    )
    assert len(await talk.orders()) == 1


async def test_the_same_after_talk_is_asked(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        chen: 晚上有人打球吗
        bo: 同上
        > 是要这样吗
        > 和 anna 一样：红烧肉饭×1
        bo: 1
        > 哪个房间
        bo: 306
        > 已记下 #12-002
        """,
    )


async def test_two_different_orders_close_together_leave_it_open_which_was_above(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        … 20 s
        chen: 牛肉面一碗 401
        … 5 s
        bo: 同上 306
        > 说的是哪一个
        > 1. 和 chen 一样：牛肉面×1
        > 2. 和 anna 一样：红烧肉饭×1
        bo: 2
        > 已记下 #12-003
        > 红烧肉饭 ×1 ¥16
        """,
    )


async def test_two_equal_orders_close_together_leave_nothing_open(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        chen: +1
        chen: 401
        > 已记下 #12-002
        bo: +1
        bo: 306
        > 已记下 #12-003
        """,
    )


async def test_an_order_a_minute_before_the_one_above_is_not_meant(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        … 2 min
        chen: 牛肉面一碗 401
        bo: 同上 306
        > 已记下 #12-003
        > 牛肉面 ×1
        """,
    )


async def test_a_name_says_whose(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        chen: 牛肉面一碗 401
        bo: 和anna一样
        > 哪个房间
        bo: 306
        > 红烧肉饭 ×1 ¥16
        """,
    )


async def test_an_order_too_long_ago_is_asked_about_and_plus_one_is_not(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        … 11 min
        bo: +1
        > —
        bo: 同上
        > 是要这样吗
        bo: 算了
        > 没有下
        """,
    )
    assert len(await talk.orders()) == 1


async def test_another_building_beside_the_same_is_asked(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        bo: 同上 11栋306
        > 送到哪一栋
        bo presses 11栋
        > 已记下 #11-001
        > 送到 11栋 306
        """,
    )


async def test_a_cancelled_order_is_nobodys_model(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        anna presses 撤销
        > 已取消 #12-001
        bo: 同上
        > —
        """,
    )
