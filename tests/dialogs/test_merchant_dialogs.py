"""A kitchen accepts its tickets and keeps its own stock; a name that is not exact is asked about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from time import process_time

import pytest

from bot.channels.local_chat import ChatRefused, member
from bot.desks.merchant import MerchantDesk
from bot.desks.order import OrderDesk
from bot.desks.tickets import SHOWN
from core.chat import Role
from core.ids import ChatId
from core.mode import Mode
from fallback_store import orders, people
from fallback_store.database import Tx
from fallback_store.people import RoleGrant
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import ANNA, CHEF, GROUP_7, GROUP_12, NOON, place

CHEFS = ChatId("web:@chef")


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Shift]:
    async with shift(tmp_path, [MerchantDesk(), OrderDesk(SETTINGS)]) as running:
        yield running


async def stock_of(day: Shift, item_id: str) -> tuple[object, ...]:
    rows = await day.store.read_all("SELECT supply, sold, is_stopped FROM stock WHERE item_id = :id", {"id": item_id})
    return tuple(rows[0])


async def test_a_ticket_shows_the_dishes_and_not_the_person(day: Shift) -> None:
    await day.says("anna", "红烧肉不辣一份 柠檬水一杯 305 15900001234", group=GROUP_12)
    shown = await day.says("chef", "接单")
    assert shown.startswith("老王快餐：1 单待接\n#12-001 红烧肉饭×1（不辣）")
    assert "柠檬水" not in shown
    assert "anna" not in shown
    assert "305" not in shown.splitlines()[1].split("；备注")[0]


async def test_one_ticket_is_accepted_by_its_button_once(day: Shift) -> None:
    await day.store.write(lambda tx: place(tx, "anna", "305"))
    await day.says("chef", "接单")
    message_id, action = await day._button(CHEFS, "接 #12-001")
    assert await day.presses("chef", "接 #12-001") == "已接单：#12-001\n\n老王快餐：现在没有待接的单。"
    assert await day.hears(GROUP_12) == ["商家已接（老王快餐）：#12-001"]
    with pytest.raises(ChatRefused):  # its button is gone
        await day.chat.press(member("chef"), CHEFS, action, message_id=message_id, client_id="late")
    assert await day.says("chef", "接单 12-001") == "已接单：#12-001"
    assert await day.hears(GROUP_12) == []
    assert await day.one("SELECT count(*) FROM outbox WHERE kind = 'order.accepted'") == 1
    assert await day.says("chef", "接单") == "老王快餐：现在没有待接的单。"


async def test_all_that_was_shown_is_accepted_and_nothing_that_came_later(day: Shift) -> None:
    for person, building in (("anna", "12"), ("ben", "12"), ("dan", "7")):
        await day.store.write(lambda tx, p=person, b=building: place(tx, p, "305", building=b))  # type: ignore[misc]
    await day.says("chef", "接单")
    await day.clock.advance(5)
    await day.store.write(lambda tx: place(tx, "late", "306", now=day.clock.now()))
    accepted = await day.presses("chef", "上面这些全部接单")
    assert accepted.startswith("已接单：#12-001、#12-002、#7-001\n\n老王快餐：1 单待接\n#12-003 ")
    assert (await day.orders())["#12-003"] == "placed"
    assert await day.hears(GROUP_12) == ["商家已接（老王快餐）：#12-001、#12-002"]
    assert await day.hears(GROUP_7) == ["商家已接（老王快餐）：#7-001"]
    assert await day.says("chef", "全部接单") == "已接单：#12-003"
    assert await day.says("chef", "全部接单") == "没有待接的单。"


async def test_a_long_list_of_tickets_fits_a_phone(day: Shift) -> None:
    def many(tx: Tx) -> None:
        for n in range(SHOWN + 8):
            place(tx, f"p{n}", "305", "ribs")

    await day.store.write(many)
    shown = await day.says("chef", "接单")
    assert shown.splitlines()[0] == "老王快餐：20 单待接"
    assert shown.splitlines()[-1] == "…还有 8 单，接完这些再发送「接单」。"
    assert len(await day.labels(CHEFS)) == SHOWN + 2  # each, all, and the one dish they are about


async def test_an_order_of_two_kitchens_is_accepted_by_each(day: Shift) -> None:
    await day.store.write(
        lambda tx: people.replace_roles(
            tx, "config", [RoleGrant(CHEF, Role.MERCHANT, "m1"), RoleGrant(ANNA, Role.MERCHANT, "m2")]
        )
    )
    await day.store.write(lambda tx: place(tx, "ben", "305", "pork lemon"))
    assert await day.says("chef", "接单 12-001") == "已接单：#12-001"
    assert "柠檬水×1" in await day.says("anna", "接单")
    assert await day.says("anna", "接单 12-001") == "已接单：#12-001"
    assert await day.says("anna", "接单") == "三号奶茶：现在没有待接的单。"
    assert await day.hears(GROUP_12) == ["商家已接（老王快餐）：#12-001", "商家已接（三号奶茶）：#12-001"]
    assert await day.one("SELECT count(*) FROM outbox WHERE kind = 'order.accepted'") == 1


async def test_only_its_own_tickets_are_a_kitchens_business(day: Shift) -> None:
    await day.store.write(lambda tx: place(tx, "ben", "305", "lemon"))
    assert await day.says("chef", "接单 12-001") == "没有找到这一单，或者里面没有你家的菜。"
    assert await day.says("chef", "退单 12-001 不想做") == "没有找到这一单，或者里面没有你家的菜。"
    await day.says("anna", "接单 12-001")
    assert await day.orders() == {"#12-001": "placed"}


async def test_an_order_that_was_called_off_is_not_accepted(day: Shift) -> None:
    order = await day.store.write(lambda tx: place(tx, "anna", "305"))
    await day.says("chef", "接单")
    await day.store.write(lambda tx: orders.cancel(tx, order, by=ANNA, side="student", reason="", now=NOON))
    assert (await day.presses("chef", "接 #12-001")).startswith("#12-001 已取消，这一步没有做。\n\n")


async def test_a_kitchen_can_refuse_an_order_with_a_reason(day: Shift) -> None:
    await day.store.write(lambda tx: place(tx, "anna", "305", quantity=2))
    assert (await day.says("chef", "退单 12-001")).startswith("为什么退 #12-001？")
    assert await day.says("chef", "退单 12-001 没有肉了") == "已退掉 #12-001，下单的人会收到消息。"
    assert await day.hears(GROUP_12) == ["老王快餐 退掉了 #12-001：没有肉了。不用付钱，可以再点别的。"]
    assert await stock_of(day, "pork") == (10, 0, 0)
    await day.store.write(lambda tx: place(tx, "ben", "305", "pork lemon"))
    assert "还有别家的菜" in await day.says("chef", "退单 12-002 没有肉了")


async def test_a_dish_is_stopped_and_comes_back(day: Shift) -> None:
    await day.store.write(lambda tx: place(tx, "anna", "305", quantity=2))
    assert await day.says("chef", "停售 红烧肉") == ("已停售：红烧肉饭。已经记下的 2 份照旧（今日供应 10，剩 8，停售）")
    assert "卖完了" in await day.says("ben", "红烧肉一份 306", group=GROUP_12)
    assert await day.says("chef", "恢复红烧肉") == "已恢复：红烧肉饭，还剩 8（今日供应 10，已售 2，在售）"
    assert "已记下 #12-002" in await day.says("ben", "红烧肉一份 306", group=GROUP_12)


async def test_supply_is_set_as_a_total_or_as_what_is_left(day: Shift) -> None:
    await day.store.write(lambda tx: place(tx, "anna", "305", quantity=4))
    assert await day.says("chef", "库存 红烧肉 30") == "已记下：红烧肉饭 今日供应 30，已售 4，还剩 26（在售）"
    assert await day.says("chef", "剩 红烧肉 5份") == "已记下：红烧肉饭 还剩 5（今日供应 9，已售 4，在售）"
    assert await day.says("chef", "库存红烧肉 ２０") == "已记下：红烧肉饭 今日供应 20，已售 4，还剩 16（在售）"
    assert await day.says("chef", "库存 红烧肉 不限") == "已记下：红烧肉饭 今日供应 不限，已售 4，还剩 不限（在售）"
    answer = await day.says("chef", "库存 红烧肉 3")
    assert answer.endswith("还剩 0（售罄）；已多记 1 份，请尽快联系管理员")
    edits = await day.store.read_all("SELECT field, old, new, by, source FROM stock_edits ORDER BY id")
    assert [tuple(row) for row in edits] == [
        ("supply", old, new, "web:chef", "chat")
        for old, new in (("10", "30"), ("30", "9"), ("9", "20"), ("20", None), (None, "3"))
    ]


async def test_an_unclear_dish_is_asked_about_and_nothing_changes_before(day: Shift) -> None:
    assert await day.says("chef", "停售 红烧") == "「红烧」是哪一个？红烧肉饭、红烧排骨。还没有改，请点一个。"
    assert await stock_of(day, "pork") == (10, 0, 0)
    assert (await day.presses("chef", "红烧排骨")).startswith("已停售：红烧排骨。")
    assert await stock_of(day, "ribs") == (None, 0, 1)
    assert (await day.says("chef", "库存 番茄抄蛋 7")).startswith("「番茄抄蛋」是哪一个？番茄炒蛋。")
    assert (await day.presses("chef", "番茄炒蛋")).startswith("已记下：番茄炒蛋 今日供应 7")
    assert await day.says("chef", "停售 佛跳墙") == "你的菜单里没有「佛跳墙」，什么都没有改。"
    assert await day.says("chef", "停售 柠檬水") == "你的菜单里没有「柠檬水」，什么都没有改。"


async def test_several_dishes_in_one_message(day: Shift) -> None:
    answer = await day.says("chef", "停售 红烧肉、番茄炒蛋，佛跳墙")
    assert [line.split("：")[0] for line in answer.splitlines()[:2]] == ["已停售", "已停售"]
    assert answer.splitlines()[2].startswith("你的菜单里没有「佛跳墙」")
    assert (await stock_of(day, "pork"))[2] == (await stock_of(day, "egg"))[2] == 1


async def test_a_kitchen_can_look_at_its_stock(day: Shift) -> None:
    assert await day.says("chef", "库存") == (
        "红烧肉饭：供应 10，已售 0，剩 10（在售）\n"
        "番茄炒蛋：供应 2，已售 0，剩 2（在售）\n"
        "红烧排骨：供应 不限，已售 0，剩 不限（在售）"
    )
    assert await day.says("chef", "库存 番茄炒蛋") == "番茄炒蛋：供应 2，已售 0，剩 2（在售）"


async def test_the_same_message_twice_edits_once(day: Shift) -> None:
    await day.says("chef", "剩 红烧肉 5")
    await day.store.write(lambda tx: place(tx, "anna", "305"))
    await day.again("chef", "剩 红烧肉 5")
    assert await stock_of(day, "pork") == (5, 1, 0)


async def test_while_the_platform_leads_that_is_said(day: Shift) -> None:
    await day.mode(Mode.NORMAL)
    assert (await day.says("chef", "停售 红烧肉")).endswith("；现在由平台接单，下次同步会以平台的数字为准")


async def test_a_student_is_no_merchant(day: Shift) -> None:
    await day.says("anna", "停售 红烧肉", group=GROUP_12)
    await day.says("anna", "库存 红烧肉 0")
    assert await stock_of(day, "pork") == (10, 0, 0)
    await day.says("chef", "停售 红烧", group=GROUP_12)
    assert await day.one("SELECT count(*) FROM stock_edits") == 0


async def test_a_merchants_button_in_a_strangers_hand_does_nothing(day: Shift) -> None:
    await day.store.write(lambda tx: place(tx, "anna", "305"))
    await day.says("chef", "@助手 接单", group=GROUP_12)
    assert (await day.presses("anna", "接 #12-001", group=GROUP_12)).startswith("这里是商家用的")
    assert await day.orders() == {"#12-001": "placed"}


@pytest.mark.parametrize("part", ["1-", "#1-1,", "12-0", " 3", "红 "])
async def test_a_hostile_text_costs_nothing(day: Shift, part: str) -> None:
    started = process_time()
    for verb in ("接单 ", "退单 ", "库存 ", "停售 "):
        await day.says("chef", (verb + part * 90 + "x")[:290])
        await day.says("chef", verb + part * 1500 + "x")
    assert process_time() - started < 1.5
