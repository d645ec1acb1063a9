"""The snapshot stays warm while the primary is in charge, and good whatever the primary serves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from core.errors import InvalidCatalog, InvalidDirectory, PrimaryUnreachable
from core.health import Cause
from core.mode import Advice, Mode
from drills.twin_process import TwinProcess
from fallback_store import catalog_snapshots, directory_snapshots, incident_log, orders, people, stock
from sync.hand_back import HandBackRules
from tests.sync.outage import Outage, beside, node, until

CATALOG: dict[str, Any] = {
    "version": "v1",
    "merchants": [
        {"id": "m", "name": "老王", "items": [{"id": "i", "name": "面", "price_fen": 900, "units": ["碗"], "stock": 5}]}
    ],
}
DIRECTORY: dict[str, Any] = {"version": "d1", "buildings": [{"id": "12", "name": "12栋"}]}

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True)
class At:
    base_url: str
    token: str = "t"


class Served:
    """A primary that serves two documents with ETags, and counts how often it sent them whole."""

    def __init__(self) -> None:
        self.documents: dict[str, tuple[str, Any]] = {"/catalog": ("c1", CATALOG), "/directory": ("d1", DIRECTORY)}
        self.sent_whole: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        etag, body = self.documents[request.path]
        if request.headers.get("If-None-Match") == f'"{etag}"':
            return web.Response(status=304)
        self.sent_whole.append(request.path)
        if isinstance(body, str):
            return web.Response(text=body)
        return web.json_response(body, headers={"ETag": f'"{etag}"'})


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[Outage, Served]]:
    serving = Served()
    app = web.Application()
    app.router.add_get("/{name}", serving.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with node(folder, At(f"http://127.0.0.1:{runner.addresses[0][1]}")) as here:
            yield here, serving
    finally:
        await runner.cleanup()


async def test_menu_stock_buildings_and_people_are_taken_over(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin) as here:
        catalog = await here.catalog()
        rows = {row.item_id: row for row in await stock.rows(here.store)}
        assert rows.keys() == catalog.items.keys()
        assert all(rows[item.id].supply == item.stock for item in catalog.items.values())
        buildings = await people.buildings(here.store)
        directory = await directory_snapshots.latest(here.store)
        assert directory is not None
        assert [building.id for building in buildings] == [building.id for building in directory.directory.buildings]


async def test_an_unchanged_menu_travels_once_and_is_confirmed_each_time(tmp_path: Path) -> None:
    async with served(tmp_path) as (here, serving):
        assert await here.catalog_pull.pull_once()
        first = await catalog_snapshots.latest(here.store)
        await asyncio.sleep(0.01)
        assert await here.catalog_pull.pull_once()
        second = await catalog_snapshots.latest(here.store)
        assert first is not None
        assert second is not None
        assert second.id == first.id
        assert second.confirmed_at > first.confirmed_at
        assert serving.sent_whole == ["/directory", "/catalog"]


async def test_a_new_menu_is_a_new_snapshot_and_sold_portions_are_no_new_menu(tmp_path: Path) -> None:
    async with served(tmp_path) as (here, serving):
        ids = []
        for etag, version, price_fen, left in (
            ("1", "v1", 900, 5),
            ("2", "v1", 900, 3),
            ("3", "v1", 950, 3),
            ("4", "v2", 950, 3),
        ):
            item = CATALOG["merchants"][0]["items"][0] | {"price_fen": price_fen, "stock": left}
            merchant = CATALOG["merchants"][0] | {"items": [item]}
            serving.documents["/catalog"] = (etag, CATALOG | {"version": version, "merchants": [merchant]})
            await here.catalog_pull.pull_once()
            found = await catalog_snapshots.latest(here.store)
            assert found is not None
            assert (found.catalog.version, found.catalog.items["i"].price_fen) == (version, price_fen)  # type: ignore[index]
            assert [row.supply for row in await stock.rows(here.store)] == [left]
            ids.append(found.id)
        assert ids == [1, 1, 2, 3]


@pytest.mark.parametrize("advice", [Advice(Mode.WATCHING, Cause.CERTIFICATE), Advice(Mode.PARTIAL, Cause.PAYMENTS)])
async def test_trouble_that_leaves_the_primary_in_charge_leaves_the_stock_warm(tmp_path: Path, advice: Advice) -> None:
    async with served(tmp_path) as (here, serving):
        await here.catalog_pull.pull_once()
        now = datetime.now(UTC)
        state = await incident_log.current_state(here.store, now)
        await here.store.write(lambda tx: here.switch.follow(tx, advice, state, now=now))
        item = CATALOG["merchants"][0]["items"][0] | {"stock": 2}
        merchant = CATALOG["merchants"][0] | {"items": [item]}
        serving.documents["/catalog"] = ("c2", CATALOG | {"merchants": [merchant]})
        await here.catalog_pull.pull_once()
        assert await here.mode() is advice.mode
        assert [row.supply for row in await stock.rows(here.store)] == [2]
        sent = len(serving.sent_whole)
        await here.catalog_pull.pull_once()
        assert len(serving.sent_whole) == sent, "the stock is in step, so the ETag may be asked with"


async def test_old_snapshots_do_not_pile_up(tmp_path: Path) -> None:
    async with served(tmp_path) as (here, serving):
        for number in range(catalog_snapshots.KEPT + 5):
            serving.documents["/catalog"] = (f"c{number}", CATALOG | {"version": f"v{number}"})
            await here.catalog_pull.pull_once()
        (row,) = await here.store.read_all("SELECT count(*) FROM catalog_snapshots")
        assert row[0] == catalog_snapshots.KEPT


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/catalog", {"version": "v2"}, InvalidCatalog),
        ("/catalog", "<html>busy</html>", PrimaryUnreachable),
        ("/directory", {"version": "d2", "buildings": [{}]}, InvalidDirectory),
        ("/directory", "{", PrimaryUnreachable),
    ],
)
async def test_what_cannot_be_used_leaves_the_last_good_one(
    tmp_path: Path, path: str, body: Any, error: type[Exception]
) -> None:
    async with served(tmp_path) as (here, serving):
        await here.catalog_pull.pull_once()
        serving.documents = {"/catalog": ("c2", CATALOG | {"version": "v2"}), "/directory": ("d2", DIRECTORY)}
        serving.documents[path] = ("c3", body)
        with pytest.raises(error):
            await here.catalog_pull.pull_once()
        assert (await here.catalog()).version == ("v1" if path == "/catalog" else "v2"), "the other one is taken"
        assert [building.id for building in await people.buildings(here.store)] == ["12"]


async def test_the_loop_reports_a_bad_menu_once_and_takes_the_next_good_one(tmp_path: Path) -> None:
    async with served(tmp_path) as (here, serving), asyncio.TaskGroup() as group:
        serving.documents["/catalog"] = ("bad", {"version": "v9"})
        pulling = group.create_task(here.catalog_pull.run())
        await until(lambda: len(serving.sent_whole) > 5)
        assert [type(problem) for problem in here.problems] == [InvalidCatalog]
        serving.documents["/catalog"] = ("good", CATALOG)
        await until(lambda: _has_menu(here))
        pulling.cancel()


async def _has_menu(here: Outage) -> bool:
    return await catalog_snapshots.latest(here.store) is not None


async def test_during_an_outage_our_stock_and_menu_stay_ours(tmp_path: Path) -> None:
    async with served(tmp_path) as (here, serving):
        await here.catalog_pull.pull_once()
        await here.begin()
        serving.documents["/catalog"] = ("c2", CATALOG | {"version": "v2"})
        assert not await here.catalog_pull.pull_once()
        assert (await here.catalog()).version == "v1"


async def test_after_the_hand_back_the_primarys_stock_counts_again(tmp_path: Path, twin: TwinProcess) -> None:
    async with beside(tmp_path, twin, patience=HandBackRules(poll_s=0.02)) as here:
        await here.begin()
        (placed,) = await here.place()
        item_id = placed.lines[0].item_id
        assert [row.sold for row in await stock.rows(here.store) if row.item_id == item_id] == [1]
        await here.end()
        assert await here.hand_back.run_once()
        assert await here.mode() is Mode.NORMAL
        assert await here.catalog_pull.pull_once()
        assert [row.sold for row in await stock.rows(here.store) if row.item_id == item_id] == [0]
        # A student may still take the order back: that gives nothing back to a count that starts from nothing.
        now = datetime.now(UTC)
        await here.store.write(
            lambda tx: orders.cancel(tx, placed, by=placed.person_id, side="student", reason="", now=now)
        )
        assert [row.sold for row in await stock.rows(here.store) if row.item_id == item_id] == [0]
