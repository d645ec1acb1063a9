"""A pickup code at the door: one bag is looked for, in one building, and only where somebody asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path

import pytest

from bot.desks.courier import CourierDesk
from bot.desks.desk import Desk
from bot.desks.followed_queues import FollowedQueues
from bot.desks.order import OrderDesk
from bot.desks.pickup_codes import PickupCodeDesk
from core.ids import BuildingId
from core.pickup_code import describe
from fallback_store import courier_groups, people
from fallback_store.database import Tx
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import GROUP_12, place


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Shift]:
    def settle(tx: Tx) -> None:
        place(tx, "anna", "305")
        place(tx, "dan", "201", building="7")
        courier_groups.bind(tx, GROUP_12, [BuildingId("12"), BuildingId("7")])

    desks: list[Desk] = [PickupCodeDesk(), CourierDesk(FollowedQueues(UTC)), OrderDesk(SETTINGS)]
    async with shift(tmp_path, desks) as running:
        await running.store.write(settle)
        yield running


async def code_of(day: Shift, building: str) -> str:
    return describe(str(await day.one(f"SELECT pickup_code FROM orders WHERE building_id = '{building}'")), "zh")


async def lines_read(day: Shift, code: str) -> tuple[str, list[str]]:
    """What Liu is answered to a code, and the statements that read the lines of bags meanwhile."""
    statements = list[str]()
    await day.store.write(lambda tx: tx.set_trace_callback(statements.append))
    said = await day.says("liu", code)
    await day.store.write(lambda tx: tx.set_trace_callback(None))
    assert statements
    return said, [statement for statement in statements if "JOIN order_lines" in statement]


async def test_only_the_building_that_is_owed_the_bag_is_read(day: Shift) -> None:
    for building, bag in (("12", "305 · #12-001 anna"), ("7", "201 · #7-001 dan")):
        said, read = await lines_read(day, await code_of(day, building))
        assert said.startswith(bag)
        assert len(read) == 1
        assert f"building_id = '{building}'" in read[0]


async def test_a_code_of_no_bag_reads_no_building(day: Shift) -> None:
    await day.says("liu", "送达 12-001")
    said, read = await lines_read(day, await code_of(day, "12"))
    assert said == "现在要送的单里没有这个取餐码：也许已经送达，也许不是你的楼。"
    assert read == []


async def test_in_a_quiet_group_a_code_is_answered_only_to_who_asks_the_bot(day: Shift) -> None:
    code = await code_of(day, "12")
    assert (await day.says("liu", code, group=GROUP_12)).startswith("305 · #12-001 anna")
    await day.store.write(lambda tx: people.set_quiet(tx, GROUP_12, is_quiet=True))
    assert await day.says("liu", code, group=GROUP_12) == ""
    assert (await day.says("liu", f"@bot {code}", group=GROUP_12)).startswith("305 · #12-001 anna")
