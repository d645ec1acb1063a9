"""One person's cart in one chat, as the store holds it while it fills up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.desks.desk import Menu, Visit
from core.cart import Cart, cart_from_json
from core.ids import BuildingId
from core.settings import Settings
from fallback_store import drafts
from fallback_store.database import Tx

_EMPTY: Final = Cart()


@dataclass(frozen=True, slots=True)
class HeldCart:
    """A cart and what its buttons are called by."""

    #: 0 = nothing was put into it yet
    id: int = 0
    cart: Cart = _EMPTY
    #: dishes that were in it and that this menu no longer sells
    gone: int = 0
    #: this menu made it another cart than the one in the store
    is_changed: bool = False


def present(tx: Tx, visit: Visit, menu: Menu) -> HeldCart:
    """What this person has in this chat, without what this menu no longer sells."""
    draft = drafts.find(tx, visit.chat.id, visit.person.id, "cart", visit.now)
    if draft is None:
        return HeldCart(0, Cart(menu_version=menu.catalog.version))
    cart = cart_from_json(draft.body)
    left = cart.for_sale(menu.catalog)
    return HeldCart(draft.id, left, len(cart.lines) - len(left.lines), left is not cart)


def shown(tx: Tx, visit: Visit, held: HeldCart) -> None:
    """It is on the screen now: what the menu made of it is stored, or the next menu would count from the old one."""
    draft = drafts.find(tx, visit.chat.id, visit.person.id, "cart", visit.now) if held.is_changed else None
    if draft is not None:
        lasts_s = (draft.expires_at - visit.now).total_seconds()
        drafts.change(tx, draft.id, draft.key, held.cart.to_json(), visit.now, lasts_s)


def keep(tx: Tx, visit: Visit, held: HeldCart, cart: Cart, settings: Settings) -> HeldCart:
    """Stores what the cart is now; it lasts as long as a question from here."""
    lasts_s, key, body = settings.orders.question_expires_s, visit.message.key, cart.to_json()
    if held.id:
        drafts.change(tx, held.id, key, body, visit.now, lasts_s)
        return HeldCart(held.id, cart)
    return HeldCart(drafts.keep(tx, visit.chat.id, visit.person.id, "cart", key, body, visit.now, lasts_s), cart)


def forget(tx: Tx, visit: Visit) -> None:
    """It became an order, or was emptied."""
    drafts.drop(tx, visit.chat.id, visit.person.id, "cart")


def destination(visit: Visit, held: HeldCart) -> tuple[BuildingId | None, str | None]:
    """The building and the room it goes to, None where nobody said so yet; "" = picked up downstairs."""
    home, cart = visit.building_id, held.cart
    if cart.room is not None:
        return BuildingId(cart.building_id) if cart.building_id else home, cart.room
    lives_here = visit.person.room if visit.person.building_id == home else ""
    return home, lives_here or None
