"""The calls a healthy primary answers: health, figures, menu, directory, write probe, payments; and who may call."""

from __future__ import annotations

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.catalog import catalog_from_json
from core.directory import directory_from_json
from core.ids import ItemId
from drills.twin_primary_app import MAX_BODY_BYTES
from tests.drills.twin_client import CONTRACT, TwinClient, contract_errors, line, opening

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_without_a_token_nothing_is_told(client: TwinClient) -> None:
    async with aiohttp.ClientSession() as stranger:
        for path in ("/health", "/catalog", "/fallback/epochs/1/digest", "/payments?reference=x", "/twin/books"):
            base_url = client.twin.control_url if path.startswith("/twin/") else client.twin.base_url
            async with stranger.get(base_url + path) as response:
                assert response.status == 401


async def test_a_wrong_token_is_forbidden(client: TwinClient) -> None:
    reply = await client.call("GET", "/catalog", Authorization="Bearer guessed")
    assert reply.status == 403
    assert reply.body["error"]["code"] == "wrong_token"


async def test_a_healthy_twin_passes(client: TwinClient) -> None:
    reply = await client.call("GET", "/health")
    assert (reply.status, reply.body["status"], reply.body["maintenance"]) == (200, "pass", False)
    assert "Date" in reply.headers


async def test_metrics_are_readable_and_count_the_requests(client: TwinClient) -> None:
    for _ in range(3):
        await client.call("GET", "/directory")
    figures = await _figures(client)
    assert figures["requests_total /directory 200"] >= 3
    assert 0 < figures["db_p95_ms"] < 10_000
    assert all(0 <= figures[name] <= 1 for name in ("cpu", "mem", "disk", "pool_ratio", "cache_hit"))
    assert {"orders_total", "orders_failed_total", "pays_total", "pays_failed_total", "queue_depth"} <= figures.keys()


async def test_figures_can_be_made_to_look_bad(client: TwinClient) -> None:
    await client.twin.inject("figures", figures={"db_p95_ms": 900, "pays_failed": 77, "pool_ratio": 0.98})
    figures = await _figures(client)
    assert (figures["db_p95_ms"], figures["pays_failed_total"], figures["pool_ratio"]) == (900, 77, 0.98)
    await client.twin.clear()
    assert (await _figures(client))["db_p95_ms"] != 900


async def test_the_menu_is_a_campus_menu_the_bot_can_read(client: TwinClient) -> None:
    catalog = catalog_from_json((await client.call("GET", "/catalog")).body)
    assert len(catalog.merchants) >= 6
    assert len(catalog.items) >= 60
    assert {item.stock is None for item in catalog.items.values()} == {True, False}
    assert catalog.unit_price_fen(ItemId("tea-jasmine"), ["大杯", "加仙草"]) == 1400


async def test_an_unchanged_menu_is_not_sent_again(client: TwinClient) -> None:
    first = await client.call("GET", "/catalog")
    again = await client.call("GET", "/catalog", If_None_Match=first.headers["ETag"])
    assert (again.status, again.raw) == (304, b"")


async def test_an_edited_menu_has_a_new_version(client: TwinClient) -> None:
    first = await client.call("GET", "/catalog")
    version = await client.twin.edit_menu(item_id="jiao-millet", price_fen=450)
    again = await client.call("GET", "/catalog", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body["version"]) == (200, version)
    assert version != first.body["version"]
    assert catalog_from_json(again.body).items[ItemId("jiao-millet")].price_fen == 450


async def test_sold_portions_leave_the_menu(client: TwinClient) -> None:
    await client.twin.edit_menu(item_id="zha-steak", stock=9)
    await client.push(client.placed(line("zha-steak", 2, 1400)))
    catalog = catalog_from_json((await client.call("GET", "/catalog")).body)
    assert catalog.items[ItemId("zha-steak")].stock == 7


async def test_the_directory_knows_everybody_who_serves(client: TwinClient) -> None:
    first = await client.call("GET", "/directory")
    directory = directory_from_json(first.body)
    assert len(directory.buildings) >= 12
    assert all(building.aliases for building in directory.buildings)
    assert len(directory.couriers) >= 2
    served = {building for courier in directory.couriers for building in courier.buildings}
    led = [building for captain in directory.captains for building in captain.buildings]
    assert served == {building.id for building in directory.buildings}
    assert sorted(led) == sorted(building.id for building in directory.buildings)
    assert "web:courier-liu" in [contact for courier in directory.couriers for contact in courier.contacts]
    assert (await client.call("GET", "/directory", If_None_Match=first.headers["ETag"])).status == 304


async def test_a_dry_run_leaves_no_trace(client: TwinClient) -> None:
    before = await client.twin.books()
    body = client.placed(line("zha-salad", 1, 1800))["body"]
    reply = await client.call("POST", "/orders?dry_run=true", body)
    assert (reply.status, reply.body) == (200, {"ok": True, "would_be": "applied"})
    assert (await client.call("POST", "/orders?dry_run=true")).body == {"ok": True}
    after = await client.twin.books()
    assert after["orders"] == before["orders"]
    assert after["items"] == before["items"]


async def test_a_dry_run_says_what_would_have_become_of_the_order(client: TwinClient) -> None:
    reply = await client.call("POST", "/orders?dry_run=true", client.placed(line(unit_price_fen=1))["body"])
    assert (reply.status, reply.body["would_be"], reply.body["reason"]["code"]) == (200, "refused", "price_changed")


async def test_the_app_does_not_take_real_orders_here(client: TwinClient) -> None:
    assert (await client.call("POST", "/orders", client.placed()["body"])).status == 400


async def test_payments_are_found_by_reference(client: TwinClient) -> None:
    once = await client.call("GET", "/payments?reference=WX2026112211050001")
    assert [(p["amount_fen"], p["order_id"]) for p in once.body["payments"]] == [(1500, "app-88231")]
    twice = await client.call("GET", "/payments?reference=ALI20261122110601")
    assert [p["amount_fen"] for p in twice.body["payments"]] == [1900, 1900]
    assert (await client.call("GET", "/payments?reference=nobody")).body == {"payments": []}
    assert (await client.call("GET", "/payments")).status == 400


async def test_every_call_of_the_contract_is_served(client: TwinClient) -> None:
    for template, operations in CONTRACT["paths"].items():
        for method in operations.keys() & {"get", "post"}:
            path = template.replace("{epoch}", str(client.epoch))
            reply = await client.call_unchecked(method.upper(), path, opening(client.epoch))
            assert reply.status != 404, template
            assert contract_errors(method.upper(), path, reply) == []


async def test_an_unknown_path_and_a_wrong_method_are_refused_in_json(client: TwinClient) -> None:
    assert (await client.call("GET", "/fallback/nothing")).body["error"]["code"] == "no_such_call"
    assert (await client.call_unchecked("DELETE", "/catalog")).status == 405


async def test_an_endless_body_is_cut_off(client: TwinClient) -> None:
    reply = await client.call("POST", "/fallback/events", raw=b" " * (MAX_BODY_BYTES + 1))
    assert reply.status == 413


async def _figures(client: TwinClient) -> dict[str, float]:
    families = text_string_to_metric_families((await client.call("GET", "/metrics")).raw.decode())
    samples = [sample for family in families for sample in family.samples]
    return {" ".join([s.name, s.labels.get("path", ""), s.labels.get("code", "")]).strip(): s.value for s in samples}
