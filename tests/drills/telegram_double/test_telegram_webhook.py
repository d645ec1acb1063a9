"""The double pushes: with the secret, in order, again until it is taken, and never beside a poll."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
import telegram
from aiohttp import web

from drills.hand_clock import HandClock
from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.updates import KINDS
from drills.telegram_double.webhook import SECRET_HEADER
from tests.drills.telegram_double.clients import AnyBot, call, poll, refused, running


class Ear:
    """A server of the bot's own, as obedient as it is told to be."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        #: answers for the next pushes; 200 afterwards
        self.statuses: list[int] = []
        self.url = ""
        self.news = asyncio.Event()

    async def hear(self, request: web.Request) -> web.Response:
        """One push."""
        self.secrets.append(request.headers.get(SECRET_HEADER))
        self.heard.append(orjson.loads(await request.read()))
        self.news.set()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def until(self, count: int) -> None:
        """Returns when so many pushes came."""
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def listening() -> AsyncIterator[Ear]:
    """An ear on a port of the system's choice."""
    ear, app = Ear(), web.Application()
    app.router.add_post("/hook", ear.hear)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    ear.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield ear
    finally:
        await runner.cleanup()


async def test_updates_are_pushed_with_the_secret_and_in_order(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    await anna.types(group, "早就在等")
    async with listening() as ear:
        await either.set_webhook(url=ear.url, secret_token="s3cret_", allowed_updates=["message"])
        for number in range(20):
            await anna.types(group, str(number))
        await ear.until(21)
        await double.until(lambda: not double.world.updates.waiting())
    assert [update["message"]["text"] for update in ear.heard] == ["早就在等", *map(str, range(20))]
    assert set(ear.secrets) == {"s3cret_"}


async def test_what_is_not_taken_comes_again_with_the_same_number() -> None:
    clock = HandClock()
    async with running(clock=clock) as double, listening() as ear:
        anna = double.user("Anna")
        group = double.group("3栋", members=[anna])
        ear.statuses = [503, 500]
        await call(double, "setWebhook", url=ear.url)
        await anna.types(group, "两份")
        for count, pause_s in ((1, 1), (2, 2)):
            await ear.until(count)
            await _asleep(clock)
            info = (await call(double, "getWebhookInfo"))["result"]
            assert info["last_error_message"].startswith("Wrong response from the webhook: 50")
            assert info["pending_update_count"] == 1
            await clock.advance(pause_s)
        await ear.until(3)
    assert len({update["update_id"] for update in ear.heard}) == 1


async def _asleep(clock: HandClock) -> None:
    """Returns when the double waits for time to pass."""
    async with asyncio.timeout(5):
        while not clock.sleepers:  # noqa: ASYNC110 (a clock tells nobody who sleeps)
            await asyncio.sleep(0.01)


async def test_a_chat_that_is_not_taken_holds_no_other_up() -> None:
    clock = HandClock()
    async with running(clock=clock) as double, listening() as ear:
        anna = double.user("Anna")
        first, second = double.group("1栋", members=[anna]), double.group("2栋", members=[anna])
        ear.statuses = [500]
        await call(double, "setWebhook", url=ear.url)
        await anna.types(first, "一")
        await ear.until(1)
        await anna.types(first, "一之后")
        await anna.types(second, "二")
        await ear.until(2)
        await _asleep(clock)
        assert [update["message"]["text"] for update in ear.heard] == ["一", "二"]
        await clock.advance(1)
        await ear.until(4)
    assert [update["message"]["text"] for update in ear.heard[2:]] == ["一", "一之后"]


async def test_a_lost_answer_brings_the_same_push_again(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    double.world.updates.lose_confirmations(1)
    async with listening() as ear:
        await call(double, "setWebhook", url=ear.url)
        await anna.types(group, "两份")
        await ear.until(2)
    assert ear.heard[0] == ear.heard[1]


async def test_nobody_there_is_reported_and_tried_again() -> None:
    clock = HandClock()
    async with listening() as ear:
        url = ear.url
    async with running(clock=clock) as double:
        anna = double.user("Anna")
        await call(double, "setWebhook", url=url)
        await anna.starts()
        await _asleep(clock)
        info = (await call(double, "getWebhookInfo"))["result"]
        assert (info["last_error_message"], info["pending_update_count"]) == ("Connection refused", 1)


async def test_with_a_webhook_nobody_may_poll(double: TelegramDouble, either: AnyBot) -> None:
    async with listening() as ear:
        await either.set_webhook(url=ear.url)
        answer = await call(double, "getUpdates")
        assert (answer["error_code"], answer["description"]) == (
            409,
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook "
            "first",
        )
        await either.delete_webhook()
        assert await poll(double) == []


async def test_setting_a_webhook_ends_the_poll_that_waits(double: TelegramDouble) -> None:
    async with listening() as ear, asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(call(double, "getUpdates", timeout=10))
        await asyncio.sleep(0.1)
        await call(double, "setWebhook", url=ear.url)
        assert (await waiting)["description"] == "Conflict: terminated by setWebhook request"


async def test_deleting_it_keeps_what_waits_unless_told_to_drop_it(double: TelegramDouble, bot: telegram.Bot) -> None:
    anna = double.user("Anna")
    await anna.starts()
    await bot.delete_webhook()
    assert len(await poll(double)) == 1
    await bot.delete_webhook(drop_pending_updates=True)
    assert await poll(double) == []


async def test_what_is_set_can_be_read(double: TelegramDouble, either: AnyBot) -> None:
    assert (await either.get_webhook_info()).url == ""
    async with listening() as ear:
        await either.set_webhook(url=ear.url, max_connections=3, allowed_updates=["message", "callback_query"])
        info = await either.get_webhook_info()
    assert (info.url, info.max_connections) == (ear.url, 3)
    assert sorted(info.allowed_updates) == ["callback_query", "message"]
    assert set(info.allowed_updates) < KINDS


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://example.com/hook", "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
        (
            "https://example.com:8080/hook",
            "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ("ftp://example.com", "Bad Request: bad webhook: invalid webhook URL specified"),
    ],
)
async def test_addresses_the_vendors_own_servers_do_not_take(url: str, sentence: str) -> None:
    async with running(is_local=False) as double:
        assert (await call(double, "setWebhook", url=url))["description"] == sentence


async def test_a_secret_has_plain_characters(double: TelegramDouble, either: AnyBot) -> None:
    with refused(double, "Bad Request: secret token contains unallowed characters"):
        await either.set_webhook(url="http://127.0.0.1:9/hook", secret_token="密码")
