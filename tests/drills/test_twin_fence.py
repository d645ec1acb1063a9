"""Who may push: epochs only grow, one node holds each, and only agreeing books close one."""

from __future__ import annotations

import pytest

from tests.drills.twin_client import TwinClient, line, opening

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_opening_the_same_epoch_again_is_harmless(client: TwinClient) -> None:
    event = client.placed()
    await client.push(event)
    again = await client.call("POST", "/fallback/epochs", opening(client.epoch))
    assert (again.status, again.body) == (200, {"epoch": client.epoch, "state": "open", "primary_paused": False})
    assert await client.outcome(event) == "duplicate"


async def test_an_old_epoch_is_told_the_current_one(client: TwinClient) -> None:
    old = client.epoch
    await client.open_epoch()
    reply = await client.call("POST", "/fallback/epochs", opening(old))
    assert (reply.status, reply.body) == (409, {"current_epoch": old + 1})


async def test_a_second_node_with_the_same_number_is_not_let_in(client: TwinClient) -> None:
    reply = await client.call("POST", "/fallback/epochs", opening(client.epoch, "node-b"))
    assert (reply.status, reply.body) == (409, {"current_epoch": client.epoch})
    push = client.push_body(client.placed()) | {"node": "node-b"}
    assert (await client.call("POST", "/fallback/events", push)).status == 409


async def test_a_stale_push_changes_nothing_and_loses_nothing(client: TwinClient) -> None:
    stale = client.push_body(client.placed(), client.placed())
    await client.open_epoch()
    reply = await client.call("POST", "/fallback/events", stale)
    assert (reply.status, reply.body) == (409, {"current_epoch": client.epoch})
    books = await client.twin.books()
    keys = {event["key"] for event in stale["events"]}
    assert not keys & {order["key"] for order in books["orders"]}
    assert keys <= {event["key"] for event in books["quarantined"]}


async def test_an_epoch_that_was_never_opened_takes_no_events(client: TwinClient) -> None:
    push = client.push_body(client.placed()) | {"epoch": client.epoch + 5}
    reply = await client.call("POST", "/fallback/events", push)
    assert (reply.status, reply.body) == (409, {"current_epoch": client.epoch})


async def test_the_app_is_paused_and_resumed(client: TwinClient) -> None:
    reply = await client.call("POST", "/fallback/pause", {"paused": True, "epoch": client.epoch})
    assert (reply.status, reply.body["paused"]) == (200, True)
    assert (await client.call("POST", "/fallback/epochs", opening(client.epoch))).body["primary_paused"] is True
    assert (await client.twin.books())["primary_paused"] is True
    await client.call("POST", "/fallback/pause", {"paused": False, "epoch": client.epoch})
    assert (await client.call("POST", "/fallback/epochs", opening(client.epoch))).body["primary_paused"] is False


async def test_a_stale_node_cannot_pause_the_app(client: TwinClient) -> None:
    reply = await client.call("POST", "/fallback/pause", {"paused": True, "epoch": client.epoch - 1})
    assert (reply.status, reply.body) == (409, {"current_epoch": client.epoch})
    assert (await client.twin.books())["primary_paused"] is False


async def test_differing_books_are_answered_with_the_primarys_own_figures(client: TwinClient) -> None:
    await client.push(client.placed(line(quantity=2)))
    claimed = {"count": 2, "amount_fen": 2200, "digest": "0" * 64}
    reply = await client.call("POST", _close(client), claimed)
    assert (reply.status, reply.body["count"], reply.body["amount_fen"]) == (409, 1, 2200)
    assert await client.outcome(client.placed()) == "applied"


async def test_agreeing_books_close_the_epoch_for_good(client: TwinClient) -> None:
    first, refused = client.placed(), client.placed(building="99")
    await client.push(first, refused)
    own = (await client.call("POST", _close(client), {"count": 0, "amount_fen": 0, "digest": ""})).body
    reply = await client.call("POST", _close(client), own)
    assert (reply.status, reply.body["state"]) == (200, "closed")
    assert (await client.call("POST", _close(client), own)).body["state"] == "closed"
    assert (await client.call("POST", "/fallback/epochs", opening(client.epoch))).body["state"] == "closed"
    assert await client.outcome(client.placed()) == "refused:stale_epoch"
    assert await client.outcome(first) == "duplicate"
    assert await client.outcome(refused) == "refused:unknown_building"


@pytest.mark.parametrize("epoch", [4_000, 2**70])
async def test_an_unknown_epoch_has_no_books(client: TwinClient, epoch: int) -> None:
    path = f"/fallback/epochs/{epoch}"
    assert (await client.call("GET", f"{path}/digest")).status == 404
    assert (await client.call("GET", f"{path}/orders?bucket=1")).status == 404
    figures = {"count": 0, "amount_fen": 0, "digest": "0" * 64}
    assert (await client.call("POST", f"{path}/close", figures)).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"epoch": "1"},
        {"epoch": True, "node": "a"},
        {"epoch": 2**63, "node": "a"},
        opening(1) | {"opened_at": "noon"},
    ],
)
async def test_a_malformed_opening_is_refused(client: TwinClient, body: object) -> None:
    assert (await client.call("POST", "/fallback/epochs", body)).status == 400


def _close(client: TwinClient) -> str:
    return f"/fallback/epochs/{client.epoch}/close"
