"""What happens each night: people are forgotten whose orders were handed back long ago, in steps nobody feels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog

from core.ports import Clock
from fallback_store import code_tries, drafts, retention, robot_requests
from fallback_store.database import Store, Tx

log = structlog.get_logger(__name__)

#: What was written to the bot is kept this long after it was served: long enough for a dispute, days.
PAYLOAD_DAYS = 7
#: Orders in one unit of work: the writer is held for some milliseconds, never for the length of a receipt.
ORDERS_AT_ONCE = 20
#: Messages or people in one unit of work; each is one row.
ROWS_AT_ONCE = 100
#: Seconds between two units: whoever orders at that hour goes first.
PAUSE_S = 0.02

_Id = TypeVar("_Id", int, str)
_Find = Callable[[_Id, int], Awaitable[Sequence[_Id]]]
"""Finds at most so many after an id, on a reader."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What one night forgot."""

    orders: int
    people: int
    #: inbox rows that lost their text, and rows of inbox, outgoing messages and rooms that went
    messages: int
    drafts: int


class Retention:
    """Forgets by the clock it is given; safe to stop anywhere and to run at any time."""

    def __init__(self, store: Store, clock: Clock, *, days: int) -> None:
        """`days`: from the hand-back of an order until nobody can tell whose it was."""
        self._store = store
        self._clock = clock
        self._days = days

    async def forget(self) -> Forgotten:
        """One night's work. Raises: StoreFull; what was forgotten until then stays forgotten."""
        now = self._clock.now()
        before = now - timedelta(days=self._days)
        forgotten = Forgotten(
            drafts=await self._store.write(lambda tx: drafts.drop_expired(tx, now)),
            messages=await self._messages(before, now),
            orders=await self._orders(before, now),
            people=await self._people(before, now),
        )
        log.info("retention.done", orders=forgotten.orders, people=forgotten.people, messages=forgotten.messages)
        return forgotten

    async def _messages(self, before: datetime, now: datetime) -> int:
        store, week = self._store, now - timedelta(days=min(PAYLOAD_DAYS, self._days))
        return (
            await self._walk(partial(retention.payloads_to_drop, store, week), retention.drop_payloads)
            + await self._walk(partial(retention.inbox_to_drop, store, before), retention.drop_inbox)
            + await self._walk(partial(retention.outgoing_to_drop, store, before), retention.drop_outgoing)
            + await self._walk(
                partial(retention.notice_targets_to_forget, store, before), retention.forget_notice_targets
            )
            + await self._walk(partial(retention.room_messages_to_drop, store, before), retention.drop_room_messages)
        )

    async def _orders(self, before: datetime, now: datetime) -> int:
        store, count = self._store, 0
        for epoch in await retention.epochs_to_forget(store, before):
            count += await self._in_steps(
                partial(retention.orders_to_forget, store, epoch),
                lambda tx, ids: retention.forget_orders(tx, ids, now),
                "",
                ORDERS_AT_ONCE,
            )
            # What is left waits for the primary or for a person, and is looked at again tomorrow.
            if not await retention.remembered(store, epoch):
                await store.write(partial(retention.close_epoch, epoch=epoch, now=now))
        return count

    async def _people(self, before: datetime, now: datetime) -> int:
        store = self._store
        await self._walk(partial(retention.loans_to_forget, store, before), retention.forget_loans)
        await store.write(lambda tx: code_tries.forget(tx, now) + robot_requests.forget(tx, now))
        return await self._in_steps(
            partial(retention.idle_people, store),
            lambda tx, ids: retention.forget_people(tx, ids, before, now),
            "",
            ROWS_AT_ONCE,
        )

    async def _walk(self, find: _Find[int], forget: Callable[[Tx, Sequence[int]], int]) -> int:
        return await self._in_steps(find, forget, 0, ROWS_AT_ONCE)

    async def _in_steps(
        self, find: _Find[_Id], forget: Callable[[Tx, Sequence[Any]], int], after: _Id, at_once: int
    ) -> int:
        count = 0
        while ids := await find(after, at_once):
            count += await self._store.write(partial(_applied, forget, ids))
            after = ids[-1]
            await self._clock.sleep(PAUSE_S)
        return count


def _applied(forget: Callable[[Tx, Sequence[Any]], int], ids: Sequence[Any], tx: Tx) -> int:
    return forget(tx, ids)
