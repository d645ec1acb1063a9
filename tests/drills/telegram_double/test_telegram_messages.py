"""The bot writes into the double's chats: what people see, and what the vendor refuses in its own words."""

from __future__ import annotations

import io
from typing import Any

import aiogram
import pytest
import telegram
from PIL import Image
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from drills.hand_clock import HandClock
from drills.telegram_double.double import TelegramDouble
from tests.drills.telegram_double.clients import ONE_BUTTON, AnyBot, call, refused, running

SAME = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)


def picture(width: int = 300, height: int = 200) -> bytes:
    """A small PNG."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, "PNG")
    return written.getvalue()


# -- new -------------------------------------------------------------------------------------------------------------


async def test_what_the_bot_says_is_shown_with_its_buttons(double: TelegramDouble, bot: telegram.Bot) -> None:
    group = double.group("3栋")
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("确认", callback_data="ok:12")]])
    sent = await bot.send_message(group.id, "已记 <b>#12-047</b> &lt;305&gt;", parse_mode="HTML", reply_markup=buttons)
    assert group.last is not None
    assert (group.last.id, group.last.text) == (sent.message_id, "已记 #12-047 <305>")
    assert group.last.buttons == ONE_BUTTON
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [("bold", 3, 7)]


async def test_an_answer_shows_what_it_answers(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    said = await anna.types(group, "两份宫保鸡丁 305")
    sent = await either.send_message(chat_id=group.id, text="已记下", reply_to_message_id=said.id)
    assert group.last is not None
    assert group.last.reply_to is said
    assert sent.reply_to_message.text == "两份宫保鸡丁 305"


async def test_an_answer_to_a_message_that_is_gone_is_refused_unless_it_need_not_be_one(
    double: TelegramDouble, other: aiogram.Bot
) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    said = await anna.types(group, "两份")
    await anna.deletes(said)
    with refused(double, "Bad Request: message to be replied not found"):
        await other.send_message(group.id, "已记下", reply_parameters=answering(said.id))
    await other.send_message(group.id, "已记下", reply_parameters=answering(said.id, is_lenient=True))
    assert [message.reply_to for message in group.from_bot] == [None]


def answering(message_id: int, *, is_lenient: bool = False) -> aiogram.types.ReplyParameters:
    """Which message it answers."""
    return aiogram.types.ReplyParameters(message_id=message_id, allow_sending_without_reply=is_lenient)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Bad Request: message text is empty"),
        (" \n ", "Bad Request: message text is empty"),
        ("饭" * 4097, "Bad Request: message is too long"),
        ("😋" * 2049, "Bad Request: message is too long"),
    ],
)
async def test_texts_that_do_not_go(double: TelegramDouble, either: AnyBot, text: str, sentence: str) -> None:
    group = double.group("3栋")
    with refused(double, sentence):
        await either.send_message(chat_id=group.id, text=text)
    assert group.messages == []


async def test_4096_characters_go(double: TelegramDouble, either: AnyBot) -> None:
    group = double.group("3栋")
    await either.send_message(chat_id=group.id, text="饭" * 4096)
    assert group.last is not None
    assert len(group.last.text) == 4096


@pytest.mark.parametrize(
    ("arrange", "sentence"),
    [
        ("stranger", "Forbidden: bot can't initiate conversation with a user"),
        ("blocks", "Forbidden: bot was blocked by the user"),
        ("deletes", "Forbidden: user is deactivated"),
    ],
)
async def test_people_the_bot_may_not_write_to(
    double: TelegramDouble, either: AnyBot, arrange: str, sentence: str
) -> None:
    person = double.user("小明", has_started=arrange != "stranger")
    if arrange == "blocks":
        await person.blocks_bot()
    elif arrange == "deletes":
        await person.deletes_account()
    with refused(double, sentence):
        await either.send_message(chat_id=person.id, text="你好")


async def test_another_bot_is_never_written_to(double: TelegramDouble, bot: telegram.Bot) -> None:
    rival = double.user("其他助手", username="rival_bot", is_bot=True, has_started=True)
    with refused(double, "Forbidden: bot can't send messages to bots"):
        await bot.send_message(rival.id, "你好")


async def test_chats_that_do_not_exist(double: TelegramDouble, either: AnyBot) -> None:
    for chat_id in (-100999, 17, "@nobody_here"):
        with refused(double, "Bad Request: chat not found"):
            await either.send_message(chat_id=chat_id, text="有人吗")


async def test_a_call_without_chat_says_so(double: TelegramDouble) -> None:
    assert (await call(double, "sendMessage", text="x"))["description"] == "Bad Request: chat_id is empty"


# -- changed ---------------------------------------------------------------------------------------------------------


async def test_an_edit_replaces_text_and_buttons_and_the_same_again_is_refused(
    double: TelegramDouble, either: AnyBot
) -> None:
    group = double.group("3栋")
    sent = await either.send_message(chat_id=group.id, text="还剩 3 份", reply_markup=markup(either))
    await either.edit_message_text(chat_id=group.id, message_id=sent.message_id, text="还剩 2 份")
    assert [(m.text, m.buttons, m.edit_date > 0) for m in group.messages] == [("还剩 2 份", None, True)]
    with refused(double, SAME):
        await either.edit_message_text(chat_id=group.id, message_id=sent.message_id, text="还剩 2 份")


async def test_buttons_alone_can_be_changed(double: TelegramDouble, either: AnyBot) -> None:
    group = double.group("3栋")
    sent = await either.send_message(chat_id=group.id, text="选一个")
    await either.edit_message_reply_markup(chat_id=group.id, message_id=sent.message_id, reply_markup=markup(either))
    assert [(m.text, m.buttons) for m in group.messages] == [("选一个", ONE_BUTTON)]
    with refused(double, SAME):
        await either.edit_message_reply_markup(
            chat_id=group.id, message_id=sent.message_id, reply_markup=markup(either)
        )


def markup(either: AnyBot) -> Any:
    """One button, as the client spells it."""
    if isinstance(either, telegram.Bot):
        return InlineKeyboardMarkup.de_json(ONE_BUTTON)
    return aiogram.types.InlineKeyboardMarkup.model_validate(ONE_BUTTON)


async def test_messages_that_cannot_be_edited(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    said = await anna.types(group, "我的话")
    with refused(double, "Bad Request: message to edit not found"):
        await either.edit_message_text(chat_id=group.id, message_id=999, text="x")
    with refused(double, "Bad Request: message can't be edited"):
        await either.edit_message_text(chat_id=group.id, message_id=said.id, text="x")
    assert said.text == "我的话"


async def test_an_edit_without_number_says_so(double: TelegramDouble) -> None:
    group = double.group("3栋")
    answer = await call(double, "editMessageText", chat_id=group.id, text="x")
    assert answer["description"] == "Bad Request: message identifier is not specified"


# -- gone ------------------------------------------------------------------------------------------------------------


async def test_the_bot_deletes_its_own_and_as_admin_other_peoples(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    said = await anna.types(group, "广告")
    sent = await either.send_message(chat_id=group.id, text="x")
    for message_id in (said.id, sent.message_id):
        await either.delete_message(chat_id=group.id, message_id=message_id)
    assert group.messages == []
    with refused(double, "Bad Request: message to delete not found"):
        await either.delete_message(chat_id=group.id, message_id=said.id)


async def test_a_plain_member_deletes_only_its_own(double: TelegramDouble, bot: telegram.Bot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna], bot="member")
    said = await anna.types(group, "广告")
    with refused(double, "Bad Request: message can't be deleted for everyone"):
        await bot.delete_message(group.id, said.id)


async def test_what_is_older_than_two_days_stays() -> None:
    clock = HandClock()
    async with running(clock=clock) as double:
        group = double.group("3栋")
        sent = (await call(double, "sendMessage", chat_id=group.id, text="旧"))["result"]
        await clock.advance(49 * 3600)
        gone = await call(double, "deleteMessage", chat_id=group.id, message_id=sent["message_id"])
        assert gone["description"] == "Bad Request: message can't be deleted"


# -- pictures and files ----------------------------------------------------------------------------------------------


async def test_a_photo_goes_comes_again_by_its_id_and_can_be_fetched(double: TelegramDouble, bot: telegram.Bot) -> None:
    group, card = double.group("3栋"), picture()
    sent = await bot.send_photo(group.id, card, caption="取餐卡 <b>4821</b>", parse_mode="HTML")
    assert (sent.photo[-1].width, sent.photo[-1].height, sent.caption) == (300, 200, "取餐卡 4821")
    again = await bot.send_photo(group.id, sent.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
    found = await bot.get_file(sent.photo[-1].file_id)
    assert bytes(await found.download_as_bytearray()) == card


async def test_aiogram_sends_and_fetches_photos_too(double: TelegramDouble, other: aiogram.Bot) -> None:
    group, card = double.group("3栋"), picture()
    sent = await other.send_photo(group.id, aiogram.types.BufferedInputFile(card, "card.png"), caption="取餐卡")
    assert sent.photo is not None
    fetched = await other.download(sent.photo[-1])
    assert fetched is not None
    assert fetched.read() == card


async def test_a_caption_is_edited_and_a_text_is_not_there_to_edit(double: TelegramDouble, bot: telegram.Bot) -> None:
    group = double.group("3栋")
    sent = await bot.send_photo(group.id, picture(), caption="一")
    await bot.edit_message_caption(group.id, sent.message_id, caption="二")
    assert [message.text for message in group.messages] == ["二"]
    with refused(double, "Bad Request: there is no text in the message to edit"):
        await bot.edit_message_text("三", group.id, sent.message_id)
    plain = await bot.send_message(group.id, "字")
    with refused(double, "Bad Request: there is no caption in the message to edit"):
        await bot.edit_message_caption(group.id, plain.message_id, caption="三")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"this is no picture", "Bad Request: IMAGE_PROCESS_FAILED"),
        (picture(10, 900), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
    ],
)
async def test_pictures_that_do_not_go(
    double: TelegramDouble, bot: telegram.Bot, content: bytes, sentence: str
) -> None:
    group = double.group("3栋")
    with refused(double, sentence):
        await bot.send_photo(group.id, content)


async def test_a_caption_of_1025_characters_does_not_go(double: TelegramDouble, bot: telegram.Bot) -> None:
    group = double.group("3栋")
    with refused(double, "Bad Request: message caption is too long"):
        await bot.send_photo(group.id, picture(), caption="饭" * 1025)


async def test_a_document_keeps_its_name(double: TelegramDouble, bot: telegram.Bot) -> None:
    group = double.group("3栋")
    sent = await bot.send_document(group.id, b"a,b\n1,2\n", filename="orders.csv", caption="今日订单")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.file_size, sent.caption) == ("orders.csv", 8, "今日订单")


async def test_invoices_are_refused(double: TelegramDouble, bot: telegram.Bot) -> None:
    group = double.group("3栋")
    with refused(double, "Bad Request: PAYMENT_PROVIDER_INVALID"):
        await bot.send_invoice(
            group.id, "午饭", "一份", "payload", "CNY", [telegram.LabeledPrice("午饭", 1100)], provider_token=""
        )


async def test_typing_is_shown_nowhere_and_costs_nothing(double: TelegramDouble, either: AnyBot) -> None:
    group = double.group("3栋")
    for _ in range(40):
        await either.send_chat_action(chat_id=group.id, action="typing")
    assert double.ledger.refused() == []
