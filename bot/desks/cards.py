"""The pickup card of an order: what a student holds up at the door, as a picture with the same words under it."""

from __future__ import annotations

from bot.desks import placing
from bot.desks.desk import Answer, Visit
from core.order import OPEN_STATES, Order
from core.pickup_code import describe
from core.picture import card_json
from core.texts import text
from fallback_store import people
from fallback_store.database import Tx


def card(tx: Tx, visit: Visit, order: Order) -> Answer:
    """The card of one's own order, as long as there is something to pick up."""
    if order.person_id != visit.person.id:
        return Answer(text(visit.language, "order_not_yours"), is_refusal=True)
    if order.state not in OPEN_STATES:
        state = text(visit.language, f"state_{order.state.value}")
        return Answer(text(visit.language, "card_over", number=order.label, state=state), is_refusal=True)
    building = people.building(tx, order.building_id)
    place = placing.pickup_place(building, order.building_id, visit.language)
    words = text(
        visit.language,
        "card_caption",
        number=order.label,
        place=place,
        code=describe(order.pickup_code, visit.language),
    )
    picture = card_json(
        number=order.label,
        building=building.name if building else order.building_id,
        room=order.room,
        place=place,
        code=order.pickup_code,
        language=visit.language,
    )
    return Answer(words, picture=picture)
