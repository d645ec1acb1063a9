"""What goes wrong between bot and vendor, on demand: each fault is seen by a real client as the real one would be."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
import telegram
from aiogram.exceptions import AiogramError, TelegramRetryAfter
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from drills.fault_board import UnknownFault
from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.refusals import forbidden
from tests.drills.telegram_double.clients import AnyBot, call, refused


async def test_an_answer_lost_after_the_deed_leaves_the_message_in_the_chat(
    double: TelegramDouble, bot: telegram.Bot
) -> None:
    group = double.group("3栋")
    await double.inject("lost_answer", method="sendMessage", times=1)
    with pytest.raises(NetworkError):
        await bot.send_message(group.id, "#12-047 已记下")
    assert [message.text for message in group.from_bot] == ["#12-047 已记下"]
    await bot.send_message(group.id, "下一条")
    assert len(group.from_bot) == 2


async def test_a_request_lost_on_the_way_did_nothing(double: TelegramDouble, bot: telegram.Bot) -> None:
    group = double.group("3栋")
    await double.inject("lost_request", method="sendMessage", times=1)
    with pytest.raises(NetworkError):
        await bot.send_message(group.id, "x")
    assert (group.from_bot, double.ledger.of("sendMessage")) == ([], [])


async def test_a_hanging_call_times_out(double: TelegramDouble, bot: telegram.Bot) -> None:
    group = double.group("3栋")
    await double.inject("hang", method="sendMessage")
    with pytest.raises(TimedOut):
        await bot.send_message(group.id, "x", read_timeout=0.2)
    await double.clear("hang")
    await bot.send_message(group.id, "x")
    assert len(group.from_bot) == 1


async def test_a_slow_call_is_done_after_the_client_gave_up(double: TelegramDouble, bot: telegram.Bot) -> None:
    group = double.group("3栋")
    await double.inject("slow", method="sendMessage", delay_s=0.3, times=1)
    with pytest.raises(TimedOut):
        await bot.send_message(group.id, "迟到的", read_timeout=0.1)
    await double.until(lambda: len(group.from_bot) == 1)


@pytest.mark.parametrize("is_framed", [True, False])
async def test_half_an_answer(double: TelegramDouble, bot: telegram.Bot, is_framed: bool) -> None:
    group = double.group("3栋")
    await double.inject("truncated", method="sendMessage", is_framed=is_framed, times=1)
    with pytest.raises(TelegramError):
        await bot.send_message(group.id, "x")
    assert len(group.from_bot) == 1


@pytest.mark.parametrize("fault", ["error_500", "error_502", "not_json"])
async def test_a_broken_gateway_did_nothing(double: TelegramDouble, either: AnyBot, fault: str) -> None:
    group = double.group("3栋")
    await double.inject(fault, method="sendMessage", times=1)
    with pytest.raises((TelegramError, AiogramError)):
        await either.send_message(chat_id=group.id, text="x")
    assert group.from_bot == []


async def test_everybody_is_told_to_wait(double: TelegramDouble, either: AnyBot) -> None:
    await double.inject("too_many_429", retry_after_s=9, times=1)
    with pytest.raises((RetryAfter, TelegramRetryAfter)) as told:
        await either.get_me()
    assert "9" in str(told.value)


async def test_a_closed_port_refuses_and_cuts_the_poll_that_waits(double: TelegramDouble, bot: telegram.Bot) -> None:
    async def be_cut() -> None:
        with pytest.raises(NetworkError):
            await bot.get_updates(timeout=10)

    async with asyncio.TaskGroup() as tasks:
        cut = tasks.create_task(be_cut())
        await asyncio.sleep(0.1)
        await double.inject("down")
        await cut
    with pytest.raises(NetworkError):
        await bot.get_me()
    await double.clear()
    assert (await bot.get_me()).username == "fallback_bot"


async def test_a_fault_that_ends_by_itself_lets_the_bot_in_again(double: TelegramDouble, bot: telegram.Bot) -> None:
    await double.inject("down", seconds=0.2)
    with pytest.raises(NetworkError):
        await bot.get_me()
    await asyncio.sleep(0.3)
    assert (await bot.get_me()).username == "fallback_bot"


async def test_faults_strike_one_method_and_spare_the_others(double: TelegramDouble, either: AnyBot) -> None:
    group = double.group("3栋")
    await double.inject("error_500", method="editMessageText")
    await either.send_message(chat_id=group.id, text="x")
    assert len(group.from_bot) == 1


async def test_an_unknown_fault_is_refused(double: TelegramDouble) -> None:
    with pytest.raises(UnknownFault, match="too_many_429"):
        await double.inject("earthquake")


async def test_a_scripted_refusal_takes_the_place_of_the_true_answer(double: TelegramDouble, either: AnyBot) -> None:
    first, second = double.group("1栋"), double.group("2栋")
    double.refuse(forbidden("bot was kicked from the supergroup chat"), chat_id=first.id)
    with refused(double, "Forbidden: bot was kicked from the supergroup chat"):
        await either.send_message(chat_id=first.id, text="x")
    await either.send_message(chat_id=second.id, text="x")
    await either.send_message(chat_id=first.id, text="x")
    assert len(first.from_bot) == 1


async def test_a_wrong_token_is_unauthorized(double: TelegramDouble) -> None:
    answer = await call(double, "getMe", token="7000000001:wrong")
    assert (answer["error_code"], answer["description"]) == (401, "Unauthorized")
    with pytest.raises(InvalidToken):
        await telegram.Bot("7000000001:wrong", base_url=f"{double.api_base}/bot").initialize()


@pytest.mark.parametrize("method", ["sendEverything", "getupdate", "send_message"])
async def test_a_method_nobody_knows_is_not_found(double: TelegramDouble, method: str) -> None:
    answer = await call(double, method)
    assert (answer["error_code"], answer["description"]) == (404, "Not Found: method not found")


async def test_method_names_may_be_spelled_large_or_small(double: TelegramDouble) -> None:
    assert (await call(double, "GETME"))["result"]["is_bot"] is True


async def test_any_other_path_is_not_found(double: TelegramDouble) -> None:
    for path in ("/", "/bot", f"/file/bot{double.token}/photos/none.jpg", "/file/botwrong/photos/file_0.jpg"):
        async with aiohttp.ClientSession() as session, session.get(double.api_base + path) as answer:
            assert (answer.status, (await answer.json())["ok"]) == (404, False)


@pytest.mark.parametrize("body", [b"{not json", b"[1]", b'"text"'])
async def test_a_body_that_is_no_object_is_a_bad_request(double: TelegramDouble, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    address = f"{double.api_base}/bot{double.token}/getMe"
    async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as answer:
        assert (answer.status, (await answer.json())["ok"]) == (400, False)


async def test_parameters_may_stand_in_the_address(double: TelegramDouble) -> None:
    group = double.group("3栋")
    address = f"{double.api_base}/bot{double.token}/sendMessage"
    wish = {"chat_id": str(group.id), "text": "你好 & 再见"}
    async with aiohttp.ClientSession() as session, session.get(address, params=wish) as answer:
        assert answer.status == 200
    assert [message.text for message in group.from_bot] == ["你好 & 再见"]
