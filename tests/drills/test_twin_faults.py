"""Every fault seen from the client's end of a real socket, and what became of the request in the twin's books."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

import aiohttp
import pytest

from drills.twin_process import FaultRefused
from tests.drills.twin_client import TwinClient, contract_errors, line

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUT = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)


async def _push_blindly(client: TwinClient, *events: dict[str, Any]) -> None:
    with pytest.raises(CUT):
        await client.call_unchecked("POST", "/fallback/events", client.push_body(*events))


async def _is_applied(client: TwinClient, event: dict[str, Any]) -> bool:
    return event["key"] in {order["key"] for order in (await client.twin.books())["orders"]}


async def test_down_refuses_connections_until_it_is_cleared(client: TwinClient) -> None:
    await client.twin.inject("down")
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.call("GET", "/health")
    with pytest.raises(ConnectionRefusedError), socket.socket() as raw:
        raw.connect(("127.0.0.1", int(client.twin.base_url.rpartition(":")[2])))
    assert [fault["name"] for fault in await client.twin.faults()] == ["down"]
    await client.twin.clear()
    assert (await client.call("GET", "/health")).status == 200


async def test_down_resets_requests_that_are_under_way(client: TwinClient) -> None:
    await client.twin.inject("hang")
    waiting = asyncio.ensure_future(client.call_unchecked("GET", "/health"))
    await asyncio.sleep(0.1)
    await client.twin.inject("down")
    with pytest.raises(aiohttp.ClientConnectionError):
        await asyncio.wait_for(waiting, 2)


async def test_a_fault_ends_by_itself(client: TwinClient) -> None:
    await client.twin.inject("down", seconds=0.3)
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.call("GET", "/health")
    await asyncio.sleep(0.6)
    assert await client.twin.faults() == []
    assert (await client.call("GET", "/health")).status == 200


async def test_a_hanging_twin_never_answers(client: TwinClient) -> None:
    await client.twin.inject("hang")
    event = client.placed()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.call("POST", "/fallback/events", client.push_body(event)), 0.4)
    await client.twin.clear()
    assert not await _is_applied(client, event)


async def test_a_slow_twin_answers_late(client: TwinClient) -> None:
    await client.twin.inject("slow", delay_s=0.3)
    started_s = time.monotonic()
    assert (await client.call("GET", "/health")).status == 200
    assert time.monotonic() - started_s >= 0.3


@pytest.mark.parametrize(
    ("name", "status", "retry_after"),
    [("error_500", 500, None), ("unavailable_503", 503, "2"), ("too_many_429", 429, "1")],
)
async def test_an_error_is_answered_without_acting(
    client: TwinClient, name: str, status: int, retry_after: str | None
) -> None:
    await client.twin.inject(name)
    event = client.placed()
    reply = await client.call("POST", "/fallback/events", client.push_body(event))
    assert (reply.status, reply.headers.get("Retry-After")) == (status, retry_after)
    await client.twin.clear()
    assert not await _is_applied(client, event)


async def test_a_lost_request_was_never_acted_on(client: TwinClient) -> None:
    await client.twin.inject("lost_request")
    event = client.placed()
    await _push_blindly(client, event)
    await client.twin.clear()
    assert not await _is_applied(client, event)
    assert await client.outcome(event) == "applied"


async def test_a_lost_answer_was_acted_on_and_a_resend_doubles_nothing(client: TwinClient) -> None:
    await client.twin.inject("lost_answer")
    event = client.placed()
    await _push_blindly(client, event)
    await client.twin.clear()
    assert await _is_applied(client, event)
    assert await client.outcome(event) == "duplicate"


async def test_a_truncated_answer_breaks_off_half_way(client: TwinClient) -> None:
    await client.twin.inject("truncated")
    event = client.placed()
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.call_unchecked("POST", "/fallback/events", client.push_body(event))
    await client.twin.clear()
    assert await _is_applied(client, event)


async def test_a_truncated_answer_may_look_whole_to_http(client: TwinClient) -> None:
    await client.twin.inject("truncated", is_framed=True)
    event = client.placed()
    reply = await client.call_unchecked("POST", "/fallback/events", client.push_body(event))
    assert reply.status == 200
    assert int(reply.headers["Content-Length"]) == len(reply.raw)
    with pytest.raises(ValueError):
        _ = reply.body
    await client.twin.clear()
    assert await client.outcome(event) == "duplicate"


async def test_a_gateways_page_is_no_answer(client: TwinClient) -> None:
    await client.twin.inject("not_json")
    event = client.placed()
    reply = await client.call_unchecked("POST", "/fallback/events", client.push_body(event))
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert contract_errors("POST", "/fallback/events", reply) != []
    await client.twin.clear()
    assert not await _is_applied(client, event)


async def test_events_of_one_dish_are_refused(client: TwinClient) -> None:
    await client.twin.inject("refuse", item_id="tea-lemon", code="sold_out")
    tea, rice = client.placed(line("tea-lemon", 1, 900)), client.placed()
    results = await client.push(tea, rice)
    assert [result["outcome"] for result in results] == ["refused", "applied"]
    await client.twin.clear()
    assert await client.outcome(tea) == "refused:sold_out"


async def test_a_share_of_the_orders_is_refused(client: TwinClient) -> None:
    await client.twin.inject("refuse", share=0.3, code="price_changed")
    results = await client.push(*(client.placed() for _ in range(400)))
    refused = sum(result["outcome"] == "refused" for result in results)
    assert 80 <= refused <= 160


async def test_events_that_are_put_off_get_through_in_the_end(client: TwinClient) -> None:
    await client.twin.inject("retry", share=0.5)
    events = [client.placed() for _ in range(100)]
    first = [result["outcome"] for result in await client.push(*events)]
    assert 20 <= first.count("retry") <= 80
    for _ in range(30):
        if {result["outcome"] for result in await client.push(*events)} == {"duplicate"}:
            break
    else:
        pytest.fail("some events were put off thirty times")


async def test_a_stale_epoch_is_pretended(client: TwinClient) -> None:
    await client.twin.inject("stale_epoch")
    event = client.placed()
    reply = await client.call("POST", "/fallback/events", client.push_body(event))
    assert (reply.status, reply.body) == (409, {"current_epoch": client.epoch + 1})
    assert (await client.call("GET", "/catalog")).status == 200
    await client.twin.clear()
    assert await client.outcome(event) == "applied"


@pytest.mark.parametrize(("said", "code"), [("fail", 503), ("warn", 200), ("down", 503), ("ok", 200)])
async def test_health_says_what_a_drill_wants(client: TwinClient, said: str, code: int) -> None:
    await client.twin.inject("health", status=said, maintenance=True)
    reply = await client.call("GET", "/health")
    assert (reply.status, reply.body) == (code, {"status": said, "maintenance": True})


async def _figures(client: TwinClient) -> dict[str, float]:
    """What `GET /metrics` shows, by the words before each figure."""
    shown = (await client.call("GET", "/metrics")).raw.decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in shown if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


async def test_a_place_out_of_reach_is_seen_in_the_figures_and_nothing_else(client: TwinClient) -> None:
    merchant = (await client.call("GET", "/catalog")).body["merchants"][0]["id"]
    await client.twin.inject("unreachable", place=f"merchant:{merchant}")
    await client.twin.inject("unreachable", place="canteen:东区")
    shown = {name: value for name, value in (await _figures(client)).items() if "_up{" in name}
    down = {name for name, value in shown.items() if value == 0}
    assert down == {f'merchant_up{{merchant="{merchant}"}}', 'canteen_up{canteen="东区"}'}
    assert len(shown) > 6
    assert await client.outcome(client.placed()) == "applied"
    await client.twin.clear()
    assert 0 not in [value for name, value in (await _figures(client)).items() if "_up{" in name]


async def test_a_gateway_that_is_down_fails_payments_for_practice_and_peoples(client: TwinClient) -> None:
    before = await _figures(client)
    await client.twin.inject("payments")
    assert (await client.call_unchecked("POST", "/payments/practice")).status == 502
    assert (await client.call("POST", "/orders?dry_run=true")).status == 200
    await asyncio.sleep(1.7)
    after = await _figures(client)
    grown = {name: after[name] - before[name] for name in ("pays_total", "pays_failed_total")}
    assert grown["pays_failed_total"] == pytest.approx(grown["pays_total"], abs=1)
    assert grown["pays_total"] >= 1
    await client.twin.clear()
    assert (await client.call("POST", "/payments/practice")).status == 200


async def test_a_fault_can_be_kept_to_one_path(client: TwinClient) -> None:
    await client.twin.inject("error_500", path="/orders")
    assert (await client.call("POST", "/orders?dry_run=true")).status == 500
    assert (await client.call("GET", "/health")).status == 200


async def test_a_fault_can_strike_a_number_of_times(client: TwinClient) -> None:
    await client.twin.inject("unavailable_503", times=2)
    statuses = [(await client.call("GET", "/directory")).status for _ in range(4)]
    assert statuses == [503, 503, 200, 200]


async def test_a_share_strikes_some_requests(client: TwinClient) -> None:
    await client.twin.inject("error_500", share=0.4)
    statuses = [(await client.call("GET", "/directory")).status for _ in range(200)]
    assert 50 <= statuses.count(500) <= 110


async def test_faults_compose(client: TwinClient) -> None:
    await client.twin.inject("slow", delay_s=0.2)
    await client.twin.inject("lost_answer")
    event, started_s = client.placed(), time.monotonic()
    await _push_blindly(client, event)
    assert time.monotonic() - started_s >= 0.2
    await client.twin.clear("lost_answer")
    assert [fault["name"] for fault in await client.twin.faults()] == ["slow"]
    assert await client.outcome(event) == "duplicate"


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "gremlins"},
        {"name": "slow", "delay_s": -1},
        {"name": "slow", "delay": 1},
        {"name": "hang", "share": 2},
        {"name": "down", "seconds": 0},
        {"name": "figures"},
        {"name": "unreachable"},
        {"name": "unreachable", "place": "shop:m-noodle"},
    ],
)
async def test_an_unknown_fault_is_refused(client: TwinClient, fault: dict[str, Any]) -> None:
    with pytest.raises(FaultRefused):
        await client.twin.inject(**fault)
    assert await client.twin.faults() == []


async def test_a_dish_that_is_not_on_the_menu_cannot_be_edited(client: TwinClient) -> None:
    with pytest.raises(FaultRefused, match="one of the menu"):
        await client.twin.edit_menu(item_id="nothing", price_fen=1)


async def test_the_control_port_is_never_struck(client: TwinClient) -> None:
    for name in ("down", "hang", "error_500"):
        await client.twin.inject(name)
    assert len(await client.twin.faults()) == 3
    assert (await client.twin.books())["epochs"]


async def test_the_primarys_port_does_not_lead_to_the_drills_calls(client: TwinClient) -> None:
    assert (await client.call("GET", "/twin/books")).status == 404
