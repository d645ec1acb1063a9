"""The twin refuses what the published contract calls malformed: the whole push, before anything counts."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.drills.twin_client import LATER, TwinClient, component, schema_errors

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _spoiled(event: dict[str, Any], *path: str | int, value: Any) -> dict[str, Any]:
    spoiled: Any = copy.deepcopy(event)
    place = spoiled
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return dict(spoiled)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("key",), ""),
        (("key",), 7),
        (("seq",), "1"),
        (("seq",), -1),
        (("order_id",), None),
        (("kind",), "order.eaten"),
        (("replaces",), 3),
        (("body",), []),
        (("body", "room"), None),
        (("body", "building"), ...),
        (("body", "person"), {}),
        (("body", "paid"), "maybe"),
        (("body", "total_fen"), 11.5),
        (("body", "total_fen"), 2**60),
        (("body", "fees_fen"), "1"),
        (("body", "lines"), []),
        (("body", "lines", 0), "mapo"),
        (("body", "lines", 0, "quantity"), 0),
        (("body", "lines", 0, "quantity"), True),
        (("body", "lines", 0, "options"), "微辣"),
        (("body", "lines", 0, "options"), [1]),
        (("body", "lines", 0, "unit_price_fen"), ...),
    ],
)
async def test_one_malformed_event_stops_the_whole_push(
    client: TwinClient, path: tuple[str | int, ...], value: object
) -> None:
    good, bad = client.placed(), _spoiled(client.placed(), *path, value=value)
    reply = await client.call("POST", "/fallback/events", client.push_body(good, bad))
    assert reply.status == 400
    assert await client.outcome(good) == "applied"
    # The published contract and the twin have to agree on what is malformed.
    assert schema_errors(component("Event"), good) == []
    assert schema_errors(component("Event"), bad) != []


@pytest.mark.parametrize("at", ["noon", "2026-11-22T04:05:06", 7, None])
async def test_a_time_without_a_zone_is_malformed(client: TwinClient, at: object) -> None:
    reply = await client.call("POST", "/fallback/events", client.push_body(client.placed() | {"at": at}))
    assert (reply.status, reply.body["error"]["code"]) == (400, "malformed")


@pytest.mark.parametrize("kind", [*LATER, "stock.adjusted"])
async def test_every_kind_needs_its_body(client: TwinClient, kind: str) -> None:
    placed = client.placed()
    bad_body = {"courier_id": 5} if kind in ("order.picked_up", "order.delivered") else {}
    order_id = "" if kind == "stock.adjusted" else placed["order_id"]
    event = client.event(kind, order_id, bad_body)
    reply = await client.call("POST", "/fallback/events", client.push_body(placed, event))
    assert reply.status == 400
    assert schema_errors(component("Event"), event) != []


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'{"epoch":1}', b"\xff\xfe", b'{"a":"\\ud800"}'])
async def test_what_is_no_push_is_refused(client: TwinClient, raw: bytes) -> None:
    assert (await client.call("POST", "/fallback/events", raw=raw)).status == 400
