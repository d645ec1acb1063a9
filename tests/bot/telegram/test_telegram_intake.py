"""Nothing that was typed is lost or counted twice, whatever the vendor, the network or the disk does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.channels.telegram.errors import SecondPoller, TokenDenied, WebhookInTheWay
from bot.channels.telegram.polling import next_offset
from core.channel_settings import TelegramSettings
from core.chat import RawUpdate
from core.errors import StoreFull
from core.mode import Mode
from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.second_poller import second_poller
from fallback_store import messages
from fallback_store.database import T, Tx, Unit
from tests.bot.telegram.telegram_scene import TelegramScene, telegram_scene

ORDERS = "SELECT number FROM orders ORDER BY number"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[TelegramScene]:
    async with telegram_scene(tmp_path, times_faster=10) as found:
        yield found


async def test_an_order_typed_in_a_group_is_placed_and_answered(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await scene.bind(group, "12")
    async with scene.running():
        said = await anna.types(group, "红烧肉饭一份 305")
        await scene.until_said(group, "已记下 #12-001")
    (receipt,) = group.from_bot
    assert receipt.reply_to is not None
    assert receipt.reply_to.id == said.id


async def test_what_was_typed_while_we_were_away_is_served_when_we_come_back(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await scene.bind(group, "12")
    for n in range(150):  # more than one answer of the vendor holds
        await anna.types(group, f"番茄炒蛋一份 {n % 3 + 3}05" if n in (3, 149) else f"有人打球吗 {n}")
    async with scene.running():
        await scene.until_rows(ORDERS, 2)
        await scene.until_rows("SELECT id FROM inbox", 150)
    assert await scene.values("SELECT count(*) FROM inbox WHERE state = 'silent'") == [148]


async def test_updates_that_come_again_change_nothing(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await scene.bind(group, "12")
    scene.double.world.updates.lose_confirmations(3)
    async with scene.running():
        await anna.types(group, "柠檬水一杯 305")
        await scene.until_rows(ORDERS, 1)
        await anna.types(group, "在吗")
        await scene.until_rows("SELECT id FROM inbox WHERE state <> 'waiting'", 2)
    async with scene.running():  # and once more after a restart
        await anna.types(group, "还在吗")
        await scene.until_rows("SELECT id FROM inbox WHERE state <> 'waiting'", 3)
    assert await scene.values(ORDERS) == [1]
    assert scene.double.ledger.polls > 4


POISON: list[dict[str, Any]] = [
    {"message": "not what it should be"},
    {"message": {"message_id": 5, "chat": {"id": -5, "type": "group"}, "text": 7, "from": {"id": 1}}},
    {"message": {"message_id": 6, "chat": {"id": -5, "type": "group"}, "from": {"id": 1}, "text": "\ud83d"}},
    {"message": {"message_id": 7, "chat": {"id": -5, "type": "group"}, "from": {"id": 2**70}, "text": "x"}},
    {"callback_query": {"id": "1", "from": {"id": 1}}},
    {"edited_message": None},
    {"my_chat_member": {"chat": {}}},
    {"nobody_knows_this": 1},
]


@pytest.mark.parametrize("poison", POISON, ids=[str(n) for n in range(len(POISON))])
async def test_poison_is_put_aside_and_reported_and_holds_up_nobody(
    scene: TelegramScene, poison: dict[str, Any]
) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await scene.bind(group, "12")
    _add_raw(scene.double, poison)
    await anna.types(group, "柠檬水一杯 305")
    async with scene.running():
        await scene.until_said(group, "已记下 #12-001")
        await scene.until_rows("SELECT id FROM inbox WHERE state = 'quarantined'", 1)
        await scene.until_said(scene.admin.private, "没能处理")
    assert not scene.double.world.updates.waiting()


def _add_raw(double: TelegramDouble, fields: dict[str, Any]) -> None:
    """As the vendor's JSON would carry it: half a character and a number beyond 64 bits included."""
    updates = double.world.updates
    number = updates.add_raw({})
    waiting = updates.waiting()
    waiting[-1] = replace(waiting[-1], raw=json.dumps({"update_id": number, **fields}).encode())


WALLS = ["饭" * 4096, "1" * 4096, "<b>" * 1365, "，" * 4096, "红烧肉饭一份和" * 585, "12-" * 1365, "送达 " * 1365]


@pytest.mark.parametrize("wall", WALLS, ids=[wall[:3] for wall in WALLS])
async def test_a_wall_of_4096_characters_orders_nothing_and_holds_up_nobody(scene: TelegramScene, wall: str) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await scene.bind(group, "12")
    async with scene.running():
        await anna.types(group, wall)
        await anna.types(group, "柠檬水一杯 305")
        await scene.until_said(group, "已记下 #12-001")
    assert await scene.values("SELECT item_id FROM order_lines") == ["lemon"]
    assert await scene.values("SELECT id FROM inbox WHERE state NOT IN ('handled', 'silent')") == []


async def test_the_admins_hear_of_poison_once(scene: TelegramScene) -> None:
    for _ in range(20):
        scene.double.world.updates.add_raw({"message": 1})
    async with scene.running():
        await scene.until_rows("SELECT id FROM inbox WHERE state = 'quarantined'", 20)
        await scene.until_said(scene.admin.private, "没能处理")
        await asyncio.sleep(0.2)
    assert len(scene.admin.private.from_bot) == 1


@pytest.mark.parametrize("fault", ["down", "error_500", "error_502", "not_json", "truncated", "hang", "lost_answer"])
async def test_the_vendors_troubles_end_nothing(scene: TelegramScene, fault: str) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await scene.bind(group, "12")
    await scene.double.inject(fault)  # from before our first call on
    async with scene.running():
        await anna.types(group, "柠檬水一杯 305")
        await asyncio.sleep(0.7)
        await scene.double.clear()
        await scene.until_said(group, "已记下 #12-001")
    assert await scene.values(ORDERS) == [1]


async def test_a_second_poller_is_explained_and_intake_goes_on_after_it(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await scene.bind(group, "12")
    async with scene.running():
        await anna.types(group, "柠檬水一杯 305")
        await scene.until_rows(ORDERS, 1)
        async with second_poller(scene.double.world.updates, steals=False):
            await scene.eventually(lambda: bool(scene.told))
        await anna.types(group, "番茄炒蛋一份 305")
        await scene.until_rows(ORDERS, 2)
    assert {type(problem) for problem in scene.told} == {SecondPoller}
    assert "One token, one process" in scene.told[0].hint


async def test_a_webhook_left_over_is_removed_and_what_waits_is_kept(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await scene.bind(group, "12")
    scene.double.webhook.set("http://127.0.0.1:9/old", "", 40)
    await anna.types(group, "柠檬水一杯 305")
    async with scene.running():
        await scene.until_rows(ORDERS, 1)
    assert scene.double.webhook.url == ""


async def test_a_webhook_that_somebody_sets_later_is_told_not_fought(scene: TelegramScene) -> None:
    async with scene.running():
        await scene.double.until(lambda: scene.double.ledger.polls > 0)
        scene.double.webhook.set("http://127.0.0.1:9/theirs", "", 40)
        scene.double.world.updates.end_poll(None)
        await scene.eventually(lambda: bool(scene.told))
    assert isinstance(scene.told[0], WebhookInTheWay)
    assert scene.double.webhook.url.endswith("/theirs")


async def test_a_token_that_is_not_accepted_is_told_and_tried_again(tmp_path: Path) -> None:
    wrong = "7000000001:AAH-another-token"

    def change(settings: TelegramSettings) -> TelegramSettings:
        return settings.model_copy(update={"token": wrong})

    async with telegram_scene(tmp_path, change=change) as scene, scene.running():
        await scene.eventually(lambda: len(scene.told) > 1)
    assert isinstance(scene.told[0], TokenDenied)


async def test_after_a_week_of_silence_numbers_begin_anew_and_nothing_is_missed(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await scene.bind(group, "12")
    updates, numbers = scene.double.world.updates, list[int]()
    async with scene.running():
        for week in range(5):  # the numbers are drawn: up and down
            await anna.types(group, f"柠檬水一杯 {week + 3}05")
            numbers.append(orjson.loads(updates.issued[-1])["update_id"])
            await scene.until_rows(ORDERS, week + 1)
            for _ in range(2):  # polls that bring nothing
                polls = scene.double.ledger.polls
                updates.end_poll(None)
                await scene.eventually(lambda seen=polls: scene.double.ledger.polls > seen)  # type: ignore[misc]
            updates._last_added_s -= 8 * 24 * 3600
    assert numbers != sorted(numbers)


async def test_a_full_disk_confirms_nothing(scene: TelegramScene) -> None:
    anna = scene.double.user("Anna")
    group = scene.double.group("12栋", members=[anna])
    await anna.types(group, "柠檬水一杯 305")
    tries = list[Sequence[RawUpdate]]()

    async def intake(updates: Sequence[RawUpdate], also: Unit[T]) -> T:
        tries.append(updates)
        if len(tries) < 3:
            raise StoreFull

        def unit(tx: Tx) -> T:
            outcome = also(tx)
            messages.receive(tx, updates, scene.clock.now())
            return outcome

        return await scene.store.write(unit)

    receiving = asyncio.create_task(scene.channel.run(intake))
    await scene.until_rows("SELECT id FROM inbox", 1)
    receiving.cancel()
    await asyncio.wait([receiving])
    assert len(tries) == 3
    assert tries[0] == tries[1] == tries[2]


async def test_messages_of_one_chat_are_served_in_order(scene: TelegramScene) -> None:
    people = [scene.double.user(f"P{n}") for n in range(3)]
    group = scene.double.group("12栋", members=people)
    await scene.bind(group, "12")
    async with scene.running():
        for n in range(12):
            await people[n % 3].types(group, f"柠檬水一杯 {n + 1}05")
        await scene.until_rows(ORDERS, 12)
    rooms = await scene.values("SELECT room FROM orders ORDER BY number")
    assert rooms == [f"{n + 1}05" for n in range(12)]


async def test_while_the_platform_works_group_talk_leaves_no_text(tmp_path: Path) -> None:
    async with telegram_scene(tmp_path, mode=Mode.NORMAL) as scene:
        anna = scene.double.user("Anna")
        group = scene.double.group("12栋", members=[anna])
        async with scene.running():
            await anna.types(group, "昨晚的作业谁写完了")
            await scene.until_rows("SELECT id FROM inbox WHERE state = 'silent'", 1)
        assert await scene.values("SELECT payload FROM inbox") == [None]


@pytest.mark.parametrize(
    ("updates", "offset"),
    [
        ([], None),
        ([{"update_id": 5}, {"update_id": 9}], 10),
        ([{"update_id": 5}, "poison", {}, {"update_id": "9"}], 6),
        (["poison"], None),
        ([{"update_id": True}], None),
    ],
)
def test_what_confirms_a_batch(updates: list[Any], offset: int | None) -> None:
    assert next_offset(updates) == offset
