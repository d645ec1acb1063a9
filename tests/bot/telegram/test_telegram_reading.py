"""What a Telegram update says, and what is said of one that makes no sense."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from bot.channels.telegram.identity import NOWHERE, identify, is_group, message_number, press_id
from bot.channels.telegram.reading import OUR_NAME, read_update
from core.chat import IncomingMessage, RawUpdate
from core.errors import Unreadable
from core.ids import ChatId, Key

BOT = 7000000001
GROUP = {"id": -1001, "type": "supergroup", "title": "12栋"}
ANNA = {"id": 501, "is_bot": False, "first_name": "Anna", "last_name": "Li"}


def read(update: dict[str, Any]) -> IncomingMessage:
    key, chat_id = identify(update)
    return read_update(RawUpdate(key, chat_id, orjson.dumps(update).decode()), BOT)


def message(text: str | None = "红烧肉饭一份", /, **fields: Any) -> dict[str, Any]:
    body = {"message_id": 7, "date": 1, "chat": GROUP, "from": ANNA, **fields}
    return {"update_id": 1, "message": body if text is None else body | {"text": text}}


def named(text: str, *marks: dict[str, Any], **fields: Any) -> IncomingMessage:
    return read(message(text, entities=list(marks), **fields) | {OUR_NAME: "campus_bot"})


def mark(kind: str, offset: int, length: int, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **fields}


def test_a_typed_message_in_a_group() -> None:
    assert read(message()) == IncomingMessage(
        key=Key("telegram:-1001:7"),
        chat_id=ChatId("telegram:-1001"),
        person_id="telegram:501",  # type: ignore[arg-type]
        person_name="Anna Li",
        is_group=True,
        is_addressed=False,
        text="红烧肉饭一份",
    )


def test_a_private_message_is_for_the_bot() -> None:
    found = read(message(chat={"id": 501, "type": "private"}))
    assert (found.is_group, found.is_addressed, found.chat_id) == (False, True, "telegram:501")


def test_the_same_message_under_another_update_number_has_the_same_key() -> None:
    assert identify(message()) == identify(message() | {"update_id": 99})


def test_every_edit_is_a_thing_of_its_own_and_names_no_list_entry() -> None:
    edit = {"update_id": 5, "edited_message": message("两份")["message"]}
    again = edit | {"update_id": 6}
    assert read(edit).is_edit
    assert identify(edit)[0] == "telegram:-1001:7~5" != identify(again)[0]
    assert message_number(identify(edit)[0]) == 7


def test_a_press_brings_its_action_and_waits_for_a_toast() -> None:
    keyboard = {"inline_keyboard": [[{"text": "撤销", "callback_data": "order:undo:1"}]]}
    below = {"message_id": 31, "date": 0, "chat": GROUP, "reply_markup": keyboard}
    press = {"update_id": 3, "callback_query": {"id": "777", "from": ANNA, "message": below, "data": "order:undo:1"}}
    found = read(press)
    assert (found.action, found.pressed_id, found.wants_toast, found.is_addressed) == ("order:undo:1", "31", True, True)
    assert press_id(found.key) == "777"
    assert message_number(found.key) is None


@pytest.mark.parametrize("markup", [{}, {"inline_keyboard": [[{"text": "撤销", "callback_data": "order:undo:1"}]]}])
def test_a_press_of_what_the_message_does_not_show_points_at_no_message(markup: dict[str, Any]) -> None:
    below = {"message_id": 31, "date": 1, "chat": GROUP, "reply_markup": markup}
    press = {"update_id": 3, "callback_query": {"id": "777", "from": ANNA, "message": below, "data": "order:undo:2"}}
    assert (read(press).action, read(press).pressed_id) == ("order:undo:2", "")


def test_an_answer_to_the_bot_is_addressed() -> None:
    assert read(message(reply_to_message={"message_id": 3, "from": {"id": BOT}})).is_addressed
    assert not read(message(reply_to_message={"message_id": 3, "from": ANNA})).is_addressed
    assert not read(message(reply_to_message={"message_id": 3, "sender_chat": GROUP})).is_addressed


@pytest.mark.parametrize(
    ("text", "marks", "left", "is_addressed"),
    [
        ("@Campus_Bot 红烧肉一份", [mark("mention", 0, 11)], "红烧肉一份", True),
        ("🍜🍜 @campus_bot 来碗面", [mark("mention", 5, 11)], "🍜🍜  来碗面", True),
        ("@other_bot 红烧肉一份", [mark("mention", 0, 10)], "@other_bot 红烧肉一份", False),
        ("助手 一份", [mark("text_mention", 0, 2, user={"id": BOT})], "一份", True),
        ("/menu@campus_bot", [mark("bot_command", 0, 16)], "/menu", True),
        ("/start@campus_bot 12", [mark("bot_command", 0, 17)], "/start 12", True),
        ("/ban@other_bot Anna", [mark("bot_command", 0, 14)], "", False),
        ("/menu", [mark("bot_command", 0, 5)], "/menu", True),
        ("粗体一份", [mark("bold", 0, 2)], "粗体一份", False),
    ],
)
def test_the_bots_name_is_heard_and_left_out(
    text: str, marks: list[dict[str, Any]], left: str, is_addressed: bool
) -> None:
    found = named(text, *marks)
    assert (found.text, found.is_addressed) == (left, is_addressed)


@pytest.mark.parametrize(
    ("author", "shown"),
    [
        ({"id": 1, "first_name": "<b>Bo</b>\n*x*"}, "<b>Bo</b> *x*"),
        ({"id": 1, "first_name": ""}, ""),
        ({"id": 1, "first_name": "abc\u202ecba"}, "abccba"),
        ({"id": 1, "first_name": "长" * 500}, "长" * 60),
    ],
)
def test_a_name_is_one_short_line(author: dict[str, Any], shown: str) -> None:
    assert read(message("x", **{"from": author})).person_name == shown


def test_who_hides_behind_a_group_is_the_group() -> None:
    hidden = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    found = read(message("/emergency on x", **{"from": hidden}, sender_chat=GROUP))
    assert (found.person_id, found.person_name, found.text) == ("telegram:-1001", "12栋", "/emergency on x")


def test_another_bot_says_nothing() -> None:
    assert read(message("x", **{"from": {"id": 9, "is_bot": True, "first_name": "spam"}})).text == ""


def test_a_picture_and_its_words() -> None:
    found = read(message(None, photo=[{"file_id": "small"}, {"file_id": "large"}], caption="送到了 12-001"))
    assert (found.picture_id, found.text) == ("large", "送到了 12-001")
    assert read(message(None, document={"file_id": "d", "mime_type": "image/png"})).picture_id == "d"
    assert read(message(None, document={"file_id": "d", "mime_type": "text/plain"})).picture_id == ""


def test_what_is_neither_text_nor_picture_says_nothing() -> None:
    assert read(message(None, sticker={"file_id": "s"})).text == ""
    assert read(message(None, new_chat_members=[ANNA])).text == ""


@pytest.mark.parametrize("origin", [{"forward_origin": {"type": "hidden_user"}}, {"forward_date": 1}])
def test_a_forwarded_message_is_known_as_one(origin: dict[str, Any]) -> None:
    assert read(message(**origin)).is_forwarded


POISON: list[Any] = [
    {},
    {"update_id": 5},
    {"update_id": 5, "message": None},
    {"update_id": 5, "message": "text"},
    {"update_id": 5, "message": {"chat": GROUP, "message_id": 3}},
    {"update_id": 5, "message": {"chat": {"id": "x"}, "message_id": 3}},
    {"update_id": 5, "message": {"chat": {"id": True}, "message_id": 3}},
    {"update_id": 5, "message": {"chat": GROUP, "message_id": 3, "from": ANNA, "text": 7}},
    {"update_id": 5, "message": {"chat": GROUP, "message_id": 3, "from": {"id": "501"}, "text": "x"}},
    {"update_id": 5, "message": {"chat": GROUP, "message_id": 3, "from": ANNA, "text": "x", "entities": 5}},
    {"update_id": 5, "message": {"chat": GROUP, "message_id": 3, "from": ANNA, "text": "x", "entities": [{}]}},
    {"update_id": 5, "callback_query": {"id": "x", "from": ANNA, "data": "d"}},
    {"update_id": 5, "callback_query": {"id": "9", "from": ANNA, "message": {"message_id": 1, "chat": GROUP}}},
    {"update_id": 5, "poll": {}},
    [],
    "text",
    None,
    7,
]


@pytest.mark.parametrize("update", POISON, ids=[str(number) for number in range(len(POISON))])
def test_nonsense_gets_a_name_and_is_unreadable(update: Any) -> None:
    key, chat_id = identify(update)
    assert key.startswith("telegram:")
    with pytest.raises(Unreadable):
        read_update(RawUpdate(key, chat_id, orjson.dumps(update).decode()), BOT)


def test_nonsense_lies_apart_from_chats_and_keeps_its_number() -> None:
    assert identify({"update_id": 5, "message": None}) == ("telegram:?:update5", NOWHERE)
    assert identify([])[0] != identify("text")[0]


def test_groups_are_told_from_people() -> None:
    assert is_group("telegram:-1001")
    assert not is_group("telegram:501")
