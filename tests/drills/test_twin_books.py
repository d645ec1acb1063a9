"""The twin's books hold: the digest is what the contract says, kills lose nothing, every portion is accounted for."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from core.primary import BookOrder
from core.reconciliation import digest_of, seal
from tests.drills.twin_client import TwinClient, line, running_twin

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _digest_by_hand(orders: list[tuple[str, str, int]]) -> list[str]:
    """The contract's definition once more, byte by byte, sharing nothing with the twin."""
    marks: dict[int, list[bytes]] = defaultdict(list)
    for order_id, status, total_fen in orders:
        bucket = hashlib.sha256(order_id.encode("utf-8")).digest()[0]
        marks[bucket].append(hashlib.sha256(f"{order_id}|{status}|{total_fen}".encode()).digest()[:16])
    empty = bytes(16)
    return [
        reduce(lambda a, b: bytes(x ^ y for x, y in zip(a, b, strict=True)), marks[n], empty).hex() for n in range(256)
    ]


async def _mixed_orders(client: TwinClient) -> list[tuple[str, str, int]]:
    """Six hundred orders of every fate, as they ought to stand in the books."""
    placed = [client.placed(line(quantity=1 + n % 3)) for n in range(600)]
    expected = {}
    await client.push(*placed[:300])
    await client.push(*placed[300:], client.placed(building="77"))
    for event in placed:
        expected[event["order_id"]] = ("order.placed", event["body"]["total_fen"])
    later = []
    for n, event in enumerate(placed[:200]):
        order_id = event["order_id"]
        if n % 3 == 0:
            later.append(client.event("order.cancelled", order_id, {"by": "student", "reason": ""}))
            expected[order_id] = ("order.cancelled", expected[order_id][1])
        elif n % 3 == 1:
            change = {"lines": [line(quantity=5)], "total_fen": 5500, "room": "611"}
            later.append(client.event("order.changed", order_id, change))
            expected[order_id] = ("order.changed", 5500)
        else:
            paid = {"amount_fen": expected[order_id][1], "method": "wechat"}
            later.append(client.event("payment.confirmed", order_id, paid))
            expected[order_id] = ("payment.confirmed", expected[order_id][1])
    await client.push(*later)
    return [(order_id, status, total_fen) for order_id, (status, total_fen) in expected.items()]


async def test_the_digest_is_what_the_contract_defines(client: TwinClient) -> None:
    expected = await _mixed_orders(client)
    digest = (await client.call("GET", f"/fallback/epochs/{client.epoch}/digest")).body
    assert digest["count"] == 600
    assert digest["amount_fen"] == sum(total_fen for _, _, total_fen in expected)
    assert digest["buckets"] == _digest_by_hand(expected)


async def test_the_digest_agrees_with_the_nodes_own_and_closes(client: TwinClient) -> None:
    ours = digest_of(BookOrder(*row) for row in await _mixed_orders(client))
    figures = {"count": ours.count, "amount_fen": ours.amount_fen, "digest": seal(ours)}
    reply = await client.call("POST", f"/fallback/epochs/{client.epoch}/close", figures)
    assert (reply.status, reply.body["state"]) == (200, "closed")


async def test_the_buckets_together_are_the_whole_books(client: TwinClient) -> None:
    expected = await _mixed_orders(client)
    found: list[tuple[str, str, int]] = []
    for bucket in range(256):
        reply = await client.call("GET", f"/fallback/epochs/{client.epoch}/orders?bucket={bucket}")
        for order in reply.body["orders"]:
            assert hashlib.sha256(order["order_id"].encode()).digest()[0] == bucket
            found.append((order["order_id"], order["status"], order["total_fen"]))
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("bucket", ["256", "-1", "x", "", "²"])
async def test_there_are_256_buckets(client: TwinClient, bucket: str) -> None:
    reply = await client.call("GET", f"/fallback/epochs/{client.epoch}/orders?bucket={bucket}")
    assert reply.status == 400


async def test_an_epoch_without_orders_has_an_empty_digest(client: TwinClient) -> None:
    digest = (await client.call("GET", f"/fallback/epochs/{client.epoch}/digest")).body
    assert digest == {"count": 0, "amount_fen": 0, "buckets": ["0" * 32] * 256}


async def test_every_portion_is_accounted_for(client: TwinClient) -> None:
    before = (await client.ordered("pot-noodle"))["ordered"]
    orders = [client.placed(line("pot-noodle", 2, 1300), line("pot-noodle", 1, 1300, "微辣")) for _ in range(5)]
    cancelled = client.event("order.cancelled", orders[0]["order_id"], {"by": "admin", "reason": ""})
    await client.push(*orders, cancelled, *orders)
    item = await client.ordered("pot-noodle")
    assert (item["ordered"] - before, item["ordered"]) == (12, item["sold"])


async def test_closing_the_books_takes_what_was_sold_off_the_supply(client: TwinClient) -> None:
    await client.twin.edit_menu(item_id="guo-curry", stock=10)
    placed = client.placed(line("guo-curry", 4, 1600))
    await client.push(placed)
    ours = digest_of([BookOrder(placed["order_id"], "order.placed", 6400)])
    figures = {"count": ours.count, "amount_fen": ours.amount_fen, "digest": seal(ours)}
    for _ in range(2):
        assert (await client.call("POST", f"/fallback/epochs/{client.epoch}/close", figures)).status == 200
    item = await client.ordered("guo-curry")
    assert (item["supply"], item["sold"]) == (6, 0)


async def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    async with running_twin(tmp_path) as client:
        await client.open_epoch()
        events = [client.placed() for _ in range(50)]
        await client.push(*events)
        before = await _digest(client)
        await client.twin.kill()
        await client.twin.start()
        assert await _digest(client) == before
        assert before["count"] == 50
        assert {result["outcome"] for result in await client.push(*events)} == {"duplicate"}


async def _digest(client: TwinClient) -> dict[str, Any]:
    return dict((await client.call("GET", f"/fallback/epochs/{client.epoch}/digest")).body)
