"""The judge of Telegram traffic finds what aiogram's models alone let pass."""

from __future__ import annotations

from typing import Any

import pytest

from drills.telegram_double.ledger import Call
from tests.telegram_judge import of_call, of_keyboard, of_update

GOOD = {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "x"}}


def sent(**parameters: Any) -> Call:
    """A sendMessage with these parameters."""
    return Call("sendMessage", 1, 0.0, 200, "", {"chat_id": "1", "text": "x", **parameters}, True)


def test_a_plain_call_and_a_plain_update_pass() -> None:
    assert of_call(sent()) == []
    assert of_update(GOOD) == []


@pytest.mark.parametrize(
    "button",
    [
        {"text": "x"},
        {"text": "x", "callback_data": "a", "url": "https://example.com"},
        {"text": "", "callback_data": "a"},
        {"text": "长" * 65, "callback_data": "a"},
        {"text": "x", "callback_data": "饭" * 22},
        {"text": "x", "callback_data": ""},
    ],
)
def test_malformed_buttons_are_found(button: dict[str, Any]) -> None:
    assert len(of_keyboard({"inline_keyboard": [[button]]})) == 1


def test_keyboards_too_large_for_a_phone_are_found() -> None:
    wide = [[{"text": "x", "callback_data": "a"}] * 9]
    assert of_keyboard({"inline_keyboard": wide}) == ["a row of 9 buttons"]
    assert of_keyboard({"inline_keyboard": [[]]}) == ["a row of 0 buttons"]
    assert of_keyboard({"inline_keyboard": wide * 12})[-1] == "108 buttons"


def test_a_parameter_the_method_does_not_have_is_found() -> None:
    assert of_call(sent(colour="red")) == ["sendMessage: colour is not in the Bot API"]


def test_a_missing_parameter_is_found() -> None:
    assert of_call(Call("sendMessage", 1, 0.0, 200, "", {"chat_id": "1"}, True)) == [
        "sendMessage: text: Field required"
    ]


def test_an_answer_of_the_wrong_shape_is_found() -> None:
    wrong = Call("sendMessage", 1, 0.0, 200, "", {"chat_id": "1", "text": "x"}, {"message_id": 1})
    assert any("date" in complaint for complaint in of_call(wrong))


def test_updates_of_no_kind_or_two_are_found() -> None:
    assert of_update({"update_id": 1}) == ["update of 0 kinds: []"]
    assert of_update({**GOOD, "edited_message": GOOD["message"]}) == [
        "update of 2 kinds: ['edited_message', 'message']"
    ]


def test_fields_the_vendor_does_not_send_are_found_wherever_they_are() -> None:
    message = {**GOOD["message"], "chat": {"id": 1, "type": "private", "mood": "good"}}  # type: ignore[dict-item]
    assert of_update({"update_id": 1, "message": message}) == ["message.chat.mood is not in the Bot API"]
