"""Silent unless addressed, somebody ordered or a list came; quieter where an admin wants it; in their language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.desks.admin import AdminDesk
from bot.desks.desk import Desk
from bot.desks.relay import RelayDesk
from core.chat import Role
from core.ids import PersonId
from core.notices import NoticeRules
from core.settings import Settings
from fallback_store import people
from fallback_store.people import RoleGrant
from tests.dialogs.lunch_menus import LUNCH
from tests.dialogs.script import play
from tests.dialogs.talk import Talk, talking
from watch.mode_switch import StoreModeSwitch

SHANGHAI = ZoneInfo("Asia/Shanghai")
LIST = r"#接龙\n1. 小王 红烧肉一份\n2. 小李 柠檬水两杯"


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    rules = NoticeRules(platform="校园", timezone=SHANGHAI, language="zh", every_s=1200.0, order_url="", status_url="")
    desks: list[Desk] = [AdminDesk(StoreModeSwitch(rules), SHANGHAI), RelayDesk(Settings())]
    async with talking(tmp_path, menu=LUNCH, desks=desks) as running:
        grants = [RoleGrant(PersonId("web:root"), Role.ADMIN)]
        await running.store.write(lambda tx: people.replace_roles(tx, "config", grants))
        yield running


async def test_a_group_hears_nothing_of_its_own_talk(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 今天食堂人好多
        > —
        bo: 哈哈哈哈
        > —
        anna: 少冰
        > —
        bo: 好的
        > —
        anna: 红烧肉一份 305
        > 已记下 #12-001
        """,
    )


async def test_in_a_quiet_group_only_mentions_are_answered(talk: Talk) -> None:
    await play(
        talk,
        f"""
        root: /quiet on
        > @我 我才回答
        anna: 红烧肉一份 305
        > —
        anna: 我的订单
        > —
        bo: {LIST}
        > —
        anna: @助手 红烧肉一份
        > 哪个房间
        anna: 305
        > 已记下 #12-001
        bo: @助手 同上
        > 哪个房间
        chen: 再来一份
        > —
        anna presses 撤销
        > 已取消 #12-001
        root: /quiet off
        > 谁点餐我都接
        chen: 牛肉面一碗 401
        > 已记下 #12-002
        """,
    )


async def test_only_an_admin_makes_a_group_quiet_and_says_how(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: /quiet on
        >! @我 我才回答
        anna: 红烧肉一份 305
        > 已记下 #12-001
        root (private): /quiet on
        > 请在群里发送
        root: /quiet
        > 请在群里发送
        """,
    )


async def test_a_quiet_group_stays_quiet_for_the_next_process(talk: Talk) -> None:
    await play(talk, "root: /安静 开\n> 才回答")
    assert (await talk.store.read_all("SELECT speaks FROM chats WHERE id = 'web:building-12'"))[0][0] == "mentions"


# Which language ---------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["/lang en", "@助手 说英文", "@助手 speak English please"])
async def test_a_person_is_answered_in_the_language_they_asked_for(talk: Talk, words: str) -> None:
    await play(
        talk,
        f"""
        anna: {words}
        > answered in English
        anna: 红烧肉一份 305
        > Noted #12-001
        > pay on delivery, to 305
        bo: 红烧肉一份 306
        > 已记下 #12-002
        anna: /lang zh
        > 以后用中文
        anna: 取消
        > 已取消 #12-001
        """,
    )


async def test_talk_about_languages_is_talk(talk: Talk) -> None:
    await play(talk, "anna: 说英文\n> —\nanna: 他说英文说得好\n> —")


async def test_a_group_speaks_the_language_an_admin_chose_and_people_may_differ(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: /lang zh
        > 以后用中文
        root: /speak en
        > answered in English
        bo: 红烧肉一份
        > Which room?
        bo: 306
        > Noted #12-001
        anna: 红烧肉一份 305
        > 已记下 #12-002
        """,
    )


# Words the menu does not know -------------------------------------------------------------------


async def test_an_explained_word_is_offered_to_admins_and_means_the_dish_once_approved(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 来一份红烧鸡饭不辣 305
        > 菜单上没有「红烧鸡饭」
        anna: 1
        > 有人点「红烧鸡饭」，菜单上没有，选了 红烧肉饭（老王快餐）
        > 已记下 #12-001
        root (private) presses 采纳
        > 已采纳：「红烧鸡饭」就是 红烧肉饭
        bo: 来两份红烧鸡饭不辣 306
        > 已记下 #12-002
        > 红烧肉饭 ×2（不辣） ¥32
        """,
    )


async def test_a_word_is_offered_once_however_often_it_is_explained(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 来一份红烧鸡饭 305
        anna: 1
        > 有人点「红烧鸡饭」
        bo: 来一份红烧鸡饭 306
        > 菜单上没有「红烧鸡饭」
        bo: 1
        >! 有人点
        root (private): /aliases
        > 等你决定的别名
        > 「红烧鸡饭」→ 红烧肉饭（2 次）
        """,
    )


async def test_a_refused_word_stays_a_question(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 来一份红烧鸡饭 305
        anna: 1
        root (private) presses 不要
        > 不算 红烧肉饭
        bo: 来一份红烧鸡饭 306
        > 菜单上没有「红烧鸡饭」
        """,
    )


async def test_an_approved_word_can_be_taken_back_and_survives_a_new_menu(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 来一份红烧鸡饭 305
        anna: 1
        root (private) presses 采纳
        > 已采纳
        """,
    )
    await talk.new_menu({**LUNCH, "version": "lunch-2"})
    await play(
        talk,
        """
        bo: 来一份红烧鸡饭 306
        > 已记下 #12-002
        root (private): /别名
        > 已采纳的别名
        root (private) presses 不要 红烧鸡饭
        > 不算 红烧肉饭
        chen: 来一份红烧鸡饭 401
        > 菜单上没有「红烧鸡饭」
        """,
    )


async def test_a_choice_between_kinds_teaches_nothing(talk: Talk) -> None:
    await play(talk, "anna: 可乐一瓶 305\nanna: 2\n> 已记下 #12-001\nroot (private): /aliases\n> 没有等着决定的")


async def test_nobody_but_an_admin_decides_about_words(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 来一份红烧鸡饭 305
        anna: 1
        anna (private) presses 采纳
        >! 已采纳
        bo: 来一份红烧鸡饭 306
        > 菜单上没有「红烧鸡饭」
        """,
    )
