"""A courier's photo of what stands at the door: kept with the order, and shown to whoever ordered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.desks.desk import Answer, Visit, in_place
from bot.desks.owners import tell_owners
from bot.desks.placing import find_by_reference, order_reference
from core.chat import Button
from core.ids import channel_of, whole_number
from core.order import Order
from core.picture import photo_json
from core.texts import text
from fallback_store import delivery_photos
from fallback_store.database import Tx

#: A photo without words shows what was delivered at most this long before.
JUST_NOW = timedelta(minutes=15)
#: Orders offered as buttons.
OFFERED = 6


def keep(tx: Tx, visit: Visit, shown: Sequence[Order], moved: Sequence[Order], picture_id: str = "") -> None:
    """The photo shows these orders; `moved` of them were delivered by the very message it came with."""
    picture_id = picture_id or visit.message.picture_id
    delivery_photos.attach(tx, shown, channel_of(visit.chat.id), picture_id, visit.person.id, visit.now)
    before = [order for order in shown if order not in moved]
    for name, told in (("courier_delivered_owner", moved), ("courier_photo_owner", before)):
        tell_owners(
            tx,
            told,
            name,
            now=visit.now,
            language=visit.language,
            besides=visit.chat.id,
            picture=photo_json(picture_id),
        )


def ask(tx: Tx, visit: Visit) -> Answer:
    """A photo without words: of the one order delivered just before, or asked which."""
    found = delivery_photos.just_delivered(tx, visit.person.id, visit.now - JUST_NOW)
    if not found:
        return Answer(text(visit.language, "courier_photo_none"))
    if len(found) == 1:
        keep(tx, visit, found, ())
        return Answer(text(visit.language, "courier_photo_kept", numbers=found[0].label))
    photo_id = delivery_photos.keep(tx, channel_of(visit.chat.id), visit.message.picture_id, visit.person.id, visit.now)
    rows = [(Button(order.label, f"courier:photo:{photo_id}:{order_reference(order)}"),) for order in found[-OFFERED:]]
    every = Button(text(visit.language, "courier_photo_all", count=len(found)), f"courier:photo:{photo_id}:all")
    return Answer(text(visit.language, "courier_photo_which"), (*rows, (every,)))


def choose(tx: Tx, visit: Visit, subject: str) -> Answer:
    """`subject`: `<photo id>:<order's reference>`, or `<photo id>:all`."""
    number, _, which = subject.partition(":")
    found = delivery_photos.just_delivered(tx, visit.person.id, visit.now - JUST_NOW)
    if which != "all":
        order = find_by_reference(tx, which)
        found = [one for one in found if order is not None and one.id == order.id]
    picture_id = delivery_photos.take(tx, whole_number(number) or 0, visit.person.id) if found else None
    if picture_id is None:
        return Answer(toast=text(visit.language, "courier_photo_over"))
    keep(tx, visit, found, (), picture_id)
    numbers = text(visit.language, "list_comma").join(order.label for order in found)
    said = text(visit.language, "courier_photo_kept", numbers=numbers)
    return in_place(Answer(said, toast=said))
