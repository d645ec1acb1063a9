"""A captain hands the evening over by a code, an admin appoints one, and both take it back."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.desks.captains import GOOD_FOR_MIN, CaptainsDesk
from bot.desks.order import OrderDesk
from bot.desks.relay import RelayDesk
from bot.loan_ends import LoanEnds
from core.chat import Role
from core.ids import ChatId, PersonId
from fallback_store import captain_loans, people
from fallback_store.captain_loans import MOST_WRONG
from fallback_store.code_tries import COUNT_FOR
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import GROUP_12

DESKS = (CaptainsDesk(ZoneInfo("Asia/Shanghai")), RelayDesk(SETTINGS), OrderDesk(SETTINGS))
LIST = "#接龙\n1. 张三 红烧肉饭一份 305\n2. 李四 柠檬水一杯 306"


def code_in(words: str) -> str:
    found = re.search(r"\b\d{6}\b", words)
    assert found, words
    return found[0]


async def captains(day: Shift) -> set[str]:
    found = await day.store.write(lambda tx: people.people_with(tx, Role.CAPTAIN))
    return {person.partition(":")[2] for person in found}


async def test_an_evening_is_handed_over_and_ends_by_itself(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        assert "楼长" in await day.says("anna", LIST)
        offered = await day.says("wang", "交班")
        assert "12栋" in offered
        assert "04:00" in offered
        taken = await day.says("anna", f"接班 {code_in(offered)}")
        assert "12栋" in taken
        assert "anna 已接 12栋 的班。" in (await day.hears(ChatId("web:@wang")))[-1]
        assert await captains(day) == {"wang", "anna"}
        assert "#12-001" in await day.says("anna", LIST)
        ends = LoanEnds(day.store, day.clock)
        assert await ends.look() == []
        await day.clock.advance(20 * 3600)
        assert await ends.look() == [PersonId("web:anna")]
        assert await captains(day) == {"wang"}


async def test_a_code_in_full_width_digits_is_the_same_code_and_one_in_another_script_is_none(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        code = code_in(await day.says("wang", "交班"))
        assert "口令不对" in await day.says("anna", "接班 ٣٤٥٦٧٨")
        wide = "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in code)
        assert "12栋" in await day.says("anna", f"接班：{wide}")
        assert await captains(day) == {"wang", "anna"}


async def test_a_code_is_taken_once_and_only_in_time(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        code = code_in(await day.says("wang", "交班 12栋"))
        await day.says("anna", f"接班{code}")
        assert "12栋" in await day.says("anna", f"接班 {code}")
        assert "口令不对" in await day.says("bo", f"接班 {code}")
        assert "口令不对" in await day.says("bo", "接班 000000")
        late = code_in(await day.says("wang", "交班"))
        await day.clock.advance(timedelta(minutes=GOOD_FOR_MIN + 1).total_seconds())
        assert "口令不对" in await day.says("bo", f"接班 {late}")
        assert await captains(day) == {"wang", "anna"}


async def test_who_guesses_waits_and_the_code_is_still_good_for_whom_it_was_meant(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        code = code_in(await day.says("wang", "交班"))
        wrong = [f"{number:06d}" for number in range(6) if f"{number:06d}" != code]
        said = [await day.says("bo", f"接班 {guess}") for guess in wrong[:5]]
        assert all("口令不对" in words for words in said[:4])
        assert "已经错了 5 次，12:10 之后才能再试" in said[4]
        assert "12:10 之后" in await day.says("bo", f"接班 {code}")
        assert await captains(day) == {"wang"}
        assert "12栋" in await day.says("anna", f"接班 {code}")
        await day.clock.advance(COUNT_FOR.total_seconds())
        later = code_in(await day.says("wang", "交班"))
        assert "12栋" in await day.says("bo", f"接班 {later}")


async def test_so_many_wrong_codes_in_ten_minutes_and_no_more(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        said = list[str]()
        for _ in range(15):  # one a minute, from 12:00
            said.append(await day.says("bo", "接班 123456"))
            await day.clock.advance(60)
        assert ["口令不对" in words for words in said] == [True] * 4 + [False] * 11
        assert ["12:10 之后" in words for words in said] == [False] * 4 + [True] * 6 + [False] * 5
        # From then on each minute sets one free, and one is brought.
        assert [words.partition(" 之后")[0][-5:] for words in said[10:]] == [
            "12:11",
            "12:12",
            "12:13",
            "12:14",
            "12:20",
        ]
        assert await day.one("SELECT count(*) FROM code_tries") == 10


async def test_a_code_that_many_guess_at_is_void(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        code = code_in(await day.says("wang", "交班"))
        other = "000000" if code != "000000" else "000001"
        for number in range(MOST_WRONG):
            await day.says(f"guest-{number // 4}", f"接班 {other}")
        assert "口令不对" in await day.says("anna", f"接班 {code}")
        fresh = code_in(await day.says("wang", "交班"))
        assert "12栋" in await day.says("anna", f"接班 {fresh}")


async def test_help_tells_captains_what_only_they_can_do(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        assert "把群里的接龙或聊天记录整段贴给我" in await day.says("wang", "帮助")
        assert "楼长" not in await day.says("anna", "帮助")


async def test_what_was_lent_can_be_taken_back_and_own_roles_stay(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        for name in ("anna", "wang"):
            code = code_in(await day.says("wang", "交班"))
            await day.says(name, f"接班 {code}")
        assert "2" in await day.says("wang", "收回")
        assert await captains(day) == {"wang"}


async def test_what_was_lent_on_ends_with_the_first_loan(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        await day.says("anna", f"接班 {code_in(await day.says('wang', '交班'))}")
        await day.says("bo", f"接班 {code_in(await day.says('anna', '交班'))}")
        assert await captains(day) == {"wang", "anna", "bo"}
        assert "2" in await day.says("wang", "收回")
        assert await captains(day) == {"wang"}


async def test_two_loans_for_one_person_end_one_by_one(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        await day.says("anna", f"接班 {code_in(await day.says('wang', '交班'))}")
        await day.says("anna", f"接班 {code_in(await day.says('root', '/captain 12栋'))}")
        await day.says("wang", "收回")
        assert await captains(day) == {"wang", "anna"}
        await day.says("root", "收回")
        assert await captains(day) == {"wang"}


async def test_an_admin_appoints_for_good(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        code = code_in(await day.says("root", "/captain 7栋"))
        assert "7栋" in await day.says("anna", f"接班 {code}")
        await day.clock.advance(40 * 3600)
        await day.store.write(lambda tx: captain_loans.end_due(tx, day.clock.now()))
        assert await captains(day) == {"wang", "anna"}


async def test_who_may_not_and_where_not(tmp_path: Path) -> None:
    async with shift(tmp_path, DESKS) as day:
        assert "口令" not in await day.says("anna", "交班")
        assert "口令" not in await day.says("anna", "/captain 12栋")
        assert "口令：" not in await day.says("wang", "交班 7栋")
        assert "私聊" in await day.says("wang", "@bot 交班", group=GROUP_12)
        assert await captains(day) == {"wang"}
