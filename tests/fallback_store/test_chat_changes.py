"""A chat that moves takes everything along, once; one that is gone lets nothing wait for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.chat import Manner, OutgoingMessage
from core.ids import BuildingId, ChatId, Key
from core.times import from_ms
from fallback_store import (
    boards,
    chat_changes,
    courier_groups,
    drafts,
    glance,
    long_actions,
    messages,
    people,
    queue_views,
)
from fallback_store.database import Store, Tx
from tests.small_campus import ANNA, NOON, small_campus

ANNA_ALONE = ChatId("telegram:900001")
OLD, NEW = ChatId("telegram:-5"), ChatId("telegram:-1005")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with small_campus(tmp_path) as opened:
        await opened.write(lambda tx: people.bind_chat(tx, OLD, BuildingId("12"), title="12栋", language="en"))
        yield opened


def say(tx: Tx, key: str, **facts: object) -> None:
    messages.say(tx, OutgoingMessage(key=Key(key), chat_id=OLD, text=key, **facts), NOON)  # type: ignore[arg-type]


async def test_what_waits_and_what_is_asked_follows_a_chat_that_moves(store: Store) -> None:
    def before(tx: Tx) -> None:
        say(tx, "plain")
        say(tx, "edit", edits="77")
        say(tx, "pin", manner=Manner.PIN, edits="77")
        boards.say(tx, OLD, "剩 9", (), "d1", NOON)
        boards.stands(tx, OLD, boards.PINNED, "77")
        drafts.keep(tx, OLD, ANNA, "question", Key("q"), {}, NOON, 600)
        chat_changes.move(tx, OLD, NEW)

    await store.write(before)
    waiting = await messages.waiting_to_say(store, "telegram", NOON, 10)
    # Numbers of messages begin anew there: an edit is said as new, a pin of an old message is no use.
    assert [(row.message.key, row.message.chat_id, row.message.edits) for row in waiting] == [
        ("plain", NEW, ""),
        ("edit", NEW, ""),
        (waiting[2].message.key, NEW, ""),
    ]
    assert waiting[2].message.board == boards.PINNED
    chat = await store.write(lambda tx: people.chat(tx, NEW, is_group=True, language="zh"))
    assert (chat.building_id, chat.language) == ("12", "en")
    assert await store.write(lambda tx: boards.last_digest(tx, NEW, NOON)) == "d1"
    assert await store.write(lambda tx: drafts.find(tx, NEW, ANNA, "question", NOON)) is not None


async def test_a_board_that_was_said_in_the_old_chat_is_said_anew(store: Store) -> None:
    await store.write(lambda tx: boards.say(tx, OLD, "剩 9", (), "d1", NOON))
    (row,) = await messages.waiting_to_say(store, "telegram", NOON, 10)
    await store.write(lambda tx: messages.mark_sent(tx, row.id, "77", NOON))
    await store.write(lambda tx: chat_changes.move(tx, OLD, NEW))
    assert await store.write(lambda tx: boards.last_digest(tx, NEW, NOON)) is None


async def test_hearing_of_the_move_again_leaves_the_new_chat_alone(store: Store) -> None:
    def twice(tx: Tx) -> None:
        chat_changes.move(tx, OLD, NEW)
        boards.say(tx, NEW, "剩 9", (), "d1", NOON)
        boards.stands(tx, NEW, boards.PINNED, "3")
        chat_changes.move(tx, OLD, NEW)
        boards.say(tx, NEW, "剩 8", (), "d2", NOON)

    await store.write(twice)
    (row,) = await messages.waiting_to_say(store, "telegram", NOON, 10)
    assert (row.message.text, row.message.edits) == ("剩 8", "3")
    assert glance.bound_groups(store.path, "telegram") == [(NEW, "12栋")]


async def test_what_was_set_up_in_the_new_chat_outlives_a_late_word_from_the_old_one(store: Store) -> None:
    def unit(tx: Tx) -> None:
        chat_changes.move(tx, OLD, NEW)
        people.set_title(tx, NEW, "12栋新群")
        people.set_quiet(tx, NEW, is_quiet=True)
        people.new_chat(tx, OLD, is_group=True, language="zh")
        people.set_title(tx, OLD, "12栋旧群")
        chat_changes.move(tx, OLD, NEW)
        chat_changes.move(tx, NEW, NEW)

    await store.write(unit)
    rows = await store.read_all("SELECT id, building_id, title, language, speaks FROM chats WHERE id LIKE 'telegram:%'")
    assert [tuple(row) for row in rows] == [(NEW, "12", "12栋新群", "en", "mentions")]


async def test_a_board_that_failed_is_said_again_once_the_chat_is_back_or_after_a_while(store: Store) -> None:
    def failed(tx: Tx) -> str | None:
        boards.say(tx, OLD, "剩 9", (), "d1", NOON)
        chat_changes.mark_unreachable(tx, OLD, "kicked")
        return boards.last_digest(tx, OLD, NOON)

    assert await store.write(failed) == "d1"
    later = NOON + boards.FAILED_COUNTS
    assert await store.write(lambda tx: boards.last_digest(tx, OLD, later)) is None
    await store.write(lambda tx: chat_changes.mark_reachable(tx, OLD))
    assert await store.write(lambda tx: boards.last_digest(tx, OLD, NOON)) is None


async def test_nothing_waits_for_a_chat_that_is_gone_until_it_is_back(store: Store) -> None:
    await store.write(lambda tx: say(tx, "k1"))
    assert await store.write(lambda tx: chat_changes.mark_unreachable(tx, OLD, "kicked")) == 1
    assert await messages.waiting_to_say(store, "telegram", NOON, 10) == []
    await store.write(lambda tx: chat_changes.mark_reachable(tx, OLD))
    await store.write(lambda tx: say(tx, "k2"))
    assert [row.message.key for row in await messages.waiting_to_say(store, "telegram", NOON, 10)] == ["k2"]


async def test_a_row_tells_its_age_and_when_it_is_due(store: Store) -> None:
    await store.write(lambda tx: say(tx, "k1"))
    ((number,),) = await store.read_all("SELECT id FROM outgoing")
    later = from_ms(round(NOON.timestamp() * 1000) + 9_000)
    await store.write(lambda tx: messages.mark_unsent(tx, number, "busy", later))
    (row,) = await messages.waiting_to_say(store, "telegram", NOON, 10)
    assert (row.age_s, row.due_in_s, row.attempts) == (0, 9, 1)
    assert await messages.waiting_ids(store, "telegram") == [number]
    assert await messages.waiting_ids(store, "web") == []
    assert await messages.waiting_to_say(store, "telegram", NOON, 10, after_id=number) == []


async def test_a_long_action_keeps_its_number(store: Store) -> None:
    first = await store.write(lambda tx: long_actions.number(tx, "a" * 100))
    assert await store.write(lambda tx: long_actions.number(tx, "a" * 100)) == first
    assert await long_actions.actions(store, [first, first + 9]) == {first: "a" * 100}


def test_there_is_nothing_to_glance_at_where_no_store_is(tmp_path: Path) -> None:
    assert glance.bound_groups(tmp_path / "none.sqlite3", "telegram") == []
    (tmp_path / "torn.sqlite3").write_bytes(b"not a database at all" * 100)
    assert glance.bound_groups(tmp_path / "torn.sqlite3", "telegram") == []


async def test_the_couriers_own_group_stays_theirs_and_follows_no_old_message(store: Store) -> None:
    def before(tx: Tx) -> None:
        courier_groups.bind(tx, OLD, [BuildingId("12")])
        queue_views.follow(
            tx,
            queue_views.QueueView(
                chat_id=OLD, reply_key=Key("k"), person_id=ANNA, language="zh", building_id=None, floor=None, shows="",
                until=NOON,
            ),
        )  # fmt: skip
        queue_views.refresh(tx, OLD, "77", "2 单", (), "d", NOON)
        chat_changes.move(tx, OLD, NEW)
        chat_changes.move(tx, OLD, NEW)

    await store.write(before)
    assert await store.write(lambda tx: courier_groups.buildings_of(tx, NEW)) == {"12"}
    assert await store.write(lambda tx: courier_groups.buildings_of(tx, OLD)) == frozenset()
    assert not await queue_views.is_any(store)
    assert await messages.waiting_to_say(store, "telegram", NOON, 10) == []


async def test_a_building_whose_group_hears_nothing_is_named_until_it_hears_again(store: Store) -> None:
    await store.write(lambda tx: chat_changes.mark_unreachable(tx, ANNA_ALONE, "blocked"))
    assert await chat_changes.read_lost_groups(store) == []
    await store.write(lambda tx: chat_changes.mark_unreachable(tx, OLD, "kicked"))
    assert await chat_changes.read_lost_groups(store) == [("12栋", "12栋", "kicked")]
    await store.write(lambda tx: chat_changes.mark_reachable(tx, OLD))
    assert await store.write(chat_changes.lost_groups) == []
