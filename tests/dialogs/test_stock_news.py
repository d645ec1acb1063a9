"""Less supplied than sold: no new sales, the merchant and the admins hear it; an old sheet is mentioned in receipts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.desks.merchant import MerchantDesk
from bot.desks.order import OrderDesk
from core.chat import Role
from core.ids import ChatId, ItemId, PersonId
from fallback_store import people, sheet_states, stock, stock_news
from fallback_store.database import Tx
from fallback_store.people import RoleGrant
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import GROUP_12, place

BOSS = ChatId("web:@boss")


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Shift]:
    async with shift(tmp_path, [MerchantDesk(), OrderDesk(SETTINGS)]) as running:
        await running.store.write(_grant)
        yield running


def _grant(tx: Tx) -> None:
    people.replace_roles(tx, "admin", [RoleGrant(PersonId("web:boss"), Role.ADMIN)])


async def test_supply_below_what_is_sold_stops_sales_and_is_told(day: Shift) -> None:
    for room in ("305", "306"):
        await day.store.write(lambda tx, room=room: place(tx, f"anna{room}", room))  # type: ignore[misc]
    answer = await day.says("chef", "库存 红烧肉 1")
    assert "已多记 1 份" in answer
    (told,) = await day.hears(BOSS)
    assert "红烧肉饭" in told
    assert "不再接新的订单" in told
    refused = await day.says("bo", "红烧肉一份 305", group=GROUP_12)
    assert "已记下" not in refused
    assert await day.one("SELECT sold FROM stock WHERE item_id = 'pork'") == await day.one(
        "SELECT sum(quantity) FROM order_lines WHERE item_id = 'pork'"
    )


async def test_a_receipt_mentions_a_sheet_that_is_old_and_only_then(day: Shift) -> None:
    now = day.clock.now()
    await day.store.write(lambda tx: sheet_states.compared(tx, "google", now - timedelta(minutes=3)))
    assert "库存表" not in await day.says("anna", "红烧肉一份 305", group=GROUP_12)
    await day.store.write(lambda tx: sheet_states.compared(tx, "google", now - timedelta(minutes=25)))
    receipt = await day.says("bo", "柠檬水一杯 306", group=GROUP_12)
    assert "已记下" in receipt
    assert "库存表已 25 分钟没有更新" in receipt
    await day.store.write(lambda tx: sheet_states.forget_others(tx, "grid"))
    assert "库存表" not in await day.says("cai", "柠檬水一杯 307", group=GROUP_12)


async def test_a_merchant_is_told_what_counts_where_an_edit_may_be_gone(day: Shift) -> None:
    def unit(tx: Tx) -> None:
        row = stock.edit(tx, ItemId("pork"), "supply", 30, by="sheet:google", source="sheet", now=day.clock.now())
        assert row is not None
        for _ in range(2):
            stock_news.tell_doubtful(tx, row, "红烧肉饭", ["supply", "is_stopped"], day.clock.now(), language="zh")

    await day.store.write(unit)
    while await day.sender.say_waiting():
        continue
    (told,) = await day.hears(ChatId("web:@chef"))
    assert "红烧肉饭" in told
    assert "今日供应 30、停售 在售" in told


async def test_a_second_edit_that_may_be_gone_is_told_though_the_stock_is_what_it_was(day: Shift) -> None:
    def unit(tx: Tx) -> None:
        row = stock.row(tx, ItemId("pork"))
        assert row is not None
        stock_news.tell_doubtful(tx, row, "红烧肉饭", ["supply"], day.clock.now(), language="zh")
        stock_news.tell_doubtful(tx, row, "红烧肉饭", ["note"], day.clock.now(), language="zh")

    await day.store.write(unit)
    await day.clock.advance(3.2)
    await day.store.write(unit)
    while await day.sender.say_waiting():
        continue
    told = "\n".join(await day.hears(ChatId("web:@chef")))
    assert told.count("今日供应") == 2
    assert told.count("备注") == 2
