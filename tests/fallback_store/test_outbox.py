"""Events leave in order, each leased once, and nothing undelivered is ever lost."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.ids import Key
from core.primary import EventOutcome, PrimaryEvent
from fallback_store import outbox, parked_events
from fallback_store.database import Store, Tx
from fallback_store.outbox import Ack, OutboxCounts, Park, Retry

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
UNTIL = NOON + timedelta(minutes=1)
LATER = NOON + timedelta(minutes=2)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "store.sqlite3") as opened:
        yield opened


async def put(store: Store, *events: str, epoch: int = 1) -> None:
    """`a:order.placed` enqueues that event of order a."""

    def unit(tx: Tx) -> None:
        for text in events:
            order_id, kind = text.split(":")
            (count,) = tx.execute("SELECT count(*) FROM outbox").fetchone()
            outbox.enqueue(tx, Key(f"k{count + 1}"), epoch, order_id, kind, {"n": count + 1}, NOON)

    await store.write(unit)


async def lease(store: Store, limit: int = 500, *, epoch: int = 1, now: datetime = NOON) -> list[PrimaryEvent]:
    return await store.write(lambda tx: outbox.lease(tx, epoch, limit, until=now + timedelta(minutes=1), now=now))


async def settle(store: Store, *settlements: outbox.Settlement) -> None:
    await store.write(lambda tx: outbox.settle(tx, settlements, NOON))


def seqs(events: list[PrimaryEvent]) -> list[int]:
    return [event.seq for event in events]


def ack(seq: int) -> Ack:
    return Ack(seq, EventOutcome.APPLIED, f"T{seq}")


def refuse(seq: int, reason: str = "sold_out") -> Park:
    return Park(seq, reason, "ask", is_refused=True)


async def test_events_are_leased_oldest_first_and_only_once(store: Store) -> None:
    await put(store, "a:order.placed", "b:order.placed", "c:order.placed")
    first = await lease(store, 2)
    assert first[0] == PrimaryEvent(1, Key("k1"), "a", "order.placed", 1795320000000, '{"n":1}')
    assert seqs(first) == [1, 2]
    assert seqs(await lease(store)) == [3]
    assert await lease(store) == []


async def test_all_that_waits_of_an_order_is_leased_together(store: Store) -> None:
    await put(store, "a:order.placed", "b:order.placed", "c:order.placed", "a:order.accepted", "a:order.delivered")
    assert seqs(await lease(store, 3)) == [1, 4, 5]
    assert seqs(await lease(store, 3)) == [2, 3]


async def test_a_story_longer_than_a_batch_travels_in_pieces(store: Store) -> None:
    await put(store, *(f"a:step-{n}" for n in range(5)), "b:order.placed")
    assert seqs(await lease(store, 3)) == [1, 2, 3]
    assert seqs(await lease(store, 3)) == [6]
    await settle(store, ack(1), ack(2), ack(3))
    assert seqs(await lease(store, 3)) == [4, 5]


async def test_later_events_wait_while_an_earlier_one_is_out(store: Store) -> None:
    await put(store, "a:order.placed")
    await lease(store)
    await put(store, "a:order.cancelled", "b:order.placed")
    assert seqs(await lease(store)) == [3]
    await settle(store, ack(1))
    assert seqs(await lease(store)) == [2]


async def test_later_events_wait_while_an_earlier_one_is_put_off(store: Store) -> None:
    await put(store, "a:order.placed", "a:order.accepted", "b:order.placed")
    await lease(store)
    await settle(store, Retry(1, LATER, is_answered=True), Retry(2, NOON), ack(3))
    assert await lease(store) == []
    assert await outbox.next_free(store, 1) == NOON
    assert seqs(await lease(store, now=LATER)) == [1, 2]


async def test_held_orders_stay_where_they_are(store: Store) -> None:
    await put(store, "a:order.placed", "b:order.placed")
    taken = await store.write(lambda tx: outbox.lease(tx, 1, 9, until=UNTIL, now=NOON, held={"a"}))
    assert seqs(taken) == [2]


async def test_stock_words_travel_one_batch_at_a_time(store: Store) -> None:
    await put(store, ":stock.adjusted", ":stock.adjusted", ":stock.adjusted", "a:order.placed")
    assert seqs(await lease(store, 2)) == [1, 2]
    assert await lease(store, 2) == []
    await settle(store, ack(1), ack(2))
    assert seqs(await lease(store, 2)) == [3, 4]


async def test_no_order_arrives_before_the_supply_it_was_sold_from(store: Store) -> None:
    await put(store, "a:order.placed", ":stock.adjusted", "b:order.placed", "c:order.placed")
    assert seqs(await lease(store, 1)) == [1]
    assert await lease(store) == []
    await settle(store, ack(1))
    assert seqs(await lease(store, 2)) == [2, 3]
    assert await lease(store) == []
    await settle(store, ack(2), ack(3))
    assert seqs(await lease(store)) == [4]


async def test_each_epoch_is_leased_by_itself(store: Store) -> None:
    await put(store, "a:order.placed", epoch=1)
    await put(store, "b:order.placed", epoch=2)
    assert await outbox.unsettled_epochs(store) == [1, 2]
    assert seqs(await lease(store, epoch=2)) == [2]


async def test_a_lease_ends_by_time_and_by_a_restart(store: Store) -> None:
    await put(store, "a:order.placed")
    await lease(store)
    assert seqs(await lease(store, now=LATER)) == [1]
    assert await store.write(outbox.release_leases) == 1
    assert seqs(await lease(store)) == [1]


async def test_what_was_settled_first_stands(store: Store) -> None:
    await put(store, "a:order.placed")
    await lease(store)
    await settle(store, ack(1))
    await settle(store, Retry(1, NOON), refuse(1))
    assert await outbox.counts(store) == OutboxCounts(total=1, unsettled=0, parked=0)


async def test_an_undelivered_event_cannot_be_deleted(store: Store) -> None:
    await put(store, "a:order.placed", "b:order.placed")
    await settle(store, ack(2))
    with pytest.raises(sqlite3.IntegrityError, match="nothing undelivered"):
        await store.write(lambda tx: tx.execute("DELETE FROM outbox WHERE seq = 1"))


async def test_a_failed_unit_leaves_no_gap_in_the_numbers(store: Store) -> None:
    def fails(tx: Tx) -> None:
        outbox.enqueue(tx, Key("lost"), 1, "z", "order.placed", {}, NOON)
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(fails)
    await put(store, "a:order.placed")
    assert seqs(await lease(store)) == [1]


async def test_not_now_is_counted_and_silence_is_not(store: Store) -> None:
    await put(store, "a:order.placed")
    await settle(store, Retry(1, NOON))
    await settle(store, Retry(1, NOON, is_answered=True))
    assert await store.write(lambda tx: outbox.attempts_of(tx, [1])) == {1: 1}


async def test_a_parked_event_is_listed_with_reason_and_hint(store: Store) -> None:
    await put(store, "a:order.placed", "b:order.placed")
    await settle(store, refuse(2, "sold_out: 份数不够了"))
    (parked,) = await parked_events.parked(store)
    assert (parked.seq, parked.order_id, parked.reason, parked.hint) == (2, "b", "sold_out: 份数不够了", "ask")
    assert await outbox.counts(store) == OutboxCounts(total=2, unsettled=1, parked=1)


async def test_an_unreadable_event_is_tried_again_under_its_own_key(store: Store) -> None:
    await put(store, "a:order.placed")
    await settle(store, Park(1, "malformed", "ask"))
    assert await store.write(lambda tx: parked_events.retry_parked(tx, 1, now=NOON)) == [1]
    (event,) = await lease(store)
    assert (event.key, event.replaces) == ("k1", None)
    assert await store.write(lambda tx: parked_events.retry_parked(tx, 1, now=NOON)) == []


async def test_a_refused_order_is_tried_again_under_a_new_key_with_its_followers(store: Store) -> None:
    await put(store, "a:order.placed", "a:order.accepted", "b:order.placed")
    await settle(store, refuse(1), refuse(2, "unknown_order: …"), ack(3))
    assert await store.write(lambda tx: parked_events.retry_parked(tx, 1, now=NOON)) == [4, 5]
    assert [(e.key, e.replaces, e.kind, e.body) for e in await lease(store)] == [
        ("k1|again", "k1", "order.placed", '{"n":1}'),
        ("k2|again", "k2", "order.accepted", '{"n":2}'),
    ]
    assert await parked_events.parked(store) == []
    assert await store.write(lambda tx: parked_events.retry_parked(tx, 1, now=NOON)) == []


async def test_an_overtaken_event_comes_after_what_overtook_it(store: Store) -> None:
    await put(store, "a:order.placed", "a:order.accepted", "a:order.delivered")
    await settle(store, ack(1), Park(2, "malformed", "ask"), ack(3))
    assert await store.write(lambda tx: parked_events.retry_parked(tx, 2, now=NOON)) == [4]


async def test_a_correction_carries_the_new_body_and_names_the_old_key(store: Store) -> None:
    await put(store, "a:order.placed")
    await settle(store, refuse(1))
    assert await store.write(lambda tx: parked_events.replace(tx, 1, {"n": "new"}, now=NOON)) == [2]
    (event,) = await lease(store)
    assert (event.replaces, event.body) == ("k1", '{"n":"new"}')
    assert await outbox.counts(store) == OutboxCounts(total=2, unsettled=1, parked=0)


async def test_an_order_the_primary_lost_is_sent_again_as_it_was(store: Store) -> None:
    await put(store, "a:order.placed", "a:order.accepted", "b:order.placed")
    sent = await lease(store)
    await settle(store, ack(1), ack(2), ack(3))
    assert await store.write(lambda tx: outbox.send_again(tx, 1, ["a"])) == 2
    assert await lease(store) == sent[:2]


async def test_a_lease_looks_at_no_settled_event(store: Store) -> None:
    await put(store, "a:order.placed")
    statements: list[str] = []

    def traced(tx: Tx) -> list[str]:
        tx.set_trace_callback(statements.append)
        outbox.lease(tx, 1, 9, until=UNTIL, now=NOON)
        tx.set_trace_callback(None)
        plans = [tx.execute(f"EXPLAIN QUERY PLAN {text}").fetchall() for text in statements if "outbox" in text]
        return [row[3] for plan in plans for row in plan if "outbox" in row[3]]

    assert await store.write(traced) == [
        "SEARCH outbox USING INDEX outbox_unsettled (epoch=?)",
        "SEARCH outbox USING INDEX outbox_of_order (epoch=? AND order_id=? AND seq>?)",
        "SEARCH outbox USING INTEGER PRIMARY KEY (rowid=?)",
    ]
