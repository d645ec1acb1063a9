"""A chat to write tests in: real channel, real store, real reader, real desks; only the clock is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from bot.channels.local_chat import LocalChat, member
from bot.desks.desk import Desk
from bot.desks.order import OrderDesk
from bot.front_desk import FrontDesk
from core.directory import Building, Directory
from core.ids import BuildingId, ChatId
from core.mode import Mode, ModeState
from core.settings import LocalChatSettings, Settings
from drills.hand_clock import HandClock
from fallback_store import catalog_snapshots, incident_log, people, stock
from fallback_store.database import Store, Tx

MENU = {
    "version": "menu-7",
    "taken_at": "2026-11-22T03:30:00Z",
    "max_quantity": 20,
    "option_groups": {
        "spicy": {"exclusive": True, "options": [{"name": "微辣"}, {"name": "不辣", "aliases": ["不要辣"]}]},
        "size": {"exclusive": True, "options": [{"name": "大份", "price_fen": 300}]},
    },
    "merchants": [
        {
            "id": "wang",
            "name": "老王快餐",
            "aliases": ["老王"],
            "items": [
                {"id": "pork", "name": "红烧肉饭", "aliases": ["红烧肉"], "price_fen": 1600, "units": ["份"],
                 "options": ["spicy", "size"], "stock": 10},
                {"id": "egg", "name": "番茄炒蛋", "aliases": [], "price_fen": 1250, "units": ["份"], "stock": 2},
                {"id": "cola1", "name": "可乐", "aliases": [], "price_fen": 300, "units": ["瓶"], "stock": None},
            ],
        },
        {
            "id": "tea",
            "name": "三号奶茶",
            "aliases": [],
            "items": [
                {"id": "lemon", "name": "柠檬水", "aliases": [], "price_fen": 600, "units": ["杯"]},
                {"id": "cola2", "name": "可乐", "aliases": [], "price_fen": 350, "units": ["瓶"]},
            ],
        },
    ],
}  # fmt: skip

BUILDINGS = (
    Building(BuildingId("12"), "12栋", ("十二栋",), "12栋西门"),
    Building(BuildingId("11"), "11栋", ()),
)
GROUP = ChatId("web:building-12")


@dataclass
class Talk:
    """Says things as people and hears what the bot answers."""

    store: Store
    clock: HandClock
    chat: LocalChat
    desk: FrontDesk
    _count: int = 0
    _heard: int = 0
    _buttons: dict[str, str] = field(default_factory=dict)

    async def says(self, name: str, words: str, *, privately: bool = False, group: ChatId = GROUP) -> str:
        """What the bot answers in that chat; "" = it stays silent."""
        author = member(name)
        room = author.private_chat if privately else group
        self._count += 1
        await self.chat.post(author, room, words, client_id=str(self._count))
        return await self._answer()

    async def presses(self, name: str, label: str, *, privately: bool = False) -> str:
        """Presses the newest button that shows `label`."""
        author = member(name)
        self._count += 1
        body = {"text": "", "action": self._buttons[label], "person": author.id, "name": name}
        room = author.private_chat if privately else GROUP
        row = ("press-" + str(self._count), room, orjson.dumps(body).decode())
        await self.store.write(
            lambda tx: tx.execute("INSERT INTO inbox (key, chat_id, payload, received_ms) VALUES (?, ?, ?, 0)", row)
        )
        return await self._answer()

    async def _answer(self) -> str:
        await self.desk.serve_waiting()
        rows = await self.store.read_all(
            "SELECT id, text, buttons FROM outgoing WHERE id > :heard ORDER BY id", {"heard": self._heard}
        )
        for row in rows:
            self._heard = row["id"]
            for line in orjson.loads(row["buttons"] or "[]"):
                self._buttons.update(dict(line))
        return "\n---\n".join(row["text"] for row in rows)

    @property
    def buttons(self) -> list[str]:
        """Every label seen so far."""
        return list(self._buttons)

    async def mode(self, mode: Mode, epoch: int = 1) -> None:
        """Puts the bot into a mode, as the mode switch would."""

        def unit(tx: Tx) -> None:
            before = incident_log.current(tx, self.clock.now())
            after = ModeState(mode, epoch, self.clock.now(), "test", "test")
            assert incident_log.change(tx, before, after)

        await self.clock.advance(1)
        await self.store.write(unit)

    async def new_menu(self, menu: Mapping[str, Any]) -> None:
        """The primary's catalog changes: a new snapshot is kept."""

        def unit(tx: Tx) -> None:
            stock.take_over(
                tx,
                catalog_snapshots.keep(tx, orjson.dumps(menu).decode(), None, self.clock.now()),
                self.clock.now(),
                resets_sales=False,
            )

        await self.store.write(unit)

    async def orders(self) -> list[tuple[str, str, str, int]]:
        """(number, state, room, total) of every order, oldest first."""
        rows = await self.store.read_all(
            "SELECT building_id, number, state, room, total_fen FROM orders ORDER BY rowid"
        )
        return [(f"#{row[0]}-{row[1]:03d}", row[2], row[3], row[4]) for row in rows]

    async def sold(self, item_id: str) -> int:
        """Portions reserved of a dish."""
        rows = await self.store.read_all("SELECT sold FROM stock WHERE item_id = :id", {"id": item_id})
        return int(rows[0][0])


@asynccontextmanager
async def talking(
    folder: Path,
    settings: Settings | None = None,
    *,
    has_menu: bool = True,
    menu: Mapping[str, Any] = MENU,
    language: str = "zh",
    desks: Sequence[Desk] = (),
) -> AsyncIterator[Talk]:
    """A campus in emergency, epoch 1, with `menu` (or none); `desks` are asked before the order desk."""
    settings = settings or Settings()
    clock = HandClock(datetime.fromisoformat("2026-11-22T04:00:00+00:00"))
    async with await Store.open(folder / "store.sqlite3") as store:
        chat = LocalChat(store, clock, LocalChatSettings(identities="simulated"), language=language)

        def settle(tx: Tx) -> None:
            people.take_over_directory(tx, Directory("d1", BUILDINGS, (), ()), clock.now())
            chat.ensure_rooms(tx)
            if has_menu:
                catalog = catalog_snapshots.keep(tx, orjson.dumps(menu).decode(), None, clock.now())
                stock.take_over(tx, catalog, clock.now(), resets_sales=True)

        await store.write(settle)
        desk = FrontDesk(store, clock, {"web": chat}, [*desks, OrderDesk(settings)], language)
        talk = Talk(store, clock, chat, desk)
        await talk.mode(Mode.EMERGENCY)
        yield talk
