"""A queue on a courier's screen follows its building for a while, in the message that shows it and in no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.desks.courier import CourierDesk
from bot.desks.followed_queues import FollowedQueues
from bot.desks.order import OrderDesk
from bot.queue_boards import QueueBoards
from core.ids import BuildingId, ChatId
from core.mode import Mode
from fallback_store import courier_groups, messages, people, queue_views
from fallback_store.database import Tx
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import GROUP_12, place

MA = ChatId("web:@ma")
QUEUES = FollowedQueues(ZoneInfo("Asia/Shanghai"), frozenset({"web"}))


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Shift]:
    async with shift(tmp_path, [CourierDesk(QUEUES), OrderDesk(SETTINGS)]) as running:
        await running.store.write(lambda tx: place(tx, "anna", "305", "pork lemon"))
        await running.store.write(lambda tx: place(tx, "cleo", "412", "pearl"))
        yield running


async def order(day: Shift, who: str, room: str) -> None:
    await day.store.write(lambda tx: place(tx, who, room, "lemon"))


async def look(day: Shift, *, after_s: float = 11.0) -> int:
    """So long later the queues are looked at, and what is to be said is said; returns how many changed."""
    await day.clock.advance(after_s)
    changed = await QueueBoards(day.store, day.clock, QUEUES).refresh()
    while await day.sender.say_waiting():
        pass
    return changed


async def screen(day: Shift, chat_id: ChatId = MA) -> list[str]:
    """Everything the bot shows there, oldest first."""
    rows = await day.store.read_all(
        "SELECT text FROM room_messages WHERE chat_id = :chat AND person_id IS NULL ORDER BY id", {"chat": chat_id}
    )
    return [row[0] for row in rows]


async def test_the_queue_is_edited_in_place_when_somebody_orders(day: Shift) -> None:
    said = await day.says("ma", "队列")
    assert said.endswith("4 楼 1 单：412\n\n截至 12:00。有变化会自动更新，到 13:00 为止。")
    await order(day, "ben", "301")
    assert await look(day, after_s=60) == 1
    (shown,) = await screen(day)
    assert shown.startswith("12栋有 3 单要送：\n没人拿 3 · 待取 0 · 在路上 0\n3 楼 2 单：301、305")
    assert shown.endswith("截至 12:01。有变化会自动更新，到 13:00 为止。")


async def test_many_orders_are_one_edit_and_none_is_no_edit(day: Shift) -> None:
    await day.says("ma", "队列")
    for number in range(12):
        await order(day, f"s{number}", f"3{number:02d}")
    assert await look(day) == 1
    assert await look(day) == 0
    assert len(await screen(day)) == 1
    assert await day.one("SELECT count(*) FROM outgoing WHERE board LIKE 'queue:%'") == 1


async def test_a_message_under_a_thumb_is_left_alone(day: Shift) -> None:
    await day.says("ma", "队列")
    floor = await day.presses("ma", "3 楼：1 单")
    await order(day, "ben", "301")
    assert await look(day, after_s=9) == 0
    assert await screen(day) == [floor]
    assert await look(day, after_s=2) == 1
    assert (await screen(day))[0].startswith("12栋 3 楼：2 单\n301 · #12-003 ben")


async def test_what_another_courier_takes_is_seen(day: Shift) -> None:
    await day.says("ma", "队列")
    await day.presses("ma", "3 楼：1 单")
    await day.says("liu", "拿 12-001")
    await look(day)
    assert "#12-001 anna · 红烧肉饭×1、柠檬水×1 · 已记下 · " in (await screen(day))[0]
    assert " · 刘师傅 拿着" in (await screen(day))[0]


async def test_only_the_newest_message_of_a_chat_follows(day: Shift) -> None:
    await day.says("ma", "队列")
    await day.clock.advance(20)
    await day.says("ma", "队列")
    await order(day, "ben", "301")
    await look(day)
    older, newer = await screen(day)
    assert older == "这里不再更新：你在另一条消息里打开了队列。"
    assert newer.startswith("12栋有 3 单要送：")


async def test_it_ends_after_an_hour_and_says_so_once(day: Shift) -> None:
    await day.says("ma", "队列")
    assert await look(day, after_s=3601) == 1
    assert (await screen(day))[0].endswith("4 楼 1 单：412\n\n截至 13:00。点「刷新」看最新。")
    await order(day, "ben", "301")
    assert await look(day, after_s=60) == 0
    # A press begins it anew.
    assert (await day.presses("ma", "刷新")).endswith("到 14:01 为止。")


async def test_it_ends_when_the_primary_is_in_charge_again(day: Shift) -> None:
    await day.says("ma", "队列")
    await day.mode(Mode.NORMAL)
    assert await look(day) == 1
    assert (await screen(day))[0].endswith("点「刷新」看最新。")
    assert await look(day) == 0
    assert (await day.says("ma", "队列")).endswith("点「刷新」看最新。")


async def test_whoever_is_no_courier_any_more_is_shown_nothing_new(day: Shift) -> None:
    await day.says("ma", "队列")
    before = await screen(day)
    await day.store.write(lambda tx: people.replace_roles(tx, "directory", ()))
    await order(day, "ben", "301")
    assert await look(day) == 0
    assert await screen(day) == before


async def test_a_deleted_message_does_not_come_back(day: Shift) -> None:
    await day.says("ma", "队列")
    await day.store.write(lambda tx: tx.execute("DELETE FROM room_messages WHERE chat_id = ?", (MA,)))
    await order(day, "ben", "301")
    assert await look(day) == 1
    await order(day, "dan", "302")
    assert await look(day) == 0
    assert await screen(day) == []


async def test_in_their_own_group_one_courier_takes_no_queue_away_from_another(day: Shift) -> None:
    await day.store.write(lambda tx: courier_groups.bind(tx, GROUP_12, [BuildingId("12")]))
    await day.says("ma", "队列", group=GROUP_12)
    await day.presses("ma", "3 楼：1 单", group=GROUP_12)
    await order(day, "ben", "301")
    assert await look(day, after_s=60) == 1
    await day.clock.advance(60)
    await day.says("liu", "队列", group=GROUP_12)
    first, second = await screen(day, GROUP_12)
    assert first.startswith("12栋 3 楼：2 单\n301 · #12-003 ben")
    assert first.endswith("\n\n截至 12:01。点「刷新」看最新。")
    assert second.endswith("\n\n截至 12:02。有变化会自动更新，到 13:02 为止。")
    # Its buttons work on, and a press there lets it follow again.
    assert (await day.presses("ma", "拿 #12-003", group=GROUP_12)).startswith("归你送了：#12-003")
    first, second = await screen(day, GROUP_12)
    assert "到 13:02 为止" in first
    assert second.endswith("\n\n截至 12:02。点「刷新」看最新。")


async def test_deleting_the_older_message_does_not_stop_the_newer_one(day: Shift) -> None:
    await day.says("ma", "队列")
    await day.store.write(lambda tx: tx.execute("DELETE FROM room_messages WHERE chat_id = ?", (MA,)))
    await day.says("ma", "队列")
    for who, count in (("ben", 3), ("dan", 4)):
        await order(day, who, "301")
        assert await look(day) == 1
        (shown,) = await screen(day)
        assert shown.startswith(f"12栋有 {count} 单要送：")


async def test_the_older_message_says_that_it_is_left_though_the_newer_one_speaks_first(day: Shift) -> None:
    await day.says("ma", "队列")
    await day.clock.advance(20)

    def left_and_changed(tx: Tx) -> None:
        queue_views.refresh(tx, MA, "1", "left", (), "left", day.clock.now())
        queue_views.refresh(tx, MA, "2", "newer", (), "d", day.clock.now())

    await day.store.write(left_and_changed)
    waiting = await messages.waiting_to_say(day.store, "web", day.clock.now(), 10)
    assert [(row.message.edits, row.message.text) for row in waiting] == [("1", "left"), ("2", "newer")]


async def test_a_question_in_its_place_is_not_overwritten(day: Shift) -> None:
    await day.says("ma", "队列")
    await day.presses("ma", "3 楼：1 单")
    await day.presses("ma", "拿 #12-001")
    asked = await day.presses("ma", "问题")
    await order(day, "ben", "301")
    assert await look(day) == 0
    assert await screen(day) == [asked]
    await day.presses("ma", "没人接电话")
    await order(day, "dan", "302")
    assert await look(day) == 1
    assert " · ⚠ 没人接电话" in (await screen(day))[0]


async def test_a_channel_that_cannot_edit_gets_no_second_message(tmp_path: Path) -> None:
    deaf = FollowedQueues(ZoneInfo("Asia/Shanghai"), frozenset({"telegram"}))
    async with shift(tmp_path, [CourierDesk(deaf), OrderDesk(SETTINGS)]) as day:
        await order(day, "ben", "301")
        assert (await day.says("ma", "队列")).endswith("\n\n截至 12:00。点「刷新」看最新。")
        await order(day, "dan", "302")
        assert await look(day) == 0
        assert len(await screen(day)) == 1


@asynccontextmanager
async def following(day: Shift) -> AsyncIterator[None]:
    task = asyncio.create_task(QueueBoards(day.store, day.clock, QUEUES).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_it_runs_by_itself_and_rests_while_nobody_looks(day: Shift) -> None:
    async with following(day):
        for _ in range(50):
            await day.clock.advance(1)
            await asyncio.sleep(0)
        quiet = day.store.revision
        await day.says("ma", "队列")
        await order(day, "ben", "301")
        for _ in range(200):
            await day.clock.advance(1)
            await asyncio.sleep(0.002)
            await day.sender.say_waiting()
            if "12栋有 3 单" in (await screen(day))[0]:
                break
        assert (await screen(day))[0].startswith("12栋有 3 单要送：")
        settled = day.store.revision
        assert settled > quiet
        for _ in range(60):
            await day.clock.advance(1)
            await asyncio.sleep(0.002)
        # Nothing happens, so nothing is written but the one look after our own words were said.
        assert day.store.revision <= settled + 3
