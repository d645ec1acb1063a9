"""The menu in a group: read in toasts where a channel has them, and a way to the private chat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from fallback_store import catalog_snapshots, stock
from fallback_store.database import Tx
from tests.dialogs.phones import ANNA, BO, GROUP, Phones, Said, phones


@pytest.fixture
async def lunch(tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones(tmp_path) as running:
        yield running


async def test_a_merchant_is_read_in_a_toast_and_costs_the_group_no_message(lunch: Phones) -> None:
    menu, _ = await lunch.types(ANNA, "菜单", GROUP)
    assert menu.buttons["私聊点餐"] == "link:start:12"
    for who in (ANNA, BO):
        said = await lunch.presses(who, menu, "老王快餐", GROUP)
        assert said == Said(toast="老王快餐：红烧肉饭 ¥16 剩10、番茄炒蛋 ¥12.5 剩2、红烧排骨 ¥22")


async def test_a_long_menu_is_cut_where_a_toast_ends(lunch: Phones) -> None:
    items = [{"id": f"d{n}", "name": f"招牌很长的菜名第{n}号", "price_fen": 1000, "stock": 5} for n in range(40)]
    merchants = [{"id": f"m{n}", "name": f"{n}号窗口", "items": items if n == 1 else []} for n in range(1, 15)]
    body = orjson.dumps({"version": "long", "taken_at": "2026-11-22T03:30:00Z", "merchants": merchants}).decode()

    def change(tx: Tx) -> None:
        catalog = catalog_snapshots.keep(tx, body, None, lunch.clock.now())
        stock.take_over(tx, catalog, lunch.clock.now(), resets_sales=False)

    await lunch.store.write(change)
    menu, _ = await lunch.types(ANNA, "菜单", GROUP)
    toast = (await lunch.presses(ANNA, menu, "1号窗口", GROUP)).toast or ""
    assert len(toast) <= 200
    assert toast.endswith(" 样")
    turned = await lunch.presses(ANNA, menu, "下一页 →", GROUP)
    assert turned.edits == str(lunch.shown)
    assert list(turned.buttons) == ["11号窗口", "12号窗口", "13号窗口", "14号窗口", "← 上一页", "私聊点餐"]


@pytest.mark.parametrize(
    "data", ["order:menu:nowhere:0", "order:menu:", "order:menu:m1:-5", "order:menu:m9:9999999999"]
)
async def test_a_made_up_page_of_the_menu_is_the_menu(lunch: Phones, data: str) -> None:
    said = await lunch.sends_data(ANNA, data, GROUP)
    assert "今天的商家" in said.text or (said.toast or "").startswith("老王快餐")
    assert said.edits == ""


async def test_in_private_pages_turn_in_place(lunch: Phones) -> None:
    menu, _ = await lunch.types(ANNA, "菜单")
    dishes = await lunch.presses(ANNA, menu, "老王快餐")
    assert (dishes.text, dishes.edits) == ("老王快餐：点菜名加入购物车", str(lunch.shown))
    assert (await lunch.presses(ANNA, dishes, "← 所有商家")).edits == str(lunch.shown)
