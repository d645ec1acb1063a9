"""Students order in their building's group; what they read back is exactly what was stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.mode import Mode
from core.settings import OrderSettings, Settings
from tests.dialogs.talk import Talk, talking


async def test_an_order_with_a_room_is_noted_at_once(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        answer = await talk.says("anna", "红烧肉两份不要辣，305")
        assert answer.startswith("已记下 #12-001\n红烧肉饭 ×2（不辣） ¥32\n合计 ¥32")
        assert "12栋西门" in answer
        assert "取餐码" in answer
        assert await talk.orders() == [("#12-001", "placed", "305", 3200)]


async def test_the_room_is_asked_once_and_remembered(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "哪个房间" in await talk.says("anna", "来一份番茄炒蛋")
        assert await talk.orders() == []
        assert (await talk.says("anna", "305")).startswith("已记下 #12-001")
        assert (await talk.says("anna", "再来一杯柠檬水")).startswith("已记下 #12-002")
        assert [room for _, _, room, _ in await talk.orders()] == ["305", "305"]


async def test_a_student_without_a_room_picks_up_downstairs(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "来一份番茄炒蛋")
        assert "送到 楼下自取" in await talk.presses("anna", "楼下自取")


async def test_another_persons_number_does_not_answer_my_question(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "来一份番茄炒蛋")
        assert await talk.says("bo", "305") == ""
        assert await talk.orders() == []


async def test_talk_about_food_is_not_answered_and_its_text_is_not_kept(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert await talk.says("bo", "昨天那家红烧肉太咸了") == ""
        assert await talk.says("bo", "有人一起打球吗") == ""
        rows = await talk.store.read_all("SELECT state, payload FROM inbox")
        assert [tuple(row) for row in rows] == [("silent", None)] * 2


async def test_a_name_two_merchants_share_is_asked_and_keeps_its_number(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "有好几种" in await talk.says("anna", "可乐三瓶 305")
        assert await talk.orders() == []
        assert (await talk.says("anna", "2")).startswith("已记下 #12-001\n可乐 ×3 ¥10.5")


async def test_what_the_menu_does_not_have_is_said_and_the_rest_offered(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        asked = await talk.says("anna", "红烧肉一份，佛跳墙一份，305")
        assert "菜单上没有「佛跳墙" in asked
        assert await talk.orders() == []
        assert (await talk.says("anna", "1")).startswith("已记下 #12-001\n红烧肉饭 ×1 ¥16")


async def test_letting_a_question_go_orders_nothing(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "红烧肉一份，佛跳墙一份，305")
        assert await talk.says("anna", "算了") == "好的，这一单没有下。"
        assert await talk.orders() == []


async def test_an_unanswered_question_expires_and_its_button_says_so(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "来一份番茄炒蛋")
        await talk.clock.advance(601)
        assert "已经过期" in await talk.presses("anna", "楼下自取")
        assert await talk.says("anna", "305") == ""
        assert await talk.orders() == []


async def test_a_button_of_an_older_question_does_not_answer_the_newer_one(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "来一份番茄炒蛋")
        old = talk._buttons["楼下自取"]
        await talk.says("anna", "来一份红烧肉")
        talk._buttons["旧的"] = old
        assert "换成新的了" in await talk.presses("anna", "旧的")
        assert await talk.orders() == []


async def test_another_building_is_asked_not_guessed(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "哪一栋" in await talk.says("anna", "红烧肉一份 11栋305")
        assert (await talk.presses("anna", "11栋")).startswith("已记下 #11-001")


async def test_a_room_is_not_taken_along_to_another_building(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "柠檬水一杯 305")
        assert "哪一栋" in await talk.says("anna", "红烧肉一份 11栋")
        assert "哪个房间" in await talk.presses("anna", "11栋")
        assert (await talk.says("anna", "402")).startswith("已记下 #11-001")
        assert [room for _, _, room, _ in await talk.orders()] == ["305", "402"]


async def test_a_cart_that_cannot_be_had_is_kept(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "柠檬水一杯 305")
        await talk.says("anna", "菜单")
        await talk.presses("anna", "老王快餐")
        await talk.presses("anna", "番茄炒蛋 ¥12.5 剩2")
        await talk.says("bo", "番茄炒蛋两份 306")
        assert "卖完了" in await talk.presses("anna", "下单 ¥12.5")
        assert "卖完了" in await talk.presses("anna", "下单 ¥12.5")
        assert len(await talk.orders()) == 2


async def test_sold_out_is_said_with_what_is_left(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "只剩 2 份" in await talk.says("anna", "番茄炒蛋三份 305")
        assert (await talk.says("anna", "番茄炒蛋两份 305")).startswith("已记下")
        assert "卖完了" in await talk.says("bo", "番茄炒蛋一份 306")
        assert await talk.sold("egg") == 2


async def test_undo_gives_the_portions_back_and_only_the_owner_may(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "番茄炒蛋两份 305")
        assert "不是你的" in await talk.presses("bo", "撤销")
        assert await talk.presses("anna", "撤销") == "已取消 #12-001，¥25 不用付。"
        assert await talk.sold("egg") == 0
        assert "不能取消" in await talk.presses("anna", "撤销")


async def test_an_order_can_be_changed_by_button_or_by_its_number(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "红烧肉一份 305")
        assert "改后的整单" in await talk.presses("anna", "改一下")
        assert (await talk.says("anna", "红烧肉三份")).startswith("已改好 #12-001\n红烧肉饭 ×3 ¥48")
        assert (await talk.says("anna", "改 #12-001 柠檬水两杯")).startswith("已改好 #12-001\n柠檬水 ×2 ¥12")
        assert await talk.orders() == [("#12-001", "placed", "305", 1200)]
        assert await talk.sold("pork") == 0


async def test_cancelling_in_words_asks_which_when_there_are_several(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "红烧肉一份 305")
        await talk.says("anna", "柠檬水一杯")
        assert "要取消哪一单" in await talk.says("anna", "取消订单")
        assert "已取消 #12-001" in await talk.presses("anna", "#12-001")


async def test_cancelling_one_dish_keeps_the_rest(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "红烧肉一份 柠檬水一杯 305")
        answer = await talk.says("anna", "取消刚才点的柠檬水")
        assert answer.startswith("已从 #12-001 去掉 柠檬水")
        assert await talk.orders() == [("#12-001", "placed", "305", 1600)]


async def test_the_menu_fills_a_cart_and_the_cart_becomes_an_order(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "今天的商家" in await talk.says("anna", "菜单", privately=True)
        await talk.presses("anna", "老王快餐", privately=True)
        assert "番茄炒蛋 ¥12.5 剩2" in talk.buttons
        await talk.presses("anna", "番茄炒蛋 ¥12.5 剩2", privately=True)
        await talk.presses("anna", "番茄炒蛋 ¥12.5 剩2", privately=True)
        assert "番茄炒蛋 ¥12.5 剩2 · 已选 2" in talk.buttons
        assert "番茄炒蛋 ×2 ¥25" in await talk.presses("anna", "购物车（2 份 ¥25）", privately=True)
        assert await talk.orders() == []
        assert "哪一栋" in await talk.presses("anna", "下单 ¥25", privately=True)
        assert (await talk.says("anna", "12栋305", privately=True)).startswith("已记下 #12-001")


async def test_my_orders_says_how_far_each_has_come(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "还没有订单" in await talk.says("anna", "我的订单")
        await talk.says("anna", "红烧肉一份 305")
        assert await talk.says("anna", "我的订单") == "#12-001 已记下 ¥16：红烧肉饭×1"


@pytest.mark.parametrize(
    ("mode", "spoken_to", "group"),
    [(Mode.NORMAL, "平台正常", ""), (Mode.HANDING_BACK, "暂停接单", "暂停接单")],
)
async def test_outside_an_emergency_nothing_is_noted(tmp_path: Path, mode: Mode, spoken_to: str, group: str) -> None:
    async with talking(tmp_path) as talk:
        await talk.mode(mode)
        assert spoken_to in await talk.says("anna", "红烧肉一份 305", privately=True)
        answer = await talk.says("anna", "红烧肉一份 305")
        assert group in answer if group else answer == ""
        assert await talk.orders() == []


async def test_without_a_menu_the_bot_says_so(tmp_path: Path) -> None:
    async with talking(tmp_path, has_menu=False) as talk:
        assert "没有来得及取到菜单" in await talk.says("anna", "菜单")


async def test_always_confirm_asks_even_when_clear(tmp_path: Path) -> None:
    settings = Settings(orders=OrderSettings(confirm="always"))
    async with talking(tmp_path, settings) as talk:
        assert (await talk.says("anna", "红烧肉一份 305")).startswith("请确认")
        assert (await talk.says("anna", "好的")).startswith("已记下 #12-001")


async def _serve_again(talk: Talk) -> None:
    await talk.store.write(lambda tx: tx.execute("UPDATE inbox SET state = 'waiting' WHERE payload IS NOT NULL"))
    await talk.desk.serve_waiting()


async def test_serving_a_message_twice_makes_one_order_and_one_receipt(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.says("anna", "红烧肉一份 305")
        await _serve_again(talk)
        assert len(await talk.orders()) == 1
        assert len(await talk.store.read_all("SELECT id FROM outgoing")) == 1
        assert await talk.sold("pork") == 1
