"""Couriers with one thumb: every press answers in the place of the queue it is under; a photo goes with the order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.mode import Mode
from core.picture import photo_id
from tests.dialogs.phones import ANNA, BO, GROUP, LIU, MA, ROOT, Phones, Said, phones

CREW_ROOM = -1099


@pytest.fixture
async def lunch(tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones(tmp_path) as running:
        for who, words in ((ANNA, "红烧肉一份 305"), (BO, "柠檬水一杯 301"), (ANNA, "番茄炒蛋一份 412")):
            await running.types(who, words, GROUP)
        yield running


async def photos_told(lunch: Phones) -> list[tuple[str, str, str | None]]:
    """(chat, words, photo) of what owners were told with a photo."""
    rows = await lunch.store.read_all("SELECT chat_id, text, picture FROM outgoing WHERE picture <> '' ORDER BY id")
    return [(row[0], row[1], photo_id(row[2])) for row in rows]


async def test_every_press_is_answered_by_a_toast_and_in_place(lunch: Phones) -> None:
    queue, _ = await lunch.types(LIU, "队列")
    assert queue.edits == ""
    pressed = await lunch.presses(LIU, queue, "3 楼：2 单")
    assert (pressed.toast, pressed.edits) == ("12栋 3 楼：2 单", str(lunch.shown))
    for label, toast in (("拿 #12-001", "归你送了：#12-001"), ("取餐 #12-001", "已取餐：#12-001")):
        pressed = await lunch.presses(LIU, pressed, label)
        assert (pressed.toast, pressed.edits) == (toast, str(lunch.shown))
    assert "已取餐，在路上" in pressed.text
    back = await lunch.presses(LIU, pressed, "← 12栋")
    assert back.toast == "12栋有 3 单要送："


async def test_the_counts_are_live_under_one_button(lunch: Phones) -> None:
    queue, _ = await lunch.types(LIU, "队列")
    await lunch.types(BO, "红烧肉一份 301", GROUP)
    fresh = await lunch.presses(LIU, queue, "刷新")
    assert fresh.text.startswith("12栋有 4 单要送：\n没人拿 4 · 待取 0 · 在路上 0\n3 楼 3 单：301、305")
    assert fresh.edits == str(lunch.shown)


async def test_a_problem_is_asked_and_noted_in_place(lunch: Phones) -> None:
    queue, _ = await lunch.types(LIU, "队列")
    floor = await lunch.presses(LIU, queue, "4 楼：1 单")
    taken = await lunch.presses(LIU, floor, "拿 #12-003")
    asked = await lunch.presses(LIU, taken, "问题")
    assert asked.text.startswith("#12-003 出了什么问题？")
    assert (await lunch.presses(LIU, asked, "← 返回")).text.startswith("12栋 4 楼：1 单")
    noted = await lunch.presses(LIU, asked, "没人接电话")
    assert "⚠ 没人接电话" in noted.text
    assert noted.edits == str(lunch.shown)


async def test_in_the_couriers_own_group_everybody_reads_one_queue(lunch: Phones) -> None:
    assert "送餐员自己的群" in (await lunch.types(ROOT, "/bind 送餐员 12栋", CREW_ROOM))[0].text
    queue, _ = await lunch.types(LIU, "/queue 12", CREW_ROOM)
    floor = await lunch.presses(LIU, queue, "3 楼：2 单", CREW_ROOM)
    taken = await lunch.presses(LIU, floor, "拿 #12-001", CREW_ROOM)
    assert "刘师傅 拿着" in taken.text
    assert "你拿着" not in taken.text
    # Both see the next steps; only who has the bag can take them.
    held = await lunch.presses(MA, taken, "取餐 #12-001", CREW_ROOM)
    assert held.toast == "#12-001 在 刘师傅 手里，没有动。"
    assert (await lunch.presses(LIU, held, "取餐 #12-001", CREW_ROOM)).toast == "已取餐：#12-001"


@pytest.mark.parametrize(
    "data",
    [
        "courier:take:3.12.1", "courier:deliver:3.12.1", "courier:take-floor:3:12", "courier:queue:12", "courier:all",
        "courier:photo:1:all", "courier:problem:0:3.12.1", "courier:list:12", "courier:again:3:12",
    ],
)  # fmt: skip
async def test_a_student_who_makes_up_a_couriers_button_is_told_no(lunch: Phones, data: str) -> None:
    said = await lunch.sends_data(ANNA, data, CREW_ROOM)
    assert said.toast is not None
    assert "你现在不是送餐员" in said.toast
    assert said.text == ""
    assert {state for state, _ in (await lunch.orders()).values()} == {"placed"}


@pytest.mark.parametrize(
    "data",
    [
        "courier:", "courier:take:", "courier:take:9.9.9", "courier:take:99999999999999999999.12.1", "courier:queue:",
        "courier:queue:7", "courier:take-floor:3:7", "courier:photo:", "courier:photo:1:all", "courier:photo:x:3.12.1",
        "courier:problem:9:3.12.1", "courier:again:99:12", "courier:nothing:3:12", "courier:floor:3:99",
    ],
)  # fmt: skip
async def test_a_couriers_made_up_button_is_answered_and_does_nothing(lunch: Phones, data: str) -> None:
    said = await lunch.sends_data(LIU, data)
    assert said.toast or said.text
    assert {state for state, _ in (await lunch.orders()).values()} == {"placed"}


async def test_a_photo_with_the_number_delivers_and_reaches_whoever_ordered(lunch: Phones) -> None:
    await lunch.types(LIU, "取 12-001")
    said, _ = await lunch.types(LIU, "送达 12-001", photo="door-1")
    assert said.text == "已送达：#12-001"
    assert (await lunch.orders())["#12-001"][0] == "delivered"
    assert await photos_told(lunch) == [(f"telegram:{GROUP}", "已送达：#12-001", "door-1")]
    assert await lunch.one("SELECT picture_id FROM delivery_photos WHERE order_id LIKE '%-12-1'") == "door-1"


async def test_a_photo_alone_is_of_what_was_just_delivered(lunch: Phones) -> None:
    await lunch.types(LIU, "送达 12-001")
    said, _ = await lunch.types(LIU, "", photo="door-1")
    assert said.text == "照片已附到 #12-001，下单的人会收到。"
    assert await photos_told(lunch) == [(f"telegram:{GROUP}", "#12-001 的送达照片", "door-1")]
    # One photo an order: the next one shows something else.
    assert "哪一单" in (await lunch.types(LIU, "", photo="door-2"))[0].text


async def test_a_photo_that_could_show_several_is_asked_about(lunch: Phones) -> None:
    await lunch.types(LIU, "送达 12-001 12-002 12-003")
    asked, _ = await lunch.types(LIU, "", photo="door-1")
    assert list(asked.buttons) == ["#12-001", "#12-002", "#12-003", "这 3 单都是"]
    other = await lunch.presses(MA, asked, "#12-002")
    assert "已经附好" in (other.toast or "")
    assert (await lunch.presses(LIU, asked, "#12-002")).text == "照片已附到 #12-002，下单的人会收到。"
    assert "已经附好" in ((await lunch.presses(LIU, asked, "#12-001")).toast or "")
    both, _ = await lunch.types(LIU, "", photo="door-2")
    assert (await lunch.presses(LIU, both, "这 2 单都是")).toast == "照片已附到 #12-001、#12-003，下单的人会收到。"
    assert await lunch.one("SELECT count(*) FROM delivery_photos WHERE order_id IS NULL") == 0


async def test_a_photo_much_later_or_of_nothing_is_asked_for_its_number(lunch: Phones) -> None:
    await lunch.types(LIU, "送达 12-001")
    await lunch.clock.advance(16 * 60)
    assert "哪一单" in (await lunch.types(LIU, "", photo="door-1"))[0].text
    assert await lunch.one("SELECT count(*) FROM delivery_photos") == 0


async def test_a_courier_may_be_hungry_and_send_a_photo_along(lunch: Phones) -> None:
    await lunch.types(LIU, "/start 12")
    assert (await lunch.types(LIU, "柠檬水一杯 305", photo="lunch"))[0].text.startswith("已记下 #12-004")


async def test_a_photo_in_the_couriers_group_is_talk_unless_it_says_what_it_delivers(lunch: Phones) -> None:
    await lunch.types(LIU, "送达 12-001")
    assert (await lunch.types(LIU, "看这只猫", CREW_ROOM, photo="cat"))[0] == Said()
    assert (await lunch.types(LIU, "送达 12-002", CREW_ROOM, photo="door"))[0].text == "已送达：#12-002"
    assert await lunch.one("SELECT count(*) FROM delivery_photos") == 1


async def test_the_link_among_students_opens_that_buildings_queue_in_private(lunch: Phones) -> None:
    said, _ = await lunch.types(LIU, "队列", GROUP)
    assert said.buttons == {"私聊看队列": "link:start:queue-12"}
    opened, _ = await lunch.types(LIU, "/start queue-12")
    assert opened.text.startswith("12栋有 3 单要送：\n没人拿 3 · 待取 0 · 在路上 0\n3 楼 2 单：301、305")
    assert opened.text.endswith("有变化会自动更新，到 13:00 为止。")
    assert "3 单要送" not in (await lunch.types(ANNA, "/start queue-12"))[0].text


@pytest.mark.parametrize("data", ["courier:all", "courier:floor:3:12", "courier:take:3.12.1", "courier:again:3:12"])
async def test_a_queues_button_shows_and_does_nothing_among_students(lunch: Phones, data: str) -> None:
    for chat in (GROUP, CREW_ROOM):  # the second is nobody's group
        said = await lunch.sends_data(LIU, data, chat)
        assert said.toast == "队列里有姓名、房间和取餐码，这个群里不显示。请私聊我发送「队列」。"
        assert said.text == ""
    assert {state for state, _ in (await lunch.orders()).values()} == {"placed"}


async def test_the_couriers_group_of_one_building_shows_no_other(lunch: Phones) -> None:
    await lunch.types(ROOT, "/bind couriers 7", CREW_ROOM)
    said, _ = await lunch.types(ROOT, "队列 12", CREW_ROOM)
    assert said.text.startswith("队列里有姓名")
    pressed = await lunch.sends_data(ROOT, "courier:floor:3:12", CREW_ROOM)
    assert (pressed.text, (pressed.toast or "")[:6]) == ("", "队列里有姓名")


async def test_a_group_is_the_couriers_or_a_buildings_and_can_be_let_go(lunch: Phones) -> None:
    assert (await lunch.types(ROOT, "/bind couriers 99", CREW_ROOM))[0].text.startswith("请写上楼栋")
    bound, _ = await lunch.types(ROOT, "/bind couriers", CREW_ROOM)
    assert "12栋、7栋" in bound.text
    assert (await lunch.types(ROOT, "/unbind", CREW_ROOM))[0].text.startswith("已解绑：这个群不再是送餐员的群")
    assert (await lunch.types(LIU, "队列", CREW_ROOM))[0].text.startswith("队列里有姓名")
    # A building's group that is given to the couriers is told so, and is no longer the building's; and back.
    taken, _ = await lunch.types(ROOT, "/bind 骑手 12", GROUP)
    assert taken.text.endswith("之前它是 12栋 的群。")
    assert await lunch.one(f"SELECT building_id FROM chats WHERE id = 'telegram:{GROUP}'") is None
    await lunch.types(ROOT, "/bind 12", GROUP)
    assert (await lunch.types(LIU, "队列", GROUP))[0].text.startswith("队列里有姓名")
    await lunch.types(LIU, "/bind couriers 12", GROUP)
    assert await lunch.one("SELECT count(*) FROM courier_groups") == 0


@pytest.mark.parametrize("mode", [Mode.EMERGENCY, Mode.NORMAL])
async def test_whoever_works_here_is_told_their_commands_and_a_student_is_not(tmp_path: Path, mode: Mode) -> None:
    async with phones(tmp_path, mode=mode) as running:
        assert (await running.types(LIU, "/start"))[0].text.endswith("\n\n你的工作：\n/queue 要送的队列")
        assert "/status" in (await running.types(ROOT, "/help"))[0].text
        assert "你的工作" not in (await running.types(ANNA, "/start"))[0].text
        assert "你的工作" not in (await running.types(LIU, "/help", GROUP))[0].text
