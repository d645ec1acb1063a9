"""Notices as rows: drafted, perhaps edited or held by an admin, then told to everybody in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.notices import NoticeKind
from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice, told or not yet."""

    id: int
    incident_id: int
    #: among those told about the incident, from 1; None until told
    number: int | None
    kind: NoticeKind
    #: draft, told or superseded
    state: str
    #: language → text: as drafted, then as told
    texts: Mapping[str, str]
    #: language → what an admin wrote instead
    edits: Mapping[str, str]
    is_held: bool
    created_at: datetime
    #: when a draft goes out by itself
    due_at: datetime
    told_at: datetime | None


_COLUMNS = "id, incident_id, number, kind, state, texts, edits, is_held, created_ms, due_ms, told_ms"


def draft(tx: Tx, incident_id: int, kind: NoticeKind, texts: Mapping[str, str], now: datetime, due: datetime) -> Notice:
    """Writes the incident's next notice down; a draft of it that nobody was told yet is superseded."""
    tx.execute(
        "UPDATE notices SET state = 'superseded' WHERE incident_id = ? AND state = 'draft'",
        (incident_id,),
    )
    row = tx.execute(
        "INSERT INTO notices (incident_id, kind, texts, created_ms, due_ms) VALUES (?, ?, ?, ?, ?)"
        f" RETURNING {_COLUMNS}",
        (incident_id, kind.value, _json(texts), to_ms(now), to_ms(due)),
    ).fetchone()
    return _notice(row)


def by_id(tx: Tx, notice_id: int) -> Notice | None:
    """One notice; None when there is none."""
    row = tx.execute(f"SELECT {_COLUMNS} FROM notices WHERE id = ?", (notice_id,)).fetchone()
    return None if row is None else _notice(row)


async def read(store: Store, notice_id: int) -> Notice | None:
    """The same, outside a transaction."""
    rows = await store.read_all(f"SELECT {_COLUMNS} FROM notices WHERE id = :id", {"id": notice_id})
    return _notice(rows[0]) if rows else None


def newest_draft(tx: Tx) -> Notice | None:
    """The draft an admin means who names none."""
    row = tx.execute(f"SELECT {_COLUMNS} FROM notices WHERE state = 'draft' ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else _notice(row)


async def drafts(store: Store) -> list[Notice]:
    """Every notice that waits to be told, oldest first."""
    rows = await store.read_all(f"SELECT {_COLUMNS} FROM notices WHERE state = 'draft' ORDER BY id")
    return [_notice(row) for row in rows]


async def told(store: Store, incident_id: int, limit: int = 50) -> list[Notice]:
    """What was told about an incident, newest first."""
    rows = await store.read_all(
        f"SELECT {_COLUMNS} FROM notices WHERE incident_id = :id AND state = 'told' ORDER BY id DESC LIMIT :limit",
        {"id": incident_id, "limit": limit},
    )
    return [_notice(row) for row in rows]


async def newest(store: Store) -> Notice | None:
    """The last notice that was told, of any incident."""
    rows = await store.read_all(f"SELECT {_COLUMNS} FROM notices WHERE state = 'told' ORDER BY id DESC LIMIT 1")
    return _notice(rows[0]) if rows else None


def drop(tx: Tx, notice_id: int) -> None:
    """A draft that has nothing to say any more is not told."""
    tx.execute("UPDATE notices SET state = 'superseded' WHERE id = ? AND state = 'draft'", (notice_id,))


def put_off(tx: Tx, notice_id: int, due: datetime, *, is_held: bool) -> bool:
    """Moves the moment a draft goes out by itself; False when it is no draft any more."""
    return (
        tx.execute(
            "UPDATE notices SET due_ms = ?, is_held = ? WHERE id = ? AND state = 'draft'",
            (to_ms(due), is_held, notice_id),
        ).rowcount
        > 0
    )


def edit(tx: Tx, notice_id: int, language: str, words: str, due: datetime) -> bool:
    """What an admin wants told in `language` instead; "" = the facts again. False when it is no draft any more."""
    return (
        tx.execute(
            "UPDATE notices SET edits = json_set(edits, '$.' || ?, ?), due_ms = ?, is_held = 0"
            " WHERE id = ? AND state = 'draft'",
            (language, words, to_ms(due), notice_id),
        ).rowcount
        > 0
    )


def mark_told(tx: Tx, notice: Notice, text_in: Callable[[str], str], languages: set[str], now: datetime) -> Notice:
    """Counts the notice among those of its incident and keeps what is told, in every language it is told in."""
    (number,) = tx.execute(
        "UPDATE incidents SET notices = notices + 1, noticed_ms = ? WHERE id = ? RETURNING notices",
        (to_ms(now), notice.incident_id),
    ).fetchone()
    row = tx.execute(
        f"UPDATE notices SET state = 'told', number = ?, texts = ?, told_ms = ? WHERE id = ? RETURNING {_COLUMNS}",
        (number, _json({language: text_in(language) for language in sorted(languages)}), to_ms(now), notice.id),
    ).fetchone()
    return _notice(row)


def _json(texts: Mapping[str, str]) -> str:
    return orjson.dumps(dict(texts)).decode()


def _notice(row: Any) -> Notice:
    return Notice(
        id=row[0],
        incident_id=row[1],
        number=row[2],
        kind=NoticeKind(row[3]),
        state=row[4],
        texts=orjson.loads(row[5]),
        edits={language: words for language, words in orjson.loads(row[6]).items() if words},
        is_held=bool(row[7]),
        created_at=from_ms(row[8]),
        due_at=from_ms(row[9]),
        told_at=None if row[10] is None else from_ms(row[10]),
    )
