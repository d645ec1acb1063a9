"""A primary that does not know us, an emergency without a menu, a chat that is shut: each is said, the rest goes on."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from core.texts import text
from drills.twin_process import TwinProcess
from tests.service.service_scene import campus, service, shell, until, write_config


async def test_a_wrong_token_is_told_once_and_named_by_check(tmp_path: Path) -> None:
    async with TwinProcess(tmp_path / "twin.sqlite3") as twin:
        config = write_config(tmp_path, twin.base_url, "not-the-token", watch={"interval_s": 0.2})
        async with service(tmp_path, config) as bot:

            async def is_told() -> bool:
                return any("primary.token" in message["text"] for message in await bot.shown("root", "@root"))

            await until(is_told)
            await asyncio.sleep(1.5)  # seven more pulls and as many probes
            told = [m["text"] for m in await bot.shown("root", "@root") if "primary.token" in m["text"]]
            warned = [line for line in _log(bot.log) if line["level"] != "info"]
            assert (len(told), len(warned)) == (1, 1)
            assert "GET /directory: 403" in warned[0]["problem"]
            assert "primary.token" in warned[0]["hint"]
            # It answers, only not to us: no reason to take its orders away.
            assert (await bot.status())["mode"] == "normal"
            checked = await bot.command("check", "--json")
            assert checked.code == 1
            denied = {f["what"]: f["hint"] for f in checked.json if not f["ok"]}
            for what in ("primary catalog", "primary directory", "primary writes"):
                assert "primary.token" in denied[what]
            assert "not-the-token" not in bot.log.read_text() + checked.out + checked.err


async def test_an_emergency_without_a_menu_opens_and_says_so(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    async with service(tmp_path, config) as bot:
        assert (await bot.status())["snapshot_age_s"] is None
        checked = await bot.command("check", "--json")
        (snapshot,) = [finding for finding in checked.json if finding["what"] == "snapshot"]
        assert (checked.code, snapshot["ok"], snapshot["found"]) == (1, False, "there is none yet")
        assert "while the primary is healthy" in snapshot["hint"]
        assert (await bot.command("emergency", "on", "--reason", "primary is gone")).code == 0
        # There is no directory either, so no building has a room: a private chat always is there.
        _, menu = await bot.says("zhang", "@zhang", "菜单", "m1")
        _, order = await bot.says("zhang", "@zhang", "红烧肉饭一份 305", "m2")
        no_menu = text("zh", "no_menu")
        assert [await bot.answers("zhang", "@zhang", said["key"]) for said in (menu, order)] == [[no_menu]] * 2
        assert bot.rows("SELECT count(*) FROM orders") == [(0,)]


async def test_a_menu_that_is_there_makes_check_content(tmp_path: Path) -> None:
    async with campus(tmp_path) as (bot, twin):
        reference = {"FALLBACK_WATCH__REFERENCE_URL": f"{twin.base_url}/metrics"}
        environment = {**reference, "FALLBACK_WEB__PORT": bot.process.base_url.rpartition(":")[2]}
        environment["FALLBACK_WATCH__REFERENCE_URL"] = bot.process.base_url
        checked = await shell("check", "--config", str(bot.config), environment=environment)
        assert checked.code == 0, checked.out
        assert all(line.startswith("ok ") for line in checked.out.splitlines())


async def test_a_chat_that_is_shut_is_not_there_and_the_rest_is(tmp_path: Path) -> None:
    config = write_config(tmp_path, channels={"local_chat": {"enabled": False}})
    async with service(tmp_path, config) as bot:
        answers = {}
        for path in ("/", "/admin", "/chat", "/chat/api/rooms"):
            async with bot.session.get(bot.process.base_url + path) as answer:
                answers[path] = answer.status
        assert answers == {"/": 200, "/admin": 401, "/chat": 404, "/chat/api/rooms": 404}


def _log(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
