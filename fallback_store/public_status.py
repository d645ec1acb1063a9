"""What anybody may know of how things stand: no names, no rooms, nothing of an order; read in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from core.incident import Incident
from core.incident_story import Chapter, ToldNotice, story_of
from core.mode import Mode, ModeState
from core.times import from_ms, to_ms
from fallback_store import incident_log, notice_ledger
from fallback_store.database import Store

#: Chapters of one incident shown at the most: a whole day of updates.
NOTICES_READ = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStatus:
    """How things stood at one moment."""

    state: ModeState
    #: the newest incidents first, those that last among them
    incidents: Sequence[Incident]
    #: incident → its chapters, newest first; of every incident that was asked for
    stories: Mapping[int, Sequence[Chapter]]
    #: when the menu was last confirmed; None before the first
    menu_at: datetime | None
    #: tells this store's incidents from another one's
    store_id: str
    #: the oldest thing known of how it stood
    first_at: datetime

    @property
    def lasting(self) -> list[Incident]:
        """The incidents that are not over, newest first."""
        return [incident for incident in self.incidents if incident.closed_at is None]


async def read(store: Store, now: datetime, *, incidents: int, tells_past: bool) -> PublicStatus:
    """The newest `incidents` and their stories; without `tells_past` only the stories of those that last."""
    found = await incident_log.incidents(store, incidents)
    told = [incident for incident in found if tells_past or incident.closed_at is None]
    return PublicStatus(
        state=await incident_log.current_state(store, now),
        incidents=found,
        stories=await _stories(store, told),
        menu_at=await _menu_at(store),
        store_id=await notice_ledger.salt_of(store),
        first_at=await _first_at(store, now),
    )


async def _stories(store: Store, incidents: Sequence[Incident]) -> dict[int, list[Chapter]]:
    if not incidents:
        return {}
    since = min(incident.opened_at for incident in incidents)
    rows = await store.read_all(
        "SELECT mode, at_ms FROM mode_changes WHERE at_ms >= :since ORDER BY id", {"since": to_ms(since)}
    )
    changes = [(Mode(row[0]), from_ms(row[1])) for row in rows]
    return {incident.id: story_of(incident, changes, await _told(store, incident.id)) for incident in incidents}


async def _told(store: Store, incident_id: int) -> list[ToldNotice]:
    rows = await store.read_all(
        "SELECT told_ms, texts FROM notices WHERE incident_id = :id AND state = 'told' ORDER BY id DESC LIMIT :limit",
        {"id": incident_id, "limit": NOTICES_READ},
    )
    return [ToldNotice(from_ms(row[0]), orjson.loads(row[1])) for row in rows]


async def _first_at(store: Store, now: datetime) -> datetime:
    (row,) = await store.read_all("SELECT min(at_ms) FROM mode_changes")
    return now if row[0] is None else from_ms(row[0])


async def _menu_at(store: Store) -> datetime | None:
    rows = await store.read_all("SELECT confirmed_ms FROM catalog_snapshots ORDER BY id DESC LIMIT 1")
    return from_ms(rows[0][0]) if rows else None
