"""A message whose chat changes while it waits is said there, and holds up neither chat."""

from __future__ import annotations

from pathlib import Path

from core.chat import OutgoingMessage
from core.ids import ChatId, Key
from fallback_store import messages
from fallback_store.database import Tx
from tests.dialogs.shift import Shift, shift
from tests.small_campus import GROUP_7, GROUP_12


async def queue(day: Shift, chat_id: ChatId, key: str) -> None:
    now = day.clock.now()
    await day.store.write(lambda tx: messages.say(tx, OutgoingMessage(key=Key(key), chat_id=chat_id, text=key), now))


async def test_a_message_that_moves_while_it_waits_leaves_both_chats_speaking(tmp_path: Path) -> None:
    def move(tx: Tx) -> None:
        tx.execute("UPDATE outgoing SET chat_id = ? WHERE key = 'second'", (GROUP_7,))

    async with shift(tmp_path, []) as day:
        await queue(day, GROUP_12, "first")
        await queue(day, GROUP_12, "second")
        assert await day.sender.say_waiting() == 1
        await day.store.write(move)
        await queue(day, GROUP_12, "third")
        for _ in range(4):
            await day.clock.advance(1)
            await day.sender.say_waiting()
        assert await day.hears(GROUP_12) == ["first", "third"]
        assert await day.hears(GROUP_7) == ["second"]


async def test_an_id_given_again_is_the_message_of_the_other_chat(tmp_path: Path) -> None:
    async with shift(tmp_path, []) as day:
        await queue(day, GROUP_12, "first")
        await queue(day, GROUP_12, "second")
        assert await day.sender.say_waiting() == 1
        await day.store.write(lambda tx: tx.execute("DELETE FROM outgoing WHERE key = 'second'"))
        await queue(day, GROUP_7, "third")
        assert await day.one("SELECT count(DISTINCT id) FROM outgoing WHERE id <= 2") == 2
        await queue(day, GROUP_12, "fourth")
        for _ in range(4):
            await day.clock.advance(1)
            await day.sender.say_waiting()
        assert (await day.hears(GROUP_12), await day.hears(GROUP_7)) == (["first", "fourth"], ["third"])
