"""Two buildings, two kitchens and the people around them: what tests of desks and of the store begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from core.catalog import Catalog, catalog_from_json
from core.chat import Role
from core.directory import Building, Directory, DirectoryPerson
from core.ids import BuildingId, ChatId, ItemId, Key, PersonId
from core.order import Order
from core.pricing import price
from core.reading.reading import ReadLine
from fallback_store import orders, people, stock
from fallback_store.database import Store, Tx
from fallback_store.people import RoleGrant

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
GROUP_12 = ChatId("web:building-12")
GROUP_7 = ChatId("web:building-7")
LIU, MA, WANG = PersonId("web:liu"), PersonId("web:ma"), PersonId("web:wang")
CHEF, ADMIN, ANNA = PersonId("web:chef"), PersonId("web:root"), PersonId("web:anna")
#: Who is called what in chats.
CREW = {"liu": "刘师傅", "ma": "马师傅", "wang": "王楼长", "chef": "老王", "root": "小管"}
EPOCH = 3

CATALOG_JSON = {
    "version": "menu-1",
    "taken_at": "2026-11-22T03:30:00Z",
    "option_groups": {
        "spicy": {"exclusive": True, "options": [{"name": "微辣"}, {"name": "不辣", "aliases": ["不要辣"]}]}
    },
    "merchants": [
        {
            "id": "m1",
            "name": "老王快餐",
            "aliases": ["老王"],
            "items": [
                {
                    "id": "pork",
                    "name": "红烧肉饭",
                    "aliases": ["红烧肉"],
                    "price_fen": 1600,
                    "units": ["份"],
                    "options": ["spicy"],
                    "stock": 10,
                },
                {"id": "egg", "name": "番茄炒蛋", "aliases": [], "price_fen": 1250, "units": ["份"], "stock": 2},
                {"id": "ribs", "name": "红烧排骨", "aliases": [], "price_fen": 2200, "units": ["份"]},
            ],
        },
        {
            "id": "m2",
            "name": "三号奶茶",
            "aliases": [],
            "items": [
                {"id": "lemon", "name": "柠檬水", "aliases": [], "price_fen": 600, "units": ["杯"]},
                {"id": "pearl", "name": "珍珠奶茶", "aliases": [], "price_fen": 900, "units": ["杯"]},
            ],
        },
    ],
}
CATALOG = catalog_from_json(CATALOG_JSON)

DIRECTORY = Directory(
    version="d1",
    buildings=(
        Building(BuildingId("12"), "12栋", ("十二栋",), "12栋西门"),
        Building(BuildingId("7"), "7栋", ("七栋",)),
    ),
    couriers=(
        DirectoryPerson("c1", "刘师傅", (BuildingId("12"), BuildingId("7")), (LIU,)),
        DirectoryPerson("c2", "马师傅", (BuildingId("12"),), (MA,)),
    ),
    captains=(DirectoryPerson("k1", "王楼长", (BuildingId("12"),), (WANG,)),),
)


@asynccontextmanager
async def small_campus(folder: Path) -> AsyncIterator[Store]:
    """A store that knows the campus and its menu, with nothing ordered yet."""
    async with await Store.open(folder / "store.sqlite3") as store:
        await store.write(_settle)
        yield store


def _settle(tx: Tx) -> None:
    people.take_over_directory(tx, DIRECTORY, NOON)
    people.replace_roles(
        tx,
        "config",
        [RoleGrant(CHEF, Role.MERCHANT, "m1"), RoleGrant(ADMIN, Role.ADMIN)],
    )
    for person, name in CREW.items():
        people.person(tx, PersonId(f"web:{person}"), name)
    people.bind_chat(tx, GROUP_12, BuildingId("12"), title="12栋", language="zh")
    people.bind_chat(tx, GROUP_7, BuildingId("7"), title="7栋", language="zh")
    stock.take_over(tx, CATALOG, NOON, resets_sales=True)


def place(
    tx: Tx,
    person: str,
    room: str,
    wish: str = "pork",
    *,
    building: str = "12",
    quantity: int = 1,
    epoch: int = EPOCH,
    now: datetime = NOON,
    catalog: Catalog = CATALOG,
) -> Order:
    """`person` orders `wish` (item ids, separated by blanks) to `room`."""
    lines = [ReadLine(ItemId(item), quantity) for item in wish.split()]
    (count,) = tx.execute("SELECT count(*) FROM orders").fetchone()
    wanted = orders.NewOrder(
        key=Key(f"web:building-{building}:order-{count}"),
        epoch=epoch,
        building_id=BuildingId(building),
        chat_id=ChatId(f"web:building-{building}"),
        person_id=PersonId(f"web:{person}"),
        person_name=person,
        room=room,
        lines=price(lines, catalog),
        snapshot_version=catalog.version,
    )
    return orders.place(tx, wanted, now)
