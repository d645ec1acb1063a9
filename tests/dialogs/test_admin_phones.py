"""Admins on their phones: groups are bound where they are, people named by their ids; forged commands do nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.telegram.identity import chat_id_of
from core.mode import Mode
from fallback_store import chat_changes
from tests.dialogs.phones import ANNA, GROUP, LIU, ROOT, Phones, Said, phones

NEW_GROUP = -1777


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones(tmp_path, mode=Mode.NORMAL) as running:
        yield running


async def building_of(day: Phones, chat: int) -> object:
    """Whose group it is."""
    return await day.one(f"SELECT building_id FROM chats WHERE id = 'telegram:{chat}'")


async def test_a_group_is_bound_where_it_is_and_the_admin_is_told_what_is_missing(day: Phones) -> None:
    bound, _ = await day.types(ROOT, "/bind 7", NEW_GROUP)
    assert bound.text.splitlines()[0] == "已绑定：这个群现在是 7栋 的群，通知和接单都在这里。"
    assert "送餐员" not in bound.text  # 刘师傅 delivers there, says the platform's directory
    again, _ = await day.types(ROOT, "/bind 12栋", NEW_GROUP)
    assert "之前它是 7栋 的群。" in again.text
    assert "⚠ 12栋 还绑着另外 1 个群" in again.text
    await day.store.write(lambda tx: tx.execute("DELETE FROM roles WHERE role = 'courier'"))
    await day.store.write(lambda tx: tx.execute("DELETE FROM catalog_snapshots"))
    bare, _ = await day.types(ROOT, "/bind 7", NEW_GROUP)
    assert "⚠ 7栋 还没有送餐员" in bare.text
    assert "⚠ 还没有菜单快照" in bare.text
    assert await building_of(day, NEW_GROUP) == "7"


async def test_a_building_nobody_knows_binds_nothing(day: Phones) -> None:
    for words in ("/bind", "/bind 99", "/bind 12 7"):
        assert "已知的楼栋：12栋、7栋" in (await day.types(ROOT, words, NEW_GROUP))[0].text
    assert "在要绑定的群里" in (await day.types(ROOT, "/bind 12"))[0].text
    assert await building_of(day, NEW_GROUP) is None


async def test_a_group_is_let_go_again(day: Phones) -> None:
    assert "不再是 12栋 的群" in (await day.types(ROOT, "/unbind", GROUP))[0].text
    assert await building_of(day, GROUP) is None
    assert "没有绑定" in (await day.types(ROOT, "/unbind", GROUP))[0].text
    # What was its own is asked for now.
    await day.mode(Mode.EMERGENCY)
    assert "哪一栋" in (await day.types(ANNA, "红烧肉一份", GROUP))[0].text


@pytest.mark.parametrize(
    "words",
    ["/bind 7", "/unbind", "/who courier", "/whois 刘", "/emergency on x", "/emergency off", "/handback", "/lock 30 x",
     "/unlock", "/status", "/quiet on", "/speak en", "/aliases"],
)  # fmt: skip
async def test_a_command_of_somebody_who_is_no_admin_does_nothing(day: Phones, words: str) -> None:
    before = await day.store.read_all("SELECT id, building_id, speaks, language FROM chats ORDER BY id")
    for who in (ANNA, LIU):
        assert (await day.types(who, words, GROUP))[0].text in ("", "这是管理员的命令，你不是管理员，什么都没有做。")
    after = await day.store.read_all("SELECT id, building_id, speaks, language FROM chats ORDER BY id")
    assert [tuple(row) for row in after] == [tuple(row) for row in before]
    assert await day.one("SELECT count(*) FROM mode_changes") == 0
    assert await day.one("SELECT count(*) FROM mode_locks") == 0


@pytest.mark.parametrize("data", ["admin:on:0:0", "admin:off:0", "admin:alias:yes:1", "admin:status:", "admin:"])
async def test_an_admins_button_made_up_by_somebody_else_does_nothing(day: Phones, data: str) -> None:
    assert await day.sends_data(ANNA, data, GROUP) == Said(toast="这是管理员的命令，你不是管理员，什么都没有做。")
    assert await day.one("SELECT count(*) FROM mode_changes") == 0


async def test_the_question_why_becomes_what_was_done(day: Phones) -> None:
    asked, _ = await day.types(ROOT, "/emergency on")
    done = await day.presses(ROOT, asked, "平台打不开")
    assert (done.toast or "").startswith("已进入应急接单")
    assert done.edits == str(day.shown)
    again = await day.presses(ROOT, asked, "平台打不开")
    assert "已进入应急接单" not in (again.toast or "")
    assert await day.one("SELECT count(*) FROM mode_changes WHERE mode = 'emergency'") == 1


async def test_everybody_can_learn_their_own_id_and_only_in_private(day: Phones) -> None:
    assert (await day.types(ANNA, "/id"))[0].text.startswith(f"你的编号是 telegram:{ANNA}。")
    assert str(ANNA) not in (await day.types(ANNA, "/id", GROUP))[0].text
    assert "送餐员（12）" in (await day.types(LIU, "/id"))[0].text
    assert (await day.types(ANNA, "我的编号", GROUP))[0].text == ""


async def test_who_is_who_is_told_to_admins_in_private(day: Phones) -> None:
    counts, _ = await day.types(ROOT, "/who")
    assert counts.text.splitlines()[:4] == ["管理员 1 人", "楼长 1 人", "送餐员 4 人", "商家 1 人"]
    listed, _ = await day.types(ROOT, "/who couriers")
    assert f"刘师傅 telegram:{LIU}（12）" in listed.text
    assert "私聊" in (await day.types(ROOT, "/who courier", GROUP))[0].text
    assert "私聊" in (await day.types(ROOT, "/whois 刘", GROUP))[0].text


async def test_one_person_is_found_by_id_or_by_name(day: Phones) -> None:
    by_name, _ = await day.types(ROOT, "/whois 刘师傅")
    assert f"刘师傅 telegram:{LIU}，住 —\n送餐员（12）" in by_name.text
    assert by_name.text.count("刘师傅") == 2  # he is known on the web as well
    await day.types(ANNA, "/start 12")
    student, _ = await day.types(ROOT, f"/whois telegram:{ANNA}")
    assert student.text == f"安娜 telegram:{ANNA}，住 12栋\n没有角色。"
    for words in ("/whois 安娜", "/whois telegram:1", "/whois <b>x</b>"):
        assert "没有找到" in (await day.types(ROOT, words))[0].text
    assert "编号或名字" in (await day.types(ROOT, "/whois"))[0].text


async def test_a_group_that_hears_nothing_is_named_in_the_status(day: Phones) -> None:
    assert "发不进去" not in (await day.types(ROOT, "/status"))[0].text
    await day.store.write(lambda tx: chat_changes.mark_unreachable(tx, chat_id_of(GROUP), "kicked"))
    assert "⚠ 有 1 个楼栋群发不进去：12栋（12栋）" in (await day.types(ROOT, "/status"))[0].text
