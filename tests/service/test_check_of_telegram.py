"""`check` says of Telegram what is missing and how to put it right, and a start tells the people concerned."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.telegram.errors import ClockWrong
from bot.channels.telegram.identity import chat_id_of
from core.channel_settings import ChannelSettings, TelegramSettings
from core.ids import BuildingId
from core.settings import Settings, StoreSettings, WebSettings
from drills.hand_clock import HandClock
from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.room import Room
from fallback_store import people
from service.checking_telegram import check_telegram
from service.finding import Finding
from tests.bot.telegram.telegram_scene import TelegramScene, telegram_scene
from tests.small_campus import small_campus
from tests.telegram_judge import complaints


@pytest.fixture
async def double() -> AsyncIterator[TelegramDouble]:
    async with TelegramDouble() as running:
        yield running
    assert complaints(running) == [], "what the check asks must please an independent judge"


def settings(double: TelegramDouble, folder: Path, **facts: str) -> Settings:
    telegram = TelegramSettings(token=double.token, api_base=double.api_base).model_copy(update=facts)
    return Settings(
        store=StoreSettings(path=folder / "store.sqlite3"),
        web=WebSettings(public_url="https://orders.example"),
        channels=ChannelSettings(telegram=telegram),
    )


async def found(double: TelegramDouble, folder: Path, **facts: str) -> dict[str, Finding]:
    return {finding.what: finding for finding in await check_telegram(settings(double, folder, **facts))}


async def bound(folder: Path, *rooms: Room) -> None:
    """A store in which these groups are groups of buildings; nobody holds it any more."""
    async with small_campus(folder) as store:
        for room in rooms:
            chat_id, title = chat_id_of(room.id), room.chat.title
            await store.write(
                lambda tx, chat_id=chat_id, title=title: people.bind_chat(  # type: ignore[misc]
                    tx, chat_id, BuildingId("12"), title=title, language="zh"
                )
            )


async def test_without_a_token_nothing_is_asked(tmp_path: Path) -> None:
    assert await check_telegram(Settings(store=StoreSettings(path=tmp_path / "none"))) == []


async def test_everything_in_order(double: TelegramDouble, tmp_path: Path) -> None:
    await bound(tmp_path, double.group("12栋"))
    findings = await found(double, tmp_path)
    assert [finding.what for finding in findings.values() if not finding.is_ok] == []
    assert findings["telegram token"].found == "@fallback_bot"
    assert "hears people" in findings["telegram group 12栋"].found


async def test_a_group_of_a_store_that_the_running_service_holds_is_looked_at_too(
    double: TelegramDouble, tmp_path: Path
) -> None:
    group = double.group("12栋")
    async with small_campus(tmp_path) as store:
        await store.write(
            lambda tx: people.bind_chat(tx, chat_id_of(group.id), BuildingId("12"), title="12栋", language="zh")
        )
        assert (await found(double, tmp_path))["telegram group 12栋"].is_ok


async def test_each_group_says_what_it_lacks(double: TelegramDouble, tmp_path: Path) -> None:
    owner = double.user("Owner")
    deaf, away = double.group("聋", bot="member"), double.group("离", bot="left")
    unpinned = double.group("钉", members=[owner])
    await unpinned.promotes_bot(owner, rights=["can_delete_messages"])
    await bound(tmp_path, deaf, away, unpinned)
    findings = await found(double, tmp_path)
    assert [findings[f"telegram group {name}"].is_ok for name in ("聋", "离", "钉")] == [False] * 3
    assert "privacy mode" in findings["telegram group 聋"].hint
    assert "Add the bot" in findings["telegram group 离"].hint
    assert "right to pin" in findings["telegram group 钉"].hint


async def test_no_group_at_all_is_a_finding(double: TelegramDouble, tmp_path: Path) -> None:
    assert "/bind" in (await found(double, tmp_path))["telegram groups"].hint


async def test_a_wrong_token_is_the_one_finding(double: TelegramDouble, tmp_path: Path) -> None:
    findings = await found(double, tmp_path, token="1:wrong")
    assert not findings["telegram token"].is_ok
    assert "@BotFather" in findings["telegram token"].hint


async def test_a_vendor_that_is_away_is_said_not_raised(tmp_path: Path) -> None:
    async with TelegramDouble() as double:
        nowhere = settings(double, tmp_path)
    findings = {finding.what: finding for finding in await check_telegram(nowhere)}
    assert not findings["telegram token"].is_ok
    assert not findings["telegram clock"].is_ok


async def test_a_webhook_left_over_is_named(double: TelegramDouble, tmp_path: Path) -> None:
    double.webhook.set("http://127.0.0.1:9/old", "", 40)
    finding = (await found(double, tmp_path))["telegram polling"]
    assert (finding.is_ok, "127.0.0.1:9/old" in finding.found) == (False, True)


@pytest.mark.parametrize(
    ("address", "is_ok"),
    [("", False), ("https://orders.example/channels/telegram", True), ("https://elsewhere.example/x", False)],
)
async def test_a_webhook_that_is_not_ours_is_named(
    double: TelegramDouble, tmp_path: Path, address: str, is_ok: bool
) -> None:
    double.webhook.url = address
    findings = await found(double, tmp_path, mode="webhook", secret="0123456789abcdef")
    assert findings["telegram webhook"].is_ok is is_ok


async def test_a_webhook_needs_https(double: TelegramDouble, tmp_path: Path) -> None:
    findings = await found(double, tmp_path, mode="webhook", secret="x" * 16, webhook_url="http://orders.example/x")
    assert "https" in findings["telegram webhook"].hint


# At a start ------------------------------------------------------------------------------------


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[TelegramScene]:
    async with telegram_scene(tmp_path) as running:
        yield running


async def test_a_start_tells_deaf_groups_and_the_admins_once_a_day(scene: TelegramScene) -> None:
    deaf, away = scene.double.group("聋", bot="member"), scene.double.group("离", bot="left")
    await scene.bind(deaf, "12", title="聋")
    await scene.bind(away, "7", title="离")
    for _ in range(2):
        async with scene.running():
            await scene.until_said(deaf, "听不到")
            await scene.until_said(scene.admin.private, "聋")
            await scene.until_said(scene.admin.private, "我不在这些群里：离")
            await asyncio.sleep(0.3)
    assert len(deaf.from_bot) == 1
    assert len(scene.admin.private.from_bot) == 2
    assert await scene.values(f"SELECT unreachable <> '' FROM chats WHERE id = '{chat_id_of(away.id)}'") == [1]


async def test_a_clock_that_is_off_is_told(tmp_path: Path) -> None:
    async with telegram_scene(tmp_path) as scene:
        scene.channel._clock = HandClock()
        checking = asyncio.create_task(scene.channel._check_itself())
        await scene.eventually(lambda: bool(scene.told))
        checking.cancel()
    assert isinstance(scene.told[0], ClockWrong)
