"""An edit is a request to change, somebody else's words are nobody's order: both are asked about, never done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.mode import Mode
from core.settings import OrderSettings, Settings
from tests.dialogs.phones import ANNA, BO, CHEF, GROUP, LIU, ROOT, Phones, phones


@pytest.fixture
async def lunch(tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones(tmp_path) as running:
        yield running


async def test_an_edit_after_the_order_is_asked_about_and_then_done(lunch: Phones) -> None:
    placed, number = await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    assert placed.text.startswith("已记下 #12-001")
    asked = await lunch.edits(ANNA, number, "红烧肉两份 305", GROUP)
    assert asked.text.startswith("#12-001 改成这样吗？")
    assert await lunch.orders() == {"#12-001": ("placed", 1600)}
    done = await lunch.presses(ANNA, asked, "确认下单", GROUP)
    assert done.text.startswith("已改好 #12-001")
    assert await lunch.orders() == {"#12-001": ("placed", 3200)}


async def test_an_edit_is_asked_about_even_where_nothing_else_is(tmp_path: Path) -> None:
    async with phones(tmp_path, settings=Settings(orders=OrderSettings(confirm="never"))) as lunch:
        _, number = await lunch.types(ANNA, "红烧肉一份 305", GROUP)
        assert "改成这样吗" in (await lunch.edits(ANNA, number, "红烧肉三份 305", GROUP)).text
        assert await lunch.orders() == {"#12-001": ("placed", 1600)}


async def test_an_edit_that_changes_nothing_is_not_answered(lunch: Phones) -> None:
    _, number = await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    assert (await lunch.edits(ANNA, number, "来一份红烧肉 305 谢谢", GROUP)).text == ""


async def test_an_edit_after_the_merchant_accepted_is_told_so(lunch: Phones) -> None:
    _, number = await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    await lunch.types(CHEF, "接单 12-001")
    assert "商家已接，不能再改" in (await lunch.edits(ANNA, number, "红烧肉两份 305", GROUP)).text
    assert await lunch.orders() == {"#12-001": ("accepted", 1600)}


async def test_an_edit_after_the_outage_is_told_so(lunch: Phones) -> None:
    _, number = await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    await lunch.mode(Mode.HANDING_BACK)
    assert "不能再改" in (await lunch.edits(ANNA, number, "红烧肉两份 305", GROUP)).text


async def test_an_edit_into_nothing_leaves_the_order_as_it_is(lunch: Phones) -> None:
    _, number = await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    assert "没有改" in (await lunch.edits(ANNA, number, "哈哈哈", GROUP)).text
    asked = await lunch.edits(ANNA, number, "不要了 取消", GROUP)
    assert "取消" in asked.text
    assert await lunch.orders() == {"#12-001": ("placed", 1600)}


async def test_an_edit_while_something_is_asked_takes_the_questions_place(lunch: Phones) -> None:
    asked, number = await lunch.types(ANNA, "佛跳墙一份，红烧肉一份 305", GROUP)
    assert "佛跳墙" in asked.text
    again = await lunch.edits(ANNA, number, "红烧肉两份 305", GROUP)
    assert "请确认" in again.text
    assert (await lunch.presses(ANNA, asked, "照下其余的", GROUP)).toast == (
        "这个问题已经答过，或换成新的了，这个按钮不再起作用。发送「我的订单」看看点上了什么。"
    )
    assert (await lunch.presses(ANNA, again, "确认下单", GROUP)).text.startswith("已记下 #12-001\n红烧肉饭 ×2")


async def test_edited_talk_stays_talk(lunch: Phones) -> None:
    _, number = await lunch.types(ANNA, "有人打球吗", GROUP)
    assert (await lunch.edits(ANNA, number, "红烧肉一份 305", GROUP)).text == ""
    assert await lunch.orders() == {}
    _, private = await lunch.types(ANNA, "你好")
    assert "重新发一次" in (await lunch.edits(ANNA, private, "红烧肉一份 305")).text
    assert await lunch.orders() == {}


async def test_somebody_elses_edit_of_my_message_is_nobodys(lunch: Phones) -> None:
    _, number = await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    assert (await lunch.edits(BO, number, "红烧肉九份 305", GROUP)).text == ""
    assert await lunch.orders() == {"#12-001": ("placed", 1600)}


@pytest.mark.parametrize("words", ["/emergency off", "/handback", "/lock 30", "/bind 7", "接单 12-001", "送达 12-001"])
async def test_a_command_edited_or_forwarded_into_being_is_not_obeyed(lunch: Phones, words: str) -> None:
    await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    before = await lunch.one("SELECT count(*) FROM mode_changes")
    for who in (ROOT, CHEF, LIU):
        _, number = await lunch.types(who, "你好")
        await lunch.edits(who, number, words)
        told, _ = await lunch.types(who, words, forwarded_from=ANNA)
        assert "转发来的消息不算你说的" in told.text
        assert (await lunch.types(who, words, GROUP, forwarded_from=ANNA))[0].text in ("", told.text)
    assert await lunch.one("SELECT count(*) FROM mode_changes") == before
    assert await lunch.one("SELECT max(until_ms) FROM mode_locks") is None
    assert await lunch.orders() == {"#12-001": ("placed", 1600)}
    assert await lunch.one("SELECT count(*) FROM chats WHERE building_id = '7' AND id LIKE 'telegram:%'") == 0


async def test_a_forwarded_order_is_nobodys_until_its_sender_says_so(lunch: Phones) -> None:
    asked, _ = await lunch.types(BO, "红烧肉一份 305", GROUP, forwarded_from=ANNA)
    assert "转发来的，还不是你的订单" in asked.text
    assert await lunch.orders() == {}
    room = await lunch.presses(BO, asked, "楼下自取", GROUP)  # the room in it is its writer's
    assert "请确认" in room.text
    assert "305" not in room.text
    done = await lunch.presses(BO, room, "确认下单", GROUP)
    assert done.text.startswith("已记下 #12-001")
    assert await lunch.one("SELECT person_id FROM orders") == f"telegram:{BO}"


async def test_a_forwarded_list_is_read_as_a_list(lunch: Phones) -> None:
    merged, _ = await lunch.types(
        BO, "接龙\n1. 安娜 红烧肉一份 305\n2. 小波 柠檬水一杯 306", GROUP, forwarded_from=ANNA
    )
    assert "12栋的接龙已记下：新增 2 单" in merged.text


async def test_forwarded_talk_is_not_answered(lunch: Phones) -> None:
    said, _ = await lunch.types(BO, "昨天那家红烧肉太咸了", GROUP, forwarded_from=ANNA)
    assert said.text == ""


async def test_a_forwarded_order_while_the_platform_works_is_answered_as_any(tmp_path: Path) -> None:
    async with phones(tmp_path, mode=Mode.NORMAL) as lunch:
        said, _ = await lunch.types(BO, "红烧肉一份 305", forwarded_from=ANNA)
        assert "平台正常" in said.text
        assert (await lunch.types(BO, "红烧肉一份 305", GROUP, forwarded_from=ANNA))[0].text == ""
