"""What the bot says about itself at the double, and texts it sends as HTML."""

from __future__ import annotations

import aiogram
import pytest
import telegram

from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.html_text import read_html
from drills.telegram_double.refusals import Refusal
from tests.drills.telegram_double.clients import AnyBot, call, refused


async def test_the_bot_is_who_it_is(double: TelegramDouble, either: AnyBot) -> None:
    me = await either.get_me()
    assert (me.id, me.username, me.is_bot, me.can_read_all_group_messages) == (
        double.world.bot.id, "fallback_bot", True, False,
    )  # fmt: skip


async def test_menus_of_commands_are_kept_per_scope_and_language(double: TelegramDouble, bot: telegram.Bot) -> None:
    group = double.group("3栋")
    here = telegram.BotCommandScopeChatAdministrators(group.id)
    await bot.set_my_commands([("menu", "菜单")])
    await bot.set_my_commands([("menu", "The menu")], language_code="en")
    await bot.set_my_commands([("emergency", "应急"), ("status", "状态")], scope=here)
    assert [c.description for c in await bot.get_my_commands()] == ["菜单"]
    assert [c.description for c in await bot.get_my_commands(language_code="en")] == ["The menu"]
    assert [c.command for c in await bot.get_my_commands(scope=here)] == ["emergency", "status"]
    await bot.delete_my_commands(scope=here)
    assert await bot.get_my_commands(scope=here) == ()


async def test_aiogram_sets_the_same_menus(double: TelegramDouble, other: aiogram.Bot) -> None:
    scope = aiogram.types.BotCommandScopeAllPrivateChats()
    await other.set_my_commands([aiogram.types.BotCommand(command="cart", description="购物车")], scope=scope)
    assert [c.command for c in await other.get_my_commands(scope=scope)] == ["cart"]
    assert await other.get_my_commands() == []


@pytest.mark.parametrize(
    ("command", "description", "sentence"),
    [
        ("Menu!", "菜单", "Bad Request: BOT_COMMAND_INVALID"),
        ("菜单", "菜单", "Bad Request: BOT_COMMAND_INVALID"),
        ("menu", "", "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"),
        ("menu", "饭" * 257, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"),
    ],
)
async def test_commands_that_do_not_go(double: TelegramDouble, command: str, description: str, sentence: str) -> None:
    answer = await call(double, "setMyCommands", commands=[{"command": command, "description": description}])
    assert answer["description"] == sentence


async def test_a_menu_for_a_chat_nobody_knows_is_refused(double: TelegramDouble, bot: telegram.Bot) -> None:
    with refused(double, "Bad Request: chat not found"):
        await bot.set_my_commands([("menu", "菜单")], scope=telegram.BotCommandScopeChat(-100999))


async def test_names_and_descriptions_are_kept(double: TelegramDouble, either: AnyBot) -> None:
    await either.set_my_description(description="平台故障时照常点餐")
    await either.set_my_short_description(short_description="应急点餐")
    await either.set_my_name(name="应急点餐")
    assert (await either.get_my_description()).description == "平台故障时照常点餐"
    assert (await either.get_my_short_description()).short_description == "应急点餐"
    assert (await either.get_my_name()).name == "应急点餐"
    with refused(double, "Bad Request: BOT_DESCRIPTION_TOO_LONG"):
        await either.set_my_description(description="饭" * 513)


async def test_the_menu_button_is_kept_per_chat(double: TelegramDouble, bot: telegram.Bot) -> None:
    anna = double.user("Anna", has_started=True)
    await bot.set_chat_menu_button(anna.id, telegram.MenuButtonDefault())
    assert (await bot.get_chat_menu_button(anna.id)).type == "default"
    assert (await bot.get_chat_menu_button()).type == "commands"


# -- HTML --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("好", "好", []),
        ("<b>好</b>吃", "好吃", [("bold", 0, 1)]),
        ("😋<i>好</i>", "😋好", [("italic", 2, 1)]),
        ("a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#x27;", "a <b> & \"c\" 'd'", []),
        ("&nbsp; &copy;", "&nbsp; &copy;", []),
        ("<b>一<i>二</i></b>", "一二", [("bold", 0, 2), ("italic", 1, 1)]),
        ('<a href="https://t.me/x?start=b_3">点单</a>', "点单", [("text_link", 0, 2)]),
        ("<code>4821</code> <pre>x</pre>", "4821 x", [("code", 0, 4), ("pre", 5, 1)]),
        ("<s>旧</s><u>新</u><tg-spoiler>密</tg-spoiler>", "旧新密",
         [("strikethrough", 0, 1), ("underline", 1, 1), ("spoiler", 2, 1)]),
        ("<STRONG>好</STRONG>", "好", [("bold", 0, 1)]),
        ("<b></b>空", "空", []),
    ],
)  # fmt: skip
def test_html_is_read_as_the_vendor_does(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    read, found = read_html(source)
    assert read == text
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in found] == entities


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<b>好", 'Can\'t find end tag corresponding to start tag "b"'),
        ("好</b>", "Unexpected end tag at byte offset 3"),
        ("<b>好</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("1 <2> 3", 'Unsupported start tag "2" at byte offset 2'),
        ("<div>x</div>", 'Unsupported start tag "div" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("吃<b", "Unclosed start tag at byte offset 3"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ],
)
def test_bad_html_is_refused_in_the_vendors_words(source: str, reason: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_html(source)
    assert refusal.value.description == f"Bad Request: can't parse entities: {reason}"


async def test_bad_html_sends_nothing(double: TelegramDouble, either: AnyBot) -> None:
    group = double.group("3栋")
    with refused(double, "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""):
        await either.send_message(chat_id=group.id, text="<b>王小明", parse_mode="HTML")
    assert group.messages == []


async def test_the_limit_counts_what_people_see(double: TelegramDouble, either: AnyBot) -> None:
    group = double.group("3栋")
    await either.send_message(chat_id=group.id, text="<b>" + "饭" * 4096 + "</b>", parse_mode="HTML")
    assert len(group.from_bot) == 1
