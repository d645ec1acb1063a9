"""The durable to-do list for the primary: enqueue, lease, ack, retry, park. Nothing undelivered is ever deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from core.ids import Key, OrderId
from core.primary import EventOutcome, PrimaryEvent
from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx


def enqueue(
    tx: Tx, key: Key, epoch: int, order_id: OrderId | str, kind: str, body: dict[str, Any], now: datetime
) -> int:
    """Adds an event, in the transaction that makes it true. Returns its `seq`: gapless, growing."""
    cursor = tx.execute(
        "INSERT INTO outbox (key, epoch, order_id, kind, body, at_ms) VALUES (?, ?, ?, ?, ?, ?)",
        (key, epoch, order_id, kind, orjson.dumps(body).decode(), to_ms(now)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


# Lease -----------------------------------------------------------------------------------------


def lease(
    tx: Tx, epoch: int, limit: int, *, until: datetime, now: datetime, held: Collection[str] = ()
) -> list[PrimaryEvent]:
    """Takes the oldest events of an epoch that may be sent now, for this caller alone until `until`; by `seq`.

    An order whose earlier event is leased or put off waits as a whole, and so do the orders in `held`. All that
    waits of an order is leased together: a meal that was already delivered must not reach a kitchen as a new order.
    A merchant's word about supply overtakes no order and is overtaken by none that is on its way.
    """
    groups = _free_events(tx, epoch, limit, to_ms(now), held)
    found = tx.execute(
        "UPDATE outbox SET state = 'leased', leased_until_ms = ? WHERE seq IN (SELECT value FROM json_each(?))"
        " RETURNING seq, key, order_id, kind, at_ms, body, replaces",
        (to_ms(until), orjson.dumps(_fitting(groups, limit)).decode()),
    )
    return sorted(map(PrimaryEvent._make, found))  # by seq, which comes first: RETURNING promises no order


def _free_events(tx: Tx, epoch: int, limit: int, now_ms: int, held: Collection[str]) -> dict[str, list[int]]:
    """Seqs that may be sent, by order, in the order of their first event."""
    blocked = set(held)
    groups: dict[str, list[int]] = {}
    count, last_seq, is_any_out = 0, 0, False
    # The words of the partial index, so that a million settled rows cost nothing.
    unsettled = (
        "SELECT seq, order_id, CASE state WHEN 'leased' THEN leased_until_ms ELSE not_before_ms END, state = 'leased'"
        " FROM outbox WHERE state IN ('waiting', 'leased') AND epoch = ?"
    )
    for seq, order_id, free_ms, is_leased in tx.execute(f"{unsettled} ORDER BY seq", (epoch,)):
        is_any_out = is_any_out or order_id in held or (is_leased and free_ms > now_ms)
        # Two lanes would let orders arrive before the supply they were sold from: the primary would refuse them.
        if count >= limit or (not order_id and is_any_out):
            break
        last_seq = seq
        if order_id in blocked:
            continue
        if free_ms > now_ms:
            blocked.add(order_id)
            continue
        groups.setdefault(order_id, []).append(seq)
        count += 1
    # CROSS JOIN: order by order, each at its place in the index of stories.
    later = tx.execute(
        "SELECT seq, order_id, CASE state WHEN 'leased' THEN leased_until_ms ELSE not_before_ms END"
        " FROM json_each(?) AS taken CROSS JOIN outbox ON order_id = taken.value"
        " WHERE epoch = ? AND seq > ? AND state IN ('waiting', 'leased') ORDER BY seq",
        (orjson.dumps([order_id for order_id in groups if order_id]).decode(), epoch, last_seq),
    )
    for seq, order_id, free_ms in later:
        if order_id not in blocked and free_ms <= now_ms:
            groups[order_id].append(seq)
        else:
            blocked.add(order_id)
    return groups


def _fitting(groups: dict[str, list[int]], limit: int) -> list[int]:
    taken: list[int] = []
    for order_id, seqs in groups.items():
        room = limit - len(taken)
        if len(seqs) <= room:
            taken += seqs
        elif not order_id or not taken:  # a story longer than a whole batch travels in pieces, in order
            taken += seqs[:room]
    return sorted(taken)


def release_leases(tx: Tx) -> int:
    """Ends every lease; for the start, when whoever held them is dead. Returns how many there were."""
    return tx.execute(
        "UPDATE outbox SET state = 'waiting', leased_until_ms = NULL"
        " WHERE state IN ('waiting', 'leased') AND state = 'leased'"
    ).rowcount


# Outcomes --------------------------------------------------------------------------------------


class Ack(NamedTuple):
    """The primary has it."""

    seq: int
    outcome: EventOutcome
    order_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now, or nothing was heard."""

    seq: int
    not_before: datetime
    #: the primary answered, and not with a word that settles it; silence is not counted
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class Park:
    """A person has to look at it."""

    seq: int
    #: starts with the primary's code, or with one of ours
    reason: str
    hint: str
    #: the primary refused it: its key stays refused
    is_refused: bool = False


Settlement = Ack | Retry | Park


def settle(tx: Tx, settlements: Iterable[Settlement], now: datetime) -> None:
    """Writes down what became of leased events. An event that was settled meanwhile keeps its first outcome."""
    acks, retries, parks = list[Ack](), list[Retry](), list[Park]()
    for settlement in settlements:
        match settlement:
            case Ack():
                acks.append(settlement)
            case Retry():
                retries.append(settlement)
            case Park():
                parks.append(settlement)
    now_ms = to_ms(now)
    # One statement for all: between two of them another thread would take the interpreter, 500 times a batch.
    tx.execute(
        "UPDATE outbox SET state = 'acked', outcome = json_extract(ack.value, '$[1]'),"
        " order_ref = json_extract(ack.value, '$[2]'), settled_ms = ?, leased_until_ms = NULL"
        " FROM json_each(?) AS ack"
        " WHERE seq = json_extract(ack.value, '$[0]') AND state IN ('waiting', 'leased')",
        (now_ms, orjson.dumps([tuple(ack) for ack in acks]).decode()),
    )
    tx.executemany(
        "UPDATE outbox SET state = 'waiting', attempts = attempts + ?, not_before_ms = ?, leased_until_ms = NULL"
        " WHERE seq = ? AND state IN ('waiting', 'leased')",
        [(int(retry.is_answered), to_ms(retry.not_before), retry.seq) for retry in retries],
    )
    tx.executemany(
        "UPDATE outbox SET state = 'parked', outcome = ?, reason = ?, hint = ?, settled_ms = ?, leased_until_ms = NULL"
        " WHERE seq = ? AND state IN ('waiting', 'leased')",
        [("refused" if p.is_refused else None, p.reason[:500], p.hint, now_ms, p.seq) for p in parks],
    )


def attempts_of(tx: Tx, seqs: Sequence[int]) -> dict[int, int]:
    """How often the primary answered "not now" to each of these events."""
    return dict(
        tx.execute(
            "SELECT seq, attempts FROM outbox WHERE seq IN (SELECT value FROM json_each(?))",
            (orjson.dumps(seqs).decode(),),
        ).fetchall()
    )


def send_again(tx: Tx, epoch: int, order_ids: Collection[str]) -> int:
    """Every acknowledged event of these orders waits once more, same key and body. Returns how many events."""
    return tx.execute(
        "UPDATE outbox SET state = 'waiting', outcome = NULL, settled_ms = NULL, not_before_ms = 0"
        " WHERE state = 'acked' AND epoch = ? AND order_id IN (SELECT value FROM json_each(?))",
        (epoch, orjson.dumps(list(order_ids)).decode()),
    ).rowcount


# Counts ----------------------------------------------------------------------------------------

#: Parked, and not yet tried again: an event that another one replaces is history.
NEEDS_PERSON = "state = 'parked' AND NOT EXISTS (SELECT 1 FROM outbox AS later WHERE later.replaces = outbox.key)"


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How far the outbox is."""

    #: events ever written
    total: int
    #: waiting or leased
    unsettled: int
    #: need a person
    parked: int

    @property
    def settled(self) -> int:
        """Events the primary has, and those a correction replaced."""
        return self.total - self.unsettled - self.parked


# Gapless: the last number is how many there were.
_COUNTS = f"""SELECT (SELECT coalesce(max(seq), 0) FROM outbox),
    (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'leased')),
    (SELECT count(*) FROM outbox WHERE {NEEDS_PERSON})"""


async def counts(store: Store) -> OutboxCounts:
    """How far the outbox is, as of the last commit."""
    (row,) = await store.read_all(_COUNTS)
    return OutboxCounts(*row)


def counts_in(tx: Tx) -> OutboxCounts:
    """How far the outbox is, inside the transaction."""
    return OutboxCounts(*tx.execute(_COUNTS).fetchone())


async def unsettled_epochs(store: Store) -> list[int]:
    """Epochs with events that wait or are leased, oldest first."""
    rows = await store.read_all("SELECT DISTINCT epoch FROM outbox WHERE state IN ('waiting', 'leased') ORDER BY epoch")
    return [row[0] for row in rows]


async def next_free(store: Store, epoch: int) -> datetime | None:
    """When the next event of an epoch may be sent; in the past = now; None when nothing waits."""
    rows = await store.read_all(
        "SELECT min(CASE state WHEN 'leased' THEN leased_until_ms ELSE not_before_ms END) FROM outbox"
        " WHERE state IN ('waiting', 'leased') AND epoch = :epoch",
        {"epoch": epoch},
    )
    return None if rows[0][0] is None else from_ms(rows[0][0])
