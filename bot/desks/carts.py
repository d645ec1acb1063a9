"""What the buttons of a cart do; every answer takes the place of the message whose button was pressed."""

from __future__ import annotations

from dataclasses import replace

from bot.desks import cart_words, held_cart, menu_pages, questions
from bot.desks.desk import Answer, Menu, Visit
from bot.desks.held_cart import HeldCart
from core.answer_words import choice_in_words, home_in_words
from core.cart import NOTE_LENGTH, Cart
from core.chat import Button
from core.ids import ItemId, whole_number
from core.settings import Settings
from core.texts import text
from core.wish import Ask, Question, Wish
from fallback_store import drafts, people
from fallback_store.database import Tx

ASKS = (Ask.CART_ROOM, Ask.CART_NOTE)
"""Questions of a cart; `told` takes their answers."""


def add(tx: Tx, visit: Visit, menu: Menu, subject: str, settings: Settings) -> Answer:
    """`subject`: `<page>:<item id>`, from the page of a merchant's dishes, which stays on the screen."""
    number, _, item_id = subject.partition(":")
    page = whole_number(number)
    item = menu.catalog.items.get(ItemId(item_id))
    held = held_cart.present(tx, visit, menu)
    if item is None or page is None:
        return _in_place(menu_pages.merchants(tx, visit, held), visit)
    left = menu_pages.left_of(tx, item.id)
    if left is not None and left <= held.cart.count(item.id):
        name = "cart_short" if left else "cart_short_all"
        return Answer(toast=text(visit.language, name, name=item.name, left=left))
    cart = held.cart.add(item.id, menu.catalog.max_quantity)
    if cart is held.cart:
        return Answer(toast=text(visit.language, "cart_full"))
    held = held_cart.keep(tx, visit, held, cart, settings)
    if visit.message.is_group:
        return cart_words.view(tx, visit, menu, held)
    toast = text(visit.language, "cart_added", name=item.name, summary=cart_words.summary(visit, menu, held))
    return _in_place(menu_pages.beside(tx, visit, item, page, held), visit, toast)


def press(tx: Tx, visit: Visit, menu: Menu, subject: str, settings: Settings) -> Answer:
    """`subject`: `<cart id>:<what>:<rest>`. A button of a cart that is over, or somebody else's, changes nothing."""
    cart_id, _, rest = subject.partition(":")
    verb, _, rest = rest.partition(":")
    held = held_cart.present(tx, visit, menu)
    if not held.id or str(held.id) != cart_id:
        return _over(tx, visit, menu, held, cart_id)
    if verb == "place":
        return _place(tx, visit, menu, held, rest, settings)
    if verb in ("room", "note"):
        return _ask(tx, visit, held, Ask.CART_ROOM if verb == "room" else Ask.CART_NOTE, settings)
    number, _, rest = rest.partition(":")
    line = held.cart.line(whole_number(number) or 0)
    if line is not None and verb == "opts":
        return _owners(cart_words.options(visit, menu, held, line))
    if verb in ("show", "door"):
        questions.drop(tx, visit)  # the way back from a question: what is typed next is no answer to it
    cart = _changed(held.cart, verb, line.number if line else None, rest, menu)
    if cart is not held.cart:
        held = held_cart.keep(tx, visit, held, cart, settings)
    line = cart.line(line.number) if line else None
    if line is not None and verb == "opt":
        return _owners(cart_words.options(visit, menu, held, line))
    return _owners(cart_words.view(tx, visit, menu, held), cart_words.summary(visit, menu, held))


def told(tx: Tx, visit: Visit, menu: Menu, asked: questions.Waiting, settings: Settings) -> Answer | None:
    """The room or the note in words; None: they are something else."""
    words, held = visit.message.text, held_cart.present(tx, visit, menu)
    if str(held.id) != asked.question.word:
        questions.drop(tx, visit)
        return None
    cart = _told_room(tx, visit, held, asked.question, words) if asked.question.ask is Ask.CART_ROOM else None
    if isinstance(cart, Answer):
        return cart
    if asked.question.ask is Ask.CART_NOTE and not visit.reading.lines:
        cart = held.cart if choice_in_words(asked.question, words, {}) == 0 else held.cart.noting(words)
    if cart is None:
        return None
    questions.drop(tx, visit)
    return cart_words.view(tx, visit, menu, held_cart.keep(tx, visit, held, cart, settings))


# Inside ----------------------------------------------------------------------------------------


def _place(tx: Tx, visit: Visit, menu: Menu, held: HeldCart, revision: str, settings: Settings) -> Answer:
    """Orders what the cart holds, if it is what was on the screen."""
    cart = held.cart
    if not cart.lines or revision != str(cart.revision):
        said = text(visit.language, "cart_changed") if cart.lines else ""
        return _owners(cart_words.view(tx, visit, menu, held, said=said), said)
    building_id, room = held_cart.destination(visit, held)
    # The cart was on the screen when the button was pressed: nothing to confirm again.
    wish = Wish(lines=cart.wanted, room=room, note=cart.note, building_id=building_id, is_confirmed=True)
    answer = questions.settle_or_ask(tx, visit, wish, settings, offers_fewer=False)
    if answer.is_refusal:
        return _owners(cart_words.view(tx, visit, menu, held, said=answer.text), answer.text)
    held_cart.forget(tx, visit)
    return replace(answer, brief="", is_edit=True, toast=answer.text.partition("\n")[0])


def _changed(cart: Cart, verb: str, number: int | None, rest: str, menu: Menu) -> Cart:
    limit = menu.catalog.max_quantity
    if verb == "clear":
        return replace(cart, lines=(), revision=cart.revision + 1)
    if verb == "door":
        return cart.going_to(None, "")
    line = cart.line(number) if number is not None else None
    if line is None:
        return cart
    match verb:
        case "more":
            return cart.set_quantity(line.number, line.quantity + 1, limit)
        case "less":
            return cart.set_quantity(line.number, line.quantity - 1, limit)
        case "set" if (fewer := whole_number(rest)) is not None:
            return cart.set_quantity(line.number, min(line.quantity, fewer), limit)
        case "opt":
            return cart.toggle(line.number, rest, menu.catalog)
    return cart


def _ask(tx: Tx, visit: Visit, held: HeldCart, ask: Ask, settings: Settings) -> Answer:
    questions.remember(tx, visit, Wish(), Question(ask, (), str(held.id)), settings)
    back = Button(text(visit.language, "button_cart_back"), f"order:cart:{held.id}:show")
    if ask is Ask.CART_NOTE:
        return _owners(Answer(text(visit.language, "cart_ask_note", limit=NOTE_LENGTH), ((back,),)))
    door = Button(text(visit.language, "button_downstairs"), f"order:cart:{held.id}:door")
    return _owners(Answer(text(visit.language, "cart_ask_room"), ((door, back),)))


def _told_room(tx: Tx, visit: Visit, held: HeldCart, question: Question, words: str) -> Cart | Answer | None:
    choice = choice_in_words(question, words, {})
    if choice is not None:
        return held.cart if choice else held.cart.going_to(None, "")
    home = home_in_words(words) if visit.reading.intent != "order" else None
    if home is None:
        return None
    said, room = home
    building = people.find_building(tx, said) if said else None
    if said and building is None:
        return Answer(text(visit.language, "building_unknown", word=said))
    return held.cart.going_to(building.id if building else None, room)


def _over(tx: Tx, visit: Visit, menu: Menu, held: HeldCart, cart_id: str) -> Answer:
    """Why a button does nothing any more. What stands in that message's place by now is left alone."""
    owner = drafts.owner(tx, whole_number(cart_id) or 0)
    if owner is not None and owner != visit.person.id:
        return Answer(toast=text(visit.language, "cart_not_yours"))
    said = text(visit.language, "cart_over")
    if not held.cart.lines or visit.message.is_group:
        return Answer(toast=said)
    return replace(cart_words.view(tx, visit, menu, held, said=said), toast=said)


def _owners(answer: Answer, toast: str = "") -> Answer:
    """In the place of a message that only its owner's buttons change."""
    return replace(answer, is_edit=True, toast=toast)


def _in_place(answer: Answer, visit: Visit, toast: str = "") -> Answer:
    """In the place of a menu, unless that menu is a whole group's."""
    return replace(answer, is_edit=not visit.message.is_group, toast=toast)
