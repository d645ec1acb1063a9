"""The same order again, what is left of a dish, and one's own name on a list: asked or found, never guessed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dialogs.phones import ANNA, BO, GROUP, ROOT, Phones, Said, phones


@pytest.fixture
async def lunch(tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones(tmp_path) as running:
        yield running


async def test_the_same_order_sent_again_at_once_is_asked_about(lunch: Phones) -> None:
    await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    again, _ = await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    assert again.text.startswith("你刚刚点过一样的，#12-001 已经记在这里，没有记两次。\n又点了一份一样的吗？")
    assert len(await lunch.orders()) == 1
    second = await lunch.presses(ANNA, again, "再来一份：红烧肉饭×1", GROUP)
    assert second.text.startswith("已记下 #12-002")


async def test_letting_it_go_leaves_the_one_order(lunch: Phones) -> None:
    await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    again, _ = await lunch.types(ANNA, "红烧肉饭一份，305", GROUP)
    assert (await lunch.presses(ANNA, again, "算了", GROUP)).text == "好的，这一单没有下。"
    assert len(await lunch.orders()) == 1


@pytest.mark.parametrize("words", ["再来一份红烧肉 305", "还要一份红烧肉 305", "红烧肉一份 306", "红烧肉两份 305"])
async def test_what_is_not_the_same_or_says_again_is_simply_taken(lunch: Phones, words: str) -> None:
    await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    assert (await lunch.types(ANNA, words, GROUP))[0].text.startswith("已记下 #12-002")


async def test_somebody_else_or_a_minute_later_may_want_the_same(lunch: Phones) -> None:
    await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    assert (await lunch.types(BO, "红烧肉一份 305", GROUP))[0].text.startswith("已记下 #12-002")
    await lunch.clock.advance(61)
    assert (await lunch.types(ANNA, "红烧肉一份 305", GROUP))[0].text.startswith("已记下 #12-003")


async def test_after_taking_it_back_the_same_is_a_new_order(lunch: Phones) -> None:
    placed, _ = await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    await lunch.presses(ANNA, placed, "撤销", GROUP)
    assert (await lunch.types(ANNA, "红烧肉一份 305", GROUP))[0].text.startswith("已记下 #12-002")


async def test_plus_one_and_the_same_as_above_are_meant(lunch: Phones) -> None:
    await lunch.types(ANNA, "红烧肉一份 305", GROUP)
    assert (await lunch.types(ANNA, "再来一份", GROUP))[0].text.startswith("已记下 #12-002")


async def test_what_is_left_of_a_dish_is_one_press_away(lunch: Phones) -> None:
    short, _ = await lunch.types(ANNA, "番茄炒蛋三份 柠檬水一杯 305", GROUP)
    assert short.text.startswith("番茄炒蛋 只剩 2 份，这一单没有记下。")
    assert list(short.buttons) == ["番茄炒蛋 只要 2 份", "算了"]
    taken = await lunch.presses(ANNA, short, "番茄炒蛋 只要 2 份", GROUP)
    assert taken.text.startswith("已记下 #12-001\n番茄炒蛋 ×2 ¥25\n柠檬水 ×1 ¥6")
    assert (taken.toast, taken.edits) == ("已记下 #12-001", str(lunch.shown))


async def test_what_is_left_may_be_gone_when_the_button_is_pressed(lunch: Phones) -> None:
    short, _ = await lunch.types(ANNA, "番茄炒蛋三份 305", GROUP)
    await lunch.types(BO, "番茄炒蛋一份 306", GROUP)
    shorter = await lunch.presses(ANNA, short, "番茄炒蛋 只要 2 份", GROUP)
    assert "只剩 1 份" in shorter.text
    await lunch.types(BO, "再来番茄炒蛋一份 306", GROUP)
    gone = await lunch.presses(ANNA, shorter, "番茄炒蛋 只要 1 份", GROUP)
    assert "卖完了" in gone.text
    assert not gone.buttons


async def test_an_order_on_a_list_is_found_under_its_name(lunch: Phones) -> None:
    await lunch.types(ROOT, "12栋接龙\n1. 安娜 红烧肉一份 305\n2. 小波 柠檬水一杯 306")
    await lunch.types(ANNA, "/start 12")
    mine, _ = await lunch.types(ANNA, "我的订单")
    assert mine.text == "接龙里的「安娜」#12-001 已记下 ¥16：红烧肉饭×1（要改请找楼长）"
    assert list(mine.buttons) == ["← 所有商家"]  # it is the list's to change
    assert "还没有订单" in (await lunch.types(BO, "我的订单"))[0].text  # nobody knows where he lives


async def test_two_of_one_name_are_told_apart_by_their_room_or_not_at_all(lunch: Phones) -> None:
    await lunch.types(ROOT, "12栋接龙\n1. 安娜 红烧肉一份 305\n2. 安娜 柠檬水一杯 411")
    await lunch.types(ANNA, "/start 12")
    assert "还没有订单" in (await lunch.types(ANNA, "我的订单"))[0].text
    await lunch.types(ANNA, "番茄炒蛋一份 411")
    mine = (await lunch.types(ANNA, "我的订单"))[0].text.splitlines()
    assert [line[:12] for line in mine] == ["#12-003 已记下 ¥"[:12], "接龙里的「安娜」#12-002"[:12]]


async def test_my_orders_have_their_buttons_in_private(lunch: Phones) -> None:
    await lunch.types(ANNA, "/start 12")
    await lunch.types(ANNA, "红烧肉一份 305")
    await lunch.types(ANNA, "柠檬水一杯")
    mine, _ = await lunch.types(ANNA, "我的订单")
    assert sorted(mine.buttons) == ["← 所有商家", "取餐卡 #12-001", "取餐卡 #12-002", "撤销 #12-001", "撤销 #12-002"]
    undone = await lunch.presses(ANNA, mine, "撤销 #12-001")
    assert (undone.toast or "").startswith("已取消 #12-001")
    late = await lunch.presses(ANNA, mine, "撤销 #12-001")
    assert "已取消，不能取消了" in (late.toast or "")
    assert late.text == ""
    card = await lunch.presses(ANNA, mine, "取餐卡 #12-002")
    assert card.picture
    assert "不是你的" in ((await lunch.presses(BO, mine, "取餐卡 #12-002")).toast or "")
    assert "不是你的" in ((await lunch.presses(BO, mine, "撤销 #12-002")).toast or "")
    assert (await lunch.orders())["#12-002"][0] == "placed"


async def test_my_orders_are_one_press_from_the_menu_and_back(lunch: Phones) -> None:
    menu, _ = await lunch.types(ANNA, "/start 12")
    assert await lunch.presses(ANNA, menu, "我的订单") == Said(toast="你还没有订单。")
    await lunch.types(ANNA, "红烧肉一份 305")
    mine = await lunch.presses(ANNA, menu, "我的订单")
    assert mine.text == "#12-001 已记下 ¥16：红烧肉饭×1"
    assert (await lunch.presses(ANNA, mine, "← 所有商家")).edits == str(lunch.shown)
