"""Whatever is pasted in whatever order: stock, orders and outbox agree, nothing is oversold, a repeat is free."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.desks.order import OrderDesk
from bot.desks.relay import RelayDesk
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import GROUP_12

WISHES = [
    "红烧肉一份",
    "红烧肉两份不辣",
    "番茄炒蛋一份",
    "番茄炒蛋两份",
    "柠檬水三杯",
    "佛跳墙一份",
    "红烧肉一份 柠檬水一杯",
]
entries = st.tuples(st.sampled_from(["小王", "小李", "阿珍", "大刘"]), st.sampled_from(WISHES))
pastes = st.lists(st.lists(entries, min_size=2, max_size=5), min_size=1, max_size=4)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pastes)
def test_the_books_agree_after_any_pastes(lists: list[list[tuple[str, str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_paste_all(Path(folder), lists))


async def _paste_all(folder: Path, lists: list[list[tuple[str, str]]]) -> None:
    async with shift(folder, [RelayDesk(SETTINGS), OrderDesk(SETTINGS)]) as day:
        for pasted in lists:
            rows = "\n".join(f"{n}. {name} {wish}" for n, (name, wish) in enumerate(pasted, start=1))
            await day.says("anna", f"#接龙\n{rows}", group=GROUP_12)
            await _check(day)
        before = await day.one("SELECT count(*) FROM outbox")
        await day.says("anna", f"#接龙\n{rows}", group=GROUP_12)
        assert await day.one("SELECT count(*) FROM outbox") == before
        await _check(day)


async def _check(day: Shift) -> None:
    ordered: Counter[str] = Counter()
    for item_id, quantity in await day.store.read_all(
        "SELECT item_id, quantity FROM order_lines JOIN orders ON orders.id = order_id WHERE state <> 'cancelled'"
    ):
        ordered[item_id] += quantity
    for item_id, supply, sold in await day.store.read_all("SELECT item_id, supply, sold FROM stock"):
        assert sold == ordered[item_id]
        assert supply is None or sold <= supply
    people = await day.one("SELECT count(*) FROM orders")
    assert people == await day.one("SELECT count(DISTINCT person_id) FROM orders")
    assert people == await day.one("SELECT count(*) FROM relay_entries WHERE order_id IS NOT NULL")
    assert (
        await day.one(
            "SELECT count(*) FROM orders WHERE total_fen <>"
            " (SELECT sum(quantity * unit_price_fen) FROM order_lines WHERE order_id = orders.id)"
        )
        == 0
    )
