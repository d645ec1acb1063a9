"""Buttons under the double's messages: which the vendor takes, and what a press brings to bot and presser."""

from __future__ import annotations

from typing import Any

import pytest

from drills.hand_clock import HandClock
from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.people import NoSuchButton, Person
from drills.telegram_double.room import Room
from drills.telegram_double.values import Message
from tests.drills.telegram_double.clients import ONE_BUTTON, AnyBot, call, kinds, poll, refused, running

TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


async def asked(double: TelegramDouble) -> tuple[Person, Room, Message]:
    """Anna, her group, and a question with one button in it."""
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    await call(double, "sendMessage", chat_id=group.id, text="下单吗？", reply_markup=ONE_BUTTON)
    assert group.last is not None
    return anna, group, group.last


async def test_a_press_reaches_the_bot_with_the_message_and_only_the_presser_sees_the_toast(
    double: TelegramDouble, either: AnyBot
) -> None:
    anna, group, question = await asked(double)
    press = await anna.presses(question, "确认")
    (update,) = await poll(double)
    query = update["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["message_id"]) == ("ok:12", anna.id, question.id)
    assert press.is_spinning
    await either.answer_callback_query(callback_query_id=query["id"], text="记下了 #12-047", show_alert=True)
    assert (press.toast, press.is_alert) == ("记下了 #12-047", True)
    assert len(group.messages) == 1


async def test_a_press_is_answered_once(double: TelegramDouble, either: AnyBot) -> None:
    anna, _, question = await asked(double)
    press = await anna.presses(question, "ok:12")
    await either.answer_callback_query(callback_query_id=press.id)
    with refused(double, TOO_OLD):
        await either.answer_callback_query(callback_query_id=press.id, text="又来")
    assert press.toast == ""


async def test_a_press_nobody_made_cannot_be_answered(double: TelegramDouble, either: AnyBot) -> None:
    with refused(double, TOO_OLD):
        await either.answer_callback_query(callback_query_id="12345", text="?")


async def test_after_15_seconds_a_press_is_too_old() -> None:
    clock = HandClock()
    async with running(clock=clock) as double:
        anna, _, question = await asked(double)
        early, late = await anna.presses(question, "确认"), await anna.presses(question, "确认")
        await clock.advance(15)
        assert (await call(double, "answerCallbackQuery", callback_query_id=early.id))["ok"]
        await clock.advance(0.1)
        assert (await call(double, "answerCallbackQuery", callback_query_id=late.id))["description"] == TOO_OLD


async def test_a_toast_has_at_most_200_characters(double: TelegramDouble, either: AnyBot) -> None:
    anna, _, question = await asked(double)
    press = await anna.presses(question, "确认")
    with refused(double, "Bad Request: MESSAGE_TOO_LONG"):
        await either.answer_callback_query(callback_query_id=press.id, text="饭" * 201)
    await either.answer_callback_query(callback_query_id=press.id, text="饭" * 200)
    assert press.toast == "饭" * 200


async def test_an_old_keyboard_and_made_up_data_reach_the_bot_as_any_press(double: TelegramDouble) -> None:
    anna, _, question = await asked(double)
    await call(double, "editMessageText", chat_id=question.chat.id, message_id=question.id, text="已取消")
    with pytest.raises(NoSuchButton):
        await anna.presses(question, "确认")
    await anna.sends_data(question, "ok:12")
    await anna.sends_data(question, "admin:everything")
    updates = await poll(double)
    assert [update["callback_query"]["data"] for update in updates] == ["ok:12", "admin:everything"]


async def test_presses_come_whatever_the_privacy_mode(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna], bot="member")
    await call(double, "sendMessage", chat_id=group.id, text="下单吗？", reply_markup=ONE_BUTTON)
    assert group.last is not None
    await anna.presses(group.last, "确认")
    assert kinds(await poll(double)) == ["callback_query"]


BAD_BUTTONS: list[tuple[Any, str]] = [
    ({"text": "确认"}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    (
        {"text": "确认", "callback_data": ""},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
    ("确认", "can't parse inline keyboard button: Inline keyboard button must be an Object"),
    ({"text": "确认", "callback_data": "饭" * 21 + "!!"}, "BUTTON_DATA_INVALID"),
    ({"text": "看", "url": "not an address"}, "inline keyboard button URL 'not an address' is invalid: Wrong HTTP URL"),
]


@pytest.mark.parametrize(("button", "reason"), BAD_BUTTONS)
async def test_buttons_the_vendor_does_not_take(double: TelegramDouble, button: Any, reason: str) -> None:
    group = double.group("3栋")
    answer = await call(double, "sendMessage", chat_id=group.id, text="x", reply_markup={"inline_keyboard": [[button]]})
    assert answer["description"] == f"Bad Request: {reason}"
    assert group.messages == []


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("{not json", "can't parse reply markup JSON object"),
        ([1], "object expected as reply markup"),
        (
            {"inline_keyboard": [{"text": "x"}]},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        ({"inline_keyboard": [[{"text": str(n), "callback_data": "x"}] for n in range(101)]}, "REPLY_MARKUP_TOO_LONG"),
    ],
)
async def test_keyboards_the_vendor_does_not_take(double: TelegramDouble, markup: Any, reason: str) -> None:
    group = double.group("3栋")
    answer = await call(double, "sendMessage", chat_id=group.id, text="x", reply_markup=markup)
    assert answer["description"] == f"Bad Request: {reason}"


async def test_64_bytes_of_data_and_a_link_to_the_private_chat_are_taken(double: TelegramDouble) -> None:
    group = double.group("3栋")
    rows = [
        [{"text": "选", "callback_data": "饭" * 21 + "!"}],
        [{"text": "私聊点单", "url": "https://t.me/fallback_bot?start=b_3"}],
    ]
    await call(double, "sendMessage", chat_id=group.id, text="x", reply_markup={"inline_keyboard": rows})
    assert group.last is not None
    assert group.last.buttons == {"inline_keyboard": rows}
