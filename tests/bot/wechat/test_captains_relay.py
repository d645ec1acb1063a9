"""The captain's relay through the Official Account: paste, receipt, a longer paste, and what does not belong there."""

from __future__ import annotations

from pathlib import Path

from core.chat import Role
from core.ids import PersonId
from fallback_store import people, stock
from fallback_store.database import Tx
from fallback_store.people import RoleGrant
from tests.bot.wechat.account_scene import AccountScene, account_scene
from tests.small_campus import CATALOG, NOON


def a_list(count: int, *, title: str = "#接龙") -> str:
    return "\n".join((title, *(f"{n}. 同学{n:04d} 柠檬水一杯 {300 + n}" for n in range(1, count + 1))))


async def as_captain(scene: AccountScene) -> None:
    def settle(tx: Tx) -> None:
        people.replace_roles(tx, "config", [RoleGrant(PersonId("wechat:o-wang"), Role.CAPTAIN, "12")])
        stock.take_over(tx, CATALOG, NOON, resets_sales=False)

    await scene.store.write(settle)


async def heard(scene: AccountScene, pasted: str) -> str:
    """Everything the captain is told: what came inside the callback, and what followed."""
    wang = scene.followers.person("o-wang")
    before = len(wang.shown)
    await scene.vendor.text(wang, pasted)
    await scene.quiet()
    return "\n".join(wang.shown[before:])


async def test_sixty_lines_and_then_one_more(tmp_path: Path) -> None:
    async with account_scene(tmp_path) as scene:
        await as_captain(scene)
        first = await heard(scene, a_list(60))
        assert len(await scene.orders()) == 60
        assert "#12-001" in first
        grown = await heard(scene, a_list(61))
        assert await scene.one("SELECT count(*) FROM orders") == 61
        assert "#12-061" in grown
        assert "同学0061" in grown
        assert "同学0060" not in grown
        again = await heard(scene, a_list(61))
        assert "61" in again
        assert await scene.one("SELECT count(*) FROM orders") == 61
        assert scene.followers.violations == 0


async def test_a_list_of_a_thousand_lines_is_answered_and_breaks_nothing(tmp_path: Path) -> None:
    async with account_scene(tmp_path) as scene:
        await as_captain(scene)
        said = await heard(scene, a_list(1000))
        assert said
        count = await scene.one("SELECT count(*) FROM orders")
        assert isinstance(count, int)
        assert 0 < count <= 1000
        assert await scene.one("SELECT count(*) FROM inbox WHERE state IN ('waiting', 'quarantined')") == 0


async def test_another_buildings_list_is_not_taken(tmp_path: Path) -> None:
    async with account_scene(tmp_path) as scene:
        await as_captain(scene)
        assert "7栋" in await heard(scene, a_list(3, title="7栋 #接龙"))
        assert await scene.orders() == []


async def test_who_is_no_captain_orders_for_nobody_else(tmp_path: Path) -> None:
    async with account_scene(tmp_path) as scene:
        await as_captain(scene)
        anna = scene.followers.person("o-anna")
        assert "楼长" in (await scene.vendor.text(anna, a_list(3))).text
        assert await scene.orders() == []
