"""What is said arrives once, in order and inside the limits, whatever troubles the vendor has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.telegram.identity import chat_id_of
from bot.delivery import TOAST_LASTS_S
from core.chat import START_LINK, Button, Manner, OutgoingMessage, Priority
from core.ids import Key
from fallback_store import messages
from tests.bot.telegram.telegram_saying import say, state, texts, until_state
from tests.bot.telegram.telegram_scene import TelegramScene, telegram_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[TelegramScene]:
    async with telegram_scene(tmp_path, times_faster=10) as found:
        yield found


@pytest.fixture
async def slow_scene(tmp_path: Path) -> AsyncIterator[TelegramScene]:
    """At the vendor's own pace."""
    async with telegram_scene(tmp_path) as found:
        yield found


async def test_a_message_is_said_with_its_buttons_and_remembered_by_its_number(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    rows = ((Button("撤销", "order:undo:1"), Button("购物车", f"{START_LINK}12")),)
    async with scene.running():
        await say(scene, group, "k1", "已记下 #12-001", buttons=rows)
        await until_state(scene, "k1", "sent")
    assert group.last is not None
    assert group.last.buttons == {
        "inline_keyboard": [
            [
                {"text": "撤销", "callback_data": "order:undo:1"},
                {"text": "购物车", "url": "https://t.me/fallback_bot?start=12"},
            ]
        ]
    }
    assert await scene.values("SELECT vendor_id FROM outgoing") == [str(group.last.id)]


async def test_an_action_too_long_for_a_button_comes_back_whole(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna", has_started=True)
    action = "order:menu:" + "麻辣烫" * 20
    async with scene.running():
        await say(scene, anna.private, "k1", buttons=((Button("看", action),),))
        await until_state(scene, "k1", "sent")
        assert anna.private.last is not None
        await anna.presses(anna.private.last, "看")
        await scene.until_rows("SELECT id FROM inbox WHERE state <> 'waiting'", 1)
        await anna.sends_data(anna.private.last, "~999")
        await scene.until_rows("SELECT id FROM inbox WHERE state <> 'waiting'", 2)
    payloads = [str(found) for found in await scene.values("SELECT payload FROM inbox ORDER BY id")]
    assert [action in payload for payload in payloads] == [True, False]
    assert await scene.values("SELECT count(*) FROM inbox WHERE state = 'quarantined'") == [0]


async def test_a_press_gets_its_toast_whatever_else_waits(slow_scene: TelegramScene) -> None:
    scene = slow_scene
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await scene.bind(group, "12")
    async with scene.running():
        await say(scene, group, "k1", buttons=((Button("菜单", "order:menu:"),),))
        await until_state(scene, "k1", "sent")
        for n in range(30):
            await say(scene, group, f"n{n}", priority=Priority.NOTICE)
        assert group.from_bot
        press = await anna.presses(group.from_bot[0], "菜单")
        await scene.double.until(lambda: press.toast is not None, 2)
    assert len(group.from_bot) < 10


async def test_a_toast_nobody_can_see_any_more_is_not_tried_for_a_day(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    reply_to = Key(f"{chat_id_of(group.id)}:cb123")  # the vendor knows no such press
    late = OutgoingMessage(
        key=Key("late"), chat_id=chat_id_of(group.id), text="晚了", manner=Manner.TOAST, reply_to=reply_to
    )
    past = scene.clock.now() - timedelta(seconds=TOAST_LASTS_S + 1)
    async with scene.running():
        await scene.store.write(lambda tx: messages.say(tx, late, past))
        await say(scene, group, "unknown", manner=Manner.TOAST, reply_to=reply_to)
        await until_state(scene, "late", "sent")
        await until_state(scene, "unknown", "sent")
    assert [call.parameters["text"] for call in scene.double.ledger.of("answerCallbackQuery")] == ["unknown"]


async def test_a_reaction_is_put_under_the_message_it_answers(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    said = await anna.types(group, "在吗")
    async with scene.running():
        key = Key(f"{chat_id_of(group.id)}:{said.id}")
        await say(scene, group, "r1", "👌", manner=Manner.REACTION, reply_to=key)
        await until_state(scene, "r1", "sent")
    assert group.reactions(said) == ("👌",)


async def test_sent_though_it_timed_out_is_said_again_and_carries_its_number(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    await scene.double.inject("lost_answer", method="sendMessage", times=1)
    async with scene.running():
        await say(scene, group, "k1", "已记下 #12-001")
        await until_state(scene, "k1", "sent")
    assert texts(group) == ["已记下 #12-001"] * 2


async def test_an_edit_that_timed_out_changes_nothing_when_it_is_made_again(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    async with scene.running():
        await say(scene, group, "k1", "要吗？", buttons=((Button("要", "yes"),),))
        await until_state(scene, "k1", "sent")
        assert group.last is not None
        await scene.double.inject("lost_answer", method="editMessageText", times=1)
        await say(scene, group, "k2", "已记下 #12-001", edits=str(group.last.id))
        await until_state(scene, "k2", "sent")
    assert texts(group) == ["已记下 #12-001"]
    assert group.last.buttons is None


async def test_an_answer_whose_place_is_gone_is_said_anew(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna", has_started=True)
    async with scene.running():
        await say(scene, anna.private, "k1", "要吗？")
        await until_state(scene, "k1", "sent")
        assert anna.private.last is not None
        place = str(anna.private.last.id)
        scene.double.world.delete(anna.private.last)
        await say(scene, anna.private, "k2", "已记下 #12-001", edits=place)
        await until_state(scene, "k2", "sent")
    assert texts(anna.private) == ["已记下 #12-001"]


@pytest.mark.parametrize("fault", ["down", "error_500", "error_502", "not_json", "truncated", "hang"])
async def test_what_waits_is_said_after_the_vendors_troubles(scene: TelegramScene, fault: str) -> None:
    anna, bo = scene.double.user("Anna", has_started=True), scene.double.user("Bo", has_started=True)
    async with scene.running():
        await say(scene, anna.private, "k0")
        await until_state(scene, "k0", "sent")
        await scene.double.inject(fault)
        await say(scene, anna.private, "k1")
        await say(scene, bo.private, "k2")
        await asyncio.sleep(0.8)
        await scene.double.clear()
        await until_state(scene, "k1", "sent")
        await until_state(scene, "k2", "sent")
    assert set(texts(bo.private)) == {"k2"}


async def test_a_wall_of_text_is_said_in_parts_with_its_buttons_last(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna", has_started=True)
    wall = "\n".join(f"{n} 号楼 🍜 {'菜' * 40}" for n in range(200))
    async with scene.running():
        await say(scene, anna.private, "k1", wall, buttons=((Button("好", "ok"),),), brief="✓")
        await scene.until_rows("SELECT id FROM outgoing WHERE state = 'sent'", 3)
    assert "\n".join(texts(anna.private)) == wall
    assert [said.buttons is not None for said in anna.private.from_bot] == [False, False, True]
    assert await scene.values("SELECT brief FROM outgoing ORDER BY id") == ["✓", "", ""]


async def test_html_and_markdown_are_letters(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    words = "<b>Anna</b> &amp; *Bo* _x_ [y](http://z) `c`"
    async with scene.running():
        await say(scene, group, "k1", words)
        await until_state(scene, "k1", "sent")
    assert texts(group) == [words]
    assert group.last is not None
    assert not [mark for mark in group.last.entities if mark["type"] in ("bold", "italic", "text_link", "code")]


async def test_receipts_that_wait_faster_than_the_group_may_speak_are_one_message(slow_scene: TelegramScene) -> None:
    scene = slow_scene
    group = scene.double.group("12栋")
    for n in range(12):
        await say(scene, group, f"k{n}", f"长长的收条 {n}", brief=f"✓ #12-{n:03d}")
    async with scene.running():
        await scene.until_rows("SELECT id FROM outgoing WHERE state = 'sent'", 12)
    assert texts(group) == ["\n".join(f"✓ #12-{n:03d}" for n in range(12))]
    assert len(set(await scene.values("SELECT vendor_id FROM outgoing"))) == 1


async def test_what_is_being_said_when_the_service_stops_is_not_said_again(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    await scene.double.inject("slow", method="sendMessage", delay_s=0.5)
    async with scene.running():
        await say(scene, group, "k1")
        await asyncio.sleep(0.3)
    assert await state(scene, "k1") == ("sent", None)
    assert texts(group) == ["k1"]
