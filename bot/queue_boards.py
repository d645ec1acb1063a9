"""Keeps the queues couriers look at true, in the message they opened: edited in place, after all that was asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.desks import courier_queues
from bot.desks.desk import Answer
from bot.desks.followed_queues import FOLLOWED_IN, FollowedQueues, digest
from core.chat import Chat, Role
from core.ports import Clock
from fallback_store import incident_log, people, queue_views
from fallback_store.database import Store, Tx
from fallback_store.queue_views import StandingView

#: Seconds between two looks.
EVERY_S = 5.0
#: A message is left alone so long after it was last said or edited: a thumb is on it, and the vendor counts edits.
LEFT_ALONE = timedelta(seconds=10)


class QueueBoards:
    """Brings followed queues up to date until cancelled."""

    def __init__(self, store: Store, clock: Clock, queues: FollowedQueues) -> None:
        self._store = store
        self._clock = clock
        self._queues = queues
        self._seen = -1
        self._due: datetime | None = None

    async def run(self) -> None:
        """Looks after every change, at most every `EVERY_S` seconds."""
        while True:
            revision = self._store.revision
            if await queue_views.is_any(self._store):
                await self._look()
            else:
                await self._store.wait_change(revision)
            await self._clock.sleep(EVERY_S)

    async def refresh(self) -> int:
        """Brings every followed queue up to date now; returns how many changed."""
        now = self._clock.now()
        changed, self._due = await self._store.write(lambda tx: refresh_queues(tx, self._queues, now))
        return changed

    async def _look(self) -> None:
        before = self._store.revision
        if before == self._seen and self._due is not None and self._clock.now() < self._due:
            return
        await self.refresh()
        # Our own commit is no news; whatever else came in the meantime moved the revision further.
        self._seen = before + 1


def refresh_queues(tx: Tx, queues: FollowedQueues, now: datetime) -> tuple[int, datetime | None]:
    """Queues the newer state of every followed queue that changed, and the last word of those that are over.

    Returns how many that were, and when to look again though nothing happens; None: nothing is followed.
    """
    is_on = incident_log.current(tx, now).mode in FOLLOWED_IN
    changed, due = 0, list[datetime]()
    for standing in queue_views.standing(tx):
        view, said_at = standing.view, standing.said_at
        is_over = not is_on or now >= view.until
        if said_at is None or (not is_over and now < said_at + LEFT_ALONE):
            due.append((said_at or now) + LEFT_ALONE)
            continue
        found = _look(tx, standing)
        if found is None or is_over:
            queue_views.forget(tx, view.chat_id)
        else:
            due.append(view.until)
        if found is not None and (is_over or digest(found) != view.shows):
            stamped = queues.stamped(found, view.language, now, None if is_over else view.until)
            queue_views.refresh(tx, view.chat_id, standing.vendor_id, stamped.text, stamped.buttons, digest(found), now)
            queue_views.shows(tx, view.chat_id, digest(found))
            changed += 1
    return changed, min(due, default=None)


def _look(tx: Tx, standing: StandingView) -> Answer | None:
    """What stands there now; None: the message is no more, or whoever opened it may not see it any more."""
    view = standing.view
    person = people.look_up(tx, view.person_id, "")
    chat: Chat | None = people.known_chat(tx, view.chat_id)
    if not standing.vendor_id or chat is None or not person.roles.keys() & {Role.COURIER, Role.ADMIN}:
        return None
    looks = courier_queues.onlooker(tx, person, chat, view.language)
    if looks is None:
        return None
    found = courier_queues.look(tx, looks, view.building_id, view.floor)
    return None if found.is_refusal else found
