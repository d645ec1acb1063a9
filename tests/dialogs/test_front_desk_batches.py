"""Messages are served together, and still one that cannot be served harms nobody else's."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bot.channels.local_chat import member
from bot.front_desk import FrontDesk
from core.chat import IncomingMessage, RawUpdate
from core.ids import Key
from core.texts import text
from fallback_store import messages
from tests.dialogs.talk import GROUP, Talk, talking


async def _posted(talk: Talk, *words: str) -> None:
    """All of it waits before anybody serves it; "?" is an update nobody can read."""
    for number, said in enumerate(words):
        if said == "?":
            broken = RawUpdate(Key(f"{GROUP}:broken~{number}"), GROUP, "{")
            await talk.store.write(partial(messages.receive, updates=[broken], now=talk.clock.now()))
        else:
            await talk.chat.post(member(f"student{number}"), GROUP, said, client_id=f"c{number}")


async def _states(talk: Talk) -> list[str]:
    return [row[0] for row in await talk.store.read_all("SELECT state FROM inbox ORDER BY id")]


async def test_messages_that_wait_together_are_served_in_one_commit_in_their_order(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await _posted(talk, "柠檬水1份 301", "番茄炒蛋2份 302", "番茄炒蛋1份 303")
        revision = talk.store.revision
        assert await talk.desk.serve_waiting() == 3
        assert talk.store.revision == revision + 1
        assert [order[0] for order in await talk.orders()] == ["#12-001", "#12-002"]
        assert await talk.sold("egg") == 2


async def test_an_unreadable_message_among_others_is_put_aside_alone(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await _posted(talk, "柠檬水1份 301", "?", "番茄炒蛋1份 303")
        assert await talk.desk.serve_waiting() == 3
        assert await _states(talk) == ["handled", "quarantined", "handled"]
        assert [(order[0], order[2]) for order in await talk.orders()] == [("#12-001", "301"), ("#12-002", "303")]
        assert (await talk.sold("lemon"), await talk.sold("egg")) == (1, 1)


async def test_whoever_wrote_what_trips_the_reader_is_told_to_try_again(tmp_path: Path) -> None:
    def hear(message: IncomingMessage) -> None:
        if "?" in message.text:
            raise KeyError(message.text)

    async with talking(tmp_path) as talk:
        desk = FrontDesk(talk.store, talk.clock, {"web": talk.chat}, [], "zh", hear)
        await _posted(talk, "柠檬水? 301")
        assert await desk.serve_waiting() == 1
        assert await _states(talk) == ["quarantined"]
        said = await talk.store.read_all("SELECT text FROM outgoing WHERE reply_to IS NOT NULL")
        assert [row[0] for row in said] == [text("zh", "message_quarantined")]
