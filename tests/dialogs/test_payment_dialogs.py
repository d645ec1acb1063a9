"""Money at the door: what a student says is noted and not believed; who receives it, and only they, say it is paid."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.mode import Mode
from core.pickup_code import describe
from fallback_store import hand_backs
from fallback_store.database import Tx
from tests.dialogs.phones import ANNA, BO, CHEF, GROUP, LIU, ROOT, Phones, phones
from tests.small_campus import EPOCH, NOON


@pytest.fixture
async def lunch(tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones(tmp_path) as running:
        for who, words in ((ANNA, "红烧肉一份 305"), (BO, "柠檬水一杯 301")):
            await running.types(who, words, GROUP)
        yield running


async def says(lunch: Phones, who: int, words: str, chat: int | None = None) -> str:
    return (await lunch.types(who, words, chat))[0].text


async def payments(lunch: Phones) -> list[tuple[str, int, str]]:
    rows = await lunch.store.read_all(
        "SELECT kind, json_extract(body, '$.amount_fen'), coalesce(json_extract(body, '$.reference'), '') FROM outbox"
        " WHERE kind LIKE 'payment%' ORDER BY seq"
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def test_what_a_student_says_is_noted_and_not_taken_for_paid(lunch: Phones) -> None:
    said = await says(lunch, ANNA, "已付 #12-001 4200001234202611")
    assert "记下了：你说 #12-001 的 ¥16 已经付过，支付单号 4200001234202611" in said
    assert "这还不算收到" in said
    assert await payments(lunch) == [("payment.claimed", 1600, "4200001234202611")]
    assert "#12-001 已记下 ¥16（说已付，未确认）" in await says(lunch, ANNA, "我的订单")


@pytest.mark.parametrize("words", ["已付 12-001", "我已付款了 #12-001", "paid #12-001"])
async def test_without_a_number_to_look_up_the_answer_says_so(lunch: Phones, words: str) -> None:
    assert "没有支付单号就没法查" in await says(lunch, ANNA, words)
    assert [kind for kind, *_ in await payments(lunch)] == ["payment.claimed"]


async def test_nobody_speaks_for_somebody_elses_order(lunch: Phones) -> None:
    assert "不是你下的单" in await says(lunch, BO, "已付 #12-001 4200001234")
    assert "#12-099" in await says(lunch, BO, "已付 #12-099 4200001234")
    assert await payments(lunch) == []


@pytest.mark.parametrize("who", [LIU, ROOT])
async def test_who_receives_the_money_says_so_once_and_the_student_hears(lunch: Phones, who: int) -> None:
    await says(lunch, ANNA, "已付 #12-001 4200001234")
    assert await says(lunch, who, "收到款 #12-001、12-002") == "已收款：#12-001，¥16\n已收款：#12-002，¥6"
    told = [row[0] for row in await lunch.store.read_all("SELECT text FROM outgoing WHERE text LIKE '%的钱已收到。'")]
    assert told == ["#12-001、#12-002 的钱已收到。"]
    assert "之前已经收到" in await says(lunch, who, "收款 12-001")
    assert "之前已经收到" in await says(lunch, ANNA, "已付 12-001 4200009999")
    assert [kind for kind, *_ in await payments(lunch)] == [
        "payment.claimed", "payment.confirmed", "payment.confirmed",
    ]  # fmt: skip
    assert "¥16（已收款）" in await says(lunch, ANNA, "我的订单")


@pytest.mark.parametrize("mode", [Mode.HANDING_BACK, Mode.NORMAL])
@pytest.mark.parametrize("words", ["已付 12-001 4200001234", "已付 12-001"])
async def test_nothing_is_promised_when_nobody_will_ask(lunch: Phones, mode: Mode, words: str) -> None:
    await lunch.mode(mode)
    assert "没有记：#12-001 正在交还平台，或已经交还" in await says(lunch, ANNA, words)
    assert await payments(lunch) == []


async def test_an_order_of_an_epoch_handed_back_is_not_looked_up_in_the_next_one(lunch: Phones) -> None:
    def hand_back(tx: Tx) -> None:
        hand_backs.begin(tx, EPOCH, by="root", now=NOON)
        hand_backs.move(tx, EPOCH, hand_backs.Step.DONE, now=NOON)

    await lunch.store.write(hand_back)
    await lunch.mode(Mode.EMERGENCY, EPOCH + 1)
    assert "没有记：#12-001" in await says(lunch, ANNA, "已付 12-001 4200001234")
    assert await payments(lunch) == []


@pytest.mark.parametrize(
    "words", ["收款 12-001和12-002", "收款 12-001，和 12-002", "received #12-001 和 #12-002", "已收款 12-001\n12-002"]
)
async def test_numbers_are_told_apart_however_they_are_joined(lunch: Phones, words: str) -> None:
    assert await says(lunch, LIU, words) == "已收款：#12-001，¥16\n已收款：#12-002，¥6"


async def test_every_number_of_a_long_sentence_is_answered(lunch: Phones) -> None:
    unknown = " ".join(str(number) for number in range(50, 90))
    said = (await says(lunch, LIU, f"收款 {unknown} 12-001")).splitlines()
    assert len(said) == 41
    assert "89" in said[-2]
    assert said[-1] == "已收款：#12-001，¥16"


@pytest.mark.parametrize("who", [ANNA, CHEF])
async def test_students_and_kitchens_receive_nothing(lunch: Phones, who: int) -> None:
    assert "由送餐员或管理员记" in await says(lunch, who, "收到款 #12-001")
    assert await payments(lunch) == []


async def test_a_courier_of_another_building_receives_nothing(lunch: Phones) -> None:
    await lunch.store.write(
        lambda tx: tx.execute("UPDATE OR IGNORE roles SET scope = '7' WHERE role = 'courier' AND source = 'config'")
    )
    assert "#12-001" in await says(lunch, LIU, "收到款 #12-001")
    assert await payments(lunch) == []


async def test_nothing_is_owed_for_a_cancelled_order(lunch: Phones) -> None:
    await says(lunch, ANNA, "取消 #12-001")
    assert await says(lunch, ANNA, "已付 #12-001 4200001234") == "#12-001 已取消，不用付钱。"
    assert await says(lunch, LIU, "收到款 12-001") == "#12-001 已取消，不用付钱。"
    assert await payments(lunch) == []


@pytest.mark.parametrize("words", ["收到款了吗", "已付", "paid a lot", "收到款 " + "12-001 " * 60])
async def test_talk_about_money_is_no_command(lunch: Phones, words: str) -> None:
    await says(lunch, LIU, words, GROUP)
    assert await payments(lunch) == []


async def test_one_press_at_the_door_delivers_and_receives(lunch: Phones) -> None:
    queue, _ = await lunch.types(LIU, "队列")
    assert "#12-001 安娜 · 红烧肉饭×1 · 已记下 · 取餐码" in queue.text
    assert " · 收 ¥16" in queue.text
    taken = await lunch.presses(LIU, queue, "拿 #12-001")
    picked = await lunch.presses(LIU, taken, "取餐 #12-001")
    done = await lunch.presses(LIU, picked, "送达并收 ¥16")
    assert (done.toast, done.edits) == ("已送达，已收款：#12-001", str(lunch.shown))
    again = await lunch.presses(LIU, picked, "送达并收 ¥16")
    assert again.toast == "已送达，已收款：#12-001"
    rows = await lunch.store.read_all("SELECT kind FROM outbox WHERE order_id LIKE '%-12-1' ORDER BY seq")
    assert [row[0] for row in rows] == ["order.placed", "order.picked_up", "order.delivered", "payment.confirmed"]
    told = await lunch.store.read_all("SELECT chat_id FROM outgoing WHERE text = '已送达，已收款：#12-001'")
    assert f"telegram:{GROUP}" in [row[0] for row in told]


async def test_what_is_paid_already_is_not_received_again(lunch: Phones) -> None:
    await says(lunch, ROOT, "收到款 12-001")
    queue, _ = await lunch.types(LIU, "队列")
    assert " · 已收款" in queue.text
    for label in ("拿 #12-001", "取餐 #12-001"):
        queue = await lunch.presses(LIU, queue, label)
    assert "送达 #12-001" in queue.buttons
    assert "送达并收 ¥16" not in queue.buttons


async def test_a_code_finds_its_bag_for_the_crew_and_for_nobody_else(lunch: Phones) -> None:
    code = describe(str(await lunch.one("SELECT pickup_code FROM orders WHERE number = 1")), "zh")
    for words in (code, f"取餐码 {code.lower()}"):
        said, _ = await lunch.types(LIU, words)
        assert said.text.startswith("305 · #12-001 安娜 · 红烧肉饭×1")
        assert "拿 #12-001" in said.buttons
    assert "安娜" not in await says(lunch, BO, code)
    # In the students' group nobody is named.
    assert "安娜" not in await says(lunch, LIU, code, GROUP)
    for label in ("拿 #12-001", "取餐 #12-001", "送达 #12-001"):
        said = await lunch.presses(LIU, said, label)
    assert "没有这个取餐码" in await says(lunch, LIU, code)
