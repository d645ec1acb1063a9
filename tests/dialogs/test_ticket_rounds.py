"""New tickets reach the kitchens that work by chat, a batch at a time; a press accepts what it was shown under."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ticket_rounds import TicketRounds
from core.chat import Role
from core.ids import PersonId
from core.mode import Mode
from fallback_store import people
from fallback_store.people import RoleGrant
from tests.dialogs.phones import ANNA, BO, CHEF, GROUP, Phones, Said, phones


@pytest.fixture
async def lunch(tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones(tmp_path) as running:
        await running.types(CHEF, "接单")  # a cook who never opened the chat cannot be told anything
        yield running


async def told(lunch: Phones) -> list[str]:
    """What the kitchen was told by itself."""
    rows = await lunch.store.read_all("SELECT text FROM outgoing WHERE key LIKE 'tickets>%' ORDER BY key")
    return [row[0] for row in rows]


async def orders(lunch: Phones, *wishes: str) -> None:
    """Somebody orders each of these; time passes."""
    for wish in wishes:
        await lunch.clock.advance(1)
        await lunch.types(ANNA, f"{wish} 305", GROUP)


async def test_a_batch_is_one_message_and_the_next_one_holds_only_what_is_new(lunch: Phones) -> None:
    rounds = TicketRounds(lunch.store, lunch.clock)
    assert await rounds.look() == 0
    await orders(lunch, "红烧肉一份", "番茄炒蛋一份", "柠檬水一杯")
    assert await rounds.look() == 1
    assert await rounds.look() == 0
    await orders(lunch, "红烧排骨一份")
    assert await rounds.look() == 1
    assert await told(lunch) == [
        "新单：\n老王快餐：2 单待接\n#12-001 红烧肉饭×1\n#12-002 番茄炒蛋×1",
        "新单：\n老王快餐：3 单待接\n#12-004 红烧排骨×1\n…还有 2 单，接完这些再发送「接单」。",
    ]


async def test_what_could_not_be_written_is_told_with_the_next_look(lunch: Phones) -> None:
    rounds = TicketRounds(lunch.store, lunch.clock)
    await orders(lunch, "红烧肉一份")
    jammed = "CREATE TRIGGER jammed BEFORE INSERT ON outgoing BEGIN SELECT RAISE(ABORT, 'jammed'); END"
    await lunch.store.write(lambda tx: tx.execute(jammed))
    with pytest.raises(sqlite3.IntegrityError):
        await rounds.look()
    await lunch.store.write(lambda tx: tx.execute("DROP TRIGGER jammed"))
    assert await rounds.look() == 1


async def test_after_a_restart_nothing_is_told_twice(lunch: Phones) -> None:
    await orders(lunch, "红烧肉一份")
    assert await TicketRounds(lunch.store, lunch.clock).look() == 1
    assert await TicketRounds(lunch.store, lunch.clock).look() == 0


async def test_a_kitchen_nobody_ordered_from_is_left_in_peace(lunch: Phones) -> None:
    await orders(lunch, "柠檬水一杯")
    assert await TicketRounds(lunch.store, lunch.clock).look() == 0
    await lunch.mode(Mode.HANDING_BACK)
    assert await TicketRounds(lunch.store, lunch.clock).look() == 0


async def test_tickets_are_accepted_in_place(lunch: Phones) -> None:
    await orders(lunch, "红烧肉一份", "番茄炒蛋一份")
    shown, _ = await lunch.types(CHEF, "接单")
    assert list(shown.buttons) == ["上面这些全部接单", "接 #12-001", "接 #12-002", "红烧肉饭 停售", "番茄炒蛋 停售"]
    one = await lunch.presses(CHEF, shown, "接 #12-001")
    assert (one.toast, one.edits) == ("已接单：#12-001", str(lunch.shown))
    assert "老王快餐：1 单待接" in one.text
    stopped = await lunch.presses(CHEF, one, "番茄炒蛋 停售")
    assert (stopped.toast or "").startswith("已停售：番茄炒蛋")
    await orders(lunch, "红烧排骨一份")
    every = await lunch.presses(CHEF, shown, "上面这些全部接单")
    assert every.toast == "已接单：#12-002"
    assert "#12-003 红烧排骨×1" in every.text


@pytest.mark.parametrize(
    "data", ["merchant:accept:3.12.1", "merchant:accept-all:9999999999999:m1", "merchant:stop::pork"]
)
async def test_a_student_who_makes_up_a_cooks_button_is_told_no(lunch: Phones, data: str) -> None:
    await orders(lunch, "红烧肉一份")
    assert await lunch.sends_data(BO, data) == Said(toast="这里是商家用的，你现在不是商家。")
    assert await lunch.orders() == {"#12-001": ("placed", 1600)}


@pytest.mark.parametrize(
    "data",
    [
        "merchant:accept:3.12.2", "merchant:accept:9.9.9",
        "merchant:accept-all:9999999999999:m2", "merchant:stop::lemon",
        "merchant:accept-all:99999999999999999999:m1", "merchant:accept-all:",
        "merchant:supply:99999999999999999999:pork", "merchant:",
        "merchant:refuse:3.12.1", "merchant:stop:::pork",
    ],
)  # fmt: skip
async def test_another_kitchens_button_or_a_made_up_one_changes_nothing(lunch: Phones, data: str) -> None:
    await orders(lunch, "红烧肉一份", "柠檬水一杯")
    assert await lunch.sends_data(CHEF, data) == Said(toast="没有找到这一单，或者里面没有你家的菜。")
    assert {state for state, _ in (await lunch.orders()).values()} == {"placed"}
    assert await lunch.one("SELECT count(*) FROM stock_edits") == 0


async def test_a_press_under_one_kitchens_list_accepts_nothing_of_anothers(lunch: Phones) -> None:
    tea = PersonId(f"telegram:{BO}")
    grants = [RoleGrant(PersonId(f"telegram:{CHEF}"), Role.MERCHANT, "m1"), RoleGrant(tea, Role.MERCHANT, "m2")]
    await lunch.store.write(lambda tx: people.replace_roles(tx, "admin", grants))
    await orders(lunch, "红烧肉一份", "番茄炒蛋一份", "柠檬水一杯")
    shown, _ = await lunch.types(CHEF, "@fallback_bot 接单")
    shown = shown if shown.buttons else (await lunch.types(CHEF, "接单"))[0]
    pressed = await lunch.presses(BO, shown, "上面这些全部接单", -1099)
    assert "没有找到" in (pressed.toast or "")
    assert {state for state, _ in (await lunch.orders()).values()} == {"placed"}


async def test_the_rounds_go_on_by_themselves(lunch: Phones) -> None:
    running = asyncio.create_task(TicketRounds(lunch.store, lunch.clock, every_s=5).run())
    try:
        for wish in ("红烧肉一份", "番茄炒蛋一份"):
            await orders(lunch, wish)
            async with asyncio.timeout(5):
                count = len(await told(lunch))
                while len(await told(lunch)) == count:
                    await lunch.clock.advance(5)
                    await asyncio.sleep(0.01)
        assert len(await told(lunch)) == 2
    finally:
        running.cancel()
        await asyncio.wait([running])
