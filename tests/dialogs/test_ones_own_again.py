"""再来一份, 老样子: short words that order once more what one has ordered."""

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


async def test_one_more_of_ones_own(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉两份不辣 305
        anna: 再来一份
        > 已记下 #12-002
        > 红烧肉饭 ×1（不辣） ¥16
        anna: 再来两份
        > 已记下 #12-003
        > 红烧肉饭 ×2（不辣） ¥32
        """,
    )


async def test_the_measure_word_says_which_line_once_more(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 柠檬水一杯少冰 305
        anna: 再来一杯
        > 已记下 #12-002
        > 柠檬水 ×1（少冰） ¥6
        >! 红烧肉
        """,
    )


async def test_which_line_once_more_is_asked_when_nothing_tells(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 牛肉面一碗 305
        anna: 再来一份
        > 说的是哪一个
        > 1. 红烧肉饭×1
        > 2. 牛肉面×1
        > 3. 红烧肉饭×1、牛肉面×1
        anna: 3
        > 已记下 #12-002
        > 合计 ¥30
        """,
    )


async def test_the_whole_order_once_more(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉两份 柠檬水一杯 305
        anna: 再来一单
        > 已记下 #12-002
        > 红烧肉饭 ×2
        > 柠檬水 ×1
        """,
    )


async def test_the_usual_from_an_hour_ago_is_asked_about(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份不辣 305
        … 60 min
        anna: 老样子
        > 是要这样吗
        > 红烧肉饭×1（不辣）
        anna: 好的
        > 已记下 #12-002
        """,
    )


async def test_in_private_the_same_means_ones_own(talk: Talk) -> None:
    await play(
        talk,
        """
        anna (private): 红烧肉一份 12栋305
        > 已记下 #12-001
        anna (private): 同上
        > 已记下 #12-002
        bo (private): 再来一份
        > 要点什么
        """,
    )


async def test_one_more_by_somebody_who_ordered_nothing_is_asked(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        bo: 再来一份
        > 是要这样吗
        > 和 anna 一样
        bo presses 和 anna 一样：红烧肉饭×1
        > 哪个房间
        bo: 306
        > 已记下 #12-002
        chen: 再来两份
        > 一样：红烧肉饭×2
        """,
    )
