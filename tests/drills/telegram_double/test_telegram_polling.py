"""Long polling at the double: offsets confirm, kinds are asked for, one poller at a time, nothing kept for ever."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
import telegram
from telegram.error import Conflict
from telegram.request import HTTPXRequest

from drills.hand_clock import HandClock
from drills.telegram_double.double import TelegramDouble
from tests.drills.telegram_double.clients import AnyBot, call, kinds, poll, running


async def test_updates_come_again_until_a_higher_offset_confirms_them(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    for number in range(5):
        await anna.types(group, f"第{number}句")
    first = await either.get_updates(limit=3)
    again = await either.get_updates(limit=3)
    assert [u.update_id for u in first] == [u.update_id for u in again]
    rest = await either.get_updates(offset=first[-1].update_id + 1)
    assert [u.message.text for u in [*first, *rest]] == [f"第{number}句" for number in range(5)]
    assert await either.get_updates(offset=rest[-1].update_id + 1) == ([] if isinstance(rest, list) else ())


async def test_at_most_100_come_at_once(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    for number in range(120):
        await anna.types(group, str(number))
    found = await poll(double, limit=1000)
    assert len(found) == 100
    assert len(await poll(double, found[-1]["update_id"] + 1)) == 20


async def test_a_negative_offset_forgets_all_but_the_last(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    for number in range(5):
        await anna.types(group, str(number))
    assert [update["message"]["text"] for update in await poll(double, -2)] == ["3", "4"]
    assert len(await poll(double)) == 2


async def test_a_poll_waits_for_the_first_update(double: TelegramDouble, either: AnyBot) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(either.get_updates(timeout=10))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await anna.types(group, "两份")
    assert [update.message.text for update in waiting.result()] == ["两份"]


async def test_a_poll_ends_empty_when_its_time_is_up(double: TelegramDouble, either: AnyBot) -> None:
    began_s = time.monotonic()
    assert len(await either.get_updates(timeout=1)) == 0
    assert time.monotonic() - began_s >= 1


async def test_the_earlier_of_two_polls_is_told_that_there_is_another(
    double: TelegramDouble, bot: telegram.Bot
) -> None:
    async def be_ended() -> None:
        with pytest.raises(Conflict, match="terminated by other getUpdates request; make sure that only one bot"):
            await bot.get_updates(timeout=10)

    async with asyncio.TaskGroup() as tasks:
        ended = tasks.create_task(be_ended())
        await asyncio.sleep(0.1)
        async with double.second_poller():
            await ended
    assert double.world.updates.conflicts == 1


async def test_a_thief_confirms_what_the_bot_then_never_sees(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    async with double.second_poller(steals=True):
        await anna.types(group, "两份")
        await asyncio.sleep(0.3)  # it asks again, and that confirms
        assert not double.world.updates.waiting()


async def test_what_is_not_named_does_not_come_by_default(double: TelegramDouble) -> None:
    anna, ben = double.user("Anna"), double.user("Ben")
    group = double.group("3栋", members=[anna])
    said = await anna.types(group, "两份")
    await anna.reacts(said, "👍")
    await ben.joins(group)
    assert kinds(await poll(double)) == ["message", "message"]  # what was typed, and that somebody joined


async def test_named_kinds_come_and_others_do_not(double: TelegramDouble) -> None:
    anna, ben = double.user("Anna"), double.user("Ben")
    group = double.group("3栋", members=[anna])
    await poll(double, allowed_updates=["chat_member", "message_reaction"])
    said = await anna.types(group, "两份")
    await anna.reacts(said, "👍")
    await ben.joins(group)
    assert kinds(await poll(double)) == ["message_reaction", "chat_member"]
    await poll(double, allowed_updates=[])
    await anna.reacts(said)
    assert len(await poll(double)) == 2


async def test_a_wish_does_not_change_what_waits_already(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    await anna.types(group, "两份")
    assert kinds(await poll(double, allowed_updates=["callback_query"])) == ["message"]


async def test_updates_are_kept_for_24_hours() -> None:
    clock = HandClock()
    async with running(clock=clock) as double:
        anna = double.user("Anna")
        group = double.group("3栋", members=[anna])
        await anna.types(group, "早")
        await clock.advance(12 * 3600)
        await anna.types(group, "晚")
        await clock.advance(12 * 3600)
        assert [update["message"]["text"] for update in await poll(double)] == ["晚"]


async def test_numbers_go_on_and_after_a_week_without_news_they_begin_anywhere() -> None:
    clock = HandClock()
    async with running(clock=clock) as double:
        anna = double.user("Anna")
        group = double.group("3栋", members=[anna])
        numbers = []
        for pause_s in (0, 6 * 86400, 8 * 86400, 0):
            await clock.advance(pause_s)
            await anna.types(group, "x")
            numbers.append((await poll(double))[-1]["update_id"])
        assert numbers[1] == numbers[0] + 1
        assert numbers[2] not in range(numbers[1], numbers[1] + 1000)
        assert numbers[3] == numbers[2] + 1


async def test_a_lost_confirmation_brings_the_same_updates_again(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    await anna.types(group, "两份")
    first = await poll(double)
    double.world.updates.lose_confirmations(1)
    assert await poll(double, first[-1]["update_id"] + 1) == first
    assert await poll(double, first[-1]["update_id"] + 1) == []


async def test_poison_is_delivered_as_it_is_between_good_updates(double: TelegramDouble) -> None:
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    await anna.types(group, "一")
    number = double.world.updates.add_raw({"message": {"message_id": "not a number", "chat": None}})
    await anna.types(group, "二")
    found = await poll(double)
    assert [update["update_id"] for update in found] == [number - 1, number, number + 1]
    assert found[1]["message"] == {"message_id": "not a number", "chat": None}


async def test_the_vendors_own_library_chokes_on_the_poison(double: TelegramDouble, bot: telegram.Bot) -> None:
    double.world.updates.add_raw({"message": {"message_id": 7, "date": "yesterday", "chat": {"id": 1}}})
    with pytest.raises((TypeError, ValueError, KeyError)):
        await bot.get_updates()


async def test_polls_are_counted_apart_from_the_other_calls(double: TelegramDouble) -> None:
    await poll(double)
    await call(double, "getMe")
    assert (double.ledger.polls, [entry.method for entry in double.ledger.calls]) == (1, ["getMe"])


async def test_on_a_hand_moved_clock_a_poll_ends_when_time_is_moved_and_not_before() -> None:
    clock = HandClock()
    async with running(clock=clock) as double, asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(double.world.updates.poll(0, 100, 25))
        await clock.advance(24)
        assert not waiting.done()
        await clock.advance(1)
        assert await waiting == []


async def test_a_client_may_be_put_right_before_the_double_without_a_socket(double: TelegramDouble) -> None:
    inside = HTTPXRequest(httpx_kwargs={"transport": httpx.ASGITransport(app=double.app)})
    anna = double.user("Anna")
    group = double.group("3栋", members=[anna])
    async with telegram.Bot(
        double.token, base_url="http://double/bot", request=inside, get_updates_request=inside
    ) as client:
        await anna.types(group, "两份")
        (update,) = await client.get_updates()
        assert update.effective_message is not None
        await client.send_message(group.id, "已记下", reply_to_message_id=update.effective_message.message_id)
    assert [message.text for message in group.from_bot] == ["已记下"]
