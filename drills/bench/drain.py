"""How fast the outbox empties into a real primary process, against one event at a time with 16 in flight."""

from __future__ import annotations

import asyncio
import functools
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import aiohttp
import orjson

from core.errors import FallbackError
from core.primary import EventOutcome, PrimaryEvent
from core.times import from_ms, to_rfc3339
from drills.bench.bulk import Bulk, write_orders
from drills.bench.figure import Figure, each, ratio, take_turns
from drills.bench.lunch import Campus, settle
from drills.twin_process import TwinProcess
from fallback_store import outbox
from fallback_store.database import Store, Tx
from sync.dealings import Dealings
from sync.outbox_worker import OutboxWorker
from sync.primary_http import PrimaryHttp
from watch.system_clock import SystemClock

EVENTS = 100_000
ONE_BY_ONE = 1_500
IN_FLIGHT = 16
ROUNDS = 3
NODE = "bench"
_LEASE = timedelta(hours=1)


class Incomplete(Exception):
    """Not everything arrived: a rate would mean nothing."""


class Drain:
    """One store, one primary; a fresh epoch for every run."""

    def __init__(self, store: Store, primary: PrimaryHttp, twin: TwinProcess) -> None:
        """`store`: with `2 * ROUNDS` epochs of waiting events, in the order in which they are run."""
        self._store, self._primary, self._twin = store, primary, twin
        self._clock = SystemClock()
        self._epoch = 0

    async def _open_epoch(self) -> int:
        self._epoch += 1
        await self._primary.open_epoch(self._epoch, node=NODE, opened_at=self._clock.now(), reason="bench")
        return self._epoch

    async def batched(self, number: int) -> float:
        """Events a second, the way a hand-back sends them."""
        epoch = await self._open_epoch()
        dealings = Dealings(self._store, self._primary, self._clock, _to_admin)
        worker = OutboxWorker(dealings, node=NODE, chance=lambda: 0.5, tell_refused=_refused)
        began_s = time.perf_counter()
        await worker.drain(epoch)
        return await self._rate(epoch, EVENTS, time.perf_counter() - began_s)

    async def one_by_one(self, number: int) -> float:
        """Events a second, 16 in flight: the same steps (lease, push, settle), each event on its own."""
        epoch = await self._open_epoch()
        began_s = time.perf_counter()
        async with (
            aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self._twin.token}"},
                connector=aiohttp.TCPConnector(limit=IN_FLIGHT),
            ) as session,
            asyncio.TaskGroup() as senders,
        ):
            for _ in range(IN_FLIGHT):
                senders.create_task(self._sender(session, epoch))
        return await self._rate(epoch, ONE_BY_ONE, time.perf_counter() - began_s)

    async def _sender(self, session: aiohttp.ClientSession, epoch: int) -> None:
        while leased := await self._store.write(functools.partial(self._lease_one, epoch=epoch)):
            (event,) = leased
            body = {"epoch": epoch, "node": NODE, "events": [_wire(event)]}
            async with session.post(f"{self._twin.base_url}/fallback/events", data=orjson.dumps(body)) as answer:
                (result,) = orjson.loads(await answer.read())["results"]
            ack = outbox.Ack(event.seq, EventOutcome(result["outcome"]), result.get("order_ref"))
            await self._store.write(functools.partial(outbox.settle, settlements=[ack], now=self._clock.now()))

    def _lease_one(self, tx: Tx, epoch: int) -> list[PrimaryEvent]:
        now = self._clock.now()
        return outbox.lease(tx, epoch, 1, until=now + _LEASE, now=now)

    async def _rate(self, epoch: int, events: int, took_s: float) -> float:
        (row,) = await self._store.read_all(
            "SELECT count(*) FROM outbox WHERE epoch = :epoch AND outcome = 'applied'", {"epoch": epoch}
        )
        digest = await self._primary.digest(epoch)
        if not row[0] == digest.count == events:
            raise Incomplete(f"{events} were sent, {row[0]} acknowledged, {digest.count} are at the primary")
        return events / took_s


def _wire(event: PrimaryEvent) -> dict[str, object]:
    return {
        "key": event.key,
        "seq": event.seq,
        "order_id": event.order_id,
        "kind": event.kind,
        "at": to_rfc3339(from_ms(event.at_ms)),
        "body": orjson.loads(event.body),
    }


def _refused(tx: Tx, event: PrimaryEvent, reason: str, now: object) -> None:
    raise Incomplete(f"{event.key} was refused: {reason}")


def _to_admin(tx: Tx, problem: FallbackError, now: object) -> None:
    raise problem


async def measure_drain() -> list[Figure]:
    """100,000 events, batched against one by one."""
    campus = Campus(0)
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        path = await settle(Path(folder) / "drain.sqlite3", campus, SystemClock())
        # take_turns changes who goes first; epochs only grow, so each is made for whoever runs in it.
        sizes = [EVENTS, ONE_BY_ONE, ONE_BY_ONE, EVENTS, EVENTS, ONE_BY_ONE]
        for epoch, orders in enumerate(sizes, start=1):
            write_orders(path, campus, Bulk(orders=orders, epoch=epoch, is_settled=False, has_messages=False))
        async with (
            TwinProcess(Path(folder) / "twin.sqlite3") as twin,
            await Store.open(path) as store,
            PrimaryHttp(twin.base_url, twin.token, timeout_s=60.0) as primary,
        ):
            drain = Drain(store, primary, twin)
            rates = await take_turns(ROUNDS, batched=drain.batched, one_by_one=drain.one_by_one)
    return [
        Figure(
            name=f"drain of {EVENTS:,} events",
            value=ratio(rates["batched"], rates["one_by_one"]),
            target=30.0,
            unit="× one by one",
            detail=each(" events/s", **rates),
        )
    ]
