"""What every client of a primary must do with its answers; today there is one, over HTTP."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import pytest_asyncio

from core.catalog import Catalog, catalog_from_json
from core.directory import directory_from_json
from core.errors import (
    BatchMalformed,
    BatchTooLarge,
    BooksDiffer,
    EpochUnknown,
    PrimaryBusy,
    PrimaryDenied,
    PrimaryUnreachable,
    StaleEpoch,
)
from core.ids import Key
from core.ports import Primary
from core.primary import BookOrder, EpochGrant, EventOutcome, PrimaryEvent
from core.reconciliation import bucket_of, digest_of, seal
from drills.twin_process import TwinProcess
from sync.primary_http import PrimaryHttp

pytestmark = pytest.mark.asyncio(loop_scope="module")

NODE = "node-a"
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
Client = Callable[[TwinProcess, str], AbstractAsyncContextManager[Primary]]
#: Every implementation of the port.
CLIENTS: list[Client] = [lambda twin, token: PrimaryHttp(twin.base_url, token, timeout_s=2.0)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def twin(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TwinProcess]:
    async with TwinProcess(tmp_path_factory.mktemp("twin") / "twin.sqlite3") as started:
        yield started


@pytest.fixture(scope="module")
def numbers() -> itertools.count[int]:
    return itertools.count(1)


@pytest_asyncio.fixture(loop_scope="module", params=CLIENTS, ids=["http"])
async def primary(request: pytest.FixtureRequest, twin: TwinProcess) -> AsyncIterator[Primary]:
    async with request.param(twin, twin.token) as client:
        yield client
    await twin.clear()


@pytest_asyncio.fixture(loop_scope="module")
async def epoch(primary: Primary, numbers: itertools.count[int]) -> int:
    number = next(numbers)
    await primary.open_epoch(number, node=NODE, opened_at=NOON, reason="drill")
    return number


async def menu(primary: Primary) -> Catalog:
    fetched = await primary.catalog(None)
    assert fetched is not None
    return catalog_from_json(fetched.body)


async def placed(primary: Primary, epoch: int, count: int = 1, **change: Any) -> list[PrimaryEvent]:
    """Orders of a dish there is enough of."""
    catalog = await menu(primary)
    dish = next(item for item in catalog.items.values() if item.stock is None)
    body = {
        "channel": "web",
        "building": "12",
        "room": "305",
        "person": {"id": "web:anna"},
        "lines": [{"item_id": dish.id, "quantity": 1, "options": [], "unit_price_fen": dish.price_fen}],
        "total_fen": dish.price_fen,
        "paid": "unpaid",
        "snapshot_version": catalog.version,
        "pickup_code": "红圆1",
        "placed_at": "2026-11-22T04:00:00Z",
    } | change
    text = orjson.dumps(body).decode()
    return [
        PrimaryEvent(seq, Key(f"k-{epoch}-{seq}"), f"o-{epoch}-{seq}", "order.placed", 1795320000000, text)
        for seq in range(1, count + 1)
    ]


async def test_health_is_an_answer_even_when_it_is_bad(primary: Primary, twin: TwinProcess) -> None:
    assert (await primary.health()).status == "pass"
    await twin.inject("health", status="fail", maintenance=True)
    found = await primary.health()
    assert (found.status, found.is_in_maintenance) == ("fail", True)


@pytest.mark.parametrize("document", ["catalog", "directory"])
async def test_a_document_travels_once(primary: Primary, document: str) -> None:
    fetch = getattr(primary, document)
    fetched = await fetch(None)
    {"catalog": catalog_from_json, "directory": directory_from_json}[document](fetched.body)
    assert orjson.loads(fetched.text) == fetched.body
    assert await fetch(fetched.etag) is None
    assert await fetch('"another"') is not None


async def test_a_dry_run_tells_whether_writes_work(primary: Primary, twin: TwinProcess) -> None:
    (event,) = await placed(primary, 0)
    await primary.dry_run_order(event.body.encode())
    await twin.inject("error_500", path="/orders")
    with pytest.raises(PrimaryUnreachable):
        await primary.dry_run_order(event.body.encode())


async def test_an_epoch_is_registered_as_often_as_one_likes(primary: Primary, epoch: int) -> None:
    opening = primary.open_epoch(epoch, node=NODE, opened_at=NOON, reason="drill")
    assert await opening == EpochGrant(is_closed=False, is_paused=False)
    await primary.pause(epoch, is_paused=True)
    again = primary.open_epoch(epoch, node=NODE, opened_at=NOON, reason="drill")
    assert await again == EpochGrant(is_closed=False, is_paused=True)
    await primary.pause(epoch, is_paused=False)


async def test_whoever_is_behind_is_told_so(primary: Primary, epoch: int) -> None:
    calls: list[Awaitable[object]] = [
        primary.open_epoch(epoch - 1, node=NODE, opened_at=NOON, reason=""),
        primary.pause(epoch - 1, is_paused=True),
        primary.push(epoch - 1, NODE, await placed(primary, epoch)),
        primary.push(epoch, "node-b", await placed(primary, epoch)),
    ]
    for call in calls:
        with pytest.raises(StaleEpoch) as raised:
            await call
        assert raised.value.current_epoch == epoch


async def test_an_epoch_nobody_registered_is_unknown(primary: Primary, epoch: int) -> None:
    with pytest.raises(EpochUnknown):
        await primary.push(epoch + 1, NODE, await placed(primary, epoch))


async def test_each_event_has_an_outcome_and_the_second_time_is_a_duplicate(primary: Primary, epoch: int) -> None:
    events = await placed(primary, epoch, 3)
    for outcome in (EventOutcome.APPLIED, EventOutcome.DUPLICATE):
        results = await primary.push(epoch, NODE, events)
        assert {result.key: result.outcome for result in results} == dict.fromkeys([e.key for e in events], outcome)
        assert all(result.order_ref for result in results)


async def test_a_refusal_carries_its_reason(primary: Primary, epoch: int) -> None:
    events = await placed(primary, epoch, building="99")
    (result,) = await primary.push(epoch, NODE, events)
    assert (result.outcome, result.code) == (EventOutcome.REFUSED, "unknown_building")
    assert result.message


async def test_not_now_is_an_outcome(primary: Primary, epoch: int, twin: TwinProcess) -> None:
    await twin.inject("retry")
    (result,) = await primary.push(epoch, NODE, await placed(primary, epoch))
    assert result.outcome is EventOutcome.RETRY


async def test_a_batch_can_be_too_large_or_not_understood(primary: Primary, epoch: int) -> None:
    with pytest.raises(BatchTooLarge):
        await primary.push(epoch, NODE, await placed(primary, epoch, 501))
    with pytest.raises(BatchMalformed, match="total_fen"):
        await primary.push(epoch, NODE, await placed(primary, epoch, total_fen="a lot"))


async def test_both_books_are_told_in_the_same_figures(primary: Primary, epoch: int) -> None:
    events = await placed(primary, epoch, 20)
    await primary.push(epoch, NODE, events)
    total_fen = orjson.loads(events[0].body)["total_fen"]
    ours = [BookOrder(event.order_id, "order.placed", total_fen) for event in events]
    digest = await primary.digest(epoch)
    assert digest == digest_of(ours)
    bucket = bucket_of(ours[0].order_id)
    found = await primary.orders_in_bucket(epoch, bucket)
    assert sorted(found, key=lambda o: o.order_id) == sorted(
        (o for o in ours if bucket_of(o.order_id) == bucket), key=lambda o: o.order_id
    )


async def test_only_agreeing_books_close_an_epoch(primary: Primary, epoch: int) -> None:
    await primary.push(epoch, NODE, await placed(primary, epoch))
    digest = await primary.digest(epoch)
    with pytest.raises(BooksDiffer) as raised:
        await primary.close_epoch(epoch, digest_of([]))
    assert raised.value.figures == (digest.count, digest.amount_fen, seal(digest))
    await primary.close_epoch(epoch, digest)
    await primary.close_epoch(epoch, digest)
    assert (await primary.open_epoch(epoch, node=NODE, opened_at=NOON, reason="drill")).is_closed


async def test_payments_are_found_by_reference(primary: Primary) -> None:
    assert await primary.payments("nobody's") == []


async def test_a_wrong_token_is_denied(twin: TwinProcess) -> None:
    for connect in CLIENTS:
        async with connect(twin, "wrong") as stranger:
            with pytest.raises(PrimaryDenied):
                await stranger.catalog(None)


@pytest.mark.parametrize(
    ("fault", "fields"),
    [
        ("error_500", {}),
        ("not_json", {}),
        ("truncated", {}),
        ("truncated", {"is_framed": True}),
        ("lost_request", {}),
        ("lost_answer", {}),
        ("unavailable_503", {}),
        ("hang", {}),
    ],
)
async def test_no_word_is_never_taken_for_an_answer(
    primary: Primary, epoch: int, twin: TwinProcess, fault: str, fields: dict[str, Any]
) -> None:
    events, digest = await placed(primary, epoch), await primary.digest(epoch)
    await twin.inject(fault, path="/fallback/", **fields)
    if fault != "hang":  # one time-out of two seconds is enough
        with pytest.raises(PrimaryUnreachable):
            await primary.close_epoch(epoch, digest)
    with pytest.raises(PrimaryUnreachable) as raised:
        await primary.push(epoch, NODE, events)
    assert not isinstance(raised.value, PrimaryBusy)
    await twin.clear()
    (result,) = await primary.push(epoch, NODE, events)
    assert result.outcome in (EventOutcome.APPLIED, EventOutcome.DUPLICATE, EventOutcome.REFUSED)


async def test_a_primary_that_is_down_is_unreachable(primary: Primary, twin: TwinProcess) -> None:
    await twin.inject("down")
    with pytest.raises(PrimaryUnreachable):
        await primary.health()


@pytest.mark.parametrize(("fault", "seconds"), [("too_many_429", 7), ("unavailable_503", 3)])
async def test_the_pause_the_primary_asks_for_is_heard(
    primary: Primary, twin: TwinProcess, fault: str, seconds: int
) -> None:
    await twin.inject(fault, retry_after_s=seconds)
    with pytest.raises(PrimaryUnreachable) as raised:
        await primary.catalog(None)
    assert raised.value.retry_after_s == seconds
    assert isinstance(raised.value, PrimaryBusy) == (fault == "too_many_429")
