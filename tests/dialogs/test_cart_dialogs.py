"""A cart in the private chat: one message that every tap edits, until it is the receipt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from bot.channels.local_chat import LocalChat, member
from bot.desks.order import OrderDesk
from core.ids import ChatId
from core.mode import Mode
from core.settings import Settings
from fallback_store import catalog_snapshots, people
from fallback_store.database import Store
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import ANNA, CATALOG_JSON, GROUP_12

ANNA_ALONE = ChatId("web:@anna")


@pytest.fixture
async def lunch(tmp_path: Path) -> AsyncIterator[Shift]:
    async with shift(tmp_path, [OrderDesk(SETTINGS)]) as running:
        yield running


async def shown(lunch: Shift, chat: ChatId = ANNA_ALONE) -> list[str]:
    """What the bot's messages in a chat say now, oldest first."""
    rows = await lunch.store.read_all(
        "SELECT text FROM room_messages WHERE chat_id = :chat AND person_id IS NULL ORDER BY id", {"chat": chat}
    )
    return [row[0] for row in rows]


async def starts(lunch: Shift) -> None:
    """Anna comes from building 12's board and has one portion of pork in her cart."""
    await lunch.says("anna", "/start 12")
    await lunch.presses("anna", "老王快餐")
    await lunch.presses("anna", "红烧肉饭 ¥16 剩10")


async def test_one_message_is_menu_then_cart_then_receipt(lunch: Shift) -> None:
    assert "你点的餐送到 12栋" in await lunch.says("anna", "/start 12")
    await lunch.presses("anna", "老王快餐")
    await lunch.presses("anna", "红烧肉饭 ¥16 剩10")
    await lunch.presses("anna", "红烧肉饭 ¥16 剩10 · 已选 1")
    await lunch.presses("anna", "购物车（2 份 ¥32）")
    await lunch.presses("anna", "－")
    await lunch.presses("anna", "红烧肉饭（口味） ×1")
    await lunch.presses("anna", "不辣")
    await lunch.presses("anna", "← 购物车")
    assert "哪个房间" in await lunch.presses("anna", "下单 ¥16")
    assert len(await shown(lunch)) == 1
    assert (await lunch.says("anna", "305")).startswith("已记下 #12-001\n红烧肉饭 ×1（不辣） ¥16")
    assert await lunch.orders() == {"#12-001": "placed"}


async def test_the_link_says_where_somebody_lives_and_forgets_the_room_elsewhere(lunch: Shift) -> None:
    await lunch.says("anna", "红烧肉一份 305", group=GROUP_12)
    await lunch.says("anna", "/start 12")
    assert (await people.find(lunch.store, ANNA)).room == "305"
    assert "送到 7栋" in await lunch.says("anna", "/start 7")
    person = await people.find(lunch.store, ANNA)
    assert (person.building_id, person.room) == ("7", "")


@pytest.mark.parametrize("word", ["99", "12'; DROP TABLE people", "x" * 64, "12栋/../7"])
async def test_a_link_to_no_building_changes_nothing(lunch: Shift, word: str) -> None:
    assert "你点的餐送到" not in await lunch.says("anna", f"/start {word}")
    assert (await people.find(lunch.store, ANNA)).building_id is None


async def test_the_link_works_while_the_platform_works(lunch: Shift) -> None:
    await lunch.mode(Mode.NORMAL)
    answer = await lunch.says("anna", "/start 12")
    assert "送到 12栋" in answer
    assert "平台正常" in answer
    assert (await people.find(lunch.store, ANNA)).building_id == "12"


async def test_where_to_and_a_note_are_typed_and_stand_in_the_order(lunch: Shift) -> None:
    await starts(lunch)
    await lunch.presses("anna", "购物车（1 份 ¥16）")
    assert "哪里" in await lunch.presses("anna", "送到哪里")
    assert "没有找到" in await lunch.says("anna", "99栋 305")
    assert "送到 7栋 402" in await lunch.says("anna", "7栋 402")
    assert "备注" in await lunch.presses("anna", "写备注")
    assert "备注：少饭多汤" in await lunch.says("anna", "少饭多汤")
    receipt = await lunch.presses("anna", "下单 ¥16")
    assert receipt.startswith("已记下 #7-001")
    assert "送到 7栋 402\n备注：少饭多汤" in receipt


async def test_going_back_from_a_question_makes_the_next_words_no_answer_to_it(lunch: Shift) -> None:
    await starts(lunch)
    await lunch.presses("anna", "购物车（1 份 ¥16）")
    await lunch.presses("anna", "写备注")
    await lunch.presses("anna", "← 购物车")
    assert "备注" not in await lunch.says("anna", "谢谢")
    assert "备注" not in (await lunch.presses("anna", "＋"))


async def test_an_order_typed_in_place_of_a_note_is_an_order(lunch: Shift) -> None:
    await starts(lunch)
    await lunch.presses("anna", "购物车（1 份 ¥16）")
    await lunch.presses("anna", "写备注")
    assert (await lunch.says("anna", "番茄炒蛋一份 305")).startswith("已记下 #12-001\n番茄炒蛋 ×1")


async def test_what_ran_short_is_offered_and_nothing_is_ordered(lunch: Shift) -> None:
    await lunch.says("anna", "/start 12")
    await lunch.presses("anna", "老王快餐")
    await lunch.presses("anna", "番茄炒蛋 ¥12.5 剩2")
    await lunch.presses("anna", "番茄炒蛋 ¥12.5 剩2 · 已选 1")
    assert await lunch.presses("anna", "番茄炒蛋 ¥12.5 剩2 · 已选 2") == "番茄炒蛋 只剩 2 份。"
    await lunch.presses("anna", "购物车（2 份 ¥25）")
    await lunch.presses("anna", "送到哪里")
    await lunch.says("anna", "305")
    await lunch.says("bo", "番茄炒蛋一份 306", group=GROUP_12)
    assert "番茄炒蛋 只剩 1 份" in await lunch.presses("anna", "下单 ¥25")
    assert "番茄炒蛋 ×1 ¥12.5" in await lunch.presses("anna", "番茄炒蛋 只剩 1 份，就要 1 份")
    assert (await lunch.presses("anna", "下单 ¥12.5")).startswith("已记下 #12-002")


async def test_what_is_sold_out_can_be_taken_out(lunch: Shift) -> None:
    await lunch.says("anna", "/start 12")
    await lunch.presses("anna", "老王快餐")
    await lunch.presses("anna", "番茄炒蛋 ¥12.5 剩2")
    await lunch.says("bo", "番茄炒蛋两份 306", group=GROUP_12)
    assert "番茄炒蛋 卖完了" in await lunch.presses("anna", "购物车（1 份 ¥12.5）")
    assert "购物车是空的" in await lunch.presses("anna", "番茄炒蛋 卖完了，去掉")


async def test_a_button_under_an_older_state_never_orders_what_was_not_on_the_screen(lunch: Shift) -> None:
    await starts(lunch)
    await lunch.presses("anna", "购物车（1 份 ¥16）")
    old = await lunch._button(ANNA_ALONE, "下单 ¥16")
    await lunch.presses("anna", "送到哪里")
    await lunch.says("anna", "305")
    more = await lunch.presses("anna", "＋")
    assert "红烧肉饭 ×2" in more
    answer = await forged(lunch, "anna", old[1])
    assert "不一样了" in answer
    assert "红烧肉饭 ×2 ¥32" in answer
    assert await lunch.orders() == {}


async def test_a_cart_that_was_ordered_says_so_and_leaves_the_receipt_alone(lunch: Shift) -> None:
    await starts(lunch)
    await lunch.presses("anna", "购物车（1 份 ¥16）")
    old = await lunch._button(ANNA_ALONE, "＋")
    await lunch.presses("anna", "送到哪里")
    await lunch.says("anna", "305")
    place = await lunch._button(ANNA_ALONE, "下单 ¥16")
    assert (await lunch.presses("anna", "下单 ¥16")).startswith("已记下 #12-001")
    for button in (old, place):
        assert "已经下单、清空或过期" in await forged(lunch, "anna", button[1])
    assert (await shown(lunch))[1].startswith("已记下 #12-001")
    assert len(await lunch.orders()) == 1


async def test_an_expired_cart_says_so_and_shows_the_present_one(lunch: Shift) -> None:
    await starts(lunch)
    old = await lunch._button(ANNA_ALONE, "购物车（1 份 ¥16）")
    await lunch.clock.advance(Settings().orders.question_expires_s + 1)
    assert "过期" in await forged(lunch, "anna", old[1])
    await lunch.says("anna", "菜单")
    await lunch.presses("anna", "老王快餐")
    await lunch.presses("anna", "番茄炒蛋 ¥12.5 剩2")
    answer = await forged(lunch, "anna", old[1])
    assert "过期" in answer
    assert "番茄炒蛋 ×1" in answer


async def test_a_cart_in_the_store_outlives_the_process(tmp_path: Path) -> None:
    async with shift(tmp_path, [OrderDesk(SETTINGS)]) as lunch:
        await starts(lunch)
    async with await Store.open(tmp_path / "store.sqlite3") as store:
        chat = LocalChat(store, lunch.clock, SETTINGS.channels.local_chat, language="zh")
        again = Shift(store, lunch.clock, chat, lunch.desk, lunch.sender)
        again.desk = type(lunch.desk)(store, lunch.clock, {"web": chat}, [OrderDesk(SETTINGS)], "zh")
        again.sender = type(lunch.sender)(store, lunch.clock, chat, lambda: 0.5)
        again._count = 1000
        assert "红烧肉饭 ×1 ¥16" in await again.presses("anna", "购物车（1 份 ¥16）")


@pytest.mark.parametrize(
    "action",
    [
        "order:cart:1:more:1", "order:cart:1:place:1", "order:cart:1:clear", "order:cart:1:opt:1:不辣",
        "order:cart:1:room", "order:cart:1:note", "order:cart:1:show",
    ],
)  # fmt: skip
async def test_somebody_elses_cart_is_out_of_reach(lunch: Shift, action: str) -> None:
    await starts(lunch)
    assert "别人的购物车" in await forged(lunch, "bo", action)
    assert "红烧肉饭 ×1 ¥16" in await lunch.presses("anna", "购物车（1 份 ¥16）")
    assert await lunch.orders() == {}


@pytest.mark.parametrize(
    "action",
    [
        "order:cart:", "order:cart:0:place:", "order:cart:-1:clear", "order:cart:x:more:1",
        "order:cart:9999999999999999999999:more:1", "order:cart:1:more:", "order:cart:1:more:99999999999999999999",
        "order:cart:1:opt:1:",
        "order:cart:1:set:1:²", "order:cart:1:nothing", "order:cart:1:place:99", "order:add::",
        "order:add:0:nothing", "order:add:²:pork", "order:menu:::::", "order:menu:m1:99999",
        "order:menu:m1:-1", "order:card:", "order:card:3.12.1", "order:undo:3.12.1",
        "order:q:²:0", "order:q:1:²", "order:mine:", "order:",
        "order", "order:place:", "order:" + "x" * 3000,
    ],
)  # fmt: skip
async def test_forged_buttons_are_answered_and_order_nothing(lunch: Shift, action: str) -> None:
    await starts(lunch)
    assert await forged(lunch, "anna", action)
    assert await lunch.orders() == {}


async def forged(lunch: Shift, name: str, action: str) -> str:
    """The answer to a press of a button that is no longer, or never was, under a message."""
    author = member(name)
    chat, key = author.private_chat, f"forged-{lunch._next()}"
    update = lunch.chat._update(author, chat, key, action=action)  # type: ignore[arg-type]
    await lunch.desk.take([update], lambda tx: None)
    return await lunch._answer(key)  # type: ignore[arg-type]


async def costs(lunch: Shift, price_fen: int) -> None:
    """A menu on which pork has another price."""
    menu = orjson.loads(orjson.dumps(CATALOG_JSON))
    menu["version"], menu["merchants"][0]["items"][0]["price_fen"] = f"menu-{price_fen}", price_fen
    await lunch.store.write(lambda tx: catalog_snapshots.keep(tx, orjson.dumps(menu).decode(), None, lunch.clock.now()))


async def test_a_price_that_changed_twice_is_shown_twice_before_it_counts(lunch: Shift) -> None:
    await starts(lunch)
    await lunch.presses("anna", "购物车（1 份 ¥16）")
    await lunch.presses("anna", "送到哪里")
    await lunch.says("anna", "305")
    await costs(lunch, 1800)
    assert "不一样了" in await lunch.presses("anna", "下单 ¥16")
    await costs(lunch, 1900)
    assert "不一样了" in await lunch.presses("anna", "下单 ¥18")
    assert await lunch.orders() == {}
    assert "合计 ¥19" in await lunch.presses("anna", "下单 ¥19")


async def test_a_price_that_changed_meanwhile_is_shown_before_it_counts(lunch: Shift) -> None:
    await starts(lunch)
    await lunch.presses("anna", "购物车（1 份 ¥16）")
    await lunch.presses("anna", "送到哪里")
    await lunch.says("anna", "305")
    await costs(lunch, 1800)
    assert "不一样了" in await lunch.presses("anna", "下单 ¥16")
    assert await lunch.orders() == {}
    assert "合计 ¥18" in await lunch.presses("anna", "下单 ¥18")
