"""Building queues: what a courier still owes, who has it, and the steps from taken to delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.building_queue import QueueEntry
from core.ids import BuildingId, OrderId, PersonId
from core.order import OPEN_STATES, Order, OrderState
from core.times import from_ms, to_ms
from fallback_store import orders, payment_claims
from fallback_store.database import Store, Tx

#: A courier's words about a problem, at most.
PROBLEM_LENGTH = 60

# Spelled as in the partial index orders_open: SQLite uses it only when the words are the same.
_OPEN = "state IN ('placed', 'accepted', 'picked_up')"
_ENTRIES = (
    "SELECT orders.id, epoch, orders.building_id, number, orders.room, person_name, state, pickup_code, total_fen,"
    " courier_id, coalesce(people.name, ''), coalesce(problem, ''), note, placed_ms, paid"
    f" FROM orders LEFT JOIN people ON people.id = courier_id WHERE orders.building_id = :building AND {_OPEN}"
)
_ITEMS = (
    "SELECT order_id, order_lines.name, quantity FROM orders JOIN order_lines ON order_id = orders.id"
    f" WHERE building_id = :building AND {_OPEN} ORDER BY order_id, line"
)
_COUNTS = f"SELECT state, count(*) FROM orders WHERE building_id = :building AND {_OPEN} GROUP BY state"


@dataclass(frozen=True, slots=True)
class QueueOutcome:
    """What became of a courier's step over several orders."""

    #: are where the courier says they are
    done: tuple[Order, ...] = ()
    #: another courier has them: the order, and that courier's name
    held: tuple[tuple[Order, str], ...] = ()
    #: have gone too far, or not far enough, for that
    refused: tuple[Order, ...] = ()
    #: of those done, the ones this very step moved; a repeated press moves nothing
    moved: tuple[Order, ...] = ()


# Reading ---------------------------------------------------------------------------------------


def entries(tx: Tx, building_id: BuildingId) -> list[QueueEntry]:
    """Every bag a building is still owed."""
    parameters = {"building": building_id}
    return _entries(tx.execute(_ENTRIES, parameters).fetchall(), tx.execute(_ITEMS, parameters).fetchall())


async def read_entries(store: Store, building_id: BuildingId) -> list[QueueEntry]:
    """The same for pages."""
    parameters = {"building": building_id}
    return _entries(await store.read_all(_ENTRIES, parameters), await store.read_all(_ITEMS, parameters))


def counts(tx: Tx, building_id: BuildingId) -> dict[OrderState, int]:
    """Bags still owed by state; every open state is present."""
    found = tx.execute(_COUNTS, {"building": building_id})
    return dict.fromkeys(OPEN_STATES, 0) | {OrderState(state): count for state, count in found}


def buildings_owed(tx: Tx, pickup_code: str) -> set[BuildingId]:
    """Where a bag with this pickup code is still owed: one building, nearly always."""
    found = tx.execute(
        f"SELECT building_id FROM orders INDEXED BY orders_open WHERE {_OPEN} AND pickup_code = ?", (pickup_code,)
    )
    return {BuildingId(building_id) for (building_id,) in found}


def open_numbered(tx: Tx, building_id: BuildingId, number: int) -> Order | None:
    """The newest order a courier can mean by a building's number; an open one before a finished one."""
    found = tx.execute(
        f"SELECT id FROM orders WHERE building_id = :building AND number = :number AND {_OPEN}"
        " ORDER BY epoch DESC LIMIT 1",
        {"building": building_id, "number": number},
    ).fetchone()
    if found is not None:
        return orders.by_id(tx, found[0])
    (epoch,) = tx.execute("SELECT max(epoch) FROM order_numbers WHERE building_id = ?", (building_id,)).fetchone()
    return None if epoch is None else orders.by_number(tx, epoch, building_id, number)


# Steps -----------------------------------------------------------------------------------------

_WAITING = (OrderState.PLACED, OrderState.ACCEPTED)


def take(tx: Tx, wanted: Iterable[Order], courier_id: PersonId, now: datetime) -> QueueOutcome:
    """This courier will carry them; an order somebody else took stays theirs."""

    def claim(order: Order) -> Order:
        _hold(tx, order, courier_id, now)
        orders.note_history(tx, order, "courier.taken", by=courier_id, detail="", now=now)
        return order

    return _each(tx, wanted, courier_id, claim, starts=_WAITING, already=(*_WAITING, OrderState.PICKED_UP))


def pick_up(tx: Tx, wanted: Iterable[Order], courier_id: PersonId, now: datetime) -> QueueOutcome:
    """This courier has the bags."""

    def step(order: Order) -> Order:
        return orders.pick_up(tx, order, courier_id=courier_id, now=now)

    return _each(tx, wanted, courier_id, step, starts=_WAITING, already=(OrderState.PICKED_UP,))


def deliver(tx: Tx, wanted: Iterable[Order], courier_id: PersonId, now: datetime) -> QueueOutcome:
    """The students have the bags; that settles a problem reported before."""

    def step(order: Order) -> Order:
        tx.execute("UPDATE orders SET problem = NULL WHERE id = ? AND problem IS NOT NULL", (order.id,))
        return orders.deliver(tx, order, courier_id=courier_id, now=now)

    return _each(tx, wanted, courier_id, step, starts=OPEN_STATES, already=(OrderState.DELIVERED,))


def collect(tx: Tx, wanted: Iterable[Order], courier_id: PersonId, now: datetime) -> QueueOutcome:
    """The students have the bags, and this courier the money for them."""
    outcome = deliver(tx, wanted, courier_id, now)
    for order in outcome.done:
        payment_claims.collect(tx, order, by=courier_id, now=now)
    return outcome


def put_back(tx: Tx, wanted: Iterable[Order], courier_id: PersonId, now: datetime) -> QueueOutcome:
    """This courier will not carry them after all; only what was not picked up yet can be put back."""

    def step(order: Order) -> Order:
        _hold(tx, order, None, now)
        orders.note_history(tx, order, "courier.put_back", by=courier_id, detail="", now=now)
        return order

    return _each(tx, wanted, courier_id, step, starts=_WAITING, already=_WAITING, puts_back=True)


def report_problem(tx: Tx, order: Order, reason: str, *, by: PersonId, now: datetime) -> None:
    """Keeps a courier's words with the order until it is delivered. Raises: StepRefused when nothing is owed."""
    if order.state not in OPEN_STATES:
        raise orders.StepRefused(order)
    reason = reason[:PROBLEM_LENGTH]
    tx.execute("UPDATE orders SET problem = ? WHERE id = ?", (reason, order.id))
    orders.note_history(tx, order, "courier.problem", by=by, detail=reason, now=now)


# Inside ----------------------------------------------------------------------------------------


def _each(
    tx: Tx,
    wanted: Iterable[Order],
    courier_id: PersonId,
    step: Callable[[Order], Order],
    *,
    starts: Sequence[OrderState],
    already: Sequence[OrderState],
    puts_back: bool = False,
) -> QueueOutcome:
    """Takes the step with every order in one of `starts`; one of this courier's own in `already` is done."""
    done: list[Order] = []
    moved: list[Order] = []
    held: list[tuple[Order, str]] = []
    refused: list[Order] = []
    for order in wanted:
        state, holder, holder_name = _standing(tx, order)
        order = replace(order, state=state)
        is_mine = holder == courier_id
        if holder is not None and not is_mine and state in OPEN_STATES:
            held.append((order, holder_name))
        elif is_mine and state in already and not puts_back:
            done.append(order)
        elif state in starts and is_mine >= puts_back:
            moved.append(step(order))
            done.append(moved[-1])
        else:
            refused.append(order)
    return QueueOutcome(tuple(done), tuple(held), tuple(refused), tuple(moved))


def _standing(tx: Tx, order: Order) -> tuple[OrderState, PersonId | None, str]:
    """Where an order is now, and who has it."""
    state, holder, name = tx.execute(
        "SELECT state, courier_id, coalesce(people.name, '') FROM orders LEFT JOIN people ON people.id = courier_id"
        " WHERE orders.id = ?",
        (order.id,),
    ).fetchone()
    return OrderState(state), holder, name or _shown_id(holder)


def _hold(tx: Tx, order: Order, courier_id: PersonId | None, now: datetime) -> None:
    tx.execute("UPDATE orders SET courier_id = ?, changed_ms = ? WHERE id = ?", (courier_id, to_ms(now), order.id))


def _shown_id(person_id: str | None) -> str:
    return (person_id or "").partition(":")[2]


def _entries(rows: Iterable[Any], lines: Iterable[Any]) -> list[QueueEntry]:
    items: dict[str, list[tuple[str, int]]] = {}
    for order_id, name, quantity in lines:
        items.setdefault(order_id, []).append((name, quantity))
    return [
        QueueEntry(
            order_id=OrderId(row[0]),
            epoch=row[1],
            building_id=BuildingId(row[2]),
            number=row[3],
            room=row[4],
            person_name=row[5],
            state=OrderState(row[6]),
            pickup_code=row[7],
            total_fen=row[8],
            courier_id=None if row[9] is None else PersonId(row[9]),
            courier_name=row[10] or _shown_id(row[9]),
            problem=row[11],
            note=row[12],
            placed_at=from_ms(row[13]),
            paid=row[14],
            items=tuple(items.get(row[0], ())),
        )
        for row in rows
    ]
