"""A question ends once: answered, expired, let go or replaced; and what is clear is not asked at all."""

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


async def test_the_buttons_of_an_answered_question_are_politely_refused(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 可乐一瓶 305
        anna presses 可乐（老王快餐）
        > 已记下 #12-001
        anna presses 可乐（三号奶茶）
        > 已经答过
        """,
    )
    assert len(await talk.orders()) == 1


async def test_the_buttons_are_for_whoever_was_asked(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 可乐一瓶 305
        bo presses 可乐（老王快餐）
        > 这是问别人的
        anna: 1
        > 已记下 #12-001
        """,
    )


async def test_a_question_expires_unanswered(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 可乐一瓶 305
        … 11 min
        anna: 1
        > —
        anna presses 可乐（老王快餐）
        > 已经过期，没有下单
        """,
    )
    assert await talk.orders() == []


async def test_a_new_clear_order_takes_the_place_of_an_open_question(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 来一碗牛肉面
        > 哪个房间
        anna: 红烧肉一份 306
        > 已记下 #12-001
        anna: 305
        > —
        anna presses 楼下自取
        > 换成新的了
        """,
    )
    assert await talk.orders() == [("#12-001", "placed", "306", 1600)]


async def test_a_new_doubtful_order_takes_the_place_of_an_open_question_too(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 来一碗牛肉面
        anna: 可乐一瓶
        > 有好几种
        anna: 1
        > 哪个房间
        anna: 305
        > 已记下 #12-001
        > 可乐 ×1
        >! 牛肉面
        """,
    )


async def test_an_amendment_can_be_let_go(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        anna presses 改一下
        > 改后的整单
        anna presses 保持原样
        > #12-001 保持原样
        anna: 牛肉面一碗
        > 已记下 #12-002
        """,
    )


async def test_an_amendment_with_a_doubtful_word_is_asked_and_then_done(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 红烧肉一份 305
        anna presses 改一下
        anna: 红烧肉一份，红烧鸡饭两份
        > 菜单上没有「红烧鸡饭」
        anna: 都不是
        > 其余的照下吗
        anna: 1
        > 已改好 #12-001
        > 红烧肉饭 ×1 ¥16
        """,
    )
    assert len(await talk.orders()) == 1


@pytest.mark.parametrize("policy", ["unsure", "never"])
async def test_a_clear_order_is_taken_at_once_unless_always_asked(tmp_path: Path, policy: str) -> None:
    settings = Settings.model_validate({"orders": {"confirm": policy}})
    async with talking(tmp_path, settings, menu=LUNCH) as talk:
        await play(talk, "anna: 红烧肉一份 305\n> 已记下 #12-001")


async def test_never_confirm_takes_even_a_doubtful_order_but_asks_what_it_cannot_know(tmp_path: Path) -> None:
    async with talking(tmp_path, Settings(orders=OrderSettings(confirm="never")), menu=LUNCH) as talk:
        await play(
            talk,
            """
            anna: 红烧肉一份 柠檬水一杯 305
            bo: 同上两份 306
            > 已记下 #12-002
            chen: 可乐一瓶 401
            > 有好几种
            """,
        )


async def test_in_private_the_building_named_counts_even_when_it_is_not_ones_own(talk: Talk) -> None:
    await play(
        talk,
        """
        anna (private): 红烧肉一份 12栋305
        > 已记下 #12-001
        anna (private): 牛肉面一碗 11栋402
        > 哪一栋
        anna (private) presses 11栋
        > 已记下 #11-001
        > 送到 11栋 402
        """,
    )
