"""The intake serves a message in the transaction that stores it, whenever nothing stands in the way."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from bot.channels.local_chat import ChatRefused, member
from bot.desks.desk import Answer, Visit
from bot.front_desk import FrontDesk
from core.chat import RawUpdate
from core.errors import StoreFull
from core.ids import Key
from fallback_store import catalog_snapshots, people
from fallback_store.database import Tx
from tests.dialogs.talk import GROUP, MENU, Talk, talking


def update(number: int, words: str, name: str = "anna") -> RawUpdate:
    body = {"person": f"web:{name}", "name": name, "text": words}
    return RawUpdate(Key(f"{GROUP}:{name}~{number}"), GROUP, orjson.dumps(body).decode())


def nothing(tx: Tx) -> None:
    """The channel has no rows of its own."""


async def known_group(talk: Talk) -> None:
    """One message the usual way: from now on the front desk knows whose group it is, and the menu."""
    await talk.says("bo", "大家好")


async def inbox(talk: Talk) -> list[tuple[str, bool]]:
    rows = await talk.store.read_all("SELECT state, payload IS NOT NULL FROM inbox ORDER BY id")
    return [(row[0], bool(row[1])) for row in rows][1:]


async def replies(talk: Talk) -> list[str]:
    return [row[0] for row in await talk.store.read_all("SELECT text FROM outgoing ORDER BY id")]


async def test_an_order_stands_with_its_receipt_when_the_channel_may_acknowledge(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await known_group(talk)
        before = talk.store.revision
        await talk.desk.take([update(1, "红烧肉两份 305")], nothing)
        assert talk.store.revision == before + 1
        assert await talk.orders() == [("#12-001", "placed", "305", 3200)]
        assert (await replies(talk))[-1].startswith("已记下 #12-001")
        assert await inbox(talk) == [("handled", True)]
        assert await talk.desk.serve_waiting() == 0


async def test_a_redelivery_changes_nothing(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await known_group(talk)
        for _ in range(3):
            await talk.desk.take([update(1, "红烧肉两份 305")], nothing)
        assert len(await talk.orders()) == len(await replies(talk)) == 1
        assert await talk.sold("pork") == 2


async def test_group_talk_keeps_its_key_only(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await known_group(talk)
        await talk.desk.take([update(1, "有人一起打球吗")], nothing)
        assert await inbox(talk) == [("silent", False)]


async def test_nobody_is_served_before_who_came_earlier(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await known_group(talk)
        await talk.chat.post(
            member("anna"), GROUP, "红烧肉十份 305", client_id="first"
        )  # nobody is at the desk: it waits
        await talk.desk.take([update(1, "红烧肉一份 306", "chen")], nothing)
        assert await talk.orders() == []
        await talk.desk.serve_waiting()
        assert [room for _, _, room, _ in await talk.orders()] == ["305"]
        assert "卖完了" in (await replies(talk))[-1]


async def test_a_new_menu_is_never_missed(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await known_group(talk)
        dearer = orjson.dumps({**MENU, "version": "menu-8", "max_quantity": 1}).decode()
        await talk.store.write(lambda tx: catalog_snapshots.keep(tx, dearer, None, talk.clock.now()))
        await talk.desk.take([update(1, "红烧肉两份 305")], nothing)
        assert await inbox(talk) == [("waiting", True)]
        await talk.desk.serve_waiting()
        assert await talk.orders() == []


async def test_a_group_bound_anew_is_read_anew(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await known_group(talk)
        eleven = (await people.buildings(talk.store))[1].id
        await talk.store.write(lambda tx: people.bind_chat(tx, GROUP, eleven, title="11栋", language="zh"))
        await talk.desk.take([update(1, "红烧肉两份 305")], nothing)
        await talk.desk.serve_waiting()
        assert [number for number, *_ in await talk.orders()] == ["#11-001"]


class BreaksOn:
    """A desk that cannot take one word."""

    def __init__(self, word: str) -> None:
        self.word = word

    def wants(self, visit: Visit) -> bool:
        """Only that word."""
        return self.word in visit.message.text

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """Writes something, then fails."""
        people.remember(tx, visit.person.id, "half done")
        raise RuntimeError("the desk broke")


async def test_a_desk_that_fails_loses_neither_the_message_nor_its_neighbours(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        desks = [BreaksOn("毒"), *talk.desk._desks]
        talk.desk = FrontDesk(talk.store, talk.clock, {"web": talk.chat}, desks, "zh")
        await known_group(talk)
        poison = update(1, "毒药一份 305")
        await talk.desk.take([poison, update(2, "红烧肉一份 306", "chen")], nothing)
        assert await inbox(talk) == [("waiting", True), ("waiting", True)]
        await talk.desk.serve_waiting()
        assert await inbox(talk) == [("quarantined", True), ("handled", True)]
        assert [room for _, _, room, _ in await talk.orders()] == ["306"]
        names = await talk.store.read_all("SELECT name FROM people WHERE name = 'half done'")
        assert names == []


async def test_what_the_channel_refuses_is_not_stored(tmp_path: Path) -> None:
    def refuse(tx: Tx) -> None:
        raise ChatRefused("chat_unknown_room")

    async with talking(tmp_path) as talk:
        await known_group(talk)
        with pytest.raises(ChatRefused):
            await talk.desk.take([update(1, "红烧肉一份 305")], refuse)
        assert await inbox(talk) == []


async def test_a_full_disk_acknowledges_nothing(tmp_path: Path) -> None:
    def fill(tx: Tx) -> None:
        tx.execute(
            "INSERT INTO room_messages (key, chat_id, person_name, text, at_ms) VALUES ('k', 'c', '', ?, 0)",
            ("x" * 200_000,),
        )

    async with talking(tmp_path) as talk:
        await known_group(talk)
        await talk.store.write(lambda tx: tx.execute("PRAGMA max_page_count = 1"))
        with pytest.raises(StoreFull):
            await talk.desk.take([update(1, "红烧肉一份 305")], fill)
        assert (await talk.orders(), await inbox(talk)) == ([], [])
        await talk.store.write(lambda tx: tx.execute("PRAGMA max_page_count = 1000000"))
        await talk.desk.take([update(1, "红烧肉一份 305")], fill)
        assert len(await talk.orders()) == 1
