"""A courier reads a queue floor by floor and works it with one thumb; chat by chat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from bot.desks import courier_words
from bot.desks.courier import CourierDesk
from bot.desks.followed_queues import FollowedQueues
from bot.desks.order import OrderDesk
from core.building_queue import Floor, QueueEntry
from core.directory import Building
from core.ids import BuildingId, ChatId, OrderId
from core.long_text import length
from core.order import OrderState
from core.pickup_code import pickup_code
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import GROUP_7, GROUP_12, NOON, place

LIUS = ChatId("web:@liu")
AS_OF = "\n\n截至 12:00。点「刷新」看最新。"


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Shift]:
    async with shift(
        tmp_path, [CourierDesk(FollowedQueues(ZoneInfo("Asia/Shanghai"))), OrderDesk(SETTINGS)]
    ) as running:
        yield running


async def three_orders(day: Shift) -> None:
    """Two bags for the third floor of 12栋, one for the fourth."""
    await day.store.write(lambda tx: place(tx, "anna", "305", "pork lemon"))
    await day.store.write(lambda tx: place(tx, "ben", "301", "pork"))
    await day.store.write(lambda tx: place(tx, "cleo", "412", "pearl"))


async def test_a_floor_is_taken_picked_up_and_delivered(day: Shift) -> None:
    await three_orders(day)
    await day.hears(GROUP_12)
    assert await day.says("ma", "队列") == (
        f"12栋有 3 单要送：\n没人拿 3 · 待取 0 · 在路上 0\n3 楼 2 单：301、305\n4 楼 1 单：412{AS_OF}"
    )
    floor = await day.presses("ma", "3 楼：2 单")
    assert floor.splitlines()[0] == "12栋 3 楼：2 单"
    assert floor.splitlines()[1].startswith("301 · #12-002 ben · 红烧肉饭×1 · 已记下 · 取餐码 ")
    taken = await day.presses("ma", "这层没人拿的都归我")
    assert taken.startswith("归你送了：#12-002、#12-001\n\n12栋 3 楼：2 单\n301 · ")
    assert taken.count(" · 你拿着") == 2
    assert (await day.presses("ma", "这层我拿的都取到")).startswith("已取餐：#12-002、#12-001\n\n12栋 3 楼：2 单\n")
    delivered = await day.presses("ma", "这层已取的都送达")
    assert delivered.startswith("已送达：#12-002、#12-001\n\n12栋 4 楼：1 单\n412 · #12-003 cleo")
    # A whole round is one message, and it says how things are now.
    assert await day.hears(ChatId("web:@ma")) == [delivered]
    assert await day.orders() == {"#12-001": "delivered", "#12-002": "delivered", "#12-003": "placed"}
    assert await day.hears(GROUP_12) == ["已送达：#12-001、#12-002"]


async def test_a_second_courier_is_told_who_has_it(day: Shift) -> None:
    await three_orders(day)
    assert await day.says("ma", "拿 12-001") == "归你送了：#12-001"
    assert await day.says("liu", "拿 12-001") == "#12-001 在 马师傅 手里，没有动。"
    assert await day.says("liu", "取 12-001") == "#12-001 在 马师傅 手里，没有动。"
    assert await day.says("liu", "送达 12-001") == "#12-001 在 马师傅 手里，没有动。"
    await day.says("liu", "队列 12")
    assert "#12-001 anna · 红烧肉饭×1、柠檬水×1 · 已记下 · " in await day.presses("liu", "3 楼：2 单")
    assert (await day.labels(LIUS))[-4:] == ["拿 #12-002", "问题", "刷新", "← 12栋"]
    assert (await day.orders())["#12-001"] == "placed"


async def test_one_bag_goes_its_way_by_typing_numbers(day: Shift) -> None:
    await three_orders(day)
    assert await day.says("ma", "取 12-001") == "已取餐：#12-001"
    assert await day.says("ma", "送达 001") == "已送达：#12-001"
    assert await day.says("ma", "送达 1") == "已送达：#12-001"
    assert await day.says("ma", "送达 2 003") == "已送达：#12-002、#12-003"
    assert await day.says("ma", "送达 099") == "没有找到 099，请检查单号。"
    assert await day.one("SELECT count(*) FROM outbox WHERE kind = 'order.delivered'") == 3
    assert await day.says("ma", "队列") == f"12栋现在没有要送的。有新单时发送「队列」就能看到。{AS_OF}"


async def test_the_same_message_delivered_twice_by_the_vendor_works_once(day: Shift) -> None:
    await three_orders(day)
    first = await day.says("ma", "取 12-001")
    assert await day.again("ma", "取 12-001") == first
    assert await day.one("SELECT count(*) FROM outbox WHERE kind = 'order.picked_up'") == 1


async def test_a_problem_has_a_reason_and_reaches_whoever_ordered(day: Shift) -> None:
    await three_orders(day)
    await day.hears(GROUP_12)
    assert (await day.says("ma", "问题 003 没人接")).startswith("已记下 #12-003 的问题：没人接。")
    assert await day.hears(GROUP_12) == ["#12-003 送餐遇到问题：没人接。请留意电话，或到楼下看看。"]
    await day.says("liu", "队列 12")
    assert (await day.presses("liu", "4 楼：1 单")).endswith(f" · ⚠ 没人接{AS_OF}")
    assert (await day.says("ma", "问题 12-001")).startswith("#12-001 出了什么问题？")
    assert (await day.presses("ma", "找不到房间")).startswith("已记下 #12-001 的问题：找不到房间。")


async def test_a_bag_can_be_put_back_for_somebody_else(day: Shift) -> None:
    await three_orders(day)
    await day.says("ma", "拿 12-001")
    assert await day.says("ma", "放回 12-001") == "已放回：#12-001。别的送餐员可以拿了。"
    assert await day.says("liu", "take #12-001") == "归你送了：#12-001"


async def test_a_courier_of_several_buildings_is_asked_where_to_go(day: Shift) -> None:
    await three_orders(day)
    await day.store.write(lambda tx: place(tx, "dan", "201", building="7"))
    assert await day.says("liu", "队列") == f"2 栋楼共有 4 单要送。先看哪一栋？{AS_OF}"
    assert (await day.presses("liu", "7栋：1 单")).startswith("7栋 2 楼：1 单\n201 · #7-001 dan")
    # Number 1 is owed in both buildings: asked, never guessed.
    assert await day.says("liu", "取 001") == "001 号有好几单：#12-001、#7-001。是哪一单？请带上楼号。"
    assert (await day.presses("liu", "#7-001")).startswith("已取餐：#7-001\n\n7栋 2 楼：1 单\n")
    assert await day.says("liu", "送达 7-1") == "已送达：#7-001"


async def test_somebody_elses_building_stays_closed(day: Shift) -> None:
    await day.store.write(lambda tx: place(tx, "dan", "201", building="7"))
    assert await day.says("ma", "队列 7栋") == "7栋不归你送，没有动。需要的话请找管理员。"
    assert await day.says("ma", "取 7-001") == "#7-001 不在你负责的楼里，没有动。"
    assert await day.says("ma", "问题 7-001 洒了") == "#7-001 不在你负责的楼里，没有动。"
    assert await day.orders() == {"#7-001": "placed"}


async def test_a_student_is_no_courier(day: Shift) -> None:
    await three_orders(day)
    assert (await day.says("anna", "队列")).startswith("这里是送餐员用的")
    assert await day.says("anna", "队列", group=GROUP_12) == ""
    await day.says("anna", "送达 12-001")
    assert set((await day.orders()).values()) == {"placed"}


async def test_a_queue_is_never_shown_among_students(day: Shift) -> None:
    await three_orders(day)
    for words in ("队列", "队列 12", "queue", "取 3楼", "问题 12-001"):
        said = await day.says("ma", words, group=GROUP_12)
        assert said == "队列里有姓名、房间和取餐码，这个群里不显示。请私聊我发送「队列」。", words
        assert await day.labels(GROUP_12) == ["私聊看队列"]
    assert set((await day.orders()).values()) == {"placed"}
    # What names a number only is done there, and offers nothing that would show more.
    assert await day.says("ma", "取 12-001", group=GROUP_12) == "已取餐：#12-001"
    assert await day.labels(GROUP_12) == []
    assert (await day.says("ma", "问题 12-001 洒了", group=GROUP_12)).startswith("已记下 #12-001 的问题：洒了。")


async def test_a_cancelled_order_is_said_to_be_cancelled(day: Shift) -> None:
    await day.says("anna", "红烧肉一份 305", group=GROUP_12)
    await day.says("ma", "拿 12-001")
    await day.presses("anna", "撤销", group=GROUP_12)
    assert await day.says("ma", "取 12-001") == "#12-001 已取消，这一步没有做。"


async def test_talk_that_looks_like_a_step_stays_talk(day: Shift) -> None:
    await three_orders(day)
    for words in ("拿 2份红烧肉", "取消 12-001", "送达了吗", "问题不大", "take care", "我拿 12-001"):
        await day.says("ma", words, group=GROUP_7)
    assert await day.one("SELECT count(*) FROM order_history WHERE kind LIKE 'courier%'") == 0


async def test_a_courier_can_work_in_english(day: Shift) -> None:
    await three_orders(day)
    await day.says("ma", "queue")
    await day.store.write(lambda tx: tx.execute("UPDATE chats SET language = 'en' WHERE id = 'web:@ma'"))
    assert (await day.says("ma", "queue 12")).startswith(
        "12栋 has 3 orders to deliver:\nfree 3 · to pick up 0 · on the way 0\nfloor 3, 2: 301, 305"
    )
    assert await day.says("ma", "picked up 12-001 12-002") == "Picked up: #12-001, #12-002"
    assert await day.says("ma", "delivered floor 3") == "Delivered: #12-002, #12-001"


@pytest.mark.parametrize("part", ["1-", "1-1和", "#1-1,", "12-0", "   ", "队列"])
async def test_a_hostile_text_costs_nothing(day: Shift, part: str) -> None:
    started = process_time()
    for verb in ("取", "取 ", "问题 ", "队列 "):
        await day.says("ma", (verb + part * 90 + "x")[:290])
        await day.says("ma", verb + part * 1500 + "x")
    assert process_time() - started < 1.5


def test_a_floor_too_long_for_one_message_says_how_many_bags_it_leaves_out() -> None:
    bags = [
        QueueEntry(
            order_id=OrderId(f"s-1-12-{n}"),
            epoch=1,
            building_id=BuildingId("12"),
            number=n,
            room=f"3{n:02}",
            person_name="诸葛小明",
            state=OrderState.PLACED,
            pickup_code=pickup_code(f"s-1-12-{n}"),
            items=(("红烧肉饭🍜", 2), ("柠檬水", 1)),
            total_fen=3800,
            courier_id=None,
            courier_name="",
            problem="",
            note="",
            placed_at=NOON,
        )
        for n in range(1, 121)
    ]
    said = courier_words.floor("zh", Building(BuildingId("12"), "12栋", ()), Floor("3", tuple(bags)), None).text
    title, *listed, more = said.splitlines()
    assert title == "12栋 3 楼：120 单"
    assert more == f"…还有 {120 - len(listed)} 单，送完这些再看。"
    assert len(listed) > 30
    assert length(said) < 3_000
    few = courier_words.floor("zh", Building(BuildingId("12"), "12栋", ()), Floor("3", tuple(bags[:20])), None).text
    assert len(few.splitlines()) == 21
