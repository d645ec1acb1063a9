"""Secret links for people without an account: a merchant's sheet, a courier's queue. Only their hashes are kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx


class LinkKind(StrEnum):
    """What a link opens."""

    MERCHANT = "merchant"
    COURIER = "courier"


@dataclass(frozen=True, slots=True)
class Link:
    """One secret link; the secret itself is shown once, when it is made."""

    id: int
    kind: LinkKind
    #: merchant id, or the courier's person id
    scope: str
    #: whose it is, in the words of the admin who made it
    label: str
    created_by: str
    created_at: datetime
    #: None while it opens anything
    revoked_at: datetime | None


def create(tx: Tx, token: str, kind: LinkKind, scope: str, *, label: str, by: str, now: datetime) -> int:
    """Lets `token` open `scope`; returns the link's id. The same token again is a no-op."""
    tx.execute(
        "INSERT INTO links (token_hash, kind, scope, label, created_by, created_ms) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (token_hash) DO NOTHING",
        (_hash(token), kind.value, scope, label, by, to_ms(now)),
    )
    (link_id,) = tx.execute("SELECT id FROM links WHERE token_hash = ?", (_hash(token),)).fetchone()
    return int(link_id)


def revoke(tx: Tx, link_id: int, now: datetime) -> bool:
    """Closes a link for good; returns whether it was open."""
    return (
        tx.execute(
            "UPDATE links SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", (to_ms(now), link_id)
        ).rowcount
        > 0
    )


async def find(store: Store, token: str, kind: LinkKind) -> Link | None:
    """The open link of this kind that `token` belongs to."""
    # Looking a hash up in an index tells a guesser nothing about the token, however long the comparison takes.
    rows = await store.read_all(
        f"SELECT {_COLUMNS} FROM links WHERE token_hash = :hash AND kind = :kind AND revoked_ms IS NULL",
        {"hash": _hash(token), "kind": kind.value},
    )
    return _link(rows[0]) if rows else None


async def newest(store: Store, limit: int = 200) -> list[Link]:
    """Open links first, then revoked ones; newest first."""
    rows = await store.read_all(
        f"SELECT {_COLUMNS} FROM links ORDER BY revoked_ms IS NOT NULL, id DESC LIMIT :limit",
        {"limit": limit},
    )
    return [_link(row) for row in rows]


_COLUMNS = "id, kind, scope, label, created_by, created_ms, revoked_ms"


def _hash(token: str) -> str:
    # Tokens are 24 random bytes: a plain hash cannot be reversed by guessing, and needs no salt.
    return hashlib.sha256(token.encode()).hexdigest()


def _link(row: Any) -> Link:
    link_id, kind, scope, label, created_by, created_ms, revoked_ms = row
    return Link(
        link_id,
        LinkKind(kind),
        scope,
        label,
        created_by,
        from_ms(created_ms),
        None if revoked_ms is None else from_ms(revoked_ms),
    )
