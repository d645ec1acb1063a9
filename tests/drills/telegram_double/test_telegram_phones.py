"""The drill's people in Telegram find the bot's answer wherever Telegram shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import telegram

from core.directory import Building
from core.ids import BuildingId
from drills.demo_phones import Member, TalkRefused
from drills.demo_telegram import TelegramPhones
from drills.telegram_double.process import TelegramProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADMIN, ANNA, BEN = Member("boss", "Boss"), Member("anna", "王子涵"), Member("ben", "李明")
ROOM = "building-3"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def process(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TelegramProcess]:
    async with TelegramProcess(tmp_path_factory.mktemp("telegram") / "double.log") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def phones(process: TelegramProcess) -> AsyncIterator[TelegramPhones]:
    async with TelegramPhones(process, language="zh", platform="竹园校区") as chat:
        await chat.furnish(ADMIN, [Building(BuildingId("3"), "3栋", ())])
        yield chat


@pytest_asyncio.fixture(loop_scope="module")
async def bot(process: TelegramProcess) -> AsyncIterator[telegram.Bot]:
    async with telegram.Bot(process.token, base_url=f"{process.api_base}/bot") as client:
        yield client


def chat_of(key: str) -> int:
    """The vendor's chat id in one of our keys."""
    return int(key.split(":")[1])


def buttons(*data: str) -> telegram.InlineKeyboardMarkup:
    """One button for each."""
    return telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton(d, callback_data=d)] for d in data])


async def test_an_answer_belongs_to_the_message_it_answers(phones: TelegramPhones, bot: telegram.Bot) -> None:
    first, second = await phones.say(ANNA, ROOM, "两份宫保鸡丁"), await phones.say(BEN, ROOM, "一份麻婆豆腐")
    message_id = int(first.key.split(":")[2])
    await bot.send_message(
        chat_of(first.key), "已记下 #3-001", reply_to_message_id=message_id, reply_markup=buttons("x")
    )
    reply = await phones.answer(first)
    assert reply is not None
    assert (reply.text, reply.buttons, reply.room) == ("已记下 #3-001", (("x", "x"),), ROOM)
    assert await phones.answer(second, 0.3) is None


async def test_in_one_line_with_others_everybody_finds_their_own_order_not_their_talk(
    phones: TelegramPhones, bot: telegram.Bot
) -> None:
    talk = await phones.say(ANNA, ROOM, "好饿啊")
    anna, ben = await phones.say(ANNA, ROOM, "两份宫保鸡丁"), await phones.say(BEN, ROOM, "一份麻婆豆腐")
    lines = "#3-007 李明：麻婆豆腐×1 ¥11\n#3-008 王子涵：宫保鸡丁×2 ¥28"
    await bot.send_message(chat_of(anna.key), lines)
    replies = [await phones.answer(anna), await phones.answer(ben)]
    assert [reply.text for reply in replies if reply] == [
        "#3-008 王子涵：宫保鸡丁×2 ¥28",
        "#3-007 李明：麻婆豆腐×1 ¥11",
    ]
    assert await phones.answer(talk, 0.3) is None


async def test_a_press_is_answered_by_the_edit_of_its_message_not_by_the_toast_before(
    phones: TelegramPhones, bot: telegram.Bot
) -> None:
    said = await phones.say(ANNA, ROOM, "宫保鸡丁")
    chat_id, message_id = chat_of(said.key), int(said.key.split(":")[2])
    sent = await bot.send_message(chat_id, "几份？", reply_to_message_id=message_id, reply_markup=buttons("1", "2"))
    question = await phones.answer(said)
    assert question is not None
    press = await phones.press(ANNA, question, "2")
    await bot.answer_callback_query(press.key.split(":cb")[1], "记下了")
    await bot.edit_message_text("已记下 #3-009", chat_id, sent.message_id)
    reply = await phones.answer(press)
    assert reply is not None
    assert (reply.text, reply.id) == ("已记下 #3-009", sent.message_id)


async def test_a_toast_that_nothing_follows_is_the_answer(phones: TelegramPhones, bot: telegram.Bot) -> None:
    said = await phones.say(ANNA, ROOM, "宫保鸡丁")
    message_id = int(said.key.split(":")[2])
    await bot.send_message(chat_of(said.key), "几份？", reply_to_message_id=message_id, reply_markup=buttons("1"))
    question = await phones.answer(said)
    assert question is not None
    press = await phones.press(BEN, question, "1")
    await bot.answer_callback_query(press.key.split(":cb")[1], "这不是你的")
    reply = await phones.answer(press, 0.5)
    assert reply is not None
    assert reply.text == "这不是你的"


async def test_alone_with_the_bot_the_next_message_is_the_answer(phones: TelegramPhones, bot: telegram.Bot) -> None:
    phones.silence_s = 0.3  # nobody answers /start here
    said = await phones.say(ANNA, ANNA.private_room, "我的订单")
    await bot.send_message(chat_of(said.key), "你有 2 单")
    reply = await phones.answer(said)
    assert reply is not None
    assert (reply.text, reply.room) == ("你有 2 单", ANNA.private_room)


async def test_a_notice_is_known_by_its_heading(phones: TelegramPhones, bot: telegram.Bot) -> None:
    said = await phones.say(ANNA, ROOM, "怎么了")
    heard = len(phones.bubbles)
    await bot.send_message(chat_of(said.key), "【应急点餐】竹园校区的平台故障，现在可以在本群点餐\n故障：没有响应")
    assert await phones.wait_for(lambda: len(phones.bubbles) > heard, 5)
    assert (phones.bubbles[-1].priority, phones.bubbles[-1].reply_to) == ("notice", None)


async def test_what_telegram_does_not_allow_is_no_talk(phones: TelegramPhones) -> None:
    with pytest.raises(TalkRefused):
        await phones.say(ANNA, ROOM, "饭" * 4097)
