"""One SQLite file: opened by one process, written by one thread that commits many units of work at once.

A unit of work is an ordinary function of the open transaction. Units that wait together share one commit (and
its fsync), each inside a SAVEPOINT of its own: a failing unit fails alone. A future is resolved only after COMMIT,
so whatever was acknowledged is durable.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import aiosqlite

from core.errors import FallbackError, StoreBroken, StoreBusy, StoreFull, StoreNotNow
from fallback_store.file_lock import hold
from fallback_store.migrations import migrate

Tx = sqlite3.Connection
"""The open transaction. Only units of work see it; they never commit."""
T = TypeVar("T")
Unit = Callable[[Tx], T]

#: Units committed together at the most: bounds how long the first of them waits.
GROUP_LIMIT = 256
#: Read-only connections; each is a thread.
READERS = 2
#: Pages each connection keeps for itself. Small: the system keeps the file's pages as well, and gives them back.
WRITER_CACHE_KIB = 4000
READER_CACHE_KIB = 1000

#: How SQLite says that the disk is full, depending on which of its files had to grow.
_FULL = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_SHMSIZE,
)
#: How it says that somebody else holds the file; the upper bits only tell why.
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@dataclass(slots=True, eq=False)
class _Job:
    """Units that came together, and where to say how each ended."""

    units: Sequence[Unit[Any]]
    #: running a unit again does no harm: it touches nothing but the transaction
    may_repeat: bool
    #: what the units need worked out first
    before: Callable[[], None] | None
    future: asyncio.Future[list[Any]]


class Store:
    """The memory. Build it with `Store.open`; close it, or its threads keep the process alive."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock_fd: int) -> None:
        self.path = path
        self._connection = connection
        self._lock_fd = lock_fd
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._readers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        self._opened_readers: list[aiosqlite.Connection] = []
        self._loop = asyncio.get_running_loop()
        self._watchers: list[asyncio.Future[None]] = []
        self._revision = 0
        self._is_closed = False
        #: how long the newest commit took, milliseconds; None before the first
        self.commit_ms: float | None = None
        self._thread = threading.Thread(target=self._write_forever, name="store-writer", daemon=True)

    @classmethod
    async def open(cls, path: Path) -> Store:
        """Opens or creates the file and brings it to the newest migration.

        Raises: StoreLocked when another process holds it, StoreBroken when it is no usable store,
        StoreFull when the disk is, StoreBusy when another program holds the file.
        """
        lock_fd = hold(path)
        try:
            connection = await asyncio.to_thread(_open_writer, path)
        except BaseException:
            os.close(lock_fd)
            raise
        store = cls(path, connection, lock_fd)
        store._thread.start()
        for _ in range(READERS):
            reader = await aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
            reader.row_factory = sqlite3.Row
            await reader.execute("PRAGMA query_only = 1")
            await reader.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
            store._opened_readers.append(reader)
            store._readers.put_nowait(reader)
        return store

    async def close(self) -> None:
        """Finishes the units that wait, then lets go of the file."""
        if self._is_closed:
            return
        self._is_closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        for reader in self._opened_readers:
            await reader.close()
        self._connection.close()
        os.close(self._lock_fd)

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def write(self, unit: Unit[T]) -> T:
        """Runs one unit of work; returns after it is durable. Raises: what the unit raised, or StoreNotNow."""
        (outcome,) = await self.write_each([unit])
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def write_each(
        self, units: Sequence[Unit[T]], *, may_repeat: bool = False, before: Callable[[], None] | None = None
    ) -> list[T | BaseException]:
        """Runs the units in order, in one transaction; a unit that fails fails alone and is returned as its exception.

        `may_repeat`: the units touch nothing but the transaction, so a group in which one fails may be undone and run
        again. That is what a savepoint each would cost otherwise, a fifth of an order, saved as long as none fails.
        `before`: work without the store, done in the writer thread before the transaction opens. Two busy threads
        would fight over the interpreter at every statement, and lose a fifth of both. It must not raise.

        Cancelling the caller does not undo the units: they are committed or not, as if it had died.
        """
        if self._is_closed:
            raise StoreBroken("The store is closed.")
        job = _Job(units, may_repeat, before, self._loop.create_future())
        self._jobs.put(job)
        return await job.future

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[aiosqlite.Connection]:
        """A read-only connection on the last committed state; rows answer to column names. Raises: StoreBusy."""
        reader = await self._readers.get()
        try:
            yield reader
        except sqlite3.OperationalError as problem:
            ours = _as_ours(problem)
            if ours is problem:
                raise
            raise ours from problem
        finally:
            self._readers.put_nowait(reader)

    async def read_all(self, sql: str, parameters: dict[str, Any] | None = None) -> list[sqlite3.Row]:
        """All rows of one SELECT. For the store's own rooms: SQL lives nowhere else."""
        async with self.reading() as reader:
            return list(await reader.execute_fetchall(sql, parameters or {}))

    @property
    def revision(self) -> int:
        """Grows with every commit."""
        return self._revision

    async def wait_change(self, seen: int) -> int:
        """Returns the revision once it differs from `seen`: at least one commit happened since."""
        while self._revision == seen:
            watcher = self._loop.create_future()
            self._watchers.append(watcher)
            await watcher
        return self._revision

    # The writer thread ------------------------------------------------------------------------

    def _write_forever(self) -> None:
        is_open = True
        while is_open:
            jobs: list[_Job] = []
            job = self._jobs.get()
            count = 0
            while job is not None:
                jobs.append(job)
                count += len(job.units)
                if count >= GROUP_LIMIT:
                    break
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
            else:
                is_open = False
            if jobs:
                self._commit_together(jobs)

    def _commit_together(self, jobs: list[_Job]) -> None:
        try:
            for job in jobs:
                if job.before is not None:
                    job.before()
            outcomes = self._transact(jobs)
        except BaseException as problem:  # the caller must hear of every failure, whatever it is
            error = _as_ours(problem)
            outcomes = [[error] * len(job.units) for job in jobs]
        try:
            self._loop.call_soon_threadsafe(self._resolve, list(zip(jobs, outcomes, strict=True)))
        except RuntimeError:  # the loop is gone, and with it everybody who waited
            return

    def _transact(self, jobs: list[_Job]) -> list[list[Any]]:
        if all(job.may_repeat for job in jobs):
            try:
                return self._in_transaction(jobs, _run_bare)
            except Exception as problem:
                if isinstance(_as_ours(problem), StoreNotNow):
                    raise
                # One of them failed and all were undone: again, each inside its own savepoint.
        return self._in_transaction(jobs, _run)

    def _in_transaction(self, jobs: list[_Job], run: Callable[[Tx, Unit[Any]], Any]) -> list[list[Any]]:
        tx = self._connection
        try:
            tx.execute("BEGIN IMMEDIATE")
            outcomes = [[run(tx, unit) for unit in job.units] for job in jobs]
            worked_s = time.perf_counter()
            tx.execute("COMMIT")
            self.commit_ms = (time.perf_counter() - worked_s) * 1000
        except BaseException:
            # SQLite rolls back by itself when the disk is full; a second ROLLBACK would be an error.
            if tx.in_transaction:
                tx.execute("ROLLBACK")
            raise
        return outcomes

    def _resolve(self, settled: list[tuple[_Job, list[Any]]]) -> None:
        for job, outcome in settled:
            if not job.future.done():  # done = its waiter was cancelled
                job.future.set_result(outcome)
        self._revision += 1
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)


def _run_bare(tx: Tx, unit: Unit[Any]) -> Any:
    return unit(tx)


def _run(tx: Tx, unit: Unit[Any]) -> Any:
    """One unit inside its own savepoint; its exception is its outcome, unless the whole transaction is lost."""
    tx.execute("SAVEPOINT unit")
    try:
        outcome = unit(tx)
    except BaseException as problem:
        if not tx.in_transaction or isinstance(_as_ours(problem), StoreNotNow):
            raise
        tx.execute("ROLLBACK TO unit")
        tx.execute("RELEASE unit")
        return problem
    tx.execute("RELEASE unit")
    return outcome


def _as_ours(problem: BaseException) -> BaseException:
    if not isinstance(problem, sqlite3.OperationalError):
        return problem
    code = getattr(problem, "sqlite_errorcode", 0)  # absent when it was not SQLite that complained
    if code in _FULL:
        return StoreFull()
    return StoreBusy() if code & 0xFF in _BUSY else problem


def _open_writer(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=256, timeout=5.0
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages, 16 MB: a checkpoint costs three fsyncs
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
        connection.execute("PRAGMA temp_store = MEMORY")
        migrate(connection)
    except sqlite3.DatabaseError as problem:
        ours = _as_ours(problem)
        if isinstance(ours, FallbackError):
            raise ours from problem
        raise StoreBroken(f"{path}: {problem}") from problem
    return connection
