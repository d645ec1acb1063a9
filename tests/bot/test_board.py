"""The pinned board says what is true now, in a few lines, and is only written when it would change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from bot.board import BoardRules, Boards, menu_text, refresh_boards
from bot.private_link import private_link
from core.catalog import Catalog
from core.errors import StoreFull
from core.ids import BuildingId, ChatId, ItemId
from core.mode import Mode
from core.notices import NoticeRules
from core.times import to_ms
from fallback_store import messages, people, stock
from fallback_store.database import Tx
from service.outliving import Outliving
from tests.dialogs.shift import Shift, shift
from tests.small_campus import CATALOG, EPOCH, GROUP_7, GROUP_12, place
from watch.mode_switch import StoreModeSwitch

RULES = BoardRules(ZoneInfo("Asia/Shanghai"), "https://order.example")


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Shift]:
    async with shift(tmp_path, [], mode=Mode.NORMAL) as running:
        yield running


async def refreshed(day: Shift, catalog: Catalog | None = CATALOG) -> int:
    """How many boards a look changed; they are shown before this returns."""
    now = day.clock.now()
    changed = await day.store.write(lambda tx: refresh_boards(tx, now, catalog=catalog, rules=RULES))
    while await day.sender.say_waiting():
        pass
    return changed


async def board(day: Shift, chat_id: ChatId = GROUP_12) -> str:
    rows = await day.store.read_all(
        "SELECT text FROM room_messages WHERE chat_id = :chat AND board = 'pinned'", {"chat": chat_id}
    )
    assert len(rows) == 1
    return str(rows[0][0])


async def test_the_board_of_an_emergency_tells_how_to_order(day: Shift) -> None:
    await day.mode(Mode.EMERGENCY)
    for n in range(5):
        await day.store.write(lambda tx, n=n: place(tx, f"p{n}", "305"))  # type: ignore[misc]
    await day.store.write(lambda tx: place(tx, "egg", "305", "egg", quantity=2))
    assert await refreshed(day) == 2
    assert await board(day) == (
        "■ 应急接单中 · 12栋\n"
        "直接打字就能点，例如：红烧肉饭一份 305。「我的订单」查进度，「取消」撤单。收到「已记下」和单号才算点上。\n"
        "\n"
        "老王快餐：红烧肉饭 ¥16（剩 5）、红烧排骨 ¥22\n"
        "三号奶茶：柠檬水 ¥6、珍珠奶茶 ¥9\n"
        "售罄：番茄炒蛋\n"
        "\n"
        "已记下 6 单，最近：#12-004、#12-005、#12-006。取餐：12栋西门\n"
        "菜单取自 11:40 · 12:00 更新"
    )
    assert "还没有人点。取餐：7栋楼下" in await board(day, GROUP_7)


async def test_only_boards_that_would_change_are_written(day: Shift) -> None:
    await day.mode(Mode.EMERGENCY)
    assert await refreshed(day) == 2
    await day.clock.advance(600)
    assert await refreshed(day) == 0
    await day.store.write(lambda tx: place(tx, "anna", "305", "lemon"))
    assert await refreshed(day) == 1
    assert "已记下 1 单，最近：#12-001。" in await board(day)
    assert "12:10 更新" in await board(day)
    assert "12:00 更新" in await board(day, GROUP_7)


async def test_a_sale_that_nobody_needs_to_know_of_changes_no_other_building(day: Shift) -> None:
    await day.store.write(lambda tx: tx.execute("UPDATE stock SET supply = 100 WHERE item_id = 'pork'"))
    await day.mode(Mode.EMERGENCY)
    await refreshed(day)
    await day.store.write(lambda tx: place(tx, "anna", "305"))
    assert await refreshed(day) == 1
    await day.store.write(lambda tx: tx.execute("UPDATE stock SET supply = 5 WHERE item_id = 'pork'"))
    assert await refreshed(day) == 2
    assert "红烧肉饭 ¥16（剩 4）" in await board(day, GROUP_7)


async def test_while_the_platform_works_a_group_without_a_board_is_left_in_peace(day: Shift) -> None:
    assert await refreshed(day) == 0
    await day.mode(Mode.EMERGENCY)
    assert await refreshed(day) == 2
    await day.mode(Mode.HANDING_BACK)
    assert await refreshed(day) == 2
    assert (await board(day)).startswith("➜ 正在交还平台 · 12栋：暂停接单，已记下的照送。\n还没有人点。")
    await day.mode(Mode.NORMAL)
    assert await refreshed(day) == 2
    assert (await board(day)).startswith("● 平台正常 · 12栋：请在平台下单 https://order.example 。")
    await day.mode(Mode.WATCHING)
    assert await refreshed(day) == 0
    await day.mode(Mode.PARTIAL)
    assert await refreshed(day) == 2


async def test_the_newest_state_of_a_board_wins_and_old_ones_are_forgotten(day: Shift) -> None:
    await day.mode(Mode.EMERGENCY)
    await refreshed(day)
    for n in range(6):
        await day.store.write(lambda tx, n=n: place(tx, f"p{n}", "305", "lemon"))  # type: ignore[misc]
        now = day.clock.now()
        await day.store.write(lambda tx, now=now: refresh_boards(tx, now, catalog=CATALOG, rules=RULES))  # type: ignore[misc]
        await day.clock.advance(5)
    rows = await day.store.read_all(
        "SELECT state, count(*) FROM outgoing WHERE chat_id = :chat GROUP BY state ORDER BY state", {"chat": GROUP_12}
    )
    assert [tuple(row) for row in rows] == [("sent", 1), ("waiting", 1)]
    waiting = await messages.waiting_to_say(day.store, "web", day.clock.now(), 10)
    assert [row.message.board for row in waiting] == ["pinned"]
    assert await day.sender.say_waiting() == 1
    assert "#12-004、#12-005、#12-006" in await board(day)


async def test_a_board_that_returns_to_an_earlier_state_is_written_again(day: Shift) -> None:
    await day.mode(Mode.EMERGENCY)
    await refreshed(day)
    for stopped, named in ((1, True), (0, False), (1, True)):
        await day.clock.advance(5)
        await day.store.write(
            lambda tx, s=stopped: tx.execute("UPDATE stock SET is_stopped = ? WHERE item_id = 'ribs'", (s,))  # type: ignore[misc]
        )
        assert await refreshed(day) == 2
        assert ("售罄：红烧排骨" in await board(day)) is named


async def test_without_a_menu_the_board_says_so(day: Shift) -> None:
    await day.store.write(lambda tx: tx.execute("DELETE FROM catalog_snapshots"))
    await day.mode(Mode.EMERGENCY)
    assert await refreshed(day, None) == 2
    assert "平台断开前没有来得及取到菜单" in await board(day)
    assert "红烧肉" not in await board(day)


async def test_a_group_reads_its_board_in_its_language(day: Shift) -> None:
    await day.store.write(lambda tx: tx.execute("UPDATE chats SET language = 'en' WHERE id = ?", (GROUP_12,)))
    await day.mode(Mode.EMERGENCY)
    await refreshed(day)
    assert (await board(day)).startswith("■ Emergency ordering is on · 12栋\nJust type, for example: ")
    assert (await board(day, GROUP_7)).startswith("■ 应急接单中")


async def test_a_campus_of_many_dishes_fits_one_message() -> None:
    items = tuple(
        replace(CATALOG.merchants[0].items[0], id=ItemId(f"i{n}"), name=f"招牌很长的菜名第{n}号") for n in range(90)
    )
    merchants = tuple(
        replace(CATALOG.merchants[0], name=f"{n} 号窗口", items=items[n * 6 : n * 6 + 6]) for n in range(15)
    )
    left: dict[ItemId, int | None] = {item.id: n % 3 for n, item in enumerate(items)}
    words = menu_text("zh", replace(CATALOG, merchants=merchants), left)
    assert len(words) < 1500
    assert "还有 3 家，发送「菜单」看全部" in words
    assert "等，还有 22 种" in words


async def test_the_board_leads_to_the_private_chat_of_its_building(day: Shift) -> None:
    await day.mode(Mode.EMERGENCY)
    await refreshed(day)
    rows = await day.store.read_all(
        "SELECT chat_id, buttons FROM room_messages WHERE board = 'pinned' ORDER BY chat_id"
    )
    assert [(row[0], orjson.loads(row[1])) for row in rows] == [
        (GROUP_12, [[["私聊点餐", "link:start:12"]]]),
        (GROUP_7, [[["私聊点餐", "link:start:7"]]]),
    ]


@pytest.mark.parametrize(
    ("word", "carried"), [("12", "12"), ("b_12-a", "b_12-a"), ("十二", ""), ("a b", ""), (None, "")]
)
def test_a_link_carries_only_what_every_vendor_takes(word: str | None, carried: str) -> None:
    assert private_link("zh", word).starts_with == carried


async def test_the_board_says_when_the_next_notice_comes_until_it_is_due(day: Shift) -> None:
    rules = replace(RULES, notice_every_s=1200.0)

    async def says() -> str:
        now = day.clock.now()
        await day.store.write(lambda tx: refresh_boards(tx, now, catalog=CATALOG, rules=rules))
        while await day.sender.say_waiting():
            pass
        return await board(day)

    switch = StoreModeSwitch(NoticeRules(platform="校园", timezone=RULES.timezone))
    now = day.clock.now()
    await day.store.write(lambda tx: switch.enter_emergency(tx, by="web:root", reason="drill", now=now))
    await day.store.write(lambda tx: tx.execute("UPDATE incidents SET noticed_ms = ?", (to_ms(now),)))
    assert "下次通报：12:20\n" in await says()
    await day.clock.advance(1200)
    assert "下次通报" not in await says()


async def test_the_loop_follows_what_happens(day: Shift) -> None:
    await day.mode(Mode.EMERGENCY)
    boards = Boards(day.store, day.clock, RULES)
    looking = asyncio.create_task(boards.run())
    try:
        await _settled(day)
        assert "还没有人点" in await board(day)
        await day.store.write(lambda tx: place(tx, "anna", "305", "lemon"))
        await _settled(day)
        assert "已记下 1 单" in await board(day)
        await day.store.write(
            lambda tx: stock.edit(tx, ItemId("ribs"), "is_stopped", 1, by="t", source="grid", now=day.clock.now())
        )
        await _settled(day)
        assert "售罄：红烧排骨" in await board(day)
    finally:
        looking.cancel()
        await asyncio.wait([looking])


async def test_a_full_disk_stops_the_boards_only_while_it_is_full(day: Shift) -> None:
    def fill_up(tx: Tx) -> None:
        (pages,) = tx.execute("PRAGMA page_count").fetchone()
        tx.execute(f"PRAGMA max_page_count = {pages}")

    def many_groups(tx: Tx) -> None:
        for n in range(100, 160):
            tx.execute("INSERT INTO buildings (id, name) VALUES (?, ?)", (str(n), f"{n}栋"))
            people.bind_chat(tx, ChatId(f"web:building-{n}"), BuildingId(str(n)), title="", language="zh")

    await day.store.write(many_groups)
    await day.mode(Mode.EMERGENCY)
    await day.store.write(fill_up)
    boards = Boards(day.store, day.clock, RULES)
    with pytest.raises(StoreFull):
        await boards.refresh()
    looking = asyncio.create_task(Outliving(day.clock).run("boards", boards.run))
    try:
        await asyncio.sleep(0.1)
        assert not looking.done()
        await day.store.write(lambda tx: tx.execute("PRAGMA max_page_count = 1073741823").fetchone())
        await _settled(day)
        assert "■ 应急接单中" in await board(day)
    finally:
        looking.cancel()
        await asyncio.wait([looking])


async def test_boards_of_two_hundred_buildings_are_cheap_to_look_at(day: Shift) -> None:
    def many(tx: Tx) -> None:
        for n in range(100, 300):
            tx.execute("INSERT INTO buildings (id, name) VALUES (?, ?)", (str(n), f"{n}栋"))
            people.bind_chat(tx, ChatId(f"web:building-{n}"), BuildingId(str(n)), title="", language="zh")

    await day.store.write(many)
    await day.mode(Mode.EMERGENCY)
    assert await refreshed(day) == 202
    assert await refreshed(day) == 0
    plan = await day.store.read_all(
        "EXPLAIN QUERY PLAN SELECT key FROM outgoing WHERE chat_id = 'x' AND board = 'pinned' AND board <> ''"
        " ORDER BY id DESC LIMIT 1"
    )
    assert any("outgoing_boards" in row["detail"] for row in plan)
    assert await day.one(f"SELECT count(*) FROM mode_changes WHERE epoch = {EPOCH}") == 1


async def _settled(day: Shift) -> None:
    """Lets the loop look, and the sender speak."""
    for _ in range(8):
        await asyncio.sleep(0.02)
        await day.clock.advance(RULES.every_s)
        while await day.sender.say_waiting():
            pass
