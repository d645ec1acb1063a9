"""A courier's queue as it is now, with the time it was counted at; where a channel can edit, it goes on following."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from hashlib import blake2b

from bot.desks import courier_queues
from bot.desks.courier_queues import Onlooker
from bot.desks.desk import Answer, Visit
from core.directory import Building
from core.ids import BuildingId, Key, channel_of
from core.mode import Mode
from core.texts import text
from fallback_store import queue_views
from fallback_store.database import Tx
from fallback_store.queue_views import QueueView

#: A queue that nobody presses is brought up to date for so long; a round is over by then, and a phone in a pocket.
FOLLOWED_FOR = timedelta(hours=1)
#: Queues change in these; before and after there is nothing to follow.
FOLLOWED_IN = (Mode.EMERGENCY, Mode.HANDING_BACK)


@dataclass(frozen=True, slots=True)
class FollowedQueues:
    """How queues are shown on this campus."""

    #: what shown times are in
    timezone: tzinfo
    #: channels whose messages can be edited
    edits_in: Container[str] = ()

    def show(
        self, tx: Tx, visit: Visit, looks: Onlooker, building_id: BuildingId | None, floor: str | None = None
    ) -> Answer:
        """The queue; of the messages of a chat only the newest follows it."""
        found = courier_queues.look(tx, looks, building_id, floor)
        if found.is_refusal:
            return found
        until = visit.now + FOLLOWED_FOR
        if visit.mode.mode not in FOLLOWED_IN or channel_of(visit.chat.id) not in self.edits_in:
            return self.stamped(found, looks.language, visit.now)
        self._leave(tx, visit, looks)
        view = QueueView(
            chat_id=visit.chat.id,
            reply_key=Key(f"{visit.message.key}>reply"),
            person_id=visit.person.id,
            language=looks.language,
            building_id=building_id,
            floor=floor,
            shows=digest(found),
            until=until,
        )
        queue_views.follow(tx, view)
        return self.stamped(found, looks.language, visit.now, until)

    def show_below(self, tx: Tx, visit: Visit, looks: Onlooker, said: Answer, building: Building, floor: str) -> Answer:
        """What a step did, and the floor it was on as it is now: one message for a whole round."""
        now = self.show(tx, visit, looks, building.id, floor)
        return Answer(f"{said.text}\n\n{now.text}", now.buttons, toast=said.text.partition("\n")[0])

    def close(self, tx: Tx, visit: Visit) -> None:
        """Something else takes the place of the queue under the pressed button."""
        if not visit.message.pressed_id:
            return
        queue_views.hush(tx, visit.chat.id, visit.message.pressed_id)
        if visit.message.pressed_id == queue_views.standing_in(tx, visit.chat.id):
            queue_views.forget(tx, visit.chat.id)

    def stamped(self, shown: Answer, language: str, now: datetime, until: datetime | None = None) -> Answer:
        """With the time it was counted at; `until`: it is brought up to date till then."""
        name = "courier_as_of" if until is None else "courier_follows"
        words = text(language, name, time=self._clock(now), until=self._clock(until or now))
        return replace(shown, text=f"{shown.text}\n\n{words}")

    def _leave(self, tx: Tx, visit: Visit, looks: Onlooker) -> None:
        """An older message that followed says that it does so no more."""
        old = queue_views.shown_in(tx, visit.chat.id)
        queue_views.hush(tx, visit.chat.id, visit.message.pressed_id)
        if old is None or not old.vendor_id or old.vendor_id == visit.message.pressed_id:
            return
        if looks.is_shared:
            # Another courier may be working in it: all stays where the thumb is but the promise.
            counted = self.stamped(Answer(old.text.rpartition("\n\n")[0], old.buttons), old.language, old.as_of)
            words, buttons = counted.text, counted.buttons
        else:
            # One person's own, and out of sight: nothing but that.
            words, buttons = text(visit.language, "courier_follows_elsewhere"), ()
        queue_views.refresh(tx, visit.chat.id, old.vendor_id, words, buttons, "left", visit.now)

    def _clock(self, moment: datetime) -> str:
        return moment.astimezone(self.timezone).strftime("%H:%M")


def digest(shown: Answer) -> str:
    """Tells whether a queue still reads the same, whenever it was counted."""
    return blake2b(f"{shown.text}\x00{shown.buttons}".encode(), digest_size=8).hexdigest()
