"""接龙 in a building's group: every join re-sends the whole list, and nobody eats twice or not at all for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.desks.order import OrderDesk
from bot.desks.relay import RelayDesk
from core.mode import Mode
from core.settings import CampusSettings
from fallback_store import orders
from fallback_store.database import Tx
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import GROUP_7, GROUP_12, LIU, NOON

FIRST = "#接龙\n今天中午\n1. 小王 红烧肉一份\n2. 小李 柠檬水两杯 305"
AS_OF = "以上截至 12:00；之后新加的还没记下，再发一次整份名单就行。"
GROWN = f"{FIRST}\n3. 阿珍 红烧肉不辣"


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Shift]:
    async with shift(tmp_path, [RelayDesk(SETTINGS), OrderDesk(SETTINGS)]) as running:
        yield running


async def sold(day: Shift, item_id: str) -> object:
    return await day.one(f"SELECT sold FROM stock WHERE item_id = '{item_id}'")


async def test_a_list_becomes_one_order_per_person_and_one_receipt(day: Shift) -> None:
    lines = (await day.says("anna", FIRST, group=GROUP_12)).splitlines()
    assert lines[0] == "12栋的接龙已记下：新增 2 单，改了 0 单"
    assert lines[1].startswith("#12-001 小王：红烧肉饭×1 ¥16，取餐码 ")
    assert lines[2].startswith("#12-002 小李：柠檬水×2 ¥12，送到 305，取餐码 ")
    assert lines[3:] == ["这份接龙现在共 2 单，合计 ¥28，货到付款。取餐：12栋西门", AS_OF]
    assert await day.orders() == {"#12-001": "placed", "#12-002": "placed"}
    assert await day.one("SELECT count(DISTINCT person_id) FROM orders") == 2


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "以上截至 12:00；12:30 前还能加，加完再发一次整份名单。"),
        (31, "以上截至 12:31；18:00 前还能加，加完再发一次整份名单。"),
        (361, "以上截至 18:01；今天 18:00 的截单时间已过，再加的照样记下，能不能做看商家接不接单。"),
    ],
)
async def test_a_receipt_says_until_when_more_can_be_added(tmp_path: Path, minutes: int, said: str) -> None:
    campus = CampusSettings(last_order=("18:00", "12:30"))
    settings = SETTINGS.model_copy(update={"campus": campus})
    async with shift(tmp_path, [RelayDesk(settings), OrderDesk(settings)]) as running:
        await running.clock.advance(minutes * 60)
        assert (await running.says("anna", FIRST, group=GROUP_12)).splitlines()[-1] == said
        # What comes after it is noted all the same, as the sentence says.
        assert (await running.says("ben", GROWN, group=GROUP_12)).startswith("12栋的接龙已记下：新增 1 单")


async def test_every_join_brings_only_its_own_order(day: Shift) -> None:
    await day.says("anna", FIRST, group=GROUP_12)
    lines = (await day.says("ben", GROWN, group=GROUP_12)).splitlines()
    assert lines[0] == "12栋的接龙已记下：新增 1 单，改了 0 单"
    assert lines[1].startswith("#12-003 阿珍：红烧肉饭×1（不辣） ¥16")
    assert len(lines) == 4
    assert await day.says("cleo", GROWN, group=GROUP_12) == f"12栋的接龙没有变化：共 3 单，合计 ¥44。\n{AS_OF}"
    assert await sold(day, "pork") == 2
    assert await day.one("SELECT count(*) FROM outbox") == 3


async def test_the_same_update_from_the_vendor_again_is_nothing(day: Shift) -> None:
    first = await day.says("anna", FIRST, group=GROUP_12)
    assert await day.again("anna", FIRST, group=GROUP_12) == first
    assert len(await day.orders()) == 2


async def test_an_edited_line_changes_that_order(day: Shift) -> None:
    await day.says("anna", FIRST, group=GROUP_12)
    lines = (await day.says("anna", FIRST.replace("红烧肉一份", "红烧肉两份"), group=GROUP_12)).splitlines()
    assert lines[0] == "12栋的接龙已记下：新增 0 单，改了 1 单"
    assert lines[1].startswith("✎ #12-001 小王：红烧肉饭×2 ¥32，取餐码 ")
    assert await day.orders() == {"#12-001": "placed", "#12-002": "placed"}
    assert await sold(day, "pork") == 2


async def test_an_edit_after_the_kitchen_accepted_is_told_and_not_done(day: Shift) -> None:
    await day.says("anna", FIRST, group=GROUP_12)

    def accept(tx: Tx) -> None:
        order = orders.by_number(tx, 3, "12", 1)
        assert order is not None
        orders.accept(tx, order, order.lines[0].merchant_id, by="web:chef", now=NOON)

    await day.store.write(accept)
    edited = FIRST.replace("红烧肉一份", "红烧肉两份")
    answer = await day.says("anna", edited, group=GROUP_12)
    assert "· 小王：#12-001 商家已接，不能再改了" in answer
    assert await sold(day, "pork") == 1
    # It was said once; the next join does not hear it again.
    assert (await day.says("ben", edited, group=GROUP_12)).startswith("12栋的接龙没有变化")


async def test_a_missing_line_cancels_nobody(day: Shift) -> None:
    await day.says("anna", GROWN, group=GROUP_12)
    answer = await day.says("ben", "#接龙\n1. 小王 红烧肉两份\n2. 阿珍 红烧肉不辣", group=GROUP_12)
    assert "· 小李 不在这份名单里：他那一单还在，没有取消。要取消请楼长发送「取消 12-002」。" in answer
    assert set((await day.orders()).values()) == {"placed"}
    # Only the captain's word cancels it.
    assert await day.says("anna", "取消 12-002", group=GROUP_12) == "这一单不是你的，只有下单的人能动它。"
    assert await day.says("wang", "取消 12-002", group=GROUP_12) == "已取消 #12-002，¥12 不用付。"
    assert (await day.orders())["#12-002"] == "cancelled"
    # And a paste with the old line does not bring it back behind his back.
    await day.says("ben", GROWN, group=GROUP_12)
    assert (await day.orders())["#12-002"] == "cancelled"


async def test_an_unknown_dish_is_a_question_and_the_rest_is_placed(day: Shift) -> None:
    answer = await day.says("anna", "#接龙\n1. 小王 红烧肉一份\n2. 可可 佛跳墙一份", group=GROUP_12)
    assert "还要改的（改好那一行，再发一次整份名单就行）：\n· 可可：菜单上没有「佛跳墙」" in answer
    assert await day.orders() == {"#12-001": "placed"}
    answer = await day.says("anna", "#接龙\n1. 小王 红烧肉一份\n2. 可可 珍珠奶茶一杯", group=GROUP_12)
    assert "#12-002 可可：珍珠奶茶×1 ¥9" in answer
    assert "还要改的" not in answer


async def test_what_runs_out_is_said_per_person_and_tried_again(day: Shift) -> None:
    pasted = "#接龙\n1. 小王 番茄炒蛋一份\n2. 小李 番茄炒蛋两份\n3. 阿珍 柠檬水一杯"
    answer = await day.says("anna", pasted, group=GROUP_12)
    assert "· 小李：番茄炒蛋 只剩 1 份，没有记下" in answer
    assert await day.orders() == {"#12-001": "placed", "#12-002": "placed"}
    assert await sold(day, "egg") == 1
    await day.store.write(lambda tx: tx.execute("UPDATE stock SET supply = 5 WHERE item_id = 'egg'"))
    answer = await day.says("anna", pasted, group=GROUP_12)
    assert "#12-003 小李：番茄炒蛋×2 ¥25" in answer


async def test_what_one_gives_back_another_may_have_in_the_same_list(day: Shift) -> None:
    await day.says("anna", "#接龙\n1. 小王 红烧肉一份\n2. 大刘 番茄炒蛋两份", group=GROUP_12)
    answer = await day.says("anna", "#接龙\n1. 小王 番茄炒蛋一份\n2. 大刘 红烧肉一份", group=GROUP_12)
    assert answer.startswith("12栋的接龙已记下：新增 0 单，改了 2 单")
    assert (await sold(day, "pork"), await sold(day, "egg")) == (1, 1)


async def test_an_edit_to_something_sold_out_keeps_the_old_order(day: Shift) -> None:
    await day.says("anna", FIRST, group=GROUP_12)
    answer = await day.says("anna", FIRST.replace("红烧肉一份", "番茄炒蛋三份"), group=GROUP_12)
    assert "· 小王：番茄炒蛋 只剩 2 份，没有记下；#12-001 仍是原来那样" in answer
    assert (await sold(day, "pork"), await sold(day, "egg")) == (1, 0)


async def test_a_captain_may_send_the_list_in_private_and_nobody_else(day: Shift) -> None:
    assert (await day.says("anna", FIRST)).startswith("私聊里的接龙只收楼长的。")
    assert (await day.says("wang", FIRST)).startswith("12栋的接龙已记下：新增 2 单")
    # It is the same live list as the group's.
    assert (await day.says("anna", FIRST, group=GROUP_12)).startswith("12栋的接龙没有变化")


async def test_a_captain_of_two_buildings_says_which(day: Shift) -> None:
    await day.store.write(lambda tx: tx.execute("INSERT INTO roles VALUES ('web:wang', 'captain', '7', 'config')"))
    assert (await day.says("wang", FIRST)).startswith("你是好几栋楼的楼长：")
    answer = await day.says("wang", FIRST.replace("#接龙", "#接龙 7栋"))
    assert answer.startswith("7栋的接龙已记下：新增 2 单")
    assert answer.splitlines()[-2].endswith("取餐：7栋楼下")
    assert list(await day.orders()) == ["#7-001", "#7-002"]


async def test_a_list_for_another_building_is_not_taken_here(day: Shift) -> None:
    answer = await day.says("anna", FIRST.replace("#接龙", "#接龙 7栋"), group=GROUP_12)
    assert answer.startswith("名单上写的是 7栋，这里不是。")
    assert await day.orders() == {}
    await day.says("anna", FIRST.replace("#接龙", "#接龙 7栋"), group=GROUP_7)
    assert list(await day.orders()) == ["#7-001", "#7-002"]


async def test_two_buildings_and_two_epochs_keep_lists_of_their_own(day: Shift) -> None:
    await day.says("anna", FIRST, group=GROUP_12)
    await day.says("dan", FIRST, group=GROUP_7)
    assert len(await day.orders()) == 4
    await day.mode(Mode.NORMAL)
    await day.mode(Mode.EMERGENCY, epoch=4)
    assert (await day.says("anna", FIRST, group=GROUP_12)).startswith("12栋的接龙已记下：新增 2 单")


@pytest.mark.parametrize("mode", [Mode.NORMAL, Mode.WATCHING, Mode.PARTIAL])
async def test_while_the_platform_takes_the_orders_a_groups_list_is_its_own_business(day: Shift, mode: Mode) -> None:
    await day.mode(mode)
    assert await day.says("anna", FIRST, group=GROUP_12) == ""
    assert await day.one("SELECT count(*) FROM inbox WHERE payload IS NOT NULL") == 0
    assert "没有记下" in await day.says("wang", FIRST)
    assert await day.orders() == {}


async def test_while_handing_back_a_list_is_politely_turned_away(day: Shift) -> None:
    await day.mode(Mode.HANDING_BACK)
    assert "暂停接单" in await day.says("anna", FIRST, group=GROUP_12)
    assert await day.orders() == {}


async def test_a_list_about_something_else_stays_talk(day: Shift) -> None:
    assert await day.says("anna", "#接龙\n周六体测报名\n1. 小王\n2. 小李", group=GROUP_12) == ""
    assert await day.says(LIU.partition(":")[2], "#接龙\n拼车去机场\n1. 小王 2人", group=GROUP_12) == ""


async def test_a_long_list_is_answered_within_a_message(day: Shift) -> None:
    names = [family + given for family in "赵钱孙李周吴郑王冯陈" for given in "梅兰竹菊春夏"]
    people = "\n".join(f"{n}. {name} 柠檬水一杯" for n, name in enumerate(names, start=1))
    answer = await day.says("anna", f"#接龙\n{people}", group=GROUP_12)
    assert "…还有 20 单" in answer
    assert len(answer) < 4096
    assert len(await day.orders()) == 60


async def test_names_close_to_what_nobody_understood_are_offered(day: Shift) -> None:
    answer = await day.says(
        "anna", "#接龙\n1. 小王 红烧肉一份\n2. 可可 红烧牛排一份\n3. 阿珍 来一份红烧", group=GROUP_12
    )
    assert "· 可可：菜单上没有「红烧牛排」（写成 红烧排骨？）" in answer
    assert "「红烧」有好几种（写成 红烧肉饭、红烧排骨？）" in answer
