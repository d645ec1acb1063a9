"""Whoever is expected to report does so with a token of its own; a stranger changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.settings import WatchSettings
from tests.bot.page_scene import ADMIN_TOKEN, page_scene, scene_settings
from watch.heartbeats import Heartbeats

TOKEN = "of-the-gateway"


async def test_a_heartbeat_needs_its_token_and_a_name_that_is_expected(tmp_path: Path) -> None:
    settings = scene_settings(tmp_path).model_copy(update={"watch": WatchSettings(heartbeat_token=TOKEN)})
    async with page_scene(tmp_path, settings=settings) as scene:
        heartbeats = Heartbeats(scene.clock, {"gateway": 30.0})
        await scene.stop_pages()
        scene.parts = replace(scene.parts, beat=heartbeats.beat)
        await scene.start_pages()

        async def post(name: str, shown: str | None) -> int:
            headers = {} if shown is None else {"Authorization": f"Bearer {shown}"}
            async with scene.http.post(f"{scene.base}/heartbeat/{name}", headers=headers) as answer:
                return answer.status

        assert [await post("gateway", shown) for shown in (None, "wrong", ADMIN_TOKEN)] == [401, 401, 401]
        assert heartbeats.metrics() == {}
        assert await post("stranger", TOKEN) == 404
        assert await post("gateway", TOKEN) == 204
        assert heartbeats.metrics() == {"heartbeat_ok:gateway": 1.0}


async def test_without_a_token_in_the_settings_nobody_may_report(tmp_path: Path) -> None:
    async with page_scene(tmp_path) as scene:
        for shown in ("", "x"):
            headers = {"Authorization": f"Bearer {shown}"}
            async with scene.http.post(f"{scene.base}/heartbeat/gateway", headers=headers) as answer:
                assert answer.status == 401
