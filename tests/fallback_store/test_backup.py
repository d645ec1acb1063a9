"""A copy made while the store is written to is whole, and a store made of it names nothing a second time."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import StoreBroken, StoreLocked
from core.ids import ItemId
from core.mode import Mode, ModeState
from core.notices import NoticeRules
from fallback_store import boards, incident_log, migrations, orders, stock
from fallback_store.backup import EPOCHS_SKIPPED, NUMBERS_SKIPPED, copy, restore
from fallback_store.database import Store, Tx
from fallback_store.overview import read_overview
from tests.small_campus import EPOCH, NOON, place, small_campus
from watch.mode_switch import StoreModeSwitch

WHY = "the disk died"


def numbered(tx: Tx, name: str) -> str:
    return place(tx, name, "305").label


async def test_a_copy_of_a_busy_store_is_whole(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        await store.write(lambda tx: place(tx, "first", "305", "lemon"))

        async def keep_ordering() -> None:
            for n in range(200):
                await store.write(lambda tx, n=n: place(tx, f"p{n}", "305", "lemon"))  # type: ignore[misc]

        ordering = asyncio.ensure_future(keep_ordering())
        made = [await asyncio.to_thread(copy, store.path, tmp_path / "copies" / f"{n}.sqlite3") for n in range(5)]
        await ordering
    assert made[0].orders >= 1
    for one in made:
        assert (one.unsettled, one.path.stat().st_mode & 0o077) == (one.orders, 0)
        async with await Store.open(one.path) as opened:
            ((lines,),) = await opened.read_all("SELECT count(*) FROM order_lines")
            assert lines == one.orders


async def test_no_number_of_the_running_epoch_is_given_twice(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        await store.write(lambda tx: change(tx, Mode.EMERGENCY))
        assert await store.write(lambda tx: numbered(tx, "anna")) == "#12-001"
        copy(store.path, tmp_path / "copy.sqlite3")
        assert await store.write(lambda tx: numbered(tx, "ben")) == "#12-002"
    again = tmp_path / "again" / "store.sqlite3"
    restore(tmp_path / "copy.sqlite3", again, reason=WHY, now=NOON)
    async with await Store.open(again) as store:
        assert await store.write(lambda tx: numbered(tx, "cleo")) == f"#12-{NUMBERS_SKIPPED + 2}"
        assert await store.write(lambda tx: orders.by_number(tx, EPOCH, "12", 1)) is not None
        assert (await incident_log.current_state(store, NOON)).epoch == EPOCH
        (entry,) = await incident_log.journal(store)
        assert (entry.who, entry.text) == ("restore", WHY)


async def test_no_number_of_a_building_that_orders_later_is_given_twice(tmp_path: Path) -> None:
    """The copy knows the running epoch, and no order of it: not of building 7, and not of one that is added later."""
    async with small_campus(tmp_path) as store:
        await store.write(lambda tx: change(tx, Mode.EMERGENCY))
        copy(store.path, tmp_path / "copy.sqlite3")
        given = {await store.write(lambda tx: place(tx, "anna", "305", building="7").id)}
    again = tmp_path / "again.sqlite3"
    restore(tmp_path / "copy.sqlite3", again, reason=WHY, now=NOON)
    async with await Store.open(again) as store:
        await store.write(lambda tx: tx.execute("INSERT INTO buildings (id, name) VALUES ('9', '9栋')"))
        for building in ("7", "9"):
            order = await store.write(lambda tx, b=building: place(tx, "anna", "305", building=b))  # type: ignore[misc]
            assert order.id not in given
            assert order.number == NUMBERS_SKIPPED + 1
            given.add(order.id)
        # The next epoch has nothing to leave out.
        assert await store.write(lambda tx: place(tx, "ben", "305", epoch=EPOCH + EPOCHS_SKIPPED + 1).number) == 1


async def test_skipped_numbers_are_not_counted_as_orders(tmp_path: Path) -> None:
    source = tmp_path / "first" / "store.sqlite3"
    async with small_campus(source.parent) as store:
        await store.write(lambda tx: change(tx, Mode.EMERGENCY))
        await store.write(lambda tx: place(tx, "anna", "305"))
    for n in range(2):  # restored, and restored again
        copy(source, tmp_path / f"copy{n}.sqlite3")
        source = tmp_path / f"again{n}.sqlite3"
        restore(tmp_path / f"copy{n}.sqlite3", source, reason=WHY, now=NOON)
        async with await Store.open(source) as store:
            await store.write(lambda tx: place(tx, "ben", "305", building="7"))
            assert (await read_overview(store, NOON)).orders_in_epoch == n + 2
            assert await store.write(lambda tx: incident_log.orders_in(tx, EPOCH)) == n + 2
            assert await store.write(lambda tx: orders_on_boards(tx)) == {"12": 1, "7": n + 1}


async def test_no_epoch_that_followed_the_copied_one_is_opened_again(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        await store.write(lambda tx: change(tx, Mode.EMERGENCY))
        copy(store.path, tmp_path / "copy.sqlite3")
    again = tmp_path / "again.sqlite3"
    restore(tmp_path / "copy.sqlite3", again, reason=WHY, now=NOON)
    switch = StoreModeSwitch(NoticeRules(platform="东湖", timezone=UTC))
    later = [NOON + timedelta(minutes=n) for n in range(1, 4)]
    async with await Store.open(again) as store:
        await store.write(lambda tx: switch.begin_hand_back(tx, by="root", reason="test", now=later[0]))
        state = await store.write(lambda tx: switch.release(tx, by="root", reason="test", now=later[1]))
        assert state.epoch == EPOCH
        state = await store.write(lambda tx: switch.enter_emergency(tx, by="root", reason="test", now=later[2]))
        assert state.epoch == EPOCH + EPOCHS_SKIPPED + 1


async def test_a_merchants_later_word_is_not_taken_for_one_from_before_the_restore(tmp_path: Path) -> None:
    keys: set[str] = set()

    async def supply(store: Store, left: int, now: datetime) -> None:
        await store.write(lambda tx: stock.edit(tx, ItemId("lemon"), "supply", left, by="chef", source="grid", now=now))
        keys.update(row[0] for row in await store.read_all("SELECT key FROM outbox WHERE kind = 'stock.adjusted'"))

    async with small_campus(tmp_path) as store:
        await store.write(lambda tx: change(tx, Mode.EMERGENCY))
        copy(store.path, tmp_path / "copy.sqlite3")
        await supply(store, 30, NOON)
    again = tmp_path / "again" / "store.sqlite3"
    restore(tmp_path / "copy.sqlite3", again, reason=WHY, now=NOON)
    async with await Store.open(again) as store:
        await supply(store, 20, NOON + timedelta(minutes=5))
    assert len(keys) == 2


async def test_a_copy_of_an_older_program_is_brought_up_to_date(tmp_path: Path) -> None:
    steps = sorted(Path(migrations.__file__).parent.glob("[0-9]*.sql"))
    with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as older:
        for step in steps[:20]:
            older.executescript(step.read_text(encoding="utf-8"))
        older.execute("PRAGMA user_version = 20")
        with older:
            older.execute(
                "INSERT INTO mode_changes (mode, epoch, by, reason, at_ms) VALUES ('emergency', 3, 'x', 'x', 1)"
            )
    restore(tmp_path / "copy.sqlite3", tmp_path / "again.sqlite3", reason=WHY, now=NOON)
    async with await Store.open(tmp_path / "again.sqlite3") as store:
        assert await store.write(lambda tx: boards.skipped_numbers(tx, 3)) == NUMBERS_SKIPPED


async def test_no_epoch_is_opened_twice(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        await store.write(lambda tx: change(tx, Mode.NORMAL))
        copy(store.path, tmp_path / "copy.sqlite3")
    again = tmp_path / "again.sqlite3"
    restore(tmp_path / "copy.sqlite3", again, reason=WHY, now=NOON)
    async with await Store.open(again) as store:
        state = await incident_log.current_state(store, NOON)
        assert (state.mode, state.epoch, state.reason) == (Mode.NORMAL, EPOCH + EPOCHS_SKIPPED, WHY)


async def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        copy(store.path, tmp_path / "copy.sqlite3")
        with pytest.raises(StoreLocked):
            restore(tmp_path / "copy.sqlite3", store.path, reason=WHY, now=NOON)
    with pytest.raises(StoreBroken, match="There is a store"):
        restore(tmp_path / "copy.sqlite3", store.path, reason=WHY, now=NOON)


@pytest.mark.parametrize("end", ["-wal", "-shm"])
async def test_what_an_old_store_left_beside_it_does_not_come_back(tmp_path: Path, end: str) -> None:
    async with small_campus(tmp_path) as store:
        copy(store.path, tmp_path / "copy.sqlite3")
    left = store.path.with_name(store.path.name + end)
    store.path.rename(tmp_path / "moved.sqlite3")
    left.write_bytes(b"of the old store")
    with pytest.raises(StoreBroken, match=end) as refused:
        restore(tmp_path / "copy.sqlite3", store.path, reason=WHY, now=NOON)
    assert refused.value.hint == "Move it away first, all of it."
    assert not store.path.exists()
    left.unlink()
    restore(tmp_path / "copy.sqlite3", store.path, reason=WHY, now=NOON)


async def test_what_is_no_whole_store_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(StoreBroken, match="There is no store"):
        copy(tmp_path / "absent.sqlite3", tmp_path / "copy.sqlite3")
    with pytest.raises(StoreBroken, match="There is no copy"):
        restore(tmp_path / "absent.sqlite3", tmp_path / "x.sqlite3", reason=WHY, now=NOON)
    torn = tmp_path / "torn.sqlite3"
    async with small_campus(tmp_path) as store:
        await store.write(lambda tx: [place(tx, f"p{n}", "305", "lemon") for n in range(50)])
        copy(store.path, torn)
    body = bytearray(torn.read_bytes())
    body[len(body) // 2 : len(body) // 2 + 9_000] = bytes(9_000)
    torn.write_bytes(body)
    with pytest.raises(StoreBroken):
        restore(torn, tmp_path / "x.sqlite3", reason=WHY, now=NOON)
    assert not (tmp_path / "x.sqlite3").exists()
    with sqlite3.connect(tmp_path / "other.sqlite3") as other:
        other.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreBroken, match="no whole store"):
        restore(tmp_path / "other.sqlite3", tmp_path / "x.sqlite3", reason=WHY, now=NOON)


def orders_on_boards(tx: Tx) -> dict[str, int]:
    skipped = boards.skipped_numbers(tx, EPOCH)
    return {building: last - skipped for building, last in boards.last_numbers(tx, EPOCH).items()}


def change(tx: Tx, mode: Mode) -> None:
    before = incident_log.current(tx, NOON)
    assert incident_log.change(tx, before, ModeState(mode, EPOCH, NOON + timedelta(seconds=1), "test", "test"))
