"""Groups at the double: what the bot hears there, what it may do, how it comes, goes, and moves house with them."""

from __future__ import annotations

import pytest
import telegram
from telegram.error import ChatMigrated

from drills.telegram_double.double import TelegramDouble
from tests.drills.telegram_double.clients import AnyBot, call, kinds, poll, refused, running


async def heard(double: TelegramDouble) -> list[str]:
    """The texts that reached the bot."""
    return [update["message"].get("text", "") for update in await poll(double) if "message" in update]


# -- privacy mode ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_heard"),
    [
        ("两份宫保鸡丁 305", False),
        ("/menu", True),
        ("/menu@fallback_bot", True),
        ("/menu@FALLBACK_BOT 3", True),
        ("/menu@other_bot", False),
        ("@fallback_bot 两份宫保鸡丁", True),
        ("问一下@fallback_bot", True),
        ("@other_bot 你好", False),
        ("a@fallback_bot.com", False),
        ("and/or", False),
    ],
)
async def test_in_privacy_mode_a_member_bot_hears_what_is_meant_for_it(
    double: TelegramDouble, text: str, is_heard: bool
) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna], bot="member")
    await anna.types(group, text)
    assert await heard(double) == ([text] if is_heard else [])


async def test_in_privacy_mode_it_hears_answers_to_itself_and_to_nobody_else(double: TelegramDouble) -> None:
    anna, ben = double.user("Anna"), double.user("Ben")
    group = double.group("3栋", members=[anna, ben], bot="member")
    await call(double, "sendMessage", chat_id=group.id, text="要几份？")
    await anna.types(group, "两份", reply_to=group.last)
    await ben.types(group, "我也是", reply_to=group.messages[-1])
    assert await heard(double) == ["两份"]


async def test_an_admin_hears_everything(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    await anna.types(group, "今天好热")
    assert await heard(double) == ["今天好热"]


async def test_without_privacy_mode_a_member_hears_everything() -> None:
    async with running(has_privacy=False) as double:
        anna = double.user("Anna")
        group = double.group("3栋", members=[anna], bot="member")
        await anna.types(group, "今天好热")
        assert await heard(double) == ["今天好热"]


async def test_switching_privacy_off_counts_from_the_next_time_the_bot_is_added(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna], bot="member")
    double.world.has_privacy = False
    assert (await call(double, "getMe"))["result"]["can_read_all_group_messages"] is True
    await anna.types(group, "还听不见")
    await group.kicks_bot(anna)
    await group.adds_bot(anna)
    await anna.types(group, "听见了")
    texts = [text for text in await heard(double) if text]
    assert texts == ["听见了"]


async def test_other_bots_are_never_heard(double: TelegramDouble) -> None:
    rival = double.user("其他助手", username="rival_bot", is_bot=True)
    group = double.group("3栋", members=[rival])
    await rival.types(group, "/menu@fallback_bot")
    assert await heard(double) == []


async def test_an_anonymous_admin_and_a_linked_channel_speak_in_a_chats_name(double: TelegramDouble) -> None:
    group = double.group("3栋", members=[double.user("Anna")])
    await group.says_anonymously("/status")
    await group.linked_channel_posts("通知")
    first, second = (update["message"] for update in await poll(double))
    assert (first["from"]["username"], first["sender_chat"]["id"]) == ("GroupAnonymousBot", group.id)
    assert (second["from"]["id"], second["sender_chat"]["type"]) == (777000, "channel")


# -- coming and going --------------------------------------------------------------------------------------------------


async def test_being_added_promoted_demoted_and_kicked_is_told(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna], bot="left")
    await group.adds_bot(anna, as_admin=True)
    await group.demotes_bot(anna)
    await group.kicks_bot(anna)
    changes = [update["my_chat_member"] for update in await poll(double) if "my_chat_member" in update]
    steps = [(change["old_chat_member"]["status"], change["new_chat_member"]["status"]) for change in changes]
    assert steps == [("left", "member"), ("member", "administrator"), ("administrator", "member"), ("member", "kicked")]


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_a_kicked_bot_is_told_so_at_every_call(double: TelegramDouble, either: AnyBot, kind: str) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna], kind=kind)
    await group.kicks_bot(anna)
    for method, more in (("send_message", {"text": "x"}), ("get_chat", {}), ("pin_chat_message", {"message_id": 1})):
        with refused(double, f"Forbidden: bot was kicked from the {kind} chat"):
            await getattr(either, method)(chat_id=group.id, **more)


async def test_a_bot_that_left_is_no_member(double: TelegramDouble, either: AnyBot) -> None:
    group = double.group("3栋", members=[double.user("Anna")])
    await either.leave_chat(chat_id=group.id)
    with refused(double, "Forbidden: bot is not a member of the supergroup chat"):
        await either.send_message(chat_id=group.id, text="x")


async def test_being_blocked_and_unblocked_is_told(double: TelegramDouble) -> None:
    anna = double.user("Anna", has_started=True)
    await anna.blocks_bot()
    await anna.starts("b_3")
    found = await poll(double)
    assert kinds(found) == ["my_chat_member", "my_chat_member", "message"]
    assert [update["my_chat_member"]["new_chat_member"]["status"] for update in found[:2]] == ["kicked", "member"]
    assert (await call(double, "sendMessage", chat_id=anna.id, text="欢迎回来"))["ok"]


# -- pins and reactions ------------------------------------------------------------------------------------------------


async def test_a_pin_is_shown_told_and_not_told_twice(double: TelegramDouble, either: AnyBot) -> None:
    group = double.group("3栋")
    sent = await either.send_message(chat_id=group.id, text="菜单")
    for _ in range(2):
        await either.pin_chat_message(chat_id=group.id, message_id=sent.message_id, disable_notification=True)
    assert [message.id for message in group.pinned] == [sent.message_id]
    (update,) = await poll(double)
    assert update["message"]["pinned_message"]["message_id"] == sent.message_id
    assert (await either.get_chat(chat_id=group.id)).pinned_message.message_id == sent.message_id


async def test_the_latest_pin_stands_first_and_pins_go(double: TelegramDouble, either: AnyBot) -> None:
    group = double.group("3栋")
    sent = [await either.send_message(chat_id=group.id, text=text) for text in "一二三"]
    for message in sent:
        await either.pin_chat_message(chat_id=group.id, message_id=message.message_id)
    await either.unpin_chat_message(chat_id=group.id, message_id=sent[1].message_id)
    assert [message.text for message in group.pinned] == ["三", "一"]
    await either.unpin_chat_message(chat_id=group.id)
    assert [message.text for message in group.pinned] == ["一"]
    await either.unpin_all_chat_messages(chat_id=group.id)
    assert group.pinned == []
    with refused(double, "Bad Request: message to unpin not found"):
        await either.unpin_chat_message(chat_id=group.id)


async def test_pinning_needs_the_right(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna], bot="member")
    sent = await either.send_message(chat_id=group.id, text="菜单")
    with refused(double, "Bad Request: not enough rights to manage pinned messages in the chat"):
        await either.pin_chat_message(chat_id=group.id, message_id=sent.message_id)
    await group.promotes_bot(anna, rights=["can_delete_messages"])
    with refused(double, "Bad Request: not enough rights to manage pinned messages in the chat"):
        await either.pin_chat_message(chat_id=group.id, message_id=sent.message_id)
    await group.promotes_bot(anna)
    with refused(double, "Bad Request: message to pin not found"):
        await either.pin_chat_message(chat_id=group.id, message_id=999)


async def test_a_deleted_message_is_pinned_no_more(double: TelegramDouble, either: AnyBot) -> None:
    group = double.group("3栋")
    sent = await either.send_message(chat_id=group.id, text="菜单")
    await either.pin_chat_message(chat_id=group.id, message_id=sent.message_id)
    await either.delete_message(chat_id=group.id, message_id=sent.message_id)
    assert group.pinned == []


async def test_one_reaction_of_the_vendors_own_is_shown(double: TelegramDouble, bot: telegram.Bot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    said = await anna.types(group, "两份")
    await bot.set_message_reaction(group.id, said.id, "👍")
    await bot.set_message_reaction(group.id, said.id, "👌")
    assert group.reactions(said) == ("👌",)
    await bot.set_message_reaction(group.id, said.id)
    assert group.reactions(said) == ()


async def test_reactions_that_do_not_go(double: TelegramDouble, bot: telegram.Bot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    said = await anna.types(group, "两份")
    with refused(double, "Bad Request: REACTION_INVALID"):
        await bot.set_message_reaction(group.id, said.id, "✅")
    with refused(double, "Bad Request: REACTIONS_TOO_MANY"):
        await bot.set_message_reaction(group.id, said.id, ["👍", "👌"])
    with refused(double, "Bad Request: message to react not found"):
        await bot.set_message_reaction(group.id, 999, "👍")


async def test_of_peoples_reactions_an_admin_hears_and_a_member_does_not(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    await poll(double, allowed_updates=["message_reaction"])
    for standing in ("administrator", "member"):
        group = double.group("3栋", members=[anna], bot=standing)
        await anna.reacts(await anna.types(group, "/menu"), "🔥")
    (update,) = await poll(double)
    assert update["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "🔥"}]


# -- becoming a supergroup ---------------------------------------------------------------------------------------------


async def test_an_upgraded_group_is_told_from_both_sides(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna], kind="group")
    old = group.id
    await group.becomes_supergroup(anna)
    before, after = (update["message"] for update in await poll(double))
    assert (before["chat"]["id"], before["migrate_to_chat_id"]) == (old, group.id)
    assert (after["chat"]["id"], after["migrate_from_chat_id"]) == (group.id, old)
    assert group.id < -1_000_000_000_000


async def test_writing_to_the_old_id_names_the_new_one(double: TelegramDouble, bot: telegram.Bot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna], kind="group")
    old = group.id
    await group.becomes_supergroup(anna)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(old, "还在吗")
    assert moved.value.new_chat_id == group.id
    assert double.ledger.calls[-1].error == "Bad Request: group chat was upgraded to a supergroup chat"
    await bot.send_message(group.id, "在新群")
    assert [message.text for message in group.from_bot] == ["在新群"]


async def test_the_bot_is_what_it_was_in_the_new_group(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna], kind="group")
    await group.becomes_supergroup(anna)
    assert (await either.get_chat_member(chat_id=group.id, user_id=double.world.bot.id)).status == "administrator"


async def test_message_numbers_are_a_supergroups_own_and_shared_by_all_others(double: TelegramDouble) -> None:
    anna = double.user("Anna", has_started=True)
    basic = double.group("1栋", members=[anna], kind="group")
    large = double.group("2栋", members=[anna])
    numbers = [(await anna.types(room, "x")).id for room in (anna.private, basic, large, large, anna.private)]
    assert numbers == [1, 2, 1, 2, 3]


# -- looking around ----------------------------------------------------------------------------------------------------


async def test_who_is_what_in_a_group(double: TelegramDouble, either: AnyBot) -> None:
    anna, ben, stranger = double.user("Anna"), double.user("Ben"), double.user("Cai")
    group = double.group("3栋", members=[anna, ben])
    standing = [
        (await either.get_chat_member(chat_id=group.id, user_id=who.id)).status for who in (anna, ben, stranger)
    ]
    assert standing == ["creator", "member", "left"]
    assert await either.get_chat_member_count(chat_id=group.id) == 3
    admins = await either.get_chat_administrators(chat_id=group.id)
    assert {admin.user.id for admin in admins} == {anna.id, double.world.bot.id}
    with refused(double, "Bad Request: invalid user_id specified"):
        await either.get_chat_member(chat_id=group.id, user_id=17)


async def test_somebody_who_left_has_left(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    await anna.leaves(group)
    assert (await either.get_chat_member(chat_id=group.id, user_id=anna.id)).status == "left"
    (update,) = await poll(double)
    assert update["message"]["left_chat_member"]["id"] == anna.id


async def test_a_private_chat_has_no_administrators(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna", username="anna", has_started=True)
    found = await either.get_chat(chat_id=anna.id)
    assert (found.type, found.first_name, found.username) == ("private", "Anna", "anna")
    with refused(double, "Bad Request: there are no administrators in the private chat"):
        await either.get_chat_administrators(chat_id=anna.id)
