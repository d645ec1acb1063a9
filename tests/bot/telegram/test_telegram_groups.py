"""What happens to a group as a whole: boards and pins, joining and leaving, becoming a supergroup, hearing nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.telegram.identity import chat_id_of
from core.chat import Button
from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.room import Room
from fallback_store import boards
from tests.bot.telegram.telegram_scene import TelegramScene, telegram_scene

PINNED = "SELECT vendor_id FROM board_places"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[TelegramScene]:
    async with telegram_scene(tmp_path, times_faster=10) as found:
        yield found


async def shows(scene: TelegramScene, room: Room, words: str) -> None:
    """A new state of the group's board is queued."""
    buttons = ((Button("菜单", "order:menu:"),),)
    await scene.store.write(lambda tx: boards.say(tx, chat_id_of(room.id), words, buttons, words, scene.clock.now()))


async def until_pinned(scene: TelegramScene, room: Room, words: str) -> None:
    await scene.double.until(lambda: [said.text for said in room.pinned][:1] == [words], 20)


async def test_a_board_is_pinned_once_and_edited_in_place(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    async with scene.running():
        for state in ("剩 9", "剩 8", "剩 7"):
            await shows(scene, group, state)
            await until_pinned(scene, group, state)
    assert len(group.from_bot) == 1
    assert len(scene.double.ledger.done("pinChatMessage")) == 1


async def test_of_states_that_wait_only_the_newest_is_shown(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    for number in range(5):
        await shows(scene, group, f"剩 {number}")
    async with scene.running():
        await until_pinned(scene, group, "剩 4")
    assert len(scene.double.ledger.of("sendMessage")) == 1


async def test_a_state_queued_while_the_first_is_being_said_finds_its_place(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    await scene.double.inject("slow", method="sendMessage", delay_s=0.4)
    async with scene.running():
        await shows(scene, group, "剩 9")
        await scene.eventually(lambda: scene.sender._under_way > 0)
        await shows(scene, group, "剩 8")  # supersedes the state that is under way, and its row is gone
        await until_pinned(scene, group, "剩 8")
    assert len(group.from_bot) == 1


async def test_a_board_that_reads_so_already_counts_as_shown(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    async with scene.running():
        await shows(scene, group, "剩 9")
        await until_pinned(scene, group, "剩 9")
        await shows(scene, group, "剩 9")
        await scene.eventually(lambda: bool(scene.double.ledger.refused(400)))
        await scene.until_rows("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outgoing WHERE state <> 'sent')", 1)
    assert len(group.from_bot) == 1


async def test_a_board_somebody_deleted_is_said_and_pinned_anew(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    async with scene.running():
        await shows(scene, group, "剩 9")
        await until_pinned(scene, group, "剩 9")
        scene.double.world.delete(group.pinned[0])
        await shows(scene, group, "剩 8")
        await until_pinned(scene, group, "剩 8")
    assert await scene.values(PINNED) == [str(group.pinned[0].id)]


async def test_after_a_restart_the_same_message_is_edited(scene: TelegramScene) -> None:
    group = scene.double.group("12栋")
    for state in ("剩 9", "剩 8"):
        async with scene.running():
            await shows(scene, group, state)
            await until_pinned(scene, group, state)
    assert len(group.from_bot) == 1


async def test_without_the_right_to_pin_the_board_stands_unpinned(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await group.promotes_bot(anna, rights=["can_delete_messages"])
    async with scene.running():
        await shows(scene, group, "剩 9")
        (error,) = await scene.until_rows("SELECT error FROM outgoing WHERE manner = 'pin' AND state = 'failed'", 1)
        await shows(scene, group, "剩 8")
        await scene.until_said(group, "剩 8")
    assert "ights" in str(error)
    assert len(group.from_bot) == 1


async def test_a_group_that_becomes_a_supergroup_keeps_building_board_and_what_waits(scene: TelegramScene) -> None:
    anna = owner = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna], kind="group")
    await scene.bind(group, "12")
    async with scene.running(boards=True):
        await scene.double.until(lambda: bool(group.pinned), 20)
        await anna.types(group, "番茄炒蛋一份 405")
        await group.becomes_supergroup(owner)
        await anna.types(group, "柠檬水一杯 305")
        await scene.until_said(group, "已记下 #12-002")
        await scene.double.until(lambda: bool(group.pinned), 20)
    found = await scene.values("SELECT id FROM chats WHERE building_id = '12' AND id LIKE 'telegram:-%'")
    assert found == [chat_id_of(group.id)]


async def test_a_message_for_the_old_group_follows_it(scene: TelegramScene) -> None:
    owner = scene.double.user("Owner")
    group = scene.double.group("12栋", members=[owner], kind="group")
    await scene.bind(group, "12")
    await shows(scene, group, "剩 9")
    await group.becomes_supergroup(owner)
    scene.double.world.updates.drop_all()  # the vendor's word about it is lost: only the refusal tells
    async with scene.running(boards=True):
        await scene.double.until(lambda: bool(group.pinned), 20)
    assert await scene.values("SELECT id FROM chats WHERE id LIKE 'telegram:-%'") == [chat_id_of(group.id)]


async def test_a_group_that_is_not_heard_is_told_so_and_then_that_it_is(scene: TelegramScene) -> None:
    owner = scene.double.user("Owner")
    group = scene.double.group("12栋", members=[owner], bot="left")
    async with scene.running():
        await group.adds_bot(owner)
        await scene.until_said(group, "听不到")
        await group.promotes_bot(owner)
        await scene.until_said(group, "/bind")
        await scene.bind(group, "12")
        await group.demotes_bot(owner)
        await scene.eventually(lambda: len(group.from_bot) == 3, 20)
        await group.promotes_bot(owner)
        await scene.until_said(group, "平台出故障时")
    assert ["听不到" in said.text for said in group.from_bot] == [True, False, True, False]


async def test_without_privacy_mode_every_group_is_heard(tmp_path: Path) -> None:
    async with telegram_scene(tmp_path, double=TelegramDouble(has_privacy=False)) as scene:
        owner = scene.double.user("Owner")
        group = scene.double.group("12栋", members=[owner], bot="left")
        async with scene.running():
            await group.adds_bot(owner)
            await scene.until_said(group, "/bind")


async def test_a_bot_that_is_removed_says_so_to_the_admins_and_is_silent_there(scene: TelegramScene) -> None:
    owner = scene.double.user("Owner")
    group = scene.double.group("十二栋外卖群", members=[owner])
    await scene.bind(group, "12", title="十二栋外卖群")
    async with scene.running(boards=True):
        await scene.double.until(lambda: bool(group.pinned), 20)
        await group.kicks_bot(owner)
        await scene.until_said(scene.admin.private, "移出了「十二栋外卖群」")
        assert await scene.values("SELECT unreachable FROM chats WHERE id LIKE 'telegram:-%'") == ["kicked"]
        await group.adds_bot(owner, as_admin=True)
        await scene.until_said(group, "平台出故障时")
        assert await scene.values("SELECT unreachable FROM chats WHERE id LIKE 'telegram:-%'") == [""]
