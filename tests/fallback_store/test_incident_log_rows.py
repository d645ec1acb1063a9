"""Who is in charge, as rows: compare-and-swap, locks, incidents, the journal and the notices that follow."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.chat import Role
from core.health import Cause
from core.ids import PersonId
from core.mode import Mode, ModeLock, ModeState
from fallback_store import incident_log, messages, people
from fallback_store.database import Store, Tx

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
EMERGENCY = ModeState(Mode.EMERGENCY, 1, LATER, "web:admin", "no answer", cause=Cause.NO_ANSWER)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "store.sqlite3") as opened:
        yield opened


def to_emergency(tx: Tx) -> bool:
    return incident_log.change(tx, incident_log.current(tx, NOON), EMERGENCY)


def open_incident(tx: Tx) -> int:
    return incident_log.open_incident(tx, cause=Cause.NO_ANSWER, said="", broken_at=NOON, epoch=1, now=LATER).id


async def test_a_fresh_store_is_normal_in_epoch_0(store: Store) -> None:
    fresh = ModeState(Mode.NORMAL, 0, NOON, "", "")
    assert await store.write(lambda tx: incident_log.current(tx, NOON)) == fresh
    assert await incident_log.current_state(store, NOON) == fresh


async def test_the_newest_change_is_the_mode_and_survives_a_restart(store: Store) -> None:
    assert await store.write(to_emergency)
    await store.close()
    async with await Store.open(store.path) as again:
        assert await again.write(lambda tx: incident_log.current(tx, LATER)) == EMERGENCY
        assert await incident_log.current_state(again, LATER) == EMERGENCY


async def test_of_two_changes_from_the_same_state_only_the_first_is_written(store: Store) -> None:
    seen = await incident_log.current_state(store, NOON)
    assert await store.write(lambda tx: incident_log.change(tx, seen, EMERGENCY))
    assert not await store.write(lambda tx: incident_log.change(tx, seen, replace(EMERGENCY, by="web:other")))
    assert (await incident_log.current_state(store, LATER)).by == "web:admin"


@pytest.mark.parametrize(
    "sql", ["UPDATE mode_changes SET by = 'x'", "DELETE FROM mode_changes", "DELETE FROM incident_journal"]
)
async def test_history_is_neither_altered_nor_deleted(store: Store, sql: str) -> None:
    await store.write(to_emergency)
    await store.write(lambda tx: incident_log.note(tx, None, who="watch", kind="note", text="x", now=NOON))
    with pytest.raises(sqlite3.IntegrityError):
        await store.write(lambda tx: tx.execute(sql))


async def test_a_lock_holds_until_it_expires_or_is_taken_off(store: Store) -> None:
    until = NOON + timedelta(minutes=10)
    await store.write(lambda tx: incident_log.lock(tx, Mode.NORMAL, until, by="web:admin", reason="test", now=NOON))
    held = await incident_log.current_state(store, until - timedelta(seconds=1))
    assert held.lock == ModeLock("web:admin", "test", until)
    assert (await incident_log.current_state(store, until)).lock is None
    await store.write(lambda tx: incident_log.unlock(tx, by="web:admin", reason="done", now=LATER))
    assert (await incident_log.current_state(store, LATER)).lock is None


async def test_one_incident_lasts_from_its_opening_to_its_close(store: Store) -> None:
    opened = await store.write(open_incident)
    lasting = await store.write(incident_log.open_one)
    assert lasting is not None
    assert (lasting.id, lasting.cause, lasting.broken_at, lasting.closed_at) == (opened, Cause.NO_ANSWER, NOON, None)
    closed = await store.write(lambda tx: incident_log.close_incident(tx, opened, LATER))
    assert closed.closed_at == LATER
    assert await store.write(incident_log.open_one) is None
    assert [incident.id for incident in await incident_log.incidents(store)] == [opened]


async def test_the_journal_is_read_newest_first_and_by_incident(store: Store) -> None:
    opened = await store.write(open_incident)

    def write(tx: Tx) -> None:
        incident_log.note(tx, None, who="watch", kind="mode", text="watching", now=NOON)
        incident_log.note(tx, opened, who="web:admin", kind="opened", text="no answer", now=LATER)

    await store.write(write)
    assert [entry.text for entry in await incident_log.journal(store)] == ["no answer", "watching"]
    (entry,) = await incident_log.journal(store, incident_id=opened)
    assert (entry.who, entry.kind, entry.at, entry.incident_id) == ("web:admin", "opened", LATER, opened)


async def test_admins_are_told_in_their_private_chats_once_per_key(store: Store) -> None:
    def tell(tx: Tx) -> int:
        people.replace_roles(
            tx,
            "config",
            [
                people.RoleGrant(PersonId("web:anna"), Role.ADMIN),
                people.RoleGrant(PersonId("telegram:7"), Role.ADMIN),
                people.RoleGrant(PersonId("web:cook"), Role.MERCHANT, "m1"),
            ],
        )
        return incident_log.tell_admins(tx, "admin:1", lambda _: "look", NOON, incident_id=None, language="zh")

    assert await store.write(tell) == 2
    assert await store.write(tell) == 0
    (web,) = await messages.waiting_to_say(store, "web", NOON, 10)
    (telegram,) = await messages.waiting_to_say(store, "telegram", NOON, 10)
    assert (web.message.chat_id, telegram.message.chat_id) == ("web:@anna", "telegram:7")


async def test_orders_are_counted_from_the_incidents_first_epoch_on(store: Store) -> None:
    def count(tx: Tx) -> list[int]:
        tx.executemany(
            "INSERT INTO order_numbers (epoch, building_id, last) VALUES (?, ?, ?)",
            [(1, "a", 5), (2, "a", 3), (2, "b", 4), (3, "a", 1)],
        )
        return [incident_log.orders_in(tx, epoch) for epoch in (1, 2, 3, 4)]

    assert await store.write(count) == [13, 8, 1, 0]
