"""Phones to write dialogs on where a chat is more than messages: presses, toasts, edits, forwards, photos.

The real Telegram channel reads what it would have stored; nothing is sent, what the bot says is read off its rows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.identity import chat_id_of, identify, person_id_of
from bot.desks.every_desk import every_desk
from bot.front_desk import FrontDesk
from core.channel_settings import TelegramSettings
from core.chat import RawUpdate, Role
from core.ids import BuildingId, PersonId
from core.mode import Mode, ModeState
from core.notices import NoticeRules
from core.settings import Settings
from drills.hand_clock import HandClock
from fallback_store import catalog_snapshots, incident_log, people
from fallback_store.database import Store, Tx
from fallback_store.people import RoleGrant
from tests.small_campus import CATALOG_JSON, EPOCH, NOON, small_campus
from watch.mode_switch import StoreModeSwitch

GROUP = -1012
ZONE = ZoneInfo("Asia/Shanghai")
#: People by the vendor's number.
ANNA, BO, LIU, MA, CHEF, ROOT = range(900_001, 900_007)
NAMES = {ANNA: "安娜", BO: "小波", LIU: "刘师傅", MA: "马师傅", CHEF: "老王", ROOT: "小管"}


@dataclass
class Said:
    """What the bot wants said because of one update."""

    text: str = ""
    toast: str | None = None
    #: the vendor's number of the message it takes the place of; "" = said anew
    edits: str = ""
    picture: str = ""
    brief: str = ""
    #: label → what the button sends back
    buttons: dict[str, str] = field(default_factory=dict)


@dataclass
class Phones:
    """Everybody's phone."""

    store: Store
    clock: HandClock
    desk: FrontDesk
    _count: int = 0
    #: the number the next message of the bot would get
    shown: int = 5000

    async def types(
        self, who: int, words: str, chat: int | None = None, *, forwarded_from: int | None = None, photo: str = ""
    ) -> tuple[Said, int]:
        """Types, forwards or shows a photo, in private or in `chat`: what the bot says, the message's number."""
        self._count += 1
        message = self._message(who, words, chat, self._count)
        if forwarded_from is not None:
            message["forward_origin"] = {"type": "user", "date": 1, "sender_user": self._person(forwarded_from)}
        if photo:
            message["photo"] = [{"file_id": photo, "file_unique_id": photo, "width": 1, "height": 1}]
            message["caption"] = message.pop("text")
        return await self._take({"message": message}), message["message_id"]

    async def edits(self, who: int, number: int, words: str, chat: int | None = None) -> Said:
        """Changes what they wrote."""
        message = self._message(who, words, chat, number) | {"edit_date": 2}
        return await self._take({"edited_message": message})

    async def presses(self, who: int, said: Said, label: str, chat: int | None = None) -> Said:
        """Presses a button of something the bot said."""
        return await self.sends_data(who, said.buttons[label], chat, under=said)

    async def sends_data(self, who: int, data: str, chat: int | None = None, *, under: Said | None = None) -> Said:
        """Presses any button, whether it was ever shown or not, under a message that has those of `under`."""
        self._count += 1
        below = self._message(who, "", chat, self.shown)
        shown = [
            [{"text": label, "callback_data": action}] for label, action in (under.buttons if under else {}).items()
        ]
        below["reply_markup"] = {"inline_keyboard": shown}
        press = {"id": str(self._count), "from": self._person(who), "message": below, "data": data}
        return await self._take({"callback_query": press})

    async def orders(self) -> dict[str, tuple[str, int]]:
        """State and total of every order by its number."""
        rows = await self.store.read_all("SELECT building_id, number, state, total_fen FROM orders ORDER BY rowid")
        return {f"#{row[0]}-{row[1]:03d}": (row[2], row[3]) for row in rows}

    async def one(self, sql: str) -> Any:
        """The one value a query finds."""
        rows = await self.store.read_all(sql)
        return rows[0][0] if rows else None

    async def mode(self, mode: Mode, epoch: int = EPOCH) -> None:
        """Puts the bot into a mode."""
        await self.clock.advance(1)
        await self.store.write(lambda tx: _change(tx, self.clock, mode, epoch))

    def _message(self, who: int, words: str, chat: int | None, number: int) -> dict[str, Any]:
        place = {"id": who, "type": "private"} if chat is None else {"id": chat, "type": "supergroup", "title": "12栋"}
        marks = [{"type": "bot_command", "offset": 0, "length": len(words.split()[0])}] if words[:1] == "/" else []
        return {
            "message_id": number, "date": 1, "chat": place, "from": self._person(who), "text": words, "entities": marks,
        }  # fmt: skip

    def _person(self, who: int) -> dict[str, Any]:
        return {"id": who, "is_bot": False, "first_name": NAMES.get(who, str(who))}

    async def _take(self, body: dict[str, Any]) -> Said:
        self._count += 1
        update = {"update_id": self._count, **body}
        key, chat_id = identify(update)
        (before,) = [row[0] for row in await self.store.read_all("SELECT coalesce(max(id), 0) FROM outgoing")]
        await self.desk.take([RawUpdate(key, chat_id, orjson.dumps(update).decode())], lambda tx: None)
        await self.desk.serve_waiting()
        assert await self.one("SELECT error FROM inbox WHERE state = 'quarantined'") is None
        rows = await self.store.read_all(
            "SELECT manner, text, edits, picture, brief, buttons FROM outgoing WHERE id > :before AND reply_to = :key"
            " ORDER BY id",
            {"before": before, "key": key},
        )
        said = Said()
        for manner, words, edits, picture, brief, buttons in rows:
            if manner == "toast":
                said.toast = words
            else:
                rows_of = orjson.loads(buttons or "[]")
                said = Said(words, said.toast, edits, picture, brief, {b[0]: b[1] for row in rows_of for b in row})
        return said


def _change(tx: Tx, clock: HandClock, mode: Mode, epoch: int) -> None:
    before = incident_log.current(tx, clock.now())
    if before.mode is not mode:
        assert incident_log.change(tx, before, ModeState(mode, epoch, clock.now(), "test", "test"))


@asynccontextmanager
async def phones(
    folder: Path, *, mode: Mode = Mode.EMERGENCY, settings: Settings | None = None, grants: Sequence[RoleGrant] = ()
) -> AsyncIterator[Phones]:
    """The small campus on Telegram with its crew; building 12's group is `GROUP`."""
    clock, settings = HandClock(NOON), settings or Settings()
    async with small_campus(folder) as store:
        channel = TelegramChannel(
            store,
            clock,
            TelegramSettings(token="7000000001:AAH"),
            chance=lambda: 0.5,
            tell_admin=lambda tx, problem: None,
            public_url="http://127.0.0.1:1",
            language="zh",
        )

        def settle(tx: Tx) -> None:
            catalog_snapshots.keep(tx, orjson.dumps(CATALOG_JSON).decode(), None, NOON - timedelta(minutes=20))
            people.bind_chat(tx, chat_id_of(GROUP), BuildingId("12"), title="12栋", language="zh")
            roles = [
                RoleGrant(person_id_of(ROOT), Role.ADMIN),
                RoleGrant(person_id_of(LIU), Role.COURIER, "12"),
                RoleGrant(person_id_of(MA), Role.COURIER, "12"),
                RoleGrant(person_id_of(CHEF), Role.MERCHANT, "m1"),
            ]
            people.replace_roles(tx, "config", [*roles, *grants])
            for number, name in NAMES.items():
                people.remember(tx, PersonId(f"telegram:{number}"), name)
            _change(tx, clock, mode, EPOCH)

        await store.write(settle)
        switch = StoreModeSwitch(NoticeRules(platform="校园", timezone=ZONE))
        desks = every_desk(switch, ZONE, settings, {channel.name})
        desk = FrontDesk(store, clock, {channel.name: channel}, desks, "zh")
        yield Phones(store, clock, desk)
