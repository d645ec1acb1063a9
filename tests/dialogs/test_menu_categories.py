"""A long menu is shown by its categories where the primary names them, and as before where it does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.desks.order import OrderDesk
from core.catalog import catalog_from_json
from core.ids import ChatId
from fallback_store import catalog_snapshots, stock
from fallback_store.database import Tx
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import CATALOG_JSON, NOON

ANNA = ChatId("web:@anna")


def dish(number: int, category: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {"id": f"d{number}", "name": f"{number}号菜", "price_fen": 1000, "units": ["份"]}
    return found if category is None else found | {"category": category}


def menu(*categories: tuple[str | None, int]) -> dict[str, Any]:
    """The small campus's menu in which the first merchant sells so many dishes of each category."""
    document = deepcopy(CATALOG_JSON) | {"version": "menu-2"}
    names = [name for name, count in categories for _ in range(count)]
    merchants = document["merchants"]
    assert isinstance(merchants, list)
    merchants[0]["items"] = [dish(number, name) for number, name in enumerate(names, 1)]
    return document


@pytest.fixture
async def lunch(tmp_path: Path) -> AsyncIterator[Shift]:
    async with shift(tmp_path, [OrderDesk(SETTINGS)]) as running:
        yield running


async def offer(lunch: Shift, document: dict[str, Any]) -> None:
    body = orjson.dumps(document).decode()
    later = NOON + timedelta(minutes=1)

    def take_over(tx: Tx) -> None:
        stock.take_over(tx, catalog_snapshots.keep(tx, body, None, later), later, resets_sales=True)

    await lunch.store.write(take_over)
    await lunch.says("anna", "/start 12")


async def test_a_long_menu_is_chosen_from_by_category_and_back(lunch: Shift) -> None:
    await offer(lunch, menu(("盖饭", 12), ("面食", 3), ("饮料", 2)))
    assert await lunch.presses("anna", "老王快餐") == "老王快餐：想看哪一类？"
    assert (await lunch.labels(ANNA))[:4] == ["盖饭（12 样）", "面食（3 样）", "饮料（2 样）", "← 所有商家"]
    assert await lunch.presses("anna", "面食（3 样）") == "老王快餐 · 面食：点菜名加入购物车"
    assert await lunch.labels(ANNA) == ["13号菜 ¥10", "14号菜 ¥10", "15号菜 ¥10", "← 老王快餐"]
    assert await lunch.presses("anna", "← 老王快餐") == "老王快餐：想看哪一类？"


async def test_pages_turn_within_a_category_and_a_pressed_dish_stays_on_its_page(lunch: Shift) -> None:
    await offer(lunch, menu(("盖饭", 12), ("面食", 3)))
    await lunch.presses("anna", "老王快餐")
    await lunch.presses("anna", "盖饭（12 样）")
    assert (await lunch.labels(ANNA))[-2:] == ["← 老王快餐", "下一页 →"]
    await lunch.presses("anna", "下一页 →")
    assert await lunch.labels(ANNA) == ["11号菜 ¥10", "12号菜 ¥10", "← 老王快餐", "← 上一页"]
    await lunch.presses("anna", "12号菜 ¥10")
    assert await lunch.labels(ANNA) == [
        "11号菜 ¥10", "12号菜 ¥10 · 已选 1", "← 老王快餐", "← 上一页", "购物车（1 份 ¥10）",
    ]  # fmt: skip


async def test_dishes_without_a_category_are_the_others_and_come_last(lunch: Shift) -> None:
    await offer(lunch, menu((None, 3), ("盖饭", 9)))
    await lunch.presses("anna", "老王快餐")
    assert (await lunch.labels(ANNA))[:2] == ["盖饭（9 样）", "其他（3 样）"]
    assert await lunch.presses("anna", "其他（3 样）") == "老王快餐 · 其他：点菜名加入购物车"


@pytest.mark.parametrize(
    "document",
    [menu((None, 12)), menu(("盖饭", 12)), menu(("盖饭", 5), ("面食", 5))],
    ids=["none are named", "all are one", "all fit one page"],
)
async def test_where_there_is_nothing_to_choose_the_dishes_come_at_once(lunch: Shift, document: dict[str, Any]) -> None:
    await offer(lunch, document)
    assert await lunch.presses("anna", "老王快餐") == "老王快餐：点菜名加入购物车"
    assert (await lunch.labels(ANNA))[0] == "1号菜 ¥10"


@pytest.mark.parametrize("rest", ["99.0", "0.99", "1.", ".", "x.y", "-1.0", "99999999999999999999.0", "7"])
async def test_a_made_up_place_in_the_menu_shows_a_menu(lunch: Shift, rest: str) -> None:
    await offer(lunch, menu(("盖饭", 12), ("面食", 3)))
    await lunch.presses("anna", "老王快餐")
    body = orjson.dumps([[["x", f"order:menu:m1:{rest}"]]]).decode()
    await lunch.store.write(
        lambda tx: tx.execute("UPDATE room_messages SET buttons = ? WHERE buttons IS NOT NULL", (body,))
    )
    assert (await lunch.presses("anna", "x")).startswith("老王快餐")


async def test_many_long_categories_turn_pages_one_below_the_other(lunch: Shift) -> None:
    await offer(lunch, menu(*((f"这一类的名字相当地长 {n}", 1) for n in range(25))))
    await lunch.presses("anna", "老王快餐")
    rows = orjson.loads(str(await lunch.one("SELECT buttons FROM room_messages WHERE buttons IS NOT NULL")))
    assert [len(row) for row in rows] == [1] * 20 + [2]
    await lunch.presses("anna", "下一页 →")
    assert len(await lunch.labels(ANNA)) == 5 + 2


def test_an_old_snapshot_without_categories_is_read_as_before() -> None:
    merchant = catalog_from_json(CATALOG_JSON).merchants[0]
    assert {item.category for item in merchant.items} == {""}
    assert merchant.categories == ()
