"""The real service seen by others: its log names nobody, its public pages outlive everything, it says it is alive."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

from aiohttp import web

from drills.mail_double import MailDouble
from drills.webhook_double import WebhookDouble
from tests.service.service_scene import NOBODY, Service, campus, until
from tests.service.test_commands import a_dish
from tests.service.test_full_disk import LimitedFiles

PUBLIC = ("/", "/status.json", "/api/v2/summary.json", "/feed.atom", "/history")
KEY = b"a secret of the text gateway"


async def page(bot: Service, path: str) -> tuple[int, float, str]:
    """Status, seconds, text."""
    started_s = time.monotonic()
    async with bot.session.get(bot.process.base_url + path) as answer:
        return answer.status, time.monotonic() - started_s, await answer.text()


async def test_a_whole_outage_leaves_no_name_room_or_text_in_the_log(tmp_path: Path) -> None:
    notices = {
        "countdown_s": 0,
        "smtp": {
            "host": "127.0.0.1", "port": int(NOBODY.rpartition(":")[2]), "security": "none",
            "sender": "bot@campus.example", "to": ["yuki-duty@campus.example"],
        },
        "webhooks": [{"name": "sms", "url": f"{NOBODY}/x", "secret": "s" * 20}],
    }  # fmt: skip
    people = {"admins": ["web:wuzetian"]}
    async with campus(tmp_path, notices=notices, people=people) as (bot, twin):
        await bot.says("wuzetian", "@wuzetian", "/emergency on 机房进水了", "m3")
        await twin.inject("error_500", seconds=2)

        async def is_on() -> bool:
            return str((await bot.status())["mode"]) == "emergency"

        await until(is_on)
        dish = a_dish(bot)
        for name, room in (("欧阳锋", "7301"), ("zenobia", "7302")):
            _, body = await bot.says(name, "building-1", f"{dish}一份 {room} 不要香菜谢谢", "m1")
            await bot.answers(name, "building-1", body["key"])
        await bot.says("欧阳锋", "building-1", "我的电话 13800138000 放门口就行", "m2")
        await bot.says("wuzetian", "@wuzetian", "/lock 5 孙悟空要求别动", "m4")
        await bot.flip("hand-back")

        async def is_over() -> bool:
            return str((await bot.status())["mode"]) == "normal"

        await until(is_over)
        await asyncio.sleep(1.0)  # the mail and the webhook have failed more than once by now
        log = bot.log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    assert lines
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
    assert [line for line in lines if line["event"] == "notice.not_delivered"]  # it did log what went wrong
    said = [
        "欧阳锋",
        "zenobia",
        "wuzetian",
        "孙悟空",
        "7301",
        "7302",
        "13800138000",
        "香菜",
        "放门口",
        "机房进水",
        dish,
    ]
    assert [word for word in [*said, "yuki", "twin-token"] if word in log] == []


async def test_public_pages_are_served_while_everything_burns(tmp_path: Path) -> None:
    disk = LimitedFiles(tmp_path)
    async with campus(tmp_path, notices={"countdown_s": 0}) as (bot, twin):
        await bot.flip("emergency")
        await twin.inject("hang")  # the primary takes calls and answers none
        disk.fill(bot)
        await asyncio.sleep(0.5)
        for path in PUBLIC:
            status, took_s, text = await page(bot, path)
            assert (status, took_s < 2.0) == (200, True), path
            assert "emergency" in text or "critical" in text or "应急" in text
        answers = await asyncio.gather(*(page(bot, path) for path in PUBLIC for _ in range(20)))
        assert {status for status, _, _ in answers} == {200}
        assert max(took_s for _, took_s, _ in answers) < 3.0
        status, _, _ = await page(bot, "/healthz/live")
        assert status == 200
        disk.free(bot)


async def test_mail_gateway_and_switch_hear_of_an_outage_and_figures_say_so(tmp_path: Path) -> None:
    beats = 0

    async def beat(_: web.Request) -> web.Response:
        nonlocal beats
        beats += 1
        return web.Response()

    app = web.Application()
    app.router.add_get("/beat", beat)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with MailDouble() as mail, WebhookDouble(KEY) as sms:
            notices = {
                "countdown_s": 0,
                "smtp": {
                    "host": "127.0.0.1", "port": mail.port, "security": "none",
                    "sender": "bot@campus.example", "to": ["duty@campus.example"],
                },
                "webhooks": [{"name": "sms", "url": sms.url, "secret": KEY.decode()}],
            }  # fmt: skip
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/beat"
            observation = {"dead_man_url": url, "dead_man_every_s": 1}
            async with campus(tmp_path, notices=notices, observation=observation) as (bot, _):
                await bot.flip("emergency")

                async def are_told() -> bool:
                    return bool(mail.inbox and sms.kept)

                await until(are_told)

                async def is_reached() -> bool:
                    return int((await bot.status())["notice_reach_percent"] or 0) == 100

                await until(is_reached)
                status, _, figures = await page(bot, "/metrics")
                assert status == 200
                assert 'fallback_mode{mode="emergency"} 1.0' in figures
                assert "fallback_notice_reach_ratio 1.0" in figures
                assert 'fallback_watch_metric{label="",name="probe_ok"} 1.0' in figures
                assert (await page(bot, "/healthz"))[0] == 200
                assert beats >= 1
            heard = beats
            await asyncio.sleep(1.5)
            assert beats == heard  # a service that is gone is not heard
    finally:
        await runner.cleanup()
    assert "应急点餐" in str(mail.inbox[0]["Subject"])
