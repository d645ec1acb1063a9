"""Pushed updates: only with the secret, answered only when they are durable, each counted once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from bot.channels.telegram.webhook import PATH, Webhook
from bot.pages.guard import LARGEST_PUSH, Guard
from core.channel_settings import TelegramSettings
from core.errors import StoreFull
from tests.bot.telegram.telegram_scene import TelegramScene, telegram_scene
from tests.web_server import serving

SECRET = "0123456789abcdef-secret"
_NAME = "X-Telegram-Bot-Api-Secret-Token"
HEADER = {_NAME: SECRET}
UPDATE = {
    "update_id": 9,
    "message": {
        "message_id": 3,
        "chat": {"id": -1, "type": "group"},
        "from": {"id": 5, "first_name": "A"},
        "text": "在吗",
    },
}


@asynccontextmanager
async def hooked(folder: Path) -> AsyncIterator[tuple[TelegramScene, str]]:
    """The scene in webhook mode with its address on our own server, behind the guard of all pages."""
    app = Starlette(middleware=[Middleware(Guard)])
    async with serving(app) as origin:
        url = f"{origin}{PATH}"

        def change(settings: TelegramSettings) -> TelegramSettings:
            return settings.model_copy(update={"mode": "webhook", "secret": SECRET, "webhook_url": url})

        async with telegram_scene(folder, change=change, times_faster=10) as scene:
            app.router.routes.extend(scene.channel.routes)
            yield scene, url


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[tuple[TelegramScene, str]]:
    async with hooked(tmp_path) as found:
        yield found


async def post(url: str, body: object, headers: dict[str, str]) -> int:
    data = body if isinstance(body, bytes) else None
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=data, json=None if data is not None else body, headers=headers) as answer,
    ):
        return answer.status


async def test_an_order_that_is_pushed_is_placed_and_answered(place: tuple[TelegramScene, str]) -> None:
    scene, url = place
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await scene.bind(group, "12")
    await anna.types(group, "番茄炒蛋一份 405")  # before anybody asked for pushes
    async with scene.running():
        await scene.until_said(group, "已记下 #12-001")
        await anna.types(group, "柠檬水一杯 305")
        await scene.until_said(group, "已记下 #12-002")
    assert scene.double.webhook.url == url
    assert not scene.double.world.updates.waiting()


async def test_the_answer_comes_after_the_update_is_durable(place: tuple[TelegramScene, str]) -> None:
    scene, url = place
    assert await post(url, UPDATE, HEADER) == 200
    assert await scene.values("SELECT key FROM inbox") == ["telegram:-1:3"]


async def test_a_push_that_comes_again_is_counted_once(place: tuple[TelegramScene, str]) -> None:
    scene, url = place
    assert {await post(url, UPDATE, HEADER) for _ in range(3)} == {200}
    assert {await post(url, UPDATE | {"update_id": 77}, HEADER)} == {200}
    assert await scene.values("SELECT count(*) FROM inbox") == [1]


@pytest.mark.parametrize("headers", [{}, {_NAME: ""}, {_NAME: SECRET[:-1]}])
async def test_without_the_secret_nothing_is_taken(place: tuple[TelegramScene, str], headers: dict[str, str]) -> None:
    scene, url = place
    assert await post(url, UPDATE, headers) == 403
    assert await scene.values("SELECT count(*) FROM inbox") == [0]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b"[]", b'{"update_id": 3}'])
async def test_nonsense_with_the_secret_is_put_aside_and_not_repeated(
    place: tuple[TelegramScene, str], body: bytes
) -> None:
    scene, url = place
    async with scene.running():
        assert await post(url, body, HEADER) == 200
        await scene.until_rows("SELECT id FROM inbox WHERE state = 'quarantined'", 1)


async def test_a_large_update_is_taken_and_an_endless_one_is_not(place: tuple[TelegramScene, str]) -> None:
    _, url = place
    large = UPDATE | {"more": "x" * 200_000}
    assert await post(url, large, HEADER) == 200
    assert await post(url, b"x" * (LARGEST_PUSH + 1), HEADER) == 413


async def test_pushes_that_gather_are_stored_in_the_vendors_order() -> None:
    stored = list[Sequence[Any]]()

    async def take(updates: Sequence[Any]) -> None:
        await asyncio.sleep(0.01)
        stored.append([update["update_id"] for update in updates])

    hook = Webhook(SECRET, take)
    async with asyncio.TaskGroup() as group:
        for number in (5, 9, 7, 8, 6):
            group.create_task(hook._store({"update_id": number}))
    assert stored == [[5, 6, 7, 8, 9]] or stored == [[5], [6, 7, 8, 9]]


async def test_a_full_disk_asks_the_vendor_to_come_again() -> None:
    async def take(updates: Sequence[Any]) -> None:
        raise StoreFull

    app = Starlette(routes=[Route(PATH, Webhook(SECRET, take).receive, methods=["POST"])])
    async with serving(app) as origin:
        assert await post(f"{origin}{PATH}", UPDATE, HEADER) == 503
