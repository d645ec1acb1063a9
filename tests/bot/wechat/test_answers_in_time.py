"""Whatever is slow, the vendor's request is answered before the vendor gives up, and no word is lost or said twice."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.wechat import passive_answers
from bot.channels.wechat.passive_answers import PassiveAnswers
from core.chat import OutgoingMessage, RawUpdate
from core.ids import ChatId, Key
from drills.wechat_double.people import Person
from fallback_store import messages, passive_replies
from fallback_store.database import Store, T, Tx, Unit
from fallback_store.passive_replies import PassiveReply
from tests.bot.wechat.account_scene import AccountScene, account_scene, until
from tests.small_campus import NOON, small_campus
from watch.system_clock import SystemClock

FOLLOWS = "收到了，还在处理。结果稍后发给你，不用再发一遍。"
CHAT = ChatId("wechat:o-anna")
UPDATE = RawUpdate(Key("wechat:o-anna:1"), CHAT, "{}")


@asynccontextmanager
async def stuck_disk(scene: AccountScene) -> AsyncIterator[None]:
    """Nothing can be written meanwhile."""
    began, let_go = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def unit(tx: Tx) -> None:
        loop.call_soon_threadsafe(began.set)
        let_go.wait(timeout=20)

    async with asyncio.TaskGroup() as group:
        group.create_task(scene.store.write(unit))
        await began.wait()
        try:
            yield
        finally:
            let_go.set()


async def test_a_disk_that_hangs_is_no_reason_to_miss_the_vendors_five_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told to come again, and then finds the one order and its words."""
    monkeypatch.setattr(passive_answers, "ANSWERED_WITHIN_S", 0.2)
    async with account_scene(tmp_path, waits_s=2.0) as scene:
        anna = scene.followers.person("o-anna")
        await scene.vendor.event(anna, "subscribe", "qrscene_12")
        message = {"MsgType": "text", "Content": "12栋305 柠檬水一杯", "MsgId": scene.vendor.message_id()}
        async with stuck_disk(scene):
            assert (await scene.vendor.push(anna, message, tries=2)).statuses == [503, 503]
        await until(lambda: scene.holds("SELECT count(*) = 1 FROM orders"))
        monkeypatch.undo()
        again = await scene.vendor.push(anna, message)
        assert again.text.startswith("已记下 #12-001")
        assert await scene.orders() == [("#12-001", "placed")]


async def a_crowd(scene: AccountScene, count: int) -> list[Person]:
    """Followers whom the front desk knows; it is asked to serve by hand."""
    crowd = [scene.followers.person(f"o-{number}") for number in range(count)]
    await asyncio.gather(*(scene.vendor.event(person, "subscribe", "qrscene_12") for person in crowd))
    await scene.front_desk.serve_waiting()
    await scene.quiet()
    return crowd


def receipts(person: Person) -> int:
    return sum("已记下" in words for words in person.shown)


async def test_a_crowd_is_told_that_the_words_follow_and_everybody_gets_them_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passive_answers, "CROWD", 2)
    monkeypatch.setattr(passive_answers, "CROWD_WAITS_S", 0.2)
    async with account_scene(tmp_path, runs_front_desk=False) as scene:
        crowd = [scene.followers.person(f"o-{number}") for number in range(9)]
        said = await asyncio.gather(*(scene.vendor.text(person, "12栋305 柠檬水一杯") for person in crowd))
        assert {pushed.text for pushed in said} == {FOLLOWS}
        await scene.front_desk.serve_waiting()
        await until(lambda: all(receipts(person) == 1 for person in crowd))
        await scene.quiet()
        assert await scene.one("SELECT count(*) FROM orders") == 9
        assert all(receipts(person) == 1 for person in crowd)
        assert scene.followers.violations == 0


async def test_who_comes_behind_a_crowd_that_waits_is_stored_and_answered_before_being_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passive_answers, "CROWD", 2)
    monkeypatch.setattr(passive_answers, "CROWD_WAITS_S", 0.2)
    async with account_scene(tmp_path, runs_front_desk=False) as scene:
        *first, last = await a_crowd(scene, 5)
        message = {"MsgType": "text", "Content": "12栋305 柠檬水一杯", "MsgId": scene.vendor.message_id()}
        async with asyncio.TaskGroup() as group, stuck_disk(scene):
            early = [group.create_task(scene.vendor.text(person, "12栋305 柠檬水一杯")) for person in first]
            await asyncio.sleep(0.4)
            behind = group.create_task(scene.vendor.push(last, message))
            await asyncio.sleep(0.1)
        assert [receipts(person) for person in first] == [1] * 4
        assert [task.result().statuses for task in early] == [[200]] * 4
        assert behind.result().text == FOLLOWS
        assert await scene.one("SELECT count(*) FROM inbox WHERE state = 'waiting'") == 1
        await scene.front_desk.serve_waiting()
        await until(lambda: receipts(last) == 1)
        assert (await scene.vendor.push(last, message)).text.startswith("已记下 #12-005")
        assert await scene.one("SELECT count(*) FROM orders") == 5


# Words claimed when it was too late ------------------------------------------------------------


async def replied(store: Store) -> None:
    def unit(tx: Tx) -> None:
        messages.receive_served(tx, UPDATE, NOON, is_kept=True)
        messages.say(tx, OutgoingMessage(key=Key(f"{UPDATE.key}>reply"), chat_id=CHAT, text="已记下 #12-001"), NOON)

    await store.write(unit)


async def state_of_reply(store: Store) -> tuple[str, str | None]:
    rows = await store.read_all("SELECT state, vendor_id FROM outgoing WHERE key LIKE '%>reply'")
    return rows[0][0], rows[0][1]


async def stay() -> bool:
    return False


async def test_words_that_came_too_late_for_the_request_wait_to_be_said_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time runs out between the claim and its commit."""
    monkeypatch.setattr(passive_answers, "ANSWERED_WITHIN_S", 0.1)

    def slowly(tx: Tx, update: RawUpdate, reply: PassiveReply) -> str:
        time.sleep(0.3)
        return reply.text

    async with small_campus(tmp_path) as store:
        await replied(store)

        async def intake(updates: object, also: Unit[T]) -> T:
            return await store.write(also)

        answers = PassiveAnswers(store, SystemClock(), slowly, "zh")
        running = asyncio.create_task(answers.run())
        assert await answers.answer(UPDATE, lambda tx: None, intake, stay) is None
        await answers.settled(UPDATE.key)
        assert await state_of_reply(store) == ("waiting", None)
        monkeypatch.undo()
        assert await answers.answer(UPDATE, lambda tx: None, intake, stay) == "已记下 #12-001"
        assert await state_of_reply(store) == ("sent", "passive")
        running.cancel()


async def test_what_was_put_beside_an_answer_is_given_back_with_it(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        await replied(store)

        def unit(tx: Tx) -> list[str]:
            passive_replies.allow(tx, Key("k"), CHAT, 5, timedelta(hours=1), NOON)
            assert passive_replies.claim(tx, UPDATE.key, NOON).is_new
            assert not passive_replies.claim(tx, UPDATE.key, NOON).is_new
            for name in ("reply-2", "reply-3", "picture"):
                key = Key(f"{UPDATE.key}>{name}")
                messages.say(tx, OutgoingMessage(key=key, chat_id=CHAT, text="more"), NOON)
            messages.say(tx, OutgoingMessage(key=Key(f"{UPDATE.key}0>reply-2"), chat_id=CHAT, text="another's"), NOON)
            passive_replies.give_back(tx, UPDATE.key)
            return [row[0] for row in tx.execute("SELECT key FROM outgoing WHERE state = 'waiting' ORDER BY id")]

        assert await store.write(unit) == [f"{UPDATE.key}>reply", f"{UPDATE.key}0>reply-2"]
