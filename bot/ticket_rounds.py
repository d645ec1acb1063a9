"""Brings new tickets to the kitchens that work by chat: one message per batch, not one per order."""

from __future__ import annotations

from datetime import datetime

from bot.desks import tickets
from core.catalog import Catalog
from core.chat import OutgoingMessage, Role
from core.ids import PersonId, private_chat_of
from core.mode import Mode
from core.ports import Clock
from core.texts import text
from fallback_store import boards, catalog_snapshots, incident_log, merchant_tickets, messages, people
from fallback_store.database import Store, Tx

#: Seconds between two batches: a kitchen cooks by the pan, and a phone that rings for every order is put away.
EVERY_S = 20.0


class TicketRounds:
    """Tells kitchens of new tickets until cancelled."""

    def __init__(self, store: Store, clock: Clock, *, every_s: float = EVERY_S) -> None:
        """`every_s`: seconds between two batches."""
        self._store = store
        self._clock = clock
        self._every_s = every_s
        self._snapshot_id: int | None = None
        self._catalog: Catalog | None = None
        #: orders of the epoch when we last looked
        self._seen: tuple[int, int] = (0, 0)

    async def run(self) -> None:
        """Looks after every change, at most every `every_s` seconds."""
        while True:
            revision = self._store.revision
            await self.look()
            await self._store.wait_change(revision)
            await self._clock.sleep(self._every_s)

    async def look(self) -> int:
        """Tells of what came since the last batch; returns how many kitchens' people were told."""
        newest = await catalog_snapshots.newest_id(self._store)
        if newest != self._snapshot_id:
            snapshot = await catalog_snapshots.latest(self._store)
            self._catalog = snapshot.catalog if snapshot else None
            self._snapshot_id = newest
        now, catalog = self._clock.now(), self._catalog
        if catalog is None:
            return 0
        # Seen is what is committed: on a full disk nothing is, and it is told with the next look.
        self._seen, count = await self._store.write(lambda tx: self._tell(tx, catalog, now))
        return count

    def _tell(self, tx: Tx, catalog: Catalog, now: datetime) -> tuple[tuple[int, int], int]:
        """What was seen, and how many were told."""
        mode = incident_log.current(tx, now)
        seen = (mode.epoch, sum(boards.last_numbers(tx, mode.epoch).values()))
        if mode.mode is not Mode.EMERGENCY or seen == self._seen:
            return self._seen, 0
        cooks = people.people_with(tx, Role.MERCHANT)
        return seen, sum(_tell_one(tx, person, catalog, now) for person in cooks)


def _tell_one(tx: Tx, person_id: PersonId, catalog: Catalog, now: datetime) -> bool:
    """Tells one cook in the private chat, if they ever opened it."""
    person = people.look_up(tx, person_id, "")
    mine = [merchant for merchant in catalog.merchants if person.may(Role.MERCHANT, merchant.id)]
    chat_id = private_chat_of(person_id)
    spoken = merchant_tickets.spoken_in(tx, chat_id)
    if spoken is None or not mine:
        return False
    language = person.language or spoken
    answer = tickets.shown(tx, language, mine, placed_after=merchant_tickets.told_until(tx, chat_id))
    if not answer.text:
        return False
    message = OutgoingMessage(
        key=merchant_tickets.batch_key(chat_id, now),
        chat_id=chat_id,
        text=f"{text(language, 'merchant_new')}\n{answer.text}",
        buttons=answer.buttons,
    )
    return messages.say(tx, message, now)
