"""The writer thread: what was acknowledged is durable, what failed fails alone."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import StoreBroken, StoreBusy, StoreFull, StoreLocked
from fallback_store.database import Store, Tx, Unit
from fallback_store.migrations import require_sqlite


def insert(name: str) -> str:
    return f"INSERT INTO buildings (id, name) VALUES ('{name}', '{name}')"


def runs(statement: str) -> Unit[object]:
    return lambda tx: tx.execute(statement)


def appends(ran: list[int], number: int) -> Unit[None]:
    return lambda _: ran.append(number)


async def names(store: Store) -> list[str]:
    return [row[0] for row in await store.read_all("SELECT id FROM buildings ORDER BY id")]


async def test_a_written_unit_is_durable_when_its_future_resolves(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        await store.write(lambda tx: tx.execute(insert("a")))
        # A second, independent connection sees it: it was committed, not only executed.
        other = sqlite3.connect(f"file:{store.path}?mode=ro", uri=True)
        assert other.execute("SELECT count(*) FROM buildings").fetchone() == (1,)
        other.close()


async def test_a_failing_unit_fails_alone_among_those_committed_with_it(tmp_path: Path) -> None:
    def half_then_fail(tx: Tx) -> None:
        tx.execute(insert("half"))
        raise RuntimeError("second half")

    async with await Store.open(tmp_path / "s.sqlite3") as store:
        units = [lambda tx: tx.execute(insert("a")), half_then_fail, lambda tx: tx.execute(insert("b"))]
        outcomes = await store.write_each(units)
        assert isinstance(outcomes[1], RuntimeError)
        assert not any(isinstance(outcome, BaseException) for outcome in (outcomes[0], outcomes[2]))
        assert await names(store) == ["a", "b"]


async def test_units_that_may_repeat_are_undone_together_and_run_again_apart(tmp_path: Path) -> None:
    ran: list[int] = []

    def half_then_fail(tx: Tx) -> None:
        tx.execute(insert("half"))
        raise RuntimeError("second half")

    async with await Store.open(tmp_path / "s.sqlite3") as store:
        units: list[Unit[object]] = [runs(insert("a")), appends(ran, 1), half_then_fail, runs(insert("b"))]
        outcomes = await store.write_each(units, may_repeat=True)
        assert [type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)] == [RuntimeError]
        assert await names(store) == ["a", "b"]
        assert ran == [1, 1]


async def test_a_group_with_one_unit_that_may_not_repeat_runs_once(tmp_path: Path) -> None:
    ran: list[int] = []

    def fail(tx: Tx) -> None:
        raise RuntimeError

    async with await Store.open(tmp_path / "s.sqlite3") as store:
        once = store.write_each([appends(ran, 1)])
        again = store.write_each([fail], may_repeat=True)
        await asyncio.gather(once, again)
    assert ran == [1]


async def test_units_that_wait_together_share_commits(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        before = store.revision
        await asyncio.gather(*(store.write(runs(insert(f"{n:03}"))) for n in range(200)))
        assert len(await names(store)) == 200
        assert store.revision - before < 100


async def test_units_of_one_caller_run_in_their_order(tmp_path: Path) -> None:
    ran: list[int] = []
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        await store.write_each([appends(ran, n) for n in range(500)])
    assert ran == list(range(500))


async def test_waiting_for_a_change_returns_after_the_next_commit_only(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        seen = store.revision
        waiter = asyncio.create_task(store.wait_change(seen))
        await asyncio.sleep(0.01)
        assert not waiter.done()
        await store.write(lambda tx: tx.execute(insert("a")))
        assert await asyncio.wait_for(waiter, 1) > seen


async def test_a_cancelled_waiter_does_not_undo_its_unit(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        task = asyncio.create_task(store.write(lambda tx: tx.execute(insert("a"))))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await store.write(lambda tx: tx.execute(insert("b")))
        assert await names(store) == ["a", "b"]


async def test_readers_cannot_write(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        with pytest.raises(sqlite3.OperationalError):
            await store.read_all(insert("a"))


async def test_a_second_process_is_refused_with_the_holders_number(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    script = (
        "import asyncio, sys; from pathlib import Path; from fallback_store.database import Store\n"
        "asyncio.run(Store.open(Path(sys.argv[1])))"
    )
    async with await Store.open(path):
        second = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=30
        )
    assert second.returncode != 0
    assert "StoreLocked" in second.stderr
    assert "is in use by process" in second.stderr


async def test_the_same_process_is_refused_too_and_may_open_it_again_after_closing(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    async with await Store.open(path):
        with pytest.raises(StoreLocked):
            await Store.open(path)
    async with await Store.open(path) as again:
        assert await names(again) == []


async def test_a_full_disk_refuses_and_resumes_when_there_is_room(tmp_path: Path) -> None:
    def fill(tx: Tx) -> None:
        tx.execute(
            "INSERT INTO room_messages (key, chat_id, person_name, text, at_ms) VALUES ('k', 'c', '', ?, 0)",
            ("x" * 200_000,),
        )

    async with await Store.open(tmp_path / "s.sqlite3") as store:
        await store.write(lambda tx: tx.execute(insert("before")))
        # SQLite itself then answers SQLITE_FULL, exactly as it does on a full disk.
        await store.write(lambda tx: tx.execute("PRAGMA max_page_count = 1"))
        outcomes = await store.write_each([lambda tx: tx.execute(insert("together")), fill])
        assert [type(outcome) for outcome in outcomes] == [StoreFull, StoreFull]
        assert await names(store) == ["before"]
        await store.write(lambda tx: tx.execute("PRAGMA max_page_count = 1000000"))
        await store.write_each([lambda tx: tx.execute(insert("together")), fill])
        assert await names(store) == ["before", "together"]


@pytest.mark.parametrize("may_repeat", [False, True])
async def test_a_file_that_another_program_holds_is_busy_and_is_written_once_it_lets_go(
    tmp_path: Path, may_repeat: bool
) -> None:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        await store.write(lambda tx: tx.execute("PRAGMA busy_timeout = 50").fetchone())
        other = sqlite3.connect(store.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        outcomes = await store.write_each([runs(insert("a")), runs(insert("b"))], may_repeat=may_repeat)
        assert [type(outcome) for outcome in outcomes] == [StoreBusy, StoreBusy]
        other.execute("ROLLBACK")
        other.close()
        await store.write_each([runs(insert("a"))], may_repeat=may_repeat)
        assert await names(store) == ["a"]


async def test_a_read_that_another_program_keeps_out_is_busy(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other.sqlite3", isolation_level=None)
    other.execute("CREATE TABLE held (a)")
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        async with store.reading() as one, store.reading() as two:
            for reader in (one, two):
                await reader.execute("PRAGMA busy_timeout = 50")
                await reader.execute("ATTACH DATABASE ? AS other", (str(tmp_path / "other.sqlite3"),))
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy):
            await store.read_all("SELECT a FROM other.held")
        assert await names(store) == []
    other.close()


async def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 999")
    newer.close()
    with pytest.raises(StoreBroken, match="version 999"):
        await Store.open(path)


async def test_something_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    path.write_text("this is a letter to my mother " * 100)
    with pytest.raises(StoreBroken, match=r"s\.sqlite3"):
        await Store.open(path)


@pytest.mark.parametrize(("version", "is_enough"), [((3, 34, 1), False), ((3, 37, 0), True), ((4, 0, 0), True)])
def test_an_sqlite_without_strict_tables_is_one_clear_line(version: tuple[int, ...], is_enough: bool) -> None:
    if is_enough:
        require_sqlite(version)
        return
    with pytest.raises(StoreBroken, match=r"SQLite is 3\.34\.1, the store needs 3\.37\.0") as raised:
        require_sqlite(version)
    assert "Python" in raised.value.hint


async def test_a_migration_that_fails_leaves_the_version_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = tmp_path / "steps"
    steps.mkdir()
    (steps / "0001_good.sql").write_text("CREATE TABLE good (a);")
    (steps / "0002_bad.sql").write_text("CREATE TABLE half (a);\nCREATE TABLE good (a);")
    monkeypatch.setattr("fallback_store.migrations._FOLDER", steps)
    with pytest.raises(StoreBroken, match="good"):
        await Store.open(tmp_path / "s.sqlite3")
    left = sqlite3.connect(tmp_path / "s.sqlite3")
    assert left.execute("PRAGMA user_version").fetchone() == (1,)
    assert left.execute("SELECT name FROM sqlite_master").fetchall() == [("good",)]
    left.close()


async def test_undelivered_events_and_the_journal_cannot_be_deleted(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        await store.write(
            lambda tx: tx.execute(
                "INSERT INTO outbox (key, epoch, order_id, kind, body, at_ms)"
                " VALUES ('k', 1, 'o', 'order.placed', '{}', 0)"
            )
        )
        await store.write(
            lambda tx: tx.execute(
                "INSERT INTO mode_changes (mode, epoch, by, reason, at_ms) VALUES ('emergency', 1, 'watch', 'down', 0)"
            )
        )
        for statement in ("DELETE FROM outbox", "DELETE FROM mode_changes", "UPDATE mode_changes SET reason = ''"):
            with pytest.raises(sqlite3.IntegrityError):
                await store.write(runs(statement))
