"""How others see how we are: /metrics for Prometheus, /healthz for whoever restarts us; figures, and of no person."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.pages.healthz import KEPT_S
from fallback_store.database import READERS
from tests.bot.page_scene import Scene, page_scene, scene_settings

KNOWN = {"probe_ok": 1.0, "merchant_ok:m1": 0.0, "store_commit_ms": 3.0}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path, metrics=KNOWN) as found:
        yield found


async def figures(scene: Scene, **headers: str) -> dict[tuple[str, ...], float]:
    """Name and label values (by label, in order of the alphabet) → figure, as Prometheus reads them."""
    async with scene.http.get(f"{scene.base}/metrics", headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain")
        text = await answer.text()
    return {
        (sample.name, *filter(None, sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def health(scene: Scene, path: str = "/healthz") -> tuple[int, dict[str, Any]]:
    async with scene.http.get(scene.base + path) as answer:
        assert answer.headers["Content-Type"] == "application/health+json"
        return answer.status, await answer.json()


# /metrics --------------------------------------------------------------------------------------


async def test_prometheus_reads_mode_backlog_probes_and_reach(scene: Scene) -> None:
    before = await figures(scene)
    assert before["fallback_mode", "normal"] == 1
    assert ("fallback_notice_reach_ratio",) not in before
    await scene.enter_emergency()
    await scene.store.write(lambda tx: tx.execute("UPDATE notice_deliveries SET state = 'sent'"))
    found = await figures(scene)
    assert (found["fallback_mode", "emergency"], found["fallback_mode", "normal"]) == (1, 0)
    assert (found["fallback_epoch",], found["fallback_incidents_open",]) == (1, 1)
    assert found["fallback_waiting", "outgoing"] > 0
    assert found["fallback_watch_metric", "probe_ok"] == 1
    assert found["fallback_watch_metric", "m1", "merchant_ok"] == 0
    assert found["fallback_notice_reach_ratio",] == 1
    assert found["fallback_notice_deliveries", "group", "sent"] > 0
    assert found["fallback_store_readable",] == 1
    assert found["process_resident_memory_bytes",] > 1e6
    assert found["fallback_store_commit_seconds",] > 0


async def test_what_is_unknown_is_absent(scene: Scene) -> None:
    found = await figures(scene)
    assert ("fallback_watch_metric", "write_ok") not in found
    assert ("fallback_age_seconds", "sheet_age") not in found


async def test_a_token_keeps_others_out_where_one_is_set(tmp_path: Path) -> None:
    settings = scene_settings(tmp_path)
    observation = settings.observation.model_copy(update={"metrics_token": "scrape-me-please"})
    async with page_scene(tmp_path, settings=settings.model_copy(update={"observation": observation})) as scene:
        for shown in ("", "Bearer wrong", "scrape-me-please"):
            async with scene.http.get(f"{scene.base}/metrics", headers={"Authorization": shown}) as answer:
                assert answer.status == 401
        assert await figures(scene, Authorization="Bearer scrape-me-please")


async def test_nobody_is_in_the_figures(scene: Scene) -> None:
    await scene.enter_emergency()
    await scene.order("12", "3305", {(await scene.dishes())[0][0]: 1}, name="王小明")
    async with scene.http.get(f"{scene.base}/metrics") as answer:
        text = await answer.text()
    assert not [word for word in ("王小明", "3305", "web:", "building-") if word in text]


async def test_a_store_that_answers_nobody_is_a_figure_too(scene: Scene) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(READERS):
            await stack.enter_async_context(scene.store.reading())
        started_s = time.monotonic()
        found = await figures(scene)
        assert time.monotonic() - started_s < 5
        assert found["fallback_store_readable",] == 0
        assert found["fallback_watch_metric", "probe_ok"] == 1


# /healthz --------------------------------------------------------------------------------------


async def test_a_well_service_is_alive_and_ready(scene: Scene) -> None:
    status, told = await health(scene)
    assert status == 200
    assert told["status"] in ("pass", "warn")  # this machine's disk may be nearly full
    checks = {name: found[0] for name, found in told["checks"].items()}
    assert set(checks) == {"store:write", "disk:free", "watch:silence", "snapshot:age", "outgoing:lag"}
    assert {"status", "observedValue", "observedUnit", "time"} <= set(checks["store:write"])
    assert (await health(scene, "/healthz/ready"))[1]["checks"].keys() == checks.keys()
    assert (await health(scene, "/healthz/live"))[0] == 200


async def test_without_a_menu_it_warns_and_is_ready_all_the_same(tmp_path: Path) -> None:
    async with page_scene(tmp_path, has_menu=False) as scene:
        status, told = await health(scene)
        assert (status, told["status"], told["checks"]["snapshot:age"][0]["status"]) == (200, "warn", "warn")


async def test_a_writer_that_is_stuck_is_not_ready_but_alive(scene: Scene) -> None:
    let_go = threading.Event()
    stuck = asyncio.create_task(scene.store.write(lambda _: let_go.wait(30)))
    await asyncio.sleep(0.05)
    status, told = await health(scene)
    assert (status, told["status"], told["checks"]["store:write"][0]["status"]) == (503, "fail", "fail")
    assert (await health(scene, "/healthz/live"))[0] == 200
    let_go.set()
    await stuck
    await asyncio.sleep(KEPT_S)
    assert (await health(scene))[0] == 200


async def test_many_who_ask_cost_one_look(scene: Scene) -> None:
    before = scene.store.revision
    answers = await asyncio.gather(*(health(scene) for _ in range(50)))
    assert {status for status, _ in answers} == {200}
    assert scene.store.revision - before <= 3


async def test_a_watch_that_fell_silent_is_not_ready(scene: Scene) -> None:
    await scene.stop_pages()
    scene.parts = replace(scene.parts, watch_silent_s=lambda: 61.0)
    await scene.start_pages()
    status, told = await health(scene)
    assert (status, told["checks"]["watch:silence"][0]["status"]) == (503, "fail")


async def test_an_answer_that_waits_too_long_is_a_warning(scene: Scene) -> None:
    await scene.enter_emergency()
    old_ms = int((time.time() - 120) * 1000)
    await scene.store.write(lambda tx: tx.execute("UPDATE outgoing SET created_ms = ?", (old_ms,)))
    status, told = await health(scene)
    assert (status, told["checks"]["outgoing:lag"][0]["status"]) == (200, "warn")
