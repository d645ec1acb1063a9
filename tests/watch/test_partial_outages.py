"""Parts of the platform that break one by one: each is told of by itself, and only the last to mend ends the mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from core.chat import Role
from core.errors import ModeConflict
from core.health import Cause
from core.ids import BuildingId, ChatId, PersonId
from core.mode import WATCH, Advice, Mode, ModeState
from core.notices import NoticeRules
from fallback_store import catalog_snapshots, incident_log, people
from fallback_store.database import Store, Tx
from watch.mode_switch import StoreModeSwitch

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)
SWITCH = StoreModeSwitch(
    NoticeRules(platform="东湖", timezone=ZoneInfo("Asia/Shanghai"), order_url="https://o.example")
)
NOODLES, EAST = "merchant:m", "canteen:东区"
MENU = {
    "version": "1",
    "taken_at": "2026-03-02T03:55:00Z",
    "merchants": [{"id": "m", "name": "面馆", "aliases": [], "items": []}],
}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    def prepare(tx: Tx) -> None:
        catalog_snapshots.keep(tx, orjson.dumps(MENU).decode(), None, NOON)
        tx.execute("INSERT INTO buildings (id, name) VALUES ('7', '7栋'), ('8', '8栋')")
        people.bind_chat(tx, ChatId("web:7"), BuildingId("7"), title="7", language="zh")
        people.bind_chat(tx, ChatId("web:8"), BuildingId("8"), title="8", language="en")
        people.replace_roles(tx, "config", [people.RoleGrant(PersonId("web:root"), Role.ADMIN)])

    async with await Store.open(tmp_path / "s.sqlite3") as opened:
        await opened.write(prepare)
        yield opened


async def follow(store: Store, advice: Advice, now: datetime = NOON) -> ModeState:
    """What the watch does with an advice."""
    seen = await incident_log.current_state(store, now)
    return await store.write(lambda tx: SWITCH.follow(tx, advice, seen, now=now, broken_at=now))


async def group(store: Store, chat: str = "web:7") -> list[str]:
    """First lines of what waits to be said in a group."""
    rows = await store.read_all(
        "SELECT text FROM outgoing WHERE chat_id = :chat AND state = 'waiting' ORDER BY id", {"chat": chat}
    )
    return [row[0].partition("\n")[0] for row in rows]


async def open_parts(store: Store) -> list[str]:
    return [incident.part for incident in await incident_log.all_lasting(store)]


BROKE_NOODLES = Advice(Mode.PARTIAL, Cause.MERCHANT, NOODLES)
BROKE_PAYMENTS = Advice(Mode.PARTIAL, Cause.PAYMENTS, "payments")


async def test_one_merchant_is_told_of_by_name_with_everybody_else_still_there(store: Store) -> None:
    assert (await follow(store, BROKE_NOODLES)).mode is Mode.PARTIAL
    assert await group(store) == ["【面馆暂时点不了】平台其他商家照常"]
    assert await group(store, "web:8") == ["[面馆 cannot be ordered from] Everybody else on the platform can"]
    (row, _) = await store.read_all("SELECT text FROM outgoing WHERE chat_id IN ('web:7', 'web:8') ORDER BY chat_id")
    assert "货到付款" not in row[0]
    assert "换一家 https://o.example" in row[0]


async def test_a_canteen_is_called_by_its_own_name(store: Store) -> None:
    await follow(store, Advice(Mode.PARTIAL, Cause.CANTEEN, EAST))
    assert await group(store) == ["【食堂「东区」暂时点不了】平台其他商家照常"]


async def test_what_breaks_besides_has_its_own_incident_and_notices(store: Store) -> None:
    await follow(store, BROKE_NOODLES)
    state = await follow(store, BROKE_PAYMENTS, LATER)
    assert (state.mode, await open_parts(store)) == (Mode.PARTIAL, [NOODLES, "payments"])
    assert await group(store) == ["【面馆暂时点不了】平台其他商家照常", "【付款故障】平台照常接单，付款请选货到付款"]
    changes = await store.read_all("SELECT mode FROM mode_changes")
    assert [row[0] for row in changes] == ["partial"]


async def test_each_part_mends_by_itself_and_the_last_one_ends_the_mode(store: Store) -> None:
    await follow(store, BROKE_NOODLES)
    await follow(store, BROKE_PAYMENTS)
    assert (await follow(store, Advice(Mode.PARTIAL, None, NOODLES), LATER)).mode is Mode.PARTIAL
    assert await open_parts(store) == ["payments"]
    assert "【面馆可以点了】平台已经能联系上" in await group(store)
    assert (await follow(store, Advice(Mode.NORMAL, None, "payments"), LATER)).mode is Mode.NORMAL
    assert "【付款已恢复】平台付款恢复正常" in await group(store)
    assert await open_parts(store) == []


async def test_the_same_part_does_not_break_twice_and_one_that_is_not_broken_does_not_mend(store: Store) -> None:
    await follow(store, BROKE_NOODLES)
    with pytest.raises(ModeConflict):
        await follow(store, BROKE_NOODLES)
    with pytest.raises(ModeConflict):
        await follow(store, Advice(Mode.NORMAL, None, "payments"))
    assert await open_parts(store) == [NOODLES]


async def test_when_the_whole_goes_down_the_broken_parts_are_no_incidents_of_their_own(store: Store) -> None:
    await follow(store, BROKE_NOODLES)
    await follow(store, BROKE_PAYMENTS)
    state = await follow(store, Advice(Mode.EMERGENCY, Cause.NO_ANSWER), LATER)
    assert (state.mode, state.epoch) == (Mode.EMERGENCY, 1)
    (incident,) = await incident_log.all_lasting(store)
    assert (incident.part, incident.cause, incident.first_epoch) == ("", Cause.NO_ANSWER, 1)
    now = LATER + timedelta(minutes=5)
    await store.write(lambda tx: SWITCH.begin_hand_back(tx, by=WATCH, reason="back", now=now))
    await store.write(lambda tx: SWITCH.release(tx, by="hand-back", reason="books agree", now=now))
    assert await open_parts(store) == []
