"""What was ordered lately: newest first, of one group or one person, and whether people talked since."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from pathlib import Path

from core.chat import RawUpdate
from core.ids import BuildingId, ChatId, ItemId, Key, PersonId
from fallback_store import chat_context, learned_aliases, messages, orders
from fallback_store.database import Tx
from tests.small_campus import ANNA, EPOCH, GROUP_12, NOON, place, small_campus

TWELVE = BuildingId("12")


async def test_the_newest_open_orders_of_a_group_come_first_with_their_lines(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:

        def unit(tx: Tx) -> list[tuple[str, int]]:
            place(tx, "anna", "305", "pork lemon")
            called_off = place(tx, "bo", "306", now=NOON + timedelta(seconds=1))
            orders.cancel(tx, called_off, by="web:bo", side="student", reason="", now=NOON)
            place(tx, "chen", "401", "egg", now=NOON + timedelta(seconds=2))
            place(tx, "dora", "402", building="7", now=NOON + timedelta(seconds=3))
            place(tx, "emil", "403", epoch=EPOCH + 1)
            found = chat_context.in_chat(tx, GROUP_12, TWELVE, EPOCH)
            assert found == [orders.by_id(tx, order.id) for order in found]
            return [(order.person_name, len(order.lines)) for order in found]

        assert await store.write(unit) == [("chen", 1), ("anna", 2)]


async def test_a_persons_newest_orders_are_the_same_as_read_one_by_one(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:

        def unit(tx: Tx) -> None:
            for n in range(12):
                place(tx, "anna", "305", "lemon pearl", now=NOON + timedelta(seconds=n))
            assert chat_context.of_person(tx, ANNA) == orders.of_person(tx, ANNA, chat_context.LOOKED_AT)
            assert chat_context.of_person(tx, PersonId("web:nobody")) == []

        await store.write(unit)


async def test_talk_is_what_was_said_in_that_chat_and_had_nothing_to_do_with_us(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        other = ChatId("web:building-7")

        def unit(tx: Tx) -> list[bool]:
            said = [("a", GROUP_12), ("b", other), ("c", GROUP_12), ("d", GROUP_12)]
            messages.receive(tx, [RawUpdate(Key(key), chat, "{}") for key, chat in said], NOON)
            messages.mark_silent(tx, 2, NOON)
            found = [chat_context.was_talk(tx, GROUP_12, Key("a"), Key("d"))]
            messages.mark_silent(tx, 3, NOON)
            found.append(chat_context.was_talk(tx, GROUP_12, Key("a"), Key("d")))
            found.append(chat_context.was_talk(tx, GROUP_12, Key("c"), Key("d")))
            found.append(chat_context.was_talk(tx, GROUP_12, Key("of a list:anna"), Key("d")))
            found.append(chat_context.was_talk(tx, GROUP_12, Key("a"), Key("not stored yet")))
            return found

        assert await store.write(unit) == [False, True, False, False, True]


async def test_every_decision_about_a_word_raises_the_revision_readers_look_at(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        pork, number = ItemId("pork"), count()

        async def revision() -> int:
            key = Key(f"message-{next(number)}")
            await store.write(lambda tx: messages.receive(tx, [RawUpdate(key, GROUP_12, "{}")], NOON))
            return (await messages.waiting(store, 0, 10))[-1].aliases_revision

        assert await revision() == 0
        alias = await store.write(lambda tx: learned_aliases.learn(tx, "肉肉饭", pork, ANNA, NOON))
        again = await store.write(lambda tx: learned_aliases.learn(tx, "肉肉饭", pork, ANNA, NOON))
        assert (alias.id, alias.times, again.times) == (again.id, 1, 2)
        assert await revision() == 0
        assert await learned_aliases.approved(store) == []
        await store.write(lambda tx: learned_aliases.decide(tx, alias.id, approved=True, by=ANNA, now=NOON))
        assert await learned_aliases.approved(store) == [("肉肉饭", "pork")]
        assert await revision() == 1
        await store.write(lambda tx: learned_aliases.decide(tx, alias.id, approved=False, by=ANNA, now=NOON))
        assert (await revision(), await learned_aliases.approved(store)) == (2, [])
        unknown = await store.write(lambda tx: learned_aliases.decide(tx, 99, approved=True, by=ANNA, now=NOON))
        assert unknown is None
