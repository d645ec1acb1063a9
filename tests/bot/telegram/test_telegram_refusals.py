"""Every refusal of the vendor has its answer, and touches nobody but whom it is about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.telegram.identity import chat_id_of
from core.chat import OutgoingMessage
from core.ids import ChatId, Key
from core.picture import photo_json
from drills.telegram_double.refusals import bad_request, forbidden, too_many
from fallback_store import messages
from fallback_store.database import Tx
from tests.bot.telegram.telegram_saying import say, texts, until_state
from tests.bot.telegram.telegram_scene import TelegramScene, telegram_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[TelegramScene]:
    async with telegram_scene(tmp_path, times_faster=10) as found:
        yield found


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
