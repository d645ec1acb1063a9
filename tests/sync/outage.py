"""A store, a twin primary in its own process and all of sync between them: what tests of a hand-back begin with."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from core.catalog import Catalog, Item
from core.errors import FallbackError
from core.ids import BuildingId, ChatId, Key, PersonId
from core.mode import Mode, ModeState
from core.notices import NoticeRules
from core.order import Order
from core.ports import Primary
from core.pricing import price
from core.primary import PrimaryEvent
from core.reading.reading import ReadLine
from core.retry import RetrySchedule
from drills.twin_process import TwinProcess
from fallback_store import catalog_snapshots, incident_log, orders
from fallback_store.database import Store, Tx
from sync.breaker import Breaker, BreakerRules
from sync.catalog_pull import CatalogPull
from sync.dealings import Dealings
from sync.hand_back import HandBack, HandBackRules
from sync.outbox_worker import OutboxRules, OutboxWorker
from sync.primary_http import PrimaryHttp
from watch.mode_switch import StoreModeSwitch
from watch.system_clock import SystemClock

NODE = "edge-1"
QUICK = OutboxRules(
    batch=50, poll_s=0.02, schedule=RetrySchedule(first_s=0.02, longest_s=0.1), not_now_limit=4, lease_s=5.0
)
BRISK = BreakerRules(poll_s=0.02, recheck_s=0.05, stuck_after_s=0.2, trial_answers=2, trial_every_s=0.01, trial_s=0.5)
PATIENT = HandBackRules(gives_up_after_s=1.0, recheck_s=0.05, poll_s=0.02)


def _place(tx: Tx, epoch: int, message: str, dish: Item, catalog: Catalog, now: datetime) -> Order:
    wanted = orders.NewOrder(
        key=Key(f"web:building-12:{message}"),
        epoch=epoch,
        building_id=BuildingId("12"),
        chat_id=ChatId("web:building-12"),
        person_id=PersonId(f"web:p{message}"),
        person_name="",
        room="305",
        lines=price([ReadLine(dish.id, 1)], catalog),
        snapshot_version=catalog.version,
    )
    return orders.place(tx, wanted, now)


class Address(Protocol):
    """Where a primary is."""

    @property
    def base_url(self) -> str:
        """Its origin."""
        ...

    @property
    def token(self) -> str:
        """The right one."""
        ...


@dataclass
class Outage:
    """One node, one primary, and what people were told."""

    folder: Path
    store: Store
    primary: Primary
    worker: OutboxWorker
    hand_back: HandBack
    catalog_pull: CatalogPull
    switch: StoreModeSwitch
    at: Address
    breaker: Breaker
    #: the newest epoch the twin knew before
    first_epoch: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    problems: list[FallbackError] = field(default_factory=list)

    @property
    def proofs(self) -> Path:
        """Where proofs are written."""
        return self.folder / "proofs"

    @property
    def epoch(self) -> int:
        """The epoch the first emergency opens."""
        return self.first_epoch + 1

    async def arrived(self) -> list[dict[str, Any]]:
        """What the twin booked in our epochs."""
        assert isinstance(self.at, TwinProcess)
        return [order for order in (await self.at.books())["orders"] if order["epoch"] > self.first_epoch]

    async def catalog(self) -> Catalog:
        """The newest menu."""
        found = await catalog_snapshots.latest(self.store)
        assert found is not None
        return found.catalog

    async def begin(self) -> ModeState:
        """Emergency."""
        now = datetime.now(UTC)
        return await self.store.write(
            lambda tx: self.switch.enter_emergency(tx, by="web:root", reason="it is gone", now=now)
        )

    async def place(self, count: int = 1) -> list[Order]:
        """That many orders of a dish there is enough of, in the running epoch."""
        catalog, now = await self.catalog(), datetime.now(UTC)
        dish = next(item for item in catalog.items.values() if item.stock is None)

        def unit(tx: Tx) -> list[Order]:
            epoch = incident_log.current(tx, now).epoch
            (known,) = tx.execute("SELECT count(*) FROM orders").fetchone()
            life = orders.store_id(tx)  # one twin meets many stores: their keys must differ
            return [_place(tx, epoch, f"{life}-{known + n}", dish, catalog, now) for n in range(count)]

        return await self.store.write(unit)

    async def deliver(self, order: Order) -> None:
        """A courier picks it up and brings it."""
        now, courier = datetime.now(UTC), order.person_id

        def unit(tx: Tx) -> None:
            orders.deliver(tx, orders.pick_up(tx, order, courier_id=courier, now=now), courier_id=courier, now=now)

        await self.store.write(unit)

    async def cancel(self, order: Order) -> None:
        """The student does not want it any more."""
        now = datetime.now(UTC)
        await self.store.write(
            lambda tx: orders.cancel(tx, order, by=order.person_id, side="student", reason="changed my mind", now=now)
        )

    async def end(self) -> None:
        """The admin begins the hand-back."""
        now = datetime.now(UTC)
        await self.store.write(lambda tx: self.switch.begin_hand_back(tx, by="web:root", reason="it is back", now=now))

    async def is_normal(self) -> bool:
        """Whether the primary is in charge again."""
        return await self.mode() is Mode.NORMAL

    async def mode(self) -> Mode:
        """The mode now."""
        return (await incident_log.current_state(self.store, datetime.now(UTC))).mode


@asynccontextmanager
async def node(
    folder: Path,
    at: Address,
    *,
    token: str | None = None,
    rules: OutboxRules = QUICK,
    patience: HandBackRules = PATIENT,
    breaker_rules: BreakerRules = BRISK,
    timeout_s: float = 5.0,
    wrap: Callable[[Primary], Primary] = lambda primary: primary,
) -> AsyncIterator[Outage]:
    """The node's side alone. `token`: if not the right one; `wrap` stands between it and the primary."""
    refused: list[tuple[str, str]] = []
    problems: list[FallbackError] = []

    def tell_refused(tx: Tx, event: PrimaryEvent, reason: str, now: datetime) -> None:
        refused.append((event.order_id, reason))

    def tell_admin(tx: Tx, problem: FallbackError, now: datetime) -> None:
        problems.append(problem)

    clock, chance = SystemClock(), random.Random(7).random
    switch = StoreModeSwitch(NoticeRules(platform="校园", timezone=UTC))
    async with (
        await Store.open(folder / "store.sqlite3") as store,
        PrimaryHttp(at.base_url, token or at.token, timeout_s=timeout_s) as client,
    ):
        primary = wrap(client)
        dealings = Dealings(store, primary, clock, tell_admin)
        pull = CatalogPull(dealings, chance=chance, every_s=0.05)
        worker = OutboxWorker(dealings, node=NODE, chance=chance, tell_refused=tell_refused, rules=rules)
        breaker = Breaker(dealings, worker, rules=breaker_rules)
        hand_back = HandBack(dealings, worker, breaker, switch, language="zh", proofs=folder / "proofs", rules=patience)
        yield Outage(
            folder, store, primary, worker, hand_back, pull, switch, at, breaker, refused=refused, problems=problems
        )


@asynccontextmanager
async def beside(folder: Path, twin: TwinProcess, **settings: Any) -> AsyncIterator[Outage]:
    """A node that pulled its snapshot from a healthy twin, and whose epochs begin after all the twin knows."""
    await twin.clear()
    books = await twin.books()
    newest = max((epoch["epoch"] for epoch in books["epochs"]), default=0)
    async with node(folder, twin, **settings) as here:
        here.first_epoch = newest
        await here.store.write(lambda tx: _begin_after(tx, newest))
        if books["primary_paused"]:
            await here.primary.pause(newest, is_paused=False)
        await here.catalog_pull.pull_once()
        yield here


@asynccontextmanager
async def outage(folder: Path, **settings: Any) -> AsyncIterator[tuple[Outage, TwinProcess]]:
    """The same with a twin of its own."""
    async with TwinProcess(folder / "twin.sqlite3") as twin, beside(folder, twin, **settings) as here:
        yield here, twin


def _begin_after(tx: Tx, epoch: int) -> None:
    now = datetime.now(UTC)
    before = incident_log.current(tx, now)
    assert incident_log.change(tx, before, replace(before, epoch=epoch, by="web:root", reason="an earlier life"))


async def until(is_so: Callable[[], bool | Awaitable[bool]]) -> None:
    """Returns once it is so. Raises: TimeoutError after ten seconds."""
    async with asyncio.timeout(10):
        while True:
            found = is_so()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)
