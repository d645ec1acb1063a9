"""People at the double: what they type, edit, forward and send reaches the bot as Telegram would bring it."""

from __future__ import annotations

import pytest
import telegram

from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.people import Impossible
from tests.drills.telegram_double.clients import AnyBot, call, kinds, poll
from tests.drills.telegram_double.test_telegram_messages import picture


async def test_start_brings_the_deep_links_word(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna", last_name="王", language_code="en")
    await anna.starts("b_3")
    (update,) = await either.get_updates()
    assert (update.message.text, update.message.chat.type, update.message.chat.id) == (
        "/start b_3", "private", anna.id,
    )  # fmt: skip
    assert (update.message.from_user.last_name, update.message.from_user.language_code) == ("王", "en")
    assert [(e.type, e.offset, e.length) for e in update.message.entities] == [("bot_command", 0, 6)]


@pytest.mark.parametrize("word", ["楼栋3", "b 3", "b" * 65, "a=b"])
async def test_deep_links_carry_64_plain_characters(double: TelegramDouble, word: str) -> None:
    with pytest.raises(Impossible):
        await double.user("Anna").starts(word)


async def test_nobody_types_to_a_bot_they_never_started(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    with pytest.raises(Impossible):
        await anna.types(anna.private, "你好")


async def test_an_edit_comes_as_an_edit_of_the_same_message(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    said = await anna.types(group, "两份")
    await anna.edits(said, "三份 /menu")
    first, second = await either.get_updates()
    assert (first.message.text, first.message.edit_date) == ("两份", None)
    assert (second.edited_message.message_id, second.edited_message.text) == (said.id, "三份 /menu")
    assert second.edited_message.edit_date


async def test_a_forward_says_whose_it_was_or_only_their_name(double: TelegramDouble, bot: telegram.Bot) -> None:
    anna, ben = double.user("Anna"), double.user("Ben")
    group = double.group("3栋", members=[anna, ben])
    said = await anna.types(group, "接龙 1. Anna 两份")
    await ben.forwards(said, group)
    await ben.forwards(said, group, hides_author=True)
    _, open_one, hidden_one = [update.message for update in await bot.get_updates() if update.message]
    assert isinstance(open_one.forward_origin, telegram.MessageOriginUser)
    assert open_one.forward_origin.sender_user.id == anna.id
    assert isinstance(hidden_one.forward_origin, telegram.MessageOriginHiddenUser)
    assert hidden_one.forward_origin.sender_user_name == "Anna"
    assert open_one.text == said.text


async def test_a_photo_can_be_fetched_by_the_bot(double: TelegramDouble, bot: telegram.Bot) -> None:
    anna, sent = double.user("Anna", has_started=True), picture()
    await anna.sends_photo(anna.private, sent, "已放门口")
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.caption == "已放门口"
    found = await bot.get_file(update.message.photo[-1].file_id)
    assert bytes(await found.download_as_bytearray()) == sent


async def test_a_file_that_does_not_exist_is_not_found(double: TelegramDouble) -> None:
    assert (await call(double, "getFile", file_id="nothing"))["description"] == "Bad Request: invalid file_id"


async def test_a_deleted_account_has_no_name(double: TelegramDouble) -> None:
    anna = double.user("Anna", username="anna")
    group = double.group("3栋", members=[anna])
    said = await anna.types(group, "两份")
    await anna.deletes_account()
    ben = double.user("Ben")
    await ben.types(group, "+1", reply_to=said)
    update = (await poll(double))[-1]
    assert update["message"]["reply_to_message"]["from"] == {"id": anna.id, "is_bot": False, "first_name": ""}


async def test_what_people_delete_is_gone_and_nobody_is_told(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    await anna.deletes(await anna.types(group, "发错了"))
    assert group.messages == []
    assert kinds(await poll(double)) == ["message"]


async def test_names_are_brought_as_they_are(double: TelegramDouble, either: AnyBot) -> None:
    name = "<b>王</b> & *小明* [x](y)"
    anna = double.user(name)
    group = double.group("3栋", members=[anna])
    await anna.types(group, "<i>两份</i>")
    (update,) = await either.get_updates()
    assert (update.message.from_user.first_name, update.message.text) == (name, "<i>两份</i>")


async def test_offsets_of_marks_count_an_emoji_as_two(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    await anna.types(group, "😋 @fallback_bot https://example.com/a 好")
    (update,) = await either.get_updates()
    assert [(e.type, e.offset, e.length) for e in update.message.entities] == [("mention", 3, 13), ("url", 17, 21)]


async def test_the_journal_says_what_anybody_saw(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    said = await anna.types(group, "两份")
    sent = await either.send_message(chat_id=group.id, text="要两份吗？")
    await either.edit_message_text(chat_id=group.id, message_id=sent.message_id, text="已记下")
    await anna.reacts(said, "👍")
    seen = [(entry["kind"], entry["message"]["text"]) for entry in double.world.journal.after(0)]
    assert seen == [("new", "两份"), ("new", "要两份吗？"), ("edited", "已记下"), ("reaction", "两份")]
    assert double.world.journal.after(3)[0]["message"]["reactions"] == {str(anna.id): ["👍"]}
