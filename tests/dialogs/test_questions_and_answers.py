"""What is unclear is asked, answered by button, number or words, and never becomes an order by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.settings import OrderSettings, Settings
from tests.dialogs.lunch_menus import LUNCH
from tests.dialogs.script import play
from tests.dialogs.talk import Talk, talking


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(tmp_path, menu=LUNCH) as running:
        yield running


# Which one? -------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["2", "第二个", "三号奶茶的", "要2"])
async def test_which_cola_is_answered_and_number_and_wish_stay(talk: Talk, answer: str) -> None:
    await play(
        talk,
        f"""
        anna: 可乐三瓶去冰 305
        > 「可乐」有好几种
        > 1. 可乐（老王快餐） ¥3
        > 2. 可乐（三号奶茶） ¥3.5
        anna: {answer}
        > 已记下 #12-001
        > 可乐 ×3（去冰） ¥10.5
        """,
    )


async def test_which_cola_by_button(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 可乐三瓶，牛肉面一碗微辣 305
        > 已记下 #12-001
        bo: 可乐一瓶 306
        bo presses 可乐（三号奶茶）
        > 已记下 #12-002
        > 可乐 ×1 ¥3.5
        """,
    )


async def test_one_of_two_dishes_is_asked_and_the_answer_is_ordered(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 来份牛肉面或者番茄炒蛋 305
        > 「牛肉面或者番茄炒蛋」有好几种
        > 1. 牛肉面（老王快餐） ¥14
        > 2. 番茄炒蛋（老王快餐） ¥12.5
        anna: 2
        > 已记下 #12-001
        > 番茄炒蛋 ×1 ¥12.5
        """,
    )


async def test_two_doubtful_words_are_asked_one_after_the_other(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 可乐两瓶，红烧鸡饭一份不辣 305
        > 「可乐」有好几种
        anna: 1
        > 菜单上没有「红烧鸡饭」
        anna: 1
        > 已记下 #12-001
        > 可乐 ×2 ¥6
        > 红烧肉饭 ×1（不辣） ¥16
        """,
    )


async def test_letting_the_choice_go_orders_nothing(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 可乐一瓶 305
        anna: 不要了
        > 这一单没有下
        anna: 1
        > —
        """,
    )
    assert await talk.orders() == []


# Did you mean? ----------------------------------------------------------------------------------


async def test_an_unknown_name_near_a_known_one_is_asked_and_never_mapped(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 来两份红烧鸡饭不辣 305
        > 菜单上没有「红烧鸡饭」
        > 1. 红烧肉饭（老王快餐） ¥16
        anna presses 红烧肉饭（老王快餐）
        > 已记下 #12-001
        > 红烧肉饭 ×2（不辣） ¥32
        """,
    )


@pytest.mark.parametrize("answer", ["anna: 都不是", "anna presses 都不是", "anna: 不是"])
async def test_none_of_these_leaves_the_rest(talk: Talk, answer: str) -> None:
    await play(
        talk,
        f"""
        anna: 牛肉面一碗，红烧鸡饭一份，305
        > 菜单上没有「红烧鸡饭」
        {answer}
        > 其余的照下吗
        anna: 1
        > 已记下 #12-001
        > 牛肉面 ×1
        >! 红烧
        """,
    )


async def test_none_of_these_with_nothing_else_ends_it(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 来份红烧鸡饭 305
        anna: 都不是
        > 菜单上没有「红烧鸡饭」
        > 没有记下
        """,
    )
    assert await talk.orders() == []


async def test_a_name_like_nothing_on_the_menu_is_said_at_once(talk: Talk) -> None:
    await play(talk, "anna: 来份佛跳墙 305\n> 菜单上没有「佛跳墙」。这一单没有记下")


# How many? --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "answer"), [("红烧肉0份不辣", "两份"), ("红烧肉一百份不辣", "2"), ("红烧肉-1份不辣", "2份吧")]
)
async def test_an_impossible_number_is_asked_for(talk: Talk, said: str, answer: str) -> None:
    await play(
        talk,
        f"""
        anna: {said} 305
        > 「红烧肉」要几份
        anna: {answer}
        > 已记下 #12-001
        > 红烧肉饭 ×2（不辣） ¥32
        """,
    )


async def test_a_number_by_button_and_still_too_many_in_words(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一百份 305
        anna: 200
        > 「红烧肉」要几份
        anna presses 3
        > 已记下 #12-001
        > 红烧肉饭 ×3
        """,
    )


# Words that answer in passing -------------------------------------------------------------------


async def test_a_wish_said_while_the_room_is_asked_goes_with_that_order(talk: Talk) -> None:
    await play(
        talk,
        """
        bo: 柠檬水一杯 306
        > 已记下 #12-001
        anna: 柠檬水一杯
        > 哪个房间
        anna: 少冰
        > 哪个房间
        anna: 两杯
        > 哪个房间
        anna: 送到305
        > 已记下 #12-002
        > 柠檬水 ×2（少冰） ¥12
        """,
    )


async def test_a_wish_said_while_a_word_is_in_doubt_goes_with_the_message(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 可乐两瓶 305
        > 有好几种
        anna: 去冰
        > 有好几种
        anna: 1
        > 可乐 ×2（去冰） ¥6
        """,
    )


async def test_another_room_said_while_asked_to_confirm(tmp_path: Path) -> None:
    settings = Settings(orders=OrderSettings(confirm="always"))
    async with talking(tmp_path, settings, menu=LUNCH) as talk:
        await play(
            talk,
            """
            anna: 柠檬水一杯 305
            > 请确认
            > 送到 305
            anna: 送306
            > 请确认
            > 送到 306
            anna: 换成大杯
            > 柠檬水 ×1（大杯） ¥8
            anna: 好的
            > 已记下 #12-001
            > 送到 306
            """,
        )
