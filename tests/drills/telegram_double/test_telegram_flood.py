"""The double's flood limits: counted to the call, told in seconds, and only for who broke them."""

from __future__ import annotations

import pytest
import telegram
from telegram.error import RetryAfter

from drills.hand_clock import HandClock
from drills.telegram_double.limits import FloodAccounting, Limits
from drills.telegram_double.refusals import too_many
from tests.drills.telegram_double.clients import call, running

FREE_CHAT = Limits(chat_burst=1000)  # so that only the limit under test is felt


def spent(flood: FloodAccounting, chat_id: int, at_s: float, method: str = "sendmessage") -> int:
    """Seconds to wait, 0 when it may go."""
    return flood.spend(method, chat_id, at_s)


def test_a_chat_takes_a_short_burst_then_one_a_second() -> None:
    flood = FloodAccounting(Limits(chat_burst=3))
    assert [spent(flood, 7, 10.0) for _ in range(4)] == [0, 0, 0, 1]
    assert [spent(flood, 7, 10.5), spent(flood, 7, 11.0), spent(flood, 7, 11.1), spent(flood, 7, 12.0)] == [1, 0, 1, 0]


def test_a_quiet_chat_saves_up_no_more_than_the_burst() -> None:
    flood = FloodAccounting(Limits(chat_burst=2))
    spent(flood, 7, 0.0)
    assert [spent(flood, 7, 1000.0) for _ in range(3)] == [0, 0, 1]


def test_a_group_takes_20_in_any_minute_and_says_when_the_next_may_come() -> None:
    flood = FloodAccounting(FREE_CHAT)
    for number in range(20):
        assert spent(flood, -7, float(number)) == 0
    assert spent(flood, -7, 20.0) == 40
    assert spent(flood, -7, 59.9) == 1
    assert spent(flood, -7, 60.0) == 0
    assert spent(flood, -7, 60.5) == 1


def test_a_private_chat_has_no_limit_by_the_minute() -> None:
    flood = FloodAccounting(FREE_CHAT)
    assert [spent(flood, 7, number / 10) for number in range(40)] == [0] * 40


def test_all_chats_together_take_30_in_any_second() -> None:
    flood = FloodAccounting(Limits())
    assert [spent(flood, chat_id, 5.0) for chat_id in range(1, 32)] == [0] * 30 + [1]
    assert spent(flood, 99, 5.9) == 1
    assert [spent(flood, chat_id, 6.0) for chat_id in range(100, 131)] == [0] * 30 + [1]


def test_what_is_refused_is_counted_and_costs_the_chat_nothing_more() -> None:
    flood = FloodAccounting(Limits(chat_burst=1))
    for at_s in (0.0, 0.1, 0.2):
        spent(flood, -7, at_s)
    assert (dict(flood.violations), dict(flood.violations_of)) == ({"chat": 2}, {-7: 2})
    assert spent(flood, -7, 1.0) == 0


@pytest.mark.parametrize(
    ("method", "limits", "is_counted"),
    [
        ("sendphoto", Limits(), True),
        ("editmessagetext", Limits(), True),
        ("editmessagetext", Limits(counts_edits=False), False),
        ("pinchatmessage", Limits(), False),
        ("pinchatmessage", Limits(counts_pins=True), True),
        ("setmessagereaction", Limits(), False),
        ("setmessagereaction", Limits(counts_reactions=True), True),
        ("answercallbackquery", Limits(counts_pins=True, counts_reactions=True), False),
        ("deletemessage", Limits(), False),
    ],
)
def test_what_counts_as_a_message(method: str, limits: Limits, is_counted: bool) -> None:
    flood = FloodAccounting(limits)
    assert any(spent(flood, 7, 1.0, method) for _ in range(10)) is is_counted


def test_edits_and_messages_share_a_groups_20() -> None:
    flood = FloodAccounting(FREE_CHAT)
    for number in range(20):
        assert spent(flood, -7, float(number), "editmessagetext" if number % 2 else "sendmessage") == 0
    assert spent(flood, -7, 20.0, "editmessagetext") == 40


async def test_who_floods_is_told_how_long_to_wait_and_nobody_else_is() -> None:
    clock = HandClock()
    async with running(clock=clock) as double:
        loud, quiet = double.group("1栋"), double.group("2栋")
        async with telegram.Bot(double.token, base_url=f"{double.api_base}/bot") as bot:
            for number in range(3):
                await bot.send_message(loud.id, str(number))
            with pytest.raises(RetryAfter) as told:
                await bot.send_message(loud.id, "太快了")
            assert told.value._retry_after.total_seconds() == 1
            await bot.send_message(quiet.id, "不受影响")
            await clock.advance(1)
            await bot.send_message(loud.id, "又可以了")
    assert [message.text for message in loud.from_bot] == ["0", "1", "2", "又可以了"]
    assert [entry.error for entry in double.ledger.refused(429)] == ["Too Many Requests: retry after 1"]


async def test_a_day_of_one_message_every_three_seconds_breaks_nothing() -> None:
    clock = HandClock()
    async with running(clock=clock) as double:
        group = double.group("1栋")
        for number in range(60):
            assert (await call(double, "sendMessage", chat_id=group.id, text=str(number)))["ok"]
            await clock.advance(3)
    assert not double.flood.violations


async def test_a_429_on_demand_strikes_that_chat_only_and_so_often() -> None:
    async with running() as double:
        first, second = double.group("1栋"), double.group("2栋")
        double.refuse(too_many(7), method="sendMessage", chat_id=first.id, times=2)
        answers = [await call(double, "sendMessage", chat_id=room.id, text="x") for room in (first, second, first)]
        assert [answer.get("parameters") for answer in answers] == [{"retry_after": 7}, None, {"retry_after": 7}]
        assert (await call(double, "sendMessage", chat_id=first.id, text="x"))["ok"]
    assert not double.flood.violations
