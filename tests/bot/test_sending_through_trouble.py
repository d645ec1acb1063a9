"""What a vendor never takes, and a store that cannot be asked for a moment: nobody else waits, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
import pytest

from bot.delivery import CLOSED_FOR_S, PASSED_AFTER
from bot.sender import Sender
from core.chat import IncomingMessage, OutgoingMessage, Priority, RawUpdate, Role
from core.errors import ChatClosed, StoreBusy, Temporary, Unreadable
from core.ids import ChatId, Key, PersonId
from core.ports import Intake
from core.surface import Surface
from drills.hand_clock import HandClock
from fallback_store import boards, messages, people
from fallback_store.database import Store
from fallback_store.people import RoleGrant

ROOM, OTHER = ChatId("stub:room"), ChatId("stub:other")


class Stubborn:
    """A channel that never takes a text with a certain word in it."""

    name = "stub"
    surface = Surface(can_edit=True)

    def __init__(self) -> None:
        self.said: list[tuple[ChatId, str]] = []
        self.tries = 0
        self.is_closed = True

    def is_group(self, chat_id: ChatId) -> bool:
        return False

    async def run(self, intake: Intake) -> None:
        await asyncio.get_running_loop().create_future()

    def read(self, update: RawUpdate) -> IncomingMessage:
        raise Unreadable("it hears nothing")

    async def send(self, message: OutgoingMessage) -> str:
        if "closed" in message.text and self.is_closed:
            raise ChatClosed(retry_after_s=3600)
        if "never" in message.text:
            self.tries += 1
            raise Temporary("502")
        self.said.append((message.chat_id, message.text))
        return message.edits or str(len(self.said))

    def words(self, chat_id: ChatId = ROOM) -> list[str]:
        return [text for chat, text in self.said if chat == chat_id]


class ForgetfulStore(Store):
    """Its file is held by another program at the n-th read from now."""

    fails_in = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[aiosqlite.Connection]:
        self.fails_in -= 1
        if self.fails_in == 0:
            raise StoreBusy
        async with super().reading() as reader:
            yield reader


class Desk:
    """A store, a channel, and its voice."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.channel = store, HandClock(), Stubborn()
        self.sender = Sender(store, self.clock, self.channel, lambda: 0.999)

    async def wants_said(self, key: str, text: str, priority: Priority = Priority.RECEIPT) -> None:
        message = OutgoingMessage(key=Key(key), chat_id=ROOM, text=text, priority=priority)
        await self.store.write(lambda tx: messages.say(tx, message, self.clock.now()))

    async def pass_time(self, seconds: float, *, step_s: float = 5.0) -> None:
        ends_s = self.clock.monotonic_s() + seconds
        while self.clock.monotonic_s() < ends_s:
            while await self.sender.say_waiting():
                pass
            await self.clock.advance(step_s)

    async def state(self, key: str) -> str:
        rows = await self.store.read_all("SELECT state FROM outgoing WHERE key = :key", {"key": key})
        return rows[0][0] if rows else "gone"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        grant = RoleGrant(PersonId("stub:@root"), Role.ADMIN)
        await store.write(lambda tx: people.replace_roles(tx, "config", [grant]))
        yield Desk(store)


async def test_a_receipt_keeps_its_place_for_ten_minutes_and_then_lets_others_pass(desk: Desk) -> None:
    await desk.wants_said("bad", "never")
    await desk.wants_said("good", "第二张回执")
    await desk.pass_time(5 * 60)
    assert desk.channel.words() == []
    await desk.pass_time(13 * 60)
    assert desk.channel.words() == ["第二张回执"]
    assert desk.channel.tries >= PASSED_AFTER
    # It is kept, tried on, and the admins know, once.
    tried = desk.channel.tries
    await desk.pass_time(15 * 60)
    assert desk.channel.tries > tried
    assert await desk.state("bad") == "waiting"
    told = [text for chat, text in desk.channel.said if chat == ChatId("stub:@root")]
    assert len(told) == 1
    assert told[0].startswith(f"发给 {ROOM} 的消息试了 {PASSED_AFTER} 次，还没发出去（9 分钟前就该发了）")


async def test_what_waits_for_its_person_to_write_is_nobodys_failure(desk: Desk) -> None:
    await desk.wants_said("receipt", "closed")
    await desk.pass_time(30 * 3600, step_s=600)
    rows = await desk.store.read_all("SELECT state, attempts FROM outgoing")
    assert [tuple(row) for row in rows] == [("waiting", 0)]
    desk.channel.is_closed = False
    await desk.pass_time(3600, step_s=600)
    assert desk.channel.said == [(ROOM, "closed")]


async def test_it_is_not_kept_for_ever_though_its_person_never_writes(desk: Desk) -> None:
    await desk.wants_said("receipt", "closed")
    await desk.pass_time(CLOSED_FOR_S + 2 * 3600, step_s=3600)
    assert await desk.state("receipt") == "failed"
    assert desk.channel.said == []


async def test_a_notice_goes_before_it_at_once(desk: Desk) -> None:
    await desk.wants_said("bad", "never")
    await desk.pass_time(60)
    await desk.wants_said("notice", "平台恢复了", Priority.NOTICE)
    await desk.pass_time(10)
    assert desk.channel.words() == ["平台恢复了"]


async def test_after_a_restart_it_still_gives_way(desk: Desk) -> None:
    await desk.wants_said("bad", "never")
    await desk.pass_time(20 * 60)
    desk.sender = Sender(desk.store, desk.clock, desk.channel, lambda: 0.999)
    await desk.wants_said("good", "回执")
    await desk.pass_time(10)
    assert desk.channel.words() == ["回执"]


async def test_a_board_or_a_digest_that_is_not_taken_blocks_nobody_and_gives_way_to_the_next_at_once(
    desk: Desk,
) -> None:
    await desk.store.write(lambda tx: boards.say(tx, ROOM, "never", (), "d1", desk.clock.now()))
    await desk.wants_said("digest", "never", Priority.DIGEST)
    await desk.pass_time(60)
    await desk.wants_said("receipt", "回执")
    await desk.wants_said("digest2", "摘要", Priority.DIGEST)
    await desk.pass_time(5)
    assert desk.channel.words() == ["回执", "摘要"]
    await desk.store.write(lambda tx: boards.say(tx, ROOM, "剩 8", (), "d2", desk.clock.now()))
    await desk.pass_time(5)
    assert desk.channel.words() == ["回执", "摘要", "剩 8"]
    # The older state is not tried any more: the newer one stands.
    tried = desk.channel.tries
    await desk.store.write(lambda tx: tx.execute("DELETE FROM outgoing WHERE key = 'digest'"))
    await desk.pass_time(30 * 60)
    assert desk.channel.tries == tried


async def test_a_state_superseded_while_it_fails_does_not_come_back(desk: Desk) -> None:
    await desk.store.write(lambda tx: boards.say(tx, ROOM, "never", (), "d1", desk.clock.now()))
    (row,) = await messages.waiting_to_say(desk.store, "stub", desk.clock.now(), 10)
    await desk.store.write(lambda tx: tx.execute("UPDATE outgoing SET state = 'superseded'"))
    await desk.store.write(lambda tx: messages.mark_unsent(tx, row.id, "502", desk.clock.now()))
    assert await messages.waiting_ids(desk.store, "stub") == []


async def test_after_a_day_it_is_given_up_kept_and_told(desk: Desk) -> None:
    await desk.wants_said("bad", "never")
    await desk.store.write(lambda tx: tx.execute("UPDATE outgoing SET attempts = 299 WHERE key = 'bad'"))
    await desk.pass_time(10)
    assert await desk.state("bad") == "failed"
    assert [text for _, text in desk.channel.said if "不再试了" in text]


@pytest.mark.parametrize("read", range(1, 9))
async def test_a_read_that_fails_once_loses_doubles_and_stops_nothing(tmp_path: Path, read: int) -> None:
    async with await ForgetfulStore.open(tmp_path / "s.sqlite3") as store:
        assert isinstance(store, ForgetfulStore)
        desk = Desk(store)
        await desk.wants_said("k0", "0")
        await desk.wants_said("k1", "1")
        speaking = asyncio.create_task(desk.sender.run())
        store.fails_in = read
        for number in (2, 3):
            await desk.wants_said(f"k{number}", str(number))
        for _ in range(400):
            if len(desk.channel.said) == 4 and not desk.sender._under_way and store.fails_in < 0:
                break
            await desk.clock.advance(0.5)
            await asyncio.sleep(0.005)
        assert desk.channel.words() == ["0", "1", "2", "3"]
        assert not speaking.done()
        speaking.cancel()
        await asyncio.wait([speaking])
