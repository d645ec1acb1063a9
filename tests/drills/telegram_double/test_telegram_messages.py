"""The bot writes into the double's chats: what people see, what the vendor refuses, in its own words."""

from __future__ import annotations

import aiogram
import pytest
import telegram
from aiogram.exceptions import TelegramBadRequest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden

from drills.telegram_double.double import TelegramDouble

CONFIRM = InlineKeyboardMarkup([[InlineKeyboardButton("确认", callback_data="ok:12")]])


async def test_what_the_bot_says_is_shown_with_its_buttons(double: TelegramDouble, bot: telegram.Bot) -> None:
    group = double.group("3栋")
    sent = await bot.send_message(
        group.id, "已记下 <b>#12-047</b> &lt;305&gt;", parse_mode="HTML", reply_markup=CONFIRM
    )
    assert group.last is not None
    assert (group.last.id, group.last.text) == (sent.message_id, "已记下 #12-047 <305>")
    assert group.last.buttons == {"inline_keyboard": [[{"text": "确认", "callback_data": "ok:12"}]]}
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [("bold", 4, 7)]


async def test_an_edit_replaces_text_and_buttons_and_the_same_again_is_refused(
    double: TelegramDouble, bot: telegram.Bot
) -> None:
    group = double.group("3栋")
    sent = await bot.send_message(group.id, "还剩 3 份", reply_markup=CONFIRM)
    await bot.edit_message_text("还剩 2 份", group.id, sent.message_id)
    assert [(m.text, m.buttons, m.edit_date > 0) for m in group.messages] == [("还剩 2 份", None, True)]
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await bot.edit_message_text("还剩 2 份", group.id, sent.message_id)


@pytest.mark.parametrize(
    ("arrange", "refusal"),
    [
        ("stranger", "Forbidden: bot can't initiate conversation with a user"),
        ("blocks", "Forbidden: bot was blocked by the user"),
        ("deletes", "Forbidden: user is deactivated"),
    ],
)
async def test_people_the_bot_may_not_write_to(
    double: TelegramDouble, bot: telegram.Bot, arrange: str, refusal: str
) -> None:
    person = double.user("小明", has_started=arrange != "stranger")
    if arrange == "blocks":
        await person.blocks_bot()
    elif arrange == "deletes":
        await person.deletes_account()
    with pytest.raises(Forbidden, match=refusal):
        await bot.send_message(person.id, "你好")
    assert double.ledger.calls[-1].error == refusal


async def test_a_chat_nobody_knows_is_not_found(double: TelegramDouble, other: aiogram.Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="Bad Request: chat not found"):
        await other.send_message(-100999, "有人吗")


async def test_text_as_long_as_allowed_goes_and_one_more_does_not(double: TelegramDouble, other: aiogram.Bot) -> None:
    group = double.group("3栋")
    await other.send_message(group.id, "饭" * 4096)
    with pytest.raises(TelegramBadRequest, match="Bad Request: message is too long"):
        await other.send_message(group.id, "饭" * 4097)


async def test_callback_data_of_64_bytes_goes_and_one_more_is_invalid(
    double: TelegramDouble, other: aiogram.Bot
) -> None:
    group = double.group("3栋")
    await other.send_message(group.id, "够短", reply_markup=keyboard("饭" * 21 + "!"))
    with pytest.raises(TelegramBadRequest, match="BUTTON_DATA_INVALID"):
        await other.send_message(group.id, "太长", reply_markup=keyboard("饭" * 21 + "!!"))


def keyboard(data: str) -> aiogram.types.InlineKeyboardMarkup:
    """One button with that data."""
    button = aiogram.types.InlineKeyboardButton(text="确认", callback_data=data)
    return aiogram.types.InlineKeyboardMarkup(inline_keyboard=[[button]])
