"""What was edited or forwarded: asked about, never done. The order stands until its owner says yes to the change."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.desks import placing, questions, references, standing
from bot.desks.desk import SILENCE, Answer, Visit
from bot.desks.order import OrderDesk
from core.ids import edited_key
from core.mode import Mode
from core.order import Order, OrderState
from core.reading.reader import read
from core.reading.reading import Reading
from core.reference import lines_of
from core.settings import Settings
from core.texts import text
from core.wish import wish_of
from fallback_store import orders
from fallback_store.database import Tx


@dataclass(frozen=True, slots=True)
class SecondHandDesk:
    """Asked first: no other desk may take an edit for a new message, or somebody else's words for the sender's own."""

    #: whoever orders afresh is served there
    order_desk: OrderDesk

    def wants(self, visit: Visit) -> bool:
        """Everything edited or forwarded but 接龙 lists: they are passed on and added to by design."""
        message, reading = visit.message, visit.reading
        return (message.is_edit or message.is_forwarded) and not (reading.intent == "relay" and reading.people)

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """Asks the sender, or keeps silent."""
        return self._edited(tx, visit) if visit.message.is_edit else self._forwarded(tx, visit)

    @property
    def _asking(self) -> Settings:
        """The settings, but for one thing: nothing counts before it was confirmed."""
        settings = self.order_desk.settings
        return settings.model_copy(update={"orders": settings.orders.model_copy(update={"confirm": "always"})})

    # Somebody else's words --------------------------------------------------------------------

    def _forwarded(self, tx: Tx, visit: Visit) -> Answer:
        is_order = _is_order(visit.reading)
        if visit.is_overheard or not (is_order or visit.message.is_addressed):
            return SILENCE
        if not is_order:
            return Answer(text(visit.language, "forwarded_ignored"))
        if visit.mode.mode is not Mode.EMERGENCY or visit.menu is None:
            return self.order_desk.serve(tx, visit)
        wish = self.order_desk.wish(tx, visit)
        lives_here = visit.person.room if visit.person.building_id == wish.building_id else ""
        # The room in the message is where its writer lives.
        asked = questions.settle_or_ask(
            tx, visit, replace(wish, room=lives_here or None, is_doubtful=True), self._asking
        )
        return replace(asked, text=f"{text(visit.language, 'forwarded_asked')}\n{asked.text}")

    # One's own words, changed -----------------------------------------------------------------

    def _edited(self, tx: Tx, visit: Visit) -> Answer:
        key = edited_key(visit.message.key)
        order = orders.by_key(tx, key)
        if order is not None:
            return self._amended(tx, visit, order) if order.person_id == visit.person.id else SILENCE
        waiting = questions.waiting(tx, visit)
        if waiting is not None and waiting.key == key and _is_order(visit.reading):
            questions.drop(tx, visit)
            wish = replace(self.order_desk.wish(tx, visit), replaces=waiting.wish.replaces, is_doubtful=True)
            return questions.settle_or_ask(tx, visit, wish, self._asking, key)
        if visit.message.is_addressed and (_is_order(visit.reading) or visit.message.text.startswith("/")):
            return Answer(text(visit.language, "edited_ignored"))
        return SILENCE

    def _amended(self, tx: Tx, visit: Visit, order: Order) -> Answer:
        if visit.menu is None:
            return Answer(text(visit.language, "no_menu"))
        reading = read(visit.message.text, visit.menu.index, order.building_id)
        wish = wish_of(reading, order.building_id, order.room, visit.message.text)
        wish = replace(wish, replaces=placing.order_reference(order), note=wish.note or order.note, is_doubtful=True)
        if reading.lines and not reading.problems and (wish.lines, wish.room) == (lines_of(order), order.room):
            return SILENCE  # another word, the same order
        if order.state is not OrderState.PLACED or visit.mode.mode is not Mode.EMERGENCY:
            return standing.too_late(visit, order, "amend_too_late")
        if reading.intent == "cancel":
            return references.ask_which_cancel(tx, visit, [order], visit.menu, self.order_desk.settings)
        if not _is_order(reading):
            return Answer(text(visit.language, "edited_unclear", number=order.label))
        return questions.settle_or_ask(tx, visit, wish, self._asking)


def _is_order(reading: Reading) -> bool:
    named = reading.lines or any(problem != "needs_context" for problem in reading.problems)
    return reading.intent == "order" and bool(named)
