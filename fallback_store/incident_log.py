"""Who is in charge, since when and why: modes, locks, incidents and their journal; append only where it is history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from core.chat import ButtonRows, OutgoingMessage, Priority
from core.health import Cause
from core.ids import Key, PersonId, private_chat_of
from core.incident import Incident, JournalEntry
from core.mode import Mode, ModeLock, ModeState
from core.times import from_ms, to_ms
from fallback_store import messages
from fallback_store.database import Store, Tx

# The mode --------------------------------------------------------------------------------------

_NEWEST_CHANGE = "SELECT mode, epoch, at_ms, by, reason, detail FROM mode_changes ORDER BY id DESC LIMIT 1"
_NEWEST_LOCK = "SELECT mode, by, reason, until_ms FROM mode_locks ORDER BY id DESC LIMIT 1"
#: What `state_of` reads, for whoever asks about the mode together with something else, and where it is found.
NEWEST_COLUMNS = """changed.mode, changed.epoch, changed.at_ms, changed.by, changed.reason, changed.detail,
    locked.mode, locked.by, locked.reason, locked.until_ms"""
NEWEST_JOINS = """LEFT JOIN mode_changes AS changed ON changed.id = (SELECT max(id) FROM mode_changes)
    LEFT JOIN mode_locks AS locked ON locked.id = (SELECT max(id) FROM mode_locks)"""
_NEWEST = f"SELECT {NEWEST_COLUMNS} FROM (SELECT 1) {NEWEST_JOINS}"


def current(tx: Tx, now: datetime) -> ModeState:
    """The mode; a store in which nothing happened yet is in normal, epoch 0, as of `now`."""
    return state_of(tx.execute(_NEWEST).fetchone(), now)


def state_of(found: tuple[Any, ...], now: datetime) -> ModeState:
    """The mode in a row of `NEWEST_COLUMNS`."""
    return _state(None if found[0] is None else found[:6], None if found[6] is None else found[6:], now)


async def current_state(store: Store, now: datetime) -> ModeState:
    """The same, outside a transaction."""
    changes, locks = await store.read_all(_NEWEST_CHANGE), await store.read_all(_NEWEST_LOCK)
    return _state(changes[0] if changes else None, locks[0] if locks else None, now)


def change(tx: Tx, before: ModeState, after: ModeState) -> bool:
    """Writes `after`, unless the mode is no longer `before`; returns whether it did (compare-and-swap)."""
    written = tx.execute(
        "INSERT INTO mode_changes (mode, epoch, by, reason, at_ms, detail)"
        " SELECT :mode, :epoch, :by, :reason, :at_ms, :detail WHERE NOT EXISTS (SELECT 1 FROM mode_changes"
        " WHERE id = (SELECT max(id) FROM mode_changes) AND (mode, epoch, at_ms) <> (:was, :was_epoch, :was_ms))",
        {
            "mode": after.mode.value,
            "epoch": after.epoch,
            "by": after.by,
            "reason": after.reason,
            "at_ms": to_ms(after.since),
            "detail": orjson.dumps({"cause": after.cause}).decode(),
            "was": before.mode.value,
            "was_epoch": before.epoch,
            "was_ms": to_ms(before.since),
        },
    )
    return written.rowcount > 0


def lowest_next_epoch(tx: Tx) -> int:
    """The lowest epoch that may be opened: a store that was lost may have opened others after the copy; 0 = any."""
    (lowest,) = tx.execute("SELECT coalesce(max(next_epoch), 0) FROM restores").fetchone()
    return int(lowest)


def lock(tx: Tx, mode: Mode, until: datetime, *, by: str, reason: str, now: datetime) -> None:
    """Holds the mode until then."""
    tx.execute(
        "INSERT INTO mode_locks (mode, by, reason, at_ms, until_ms) VALUES (?, ?, ?, ?, ?)",
        (mode.value, by, reason, to_ms(now), to_ms(until)),
    )


def unlock(tx: Tx, *, by: str, reason: str, now: datetime) -> None:
    """Ends whatever lock there is."""
    tx.execute("INSERT INTO mode_locks (by, reason, at_ms) VALUES (?, ?, ?)", (by, reason, to_ms(now)))


def _state(changed: Any, locked: Any, now: datetime) -> ModeState:
    mode_lock = None
    # An expired lock is none.
    if locked is not None and locked[0] is not None and locked[3] > to_ms(now):
        mode_lock = ModeLock(locked[1], locked[2], from_ms(locked[3]))
    if changed is None:
        return ModeState(Mode.NORMAL, 0, now, "", "", mode_lock)
    return _as_changed(*changed, mode_lock)


# Asked for every message, and changed a few times in an outage.
@lru_cache(maxsize=8)
def _as_changed(
    mode: str, epoch: int, at_ms: int, by: str, reason: str, detail: str, mode_lock: ModeLock | None
) -> ModeState:
    cause = orjson.loads(detail).get("cause")
    return ModeState(Mode(mode), epoch, from_ms(at_ms), by, reason, mode_lock, None if cause is None else Cause(cause))


# Incidents -------------------------------------------------------------------------------------

_INCIDENT = (
    "SELECT id, cause, said, broken_ms, opened_ms, closed_ms, first_epoch, notices, noticed_ms, part FROM incidents"
)


def open_incident(
    tx: Tx, *, cause: Cause, said: str, broken_at: datetime, epoch: int, now: datetime, part: str = ""
) -> Incident:
    """Begins an incident; `part`: the one part that is broken, "" = the whole."""
    cursor = tx.execute(
        "INSERT INTO incidents (opened_ms, first_epoch, cause, said, broken_ms, part) VALUES (?, ?, ?, ?, ?, ?)",
        (to_ms(now), epoch, cause.value, said, to_ms(broken_at), part),
    )
    return _incident(tx.execute(f"{_INCIDENT} WHERE id = ?", (cursor.lastrowid,)).fetchone())


def worsen_incident(tx: Tx, incident_id: int, *, cause: Cause, said: str, broken_at: datetime) -> Incident:
    """More is broken than was known when it began: the same incident goes on, about the whole, under its new cause."""
    tx.execute(
        "UPDATE incidents SET cause = ?, said = ?, broken_ms = ?, part = '' WHERE id = ?",
        (cause.value, said, to_ms(broken_at), incident_id),
    )
    return _incident(tx.execute(f"{_INCIDENT} WHERE id = ?", (incident_id,)).fetchone())


def close_incident(tx: Tx, incident_id: int, now: datetime) -> Incident:
    """Ends an incident."""
    tx.execute("UPDATE incidents SET closed_ms = ? WHERE id = ? AND closed_ms IS NULL", (to_ms(now), incident_id))
    return _incident(tx.execute(f"{_INCIDENT} WHERE id = ?", (incident_id,)).fetchone())


def incident(tx: Tx, incident_id: int) -> Incident:
    """One incident that is known to be there."""
    return _incident(tx.execute(f"{_INCIDENT} WHERE id = ?", (incident_id,)).fetchone())


def open_one(tx: Tx) -> Incident | None:
    """The incident that lasts, if one does."""
    found = tx.execute(f"{_INCIDENT} WHERE closed_ms IS NULL ORDER BY id DESC LIMIT 1").fetchone()
    return None if found is None else _incident(found)


def open_about(tx: Tx, part: str) -> Incident | None:
    """The incident about one part that lasts, if one does."""
    found = tx.execute(f"{_INCIDENT} WHERE closed_ms IS NULL AND part = ? ORDER BY id DESC LIMIT 1", (part,)).fetchone()
    return None if found is None else _incident(found)


def all_open(tx: Tx) -> list[Incident]:
    """Every incident that lasts, oldest first."""
    return [_incident(row) for row in tx.execute(f"{_INCIDENT} WHERE closed_ms IS NULL ORDER BY id").fetchall()]


def others_open(tx: Tx, incident_id: int) -> list[Incident]:
    """The incidents that last besides this one, oldest first."""
    rows = tx.execute(f"{_INCIDENT} WHERE closed_ms IS NULL AND id <> ? ORDER BY id", (incident_id,)).fetchall()
    return [_incident(row) for row in rows]


async def lasting(store: Store) -> Incident | None:
    """The same, outside a transaction."""
    rows = await store.read_all(f"{_INCIDENT} WHERE closed_ms IS NULL ORDER BY id DESC LIMIT 1")
    return _incident(rows[0]) if rows else None


async def all_lasting(store: Store) -> list[Incident]:
    """Every incident that lasts, oldest first."""
    return [_incident(row) for row in await store.read_all(f"{_INCIDENT} WHERE closed_ms IS NULL ORDER BY id")]


async def incidents(store: Store, limit: int = 50) -> list[Incident]:
    """The newest incidents first."""
    return [_incident(row) for row in await store.read_all(f"{_INCIDENT} ORDER BY id DESC LIMIT :n", {"n": limit})]


def _incident(row: Any) -> Incident:
    id_, cause, said, broken_ms, opened_ms, closed_ms, first_epoch, notices, noticed_ms, part = row
    return Incident(
        id_,
        Cause(cause),
        said,
        from_ms(broken_ms),
        from_ms(opened_ms),
        None if closed_ms is None else from_ms(closed_ms),
        first_epoch,
        notices,
        None if noticed_ms is None else from_ms(noticed_ms),
        part,
    )


# The journal -----------------------------------------------------------------------------------


def note(tx: Tx, incident_id: int | None, *, who: str, kind: str, text: str, now: datetime) -> None:
    """Writes one line of the journal."""
    tx.execute(
        "INSERT INTO incident_journal (incident_id, at_ms, who, kind, text) VALUES (?, ?, ?, ?, ?)",
        (incident_id, to_ms(now), who, kind, text),
    )


async def journal(store: Store, limit: int = 100, incident_id: int | None = None) -> list[JournalEntry]:
    """The newest lines first; of one incident, or of everything."""
    rows = await store.read_all(
        "SELECT id, incident_id, at_ms, who, kind, text FROM incident_journal"
        " WHERE :incident_id IS NULL OR incident_id = :incident_id ORDER BY id DESC LIMIT :limit",
        {"incident_id": incident_id, "limit": limit},
    )
    return [JournalEntry(row[0], row[1], from_ms(row[2]), row[3], row[4], row[5]) for row in rows]


# Telling people --------------------------------------------------------------------------------


def tell_admins(
    tx: Tx,
    key: str,
    text_in: Callable[[str], str],
    now: datetime,
    *,
    incident_id: int | None,
    language: str,
    buttons_in: Callable[[str], ButtonRows] = lambda _: (),
    board: str = "",
) -> int:
    """Queues a message for every admin's private chat, in their language or else `language`; returns how many.

    The same key twice is a no-op. `board`: it is the newest state of that board, edited in place.
    """
    admins = tx.execute(
        "SELECT DISTINCT roles.person_id, coalesce(nullif(people.language, ''), ?) FROM roles"
        " LEFT JOIN people ON people.id = roles.person_id WHERE role = 'admin' ORDER BY roles.person_id",
        (language,),
    ).fetchall()
    told = 0
    for person_id, spoken in admins:
        chat = private_chat_of(PersonId(person_id))
        message = OutgoingMessage(
            key=Key(f"{key}:{chat}"),
            chat_id=chat,
            text=text_in(spoken),
            priority=Priority.NOTICE,
            buttons=buttons_in(spoken),
            board=board,
        )
        told += messages.say(tx, message, now, incident_id)
    return told


def orders_in(tx: Tx, first_epoch: int) -> int:
    """How many orders were taken since an epoch began, whatever became of them; cheap at any size."""
    (count,) = tx.execute(
        "SELECT coalesce(sum(last - coalesce(skipped, 0)), 0) FROM order_numbers LEFT JOIN restores USING (epoch)"
        " WHERE epoch >= ?",
        (first_epoch,),
    ).fetchone()
    return int(count)
