"""A copy of the store while it is in use, and a store made from such a copy on another day or another machine."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from core.errors import StoreBroken
from core.mode import Mode
from core.times import to_ms
from fallback_store import incident_log
from fallback_store.file_lock import hold
from fallback_store.migrations import migrate

#: What happened after the copy is not in it. What was named since must not be named again: numbers of the running
#: epoch go on so much later, and the next epoch is so much higher.
NUMBERS_SKIPPED, EPOCHS_SKIPPED = 1_000, 100
#: What SQLite keeps beside a store until it is closed in peace.
_BESIDE = ("-wal", "-shm")
#: Who the journal names.
RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was read through and found whole."""

    path: Path
    orders: int
    #: events the primary has not taken yet
    unsettled: int


def copy(store: Path, to: Path) -> Copy:
    """Copies the store as of one moment, the service running or not; `to` is there whole or not at all.

    Raises: StoreBroken when there is no store, or the copy is not whole.
    """
    if not store.is_file():
        raise StoreBroken(f"There is no store at {store}.", hint="Name the settings of the service: --config my.yaml.")
    draft = to.with_name(f"{to.name}.draft")
    draft.unlink(missing_ok=True)
    to.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(f"file:{quote(str(store.absolute()))}?mode=ro", uri=True)) as source:
        draft.touch(mode=0o600)  # it names people
        with closing(sqlite3.connect(draft)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file to carry about
            found = _look_through(target, to)
    _put_in_place(draft, to)
    return found


def restore(backup: Path, store: Path, *, reason: str, now: datetime) -> Copy:
    """Makes a store of a copy; nothing is overwritten, and no number is given a second time.

    Raises: StoreBroken when the copy is not whole or there is a store, or part of one; StoreLocked when a service runs.
    """
    if not backup.is_file():
        raise StoreBroken(f"There is no copy at {backup}.", hint="Name a file that `backup` wrote.")
    lock = hold(store)
    try:
        # SQLite takes any -wal of that name for the store's own: its pages would come back over those of the copy.
        left = [part for part in (store, *(store.with_name(store.name + end) for end in _BESIDE)) if part.exists()]
        if left:
            names = ", ".join(map(str, left))
            raise StoreBroken(f"There is a store, or part of one: {names}.", hint="Move it away first, all of it.")
        draft = store.with_name(f"{store.name}.draft")
        shutil.copyfile(backup, draft)
        draft.chmod(0o600)
        with closing(sqlite3.connect(draft)) as target:
            found = _look_through(target, backup)
            migrate(target)  # an older program may have made the copy
            with target:
                _skip(target, reason, now)
        _put_in_place(draft, store)
    finally:
        os.close(lock)
    return found


def _look_through(store: sqlite3.Connection, name: Path) -> Copy:
    try:
        (verdict,) = store.execute("PRAGMA integrity_check").fetchone()
        (orders,) = store.execute("SELECT count(*) FROM orders").fetchone()
        (unsettled,) = store.execute("SELECT count(*) FROM outbox WHERE state IN ('waiting', 'leased')").fetchone()
    except sqlite3.DatabaseError as problem:
        raise StoreBroken(f"{name} is no whole store: {problem}.") from problem
    if verdict != "ok":
        raise StoreBroken(f"{name} is damaged: {verdict}.")
    return Copy(name, orders, unsettled)


def _skip(store: sqlite3.Connection, reason: str, now: datetime) -> None:
    newest = store.execute("SELECT mode, epoch FROM mode_changes ORDER BY id DESC LIMIT 1").fetchone()
    mode, epoch = newest or (Mode.NORMAL.value, 0)
    next_epoch = max(epoch + 1, incident_log.lowest_next_epoch(store)) + EPOCHS_SKIPPED
    if mode in (Mode.EMERGENCY, Mode.HANDING_BACK):
        # Buildings without an order, and those that come later, read what is skipped when they get their first one.
        store.execute("UPDATE order_numbers SET last = last + ? WHERE epoch = ?", (NUMBERS_SKIPPED, epoch))
        store.execute(
            "INSERT INTO restores (epoch, skipped, next_epoch) VALUES (?, ?, ?) ON CONFLICT (epoch) DO UPDATE"
            " SET skipped = skipped + excluded.skipped, next_epoch = excluded.next_epoch",
            (epoch, NUMBERS_SKIPPED, next_epoch),
        )
    else:
        store.execute(
            "INSERT INTO mode_changes (mode, epoch, by, reason, at_ms) VALUES (?, ?, ?, ?, ?)",
            (mode, next_epoch - 1, RESTORE, reason, to_ms(now)),
        )
    store.execute(
        "INSERT INTO incident_journal (at_ms, who, kind, text) VALUES (?, ?, 'note', ?)", (to_ms(now), RESTORE, reason)
    )


def _put_in_place(draft: Path, path: Path) -> None:
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
