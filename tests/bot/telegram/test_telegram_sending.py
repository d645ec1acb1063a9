"""What is said arrives once, in order, inside the limits; and every refusal of the vendor has its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram.identity import chat_id_of
from bot.delivery import TOAST_LASTS_S
from core.chat import START_LINK, Button, Manner, OutgoingMessage, Priority
from core.ids import ChatId, Key
from core.picture import photo_json
from drills.telegram_double.refusals import bad_request, forbidden, too_many
from drills.telegram_double.room import Room
from fallback_store import messages
from fallback_store.database import Tx
from tests.bot.telegram.telegram_scene import TelegramScene, telegram_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[TelegramScene]:
    async with telegram_scene(tmp_path) as found:
        yield found


async def say(scene: TelegramScene, room: Room, key: str, text: str = "", **facts: Any) -> None:
    """Queues a message as a desk would."""
    message = OutgoingMessage(key=Key(key), chat_id=chat_id_of(room.id), text=text or key, **facts)
    await scene.store.write(lambda tx: messages.say(tx, message, scene.clock.now()))


async def state(scene: TelegramScene, key: str) -> tuple[str, str | None]:
    """State and error of a message."""
    ((found, error),) = await scene.store.read_all("SELECT state, error FROM outgoing WHERE key = :key", {"key": key})
    return found, error


async def until_state(scene: TelegramScene, key: str, wanted: str) -> str | None:
    """The error of a message once it is in that state."""
    await scene.until_rows(f"SELECT id FROM outgoing WHERE key = '{key}' AND state = '{wanted}'", 1)
    return (await state(scene, key))[1]


def texts(room: Room) -> list[str]:
    return [said.text for said in room.from_bot]


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


async def test_a_press_gets_its_toast_whatever_else_waits(scene: TelegramScene) -> None:
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


async def test_one_chats_429_silences_that_chat_only(scene: TelegramScene) -> None:
    busy, other = scene.double.group("12栋"), scene.double.group("7栋")
    scene.double.refuse(too_many(2), method="sendMessage", chat_id=busy.id)
    async with scene.running():
        await say(scene, busy, "b1")
        await scene.eventually(lambda: bool(scene.double.ledger.refused(429)))
        began_s = scene.clock.monotonic_s()
        await say(scene, other, "o1")
        await until_state(scene, "o1", "sent")
        assert scene.clock.monotonic_s() - began_s < 1
        await until_state(scene, "b1", "sent")
        assert scene.clock.monotonic_s() - began_s > 1.5
    assert len(scene.double.ledger.refused(429)) == 1
    assert await scene.values("SELECT attempts FROM outgoing ORDER BY id") == [1, 1]


async def test_a_blocked_bot_gives_that_person_up_and_nobody_else(scene: TelegramScene) -> None:
    anna, bo = scene.double.user("Anna", has_started=True), scene.double.user("Bo", has_started=True)
    await anna.blocks_bot()
    async with scene.running():
        await say(scene, anna.private, "a1")
        await say(scene, anna.private, "a2")
        await say(scene, bo.private, "b1")
        # Told by the refused call or by the update about the block, whichever comes first.
        why = str(await until_state(scene, "a1", "failed"))
        assert "blocked" in why or why == "kicked"
        await until_state(scene, "a2", "failed")
        await until_state(scene, "b1", "sent")
        await anna.unblocks_bot()
        await say(scene, anna.private, "a3")
        await until_state(scene, "a3", "sent")
    assert len(scene.double.ledger.refused(403)) <= 2


async def test_who_never_pressed_start_and_who_deleted_their_account_cannot_be_written_to(scene: TelegramScene) -> None:
    stranger, gone = scene.double.user("S"), scene.double.user("G", has_started=True)
    await gone.deletes_account()
    async with scene.running():
        await say(scene, stranger.private, "s1")
        await say(scene, gone.private, "g1")
        assert await until_state(scene, "s1", "failed")
        assert await until_state(scene, "g1", "failed")


async def test_a_chat_nobody_knows_fails_alone(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    nowhere = OutgoingMessage(key=Key("n1"), chat_id=ChatId("telegram:-100999"), text="?")
    garbled = OutgoingMessage(key=Key("n2"), chat_id=ChatId("telegram:?"), text="?")
    async with scene.running():
        await scene.store.write(lambda tx: [messages.say(tx, one, scene.clock.now()) for one in (nowhere, garbled)])
        await say(scene, group, "k1")
        assert "Chat not found" in str(await until_state(scene, "n1", "failed"))
        await until_state(scene, "n2", "failed")
        await until_state(scene, "k1", "sent")


async def test_a_message_the_vendor_refuses_is_that_messages_end_only(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    scene.double.refuse(bad_request("something new"), method="sendMessage", chat_id=group.id)
    async with scene.running():
        await say(scene, group, "k1")
        await say(scene, group, "k2")
        assert "Something new" in str(await until_state(scene, "k1", "failed"))
        await until_state(scene, "k2", "sent")


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


async def test_receipts_that_wait_faster_than_the_group_may_speak_are_one_message(scene: TelegramScene) -> None:
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


async def test_a_kicked_bot_fails_what_waits_for_the_group(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    scene.double.refuse(forbidden("bot was kicked from the supergroup chat"), method="sendMessage", chat_id=group.id)

    def known(tx: Tx) -> None:
        tx.execute("INSERT INTO chats (id, is_group) VALUES (?, 1)", (chat_id_of(group.id),))

    await scene.store.write(known)
    async with scene.running():
        await say(scene, group, "k1")
        await until_state(scene, "k1", "failed")
    assert "kicked" in str((await scene.values("SELECT unreachable FROM chats"))[0])


async def test_a_group_that_takes_no_pictures_is_told_in_words_and_is_not_gone(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    await scene.bind(group, "12")
    refusal = bad_request("not enough rights to send photos to the chat")
    scene.double.refuse(refusal, method="sendPhoto", chat_id=group.id)
    async with scene.running():
        await say(scene, group, "k1", "送到了 #12-001", picture=photo_json("p1"))
        await until_state(scene, "k1", "sent")
    assert texts(group) == ["送到了 #12-001"]
    assert await scene.values(f"SELECT unreachable FROM chats WHERE id = '{chat_id_of(group.id)}'") == [""]
    scene.double.refuse(bad_request("not enough rights to send text messages to the chat"), method="sendMessage")
    async with scene.running():
        await say(scene, group, "k2")
        await until_state(scene, "k2", "failed")
    assert len(await scene.values("SELECT id FROM chats WHERE unreachable LIKE '%rights to send text%'")) == 1
