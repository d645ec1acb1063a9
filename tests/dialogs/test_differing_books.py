"""Admins read in the chat and at the console where the books differ, and only they decide, about what they saw."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.mode import Mode
from core.primary import BookOrder
from core.reconciliation import Difference, DifferenceKind, mark_of
from fallback_store import book_differences, incident_log
from tests.dialogs.phones import ANNA, ROOT, Phones, phones

LOST = Difference("a1-3-12-7", DifferenceKind.MISSING, BookOrder("a1-3-12-7", "order.delivered", 1650), None)
EXTRA = Difference("zz", DifferenceKind.EXTRA, None, BookOrder("zz", "order.lost", 100))
BOTH = (LOST, EXTRA)


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones(tmp_path, mode=Mode.HANDING_BACK) as running:
        await running.store.write(lambda tx: book_differences.put(tx, 3, BOTH))
        yield running


async def decided(day: Phones) -> list[tuple[str, str, str]]:
    rows = await day.store.read_all("SELECT decision, by, reason FROM book_decisions ORDER BY id")
    return [tuple(row) for row in rows]


async def test_each_difference_is_named_with_what_either_side_says(day: Phones) -> None:
    said, _ = await day.types(ROOT, "/books")
    title, lost, extra, *_ = said.text.splitlines()
    assert title == f"第 3 期的账对不上，2 单（记号 {mark_of(BOTH)}）："
    assert lost == "#12-007：我们有（已送达，¥16.5），平台没有"
    assert extra == "zz：平台有（order.lost，¥1），我们没有交过"
    english = (await day.types(ROOT, "/lang en"), await day.types(ROOT, "/books"))[1][0].text
    assert "#12-007: we have it (delivered, ¥16.5), the platform does not" in english


async def test_an_admin_accepts_with_a_reason_and_the_journal_keeps_it(day: Phones) -> None:
    mark = mark_of(BOTH)
    assert "请写上原因" in (await day.types(ROOT, f"/books accept {mark}"))[0].text
    assert "没有记下任何决定" in (await day.types(ROOT, "/books accept 12345678 退过款"))[0].text
    assert await decided(day) == []
    assert "这 2 单以平台的账为准" in (await day.types(ROOT, f"/books accept {mark} 退过款，改不了"))[0].text
    assert await decided(day) == [("accept", f"telegram:{ROOT}", "退过款，改不了")]
    (newest, *_) = await incident_log.journal(day.store)
    assert newest.who == f"telegram:{ROOT}"
    assert newest.text.endswith("退过款，改不了")


async def test_a_press_asks_for_another_comparison_of_what_was_shown(day: Phones) -> None:
    said, _ = await day.types(ROOT, "/books")
    assert (await day.presses(ROOT, said, "再对一次")).text == "好，马上再对一次。"
    assert await decided(day) == [("again", f"telegram:{ROOT}", "")]
    await day.store.write(lambda tx: book_differences.put(tx, 3, (LOST,)))
    assert "已经变了" in (await day.presses(ROOT, said, "再对一次")).text
    await day.store.write(lambda tx: book_differences.put(tx, 3, ()))
    assert (await day.types(ROOT, "/books"))[0].text == "没有对不上的账要处理。"
    assert len(await decided(day)) == 1


@pytest.mark.parametrize("data", ["admin:books:again:3:x", "admin:books:again:x:y", "admin:books:", "admin:books:z:9"])
async def test_made_up_presses_decide_nothing(day: Phones, data: str) -> None:
    await day.sends_data(ROOT, data)
    assert await decided(day) == []


async def test_nobody_but_an_admin_decides(day: Phones) -> None:
    mark = mark_of(BOTH)
    await day.types(ANNA, f"/books accept {mark} 我说了算")
    await day.sends_data(ANNA, f"admin:books:again:3:{mark}")
    assert await decided(day) == []


async def test_many_differences_fit_one_message(day: Phones) -> None:
    many = [
        Difference(f"a1-3-12-{n:05d}", DifferenceKind.MISSING, BookOrder(f"a1-3-12-{n:05d}", "order.placed", 1), None)
        for n in range(1000)
    ]
    await day.store.write(lambda tx: book_differences.put(tx, 3, many))
    said, _ = await day.types(ROOT, "/books")
    assert len(said.text) < 4096
    assert "还有 980 单" in said.text
