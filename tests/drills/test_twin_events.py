"""What becomes of each event: applied once, recognised again, refused for a reason that stays, or put off."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drills.twin_client import LATER, TwinClient, line

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_order_is_applied_once_and_a_resend_is_a_duplicate(client: TwinClient) -> None:
    event = client.placed()
    first, again = await client.push(event), await client.push(event | {"seq": 900, "at": "2026-11-22T05:00:00Z"})
    assert (first[0]["outcome"], again[0]["outcome"]) == ("applied", "duplicate")
    assert first[0]["order_ref"] == again[0]["order_ref"]
    assert (await _order(client, event))["status"] == "order.placed"


async def test_the_same_key_twice_in_one_push_counts_once(client: TwinClient) -> None:
    event = client.placed()
    results = await client.push(event, event)
    assert [result["outcome"] for result in results] == ["applied", "duplicate"]


@pytest.mark.parametrize("kind", LATER)
async def test_every_later_kind_is_applied_to_its_order(client: TwinClient, kind: str) -> None:
    placed = client.placed()
    later = client.event(kind, placed["order_id"], LATER[kind])
    assert [result["outcome"] for result in await client.push(placed, later)] == ["applied", "applied"]
    assert (await _order(client, placed))["status"] == kind


async def test_a_change_replaces_lines_total_and_room(client: TwinClient) -> None:
    placed = client.placed()
    await client.push(placed, client.event("order.changed", placed["order_id"], LATER["order.changed"]))
    order = await _order(client, placed)
    assert (order["total_fen"], order["room"], order["lines"]) == (3300, "306", [line(quantity=3)])


@pytest.mark.parametrize(
    ("lines", "body", "code"),
    [
        ([line("nothing")], {}, "unknown_item"),
        ([line("guo-mapo", 1, 1100, "多放爱")], {}, "unknown_option"),
        ([line(unit_price_fen=1000)], {}, "price_changed"),
        ([line("guo-mapo", 1, 1100, "加饭")], {}, "price_changed"),
        ([line()], {"total_fen": 1}, "wrong_total"),
        ([line()], {"building": "77"}, "unknown_building"),
    ],
)
async def test_a_rule_of_the_primary_says_no(
    client: TwinClient, lines: list[dict[str, Any]], body: dict[str, Any], code: str
) -> None:
    event = client.placed(*lines, **body)
    assert await client.outcome(event) == f"refused:{code}"
    refused = {row["key"]: row for row in (await client.twin.books())["refused"]}
    assert refused[event["key"]]["body"] == event["body"]


async def test_options_and_fees_count_into_the_price(client: TwinClient) -> None:
    assert await client.outcome(client.placed(line("guo-mapo", 2, 1200, "加饭", "微辣"), fees_fen=150)) == "applied"


async def test_a_refused_key_stays_refused(client: TwinClient) -> None:
    event = client.placed(line("zha-corn", 1, 950))
    assert await client.outcome(event) == "refused:price_changed"
    await client.twin.edit_menu(item_id="zha-corn", price_fen=950)
    assert await client.outcome(event) == "refused:price_changed"


async def test_a_corrected_event_goes_in_under_a_new_key(client: TwinClient) -> None:
    wrong = client.placed(line(unit_price_fen=999))
    assert await client.outcome(wrong) == "refused:price_changed"
    right = client.placed(order_id=wrong["order_id"]) | {"replaces": wrong["key"]}
    assert await client.outcome(right) == "applied"
    assert (await _order(client, right))["key"] == right["key"]


async def test_the_same_order_under_two_keys_is_not_doubled(client: TwinClient) -> None:
    first = client.placed()
    assert await client.outcome(first) == "applied"
    assert await client.outcome(client.placed(order_id=first["order_id"])) == "refused:order_exists"


@pytest.mark.parametrize("change", ["body", "order_id", "kind"])
async def test_a_key_with_other_contents_is_refused(client: TwinClient, change: str) -> None:
    event = client.event("order.delivered", client.placed()["order_id"], {})
    placed = client.placed(order_id=event["order_id"])
    await client.push(placed, event)
    other = {"body": {"courier_id": "x"}, "order_id": "another", "kind": "order.picked_up"}[change]
    assert await client.outcome(event | {change: other}) == "refused:key_reused"
    assert await client.outcome(event) == "duplicate"


async def test_the_order_of_fields_makes_no_other_body(client: TwinClient) -> None:
    event = client.placed()
    await client.push(event)
    turned = event | {"body": dict(reversed(list(event["body"].items())))}
    assert await client.outcome(turned) == "duplicate"


async def test_a_closed_merchant_takes_no_order(client: TwinClient) -> None:
    await client.twin.edit_menu(merchant_id="lin", is_open=False)
    event = client.placed(line("lin-dry", 1, 1200))
    assert await client.outcome(event) == "refused:merchant_closed"
    await client.twin.edit_menu(merchant_id="lin", is_open=True)
    assert await client.outcome(client.placed(line("lin-dry", 1, 1200))) == "applied"


async def test_what_is_sold_out_is_refused_and_what_is_cancelled_comes_back(client: TwinClient) -> None:
    await client.twin.edit_menu(item_id="tea-puff", stock=3)
    first = client.placed(line("tea-puff", 2, 500))
    assert await client.outcome(first) == "applied"
    assert await client.outcome(client.placed(line("tea-puff", 1, 500), line("tea-puff", 1, 500))) == "refused:sold_out"
    assert (
        await client.outcome(client.event("order.cancelled", first["order_id"], LATER["order.cancelled"])) == "applied"
    )
    assert await client.outcome(client.placed(line("tea-puff", 3, 500))) == "applied"
    assert (await client.ordered("tea-puff"))["ordered"] == 3


async def test_a_change_needs_only_the_difference_in_stock(client: TwinClient) -> None:
    await client.twin.edit_menu(item_id="tea-grape", stock=3)
    placed = client.placed(line("tea-grape", 2, 1600))
    await client.push(placed)
    change = {"lines": [line("tea-grape", 3, 1600)], "total_fen": 4800, "room": "305"}
    assert await client.outcome(client.event("order.changed", placed["order_id"], change)) == "applied"
    more = {"lines": [line("tea-grape", 4, 1600)], "total_fen": 6400, "room": "305"}
    assert await client.outcome(client.event("order.changed", placed["order_id"], more)) == "refused:sold_out"
    assert (await client.ordered("tea-grape"))["ordered"] == 3


async def test_a_merchants_word_on_stock_counts_from_then_on(client: TwinClient) -> None:
    await client.twin.edit_menu(item_id="lin-snail", stock=1)
    await client.push(client.placed(line("lin-snail", 1, 1600)))
    sold = (await client.ordered("lin-snail"))["sold"]
    adjusted = client.event("stock.adjusted", "", {"item_id": "lin-snail", "supply": sold + 1, "by": "web:lin"})
    assert await client.outcome(adjusted) == "applied"
    assert await client.outcome(client.placed(line("lin-snail", 1, 1600))) == "applied"
    assert await client.outcome(client.placed(line("lin-snail", 1, 1600))) == "refused:sold_out"
    unlimited = client.event("stock.adjusted", "", {"item_id": "lin-snail", "supply": None, "by": "web:lin"})
    assert await client.outcome(unlimited) == "applied"
    assert await client.outcome(client.placed(line("lin-snail", 20, 1600))) == "applied"
    unknown = client.event("stock.adjusted", "", {"item_id": "nothing", "supply": 1, "by": "web:lin"})
    assert await client.outcome(unknown) == "refused:unknown_item"


async def test_a_meal_that_is_eaten_is_imported_whatever_the_rules_say(client: TwinClient) -> None:
    await client.twin.edit_menu(item_id="jiao-bone", stock=0)
    placed = client.placed(line("jiao-bone", 1, 2000))
    delivered = client.event("order.delivered", placed["order_id"], {})
    assert [result["outcome"] for result in await client.push(placed, delivered)] == ["applied", "applied"]
    assert (await _order(client, placed))["is_completed_import"] is True
    uneaten = client.placed(line("jiao-bone", 1, 2200))
    assert await client.outcome(uneaten) == "refused:sold_out"


async def test_events_of_a_refused_order_are_refused(client: TwinClient) -> None:
    placed = client.placed(building="77")
    results = await client.push(placed, client.event("order.accepted", placed["order_id"], {"merchant_id": "guo"}))
    assert [result["reason"]["code"] for result in results] == ["unknown_building", "unknown_order"]


async def test_events_wait_while_their_orders_placing_is_put_off(client: TwinClient) -> None:
    await client.twin.inject("retry", kind="order.placed", times=1)
    placed = client.placed()
    accepted = client.event("order.accepted", placed["order_id"], {"merchant_id": "guo"})
    assert [result["outcome"] for result in await client.push(placed, accepted)] == ["retry", "retry"]
    assert await client.outcome(accepted) == "retry"
    assert placed["order_id"] in (await client.twin.books())["waiting"]
    assert [result["outcome"] for result in await client.push(placed, accepted)] == ["applied", "applied"]
    assert placed["order_id"] not in (await client.twin.books())["waiting"]


async def test_a_later_event_does_not_overtake_one_that_is_put_off(client: TwinClient) -> None:
    placed = client.placed()
    await client.push(placed)
    await client.twin.inject("retry", kind="order.accepted", times=1)
    steps = [client.event(kind, placed["order_id"], LATER[kind]) for kind in ("order.accepted", "order.delivered")]
    assert [result["outcome"] for result in await client.push(*steps)] == ["retry", "retry"]
    assert [result["outcome"] for result in await client.push(*steps)] == ["applied", "applied"]
    assert (await _order(client, placed))["status"] == "order.delivered"


async def test_a_cancelled_order_moves_no_more_but_its_payment_does(client: TwinClient) -> None:
    placed = client.placed()
    await client.push(placed, client.event("order.cancelled", placed["order_id"], LATER["order.cancelled"]))
    for kind in ("order.accepted", "order.changed", "order.cancelled"):
        assert await client.outcome(client.event(kind, placed["order_id"], LATER[kind])) == "refused:order_cancelled"
    paid = client.event("payment.claimed", placed["order_id"], LATER["payment.claimed"])
    assert await client.outcome(paid) == "applied"
    assert (await _order(client, placed))["status"] == "payment.claimed"
    accepted = client.event("order.accepted", placed["order_id"], LATER["order.accepted"])
    assert await client.outcome(accepted) == "refused:order_cancelled"


async def test_a_delivered_order_is_not_changed_or_cancelled(client: TwinClient) -> None:
    placed = client.placed()
    await client.push(placed, client.event("order.delivered", placed["order_id"], {}))
    for kind in ("order.changed", "order.cancelled"):
        assert await client.outcome(client.event(kind, placed["order_id"], LATER[kind])) == "refused:order_delivered"


async def test_five_hundred_events_are_taken_and_one_more_is_too_many(client: TwinClient) -> None:
    events = [client.placed() for _ in range(501)]
    reply = await client.call("POST", "/fallback/events", client.push_body(*events))
    assert reply.status == 413
    results = await client.push(*events[:500])
    assert {result["outcome"] for result in results} == {"applied"}
    assert await client.push() == []


async def _order(client: TwinClient, placed: dict[str, Any]) -> dict[str, Any]:
    orders = (await client.twin.books())["orders"]
    return next(order for order in orders if order["order_id"] == placed["order_id"])
