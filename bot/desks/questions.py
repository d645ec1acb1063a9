"""Asking for what is missing, one question at a time, until a wish can be placed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.desks import asking, finishing, learning, placing, standing
from bot.desks.desk import Answer, Menu, Visit, in_place
from core.answer_words import choice_in_words, home_in_words
from core.ids import Key, whole_number
from core.order import Order
from core.pricing import NotForSale
from core.reading.follow_up import FollowUp, Kind
from core.reading.reader import read
from core.reference import changed_lines
from core.settings import Settings
from core.stock import OutOfStock
from core.texts import text
from core.wish import (
    Ask,
    Question,
    Wish,
    about_words,
    next_question,
    settle,
    wish_from_json,
    with_more_words,
)
from fallback_store import drafts, people
from fallback_store.database import Tx


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question this person has not answered yet."""

    id: int
    key: Key
    wish: Wish
    question: Question


def settle_or_ask(
    tx: Tx, visit: Visit, wish: Wish, settings: Settings, key: Key | None = None, *, offers_fewer: bool = True
) -> Answer:
    """Places the wish when it is clear, else asks the next question. `key`: the message the wish came from.

    `offers_fewer`: of a dish that is short, whatever is left is offered.
    """
    menu = visit.menu
    if menu is None:
        return Answer(text(visit.language, "no_menu"), is_refusal=True)
    if not wish.lines and about_words(wish, menu.index) is None:
        said = asking.problems(visit, menu, wish) or text(visit.language, "missing_everything")
        return Answer(text(visit.language, "nothing_ordered", problems=said))
    question = next_question(wish, menu.index, settings.orders.confirm)
    try:
        if question is None:
            return finishing.finish(tx, visit, wish, key or visit.message.key, menu)
        return ask(tx, visit, wish, question, menu, settings, key)
    except NotForSale as missing:
        return Answer(text(visit.language, "not_for_sale", name=missing.name), is_refusal=True)
    except placing.SameAgain as same:
        return _ask_again(tx, visit, wish, menu, same.order, settings, key)
    except OutOfStock as short:
        return _sold_out(tx, visit, wish, menu, short, settings if offers_fewer else None, key)


def ask(
    tx: Tx, visit: Visit, wish: Wish, question: Question, menu: Menu, settings: Settings, key: Key | None = None
) -> Answer:
    """Asks, and remembers what was asked, in place of what this person was asked before. Raises: NotForSale."""
    answer = asking.asked(tx, visit, wish, question, menu)
    question_id = remember(tx, visit, wish, question, settings, key)
    return Answer(answer.text, asking.numbered(answer.buttons, question_id))


def remember(tx: Tx, visit: Visit, wish: Wish, question: Question, settings: Settings, key: Key | None = None) -> int:
    """The question this person answers next in this chat, whichever was open before; returns its id."""
    body = {
        "wish": wish.to_json(),
        "ask": question.ask.value,
        "choices": list(question.choices),
        "word": question.word,
        "wishes": [choice.to_json() for choice in question.wishes],
    }
    lasts_s = settings.orders.question_expires_s
    return drafts.keep(
        tx, visit.chat.id, visit.person.id, "question", key or visit.message.key, body, visit.now, lasts_s
    )


def waiting(tx: Tx, visit: Visit) -> Waiting | None:
    """The question this person had open in this chat when they wrote."""
    if not visit.was_asked:
        return None
    draft = drafts.find(tx, visit.chat.id, visit.person.id, "question", visit.now)
    if draft is None:
        return None
    body = draft.body
    wishes = tuple(map(wish_from_json, body["wishes"]))
    question = Question(Ask(body["ask"]), tuple(body["choices"]), body["word"], wishes)
    return Waiting(draft.id, draft.key, wish_from_json(body["wish"]), question)


def drop(tx: Tx, visit: Visit) -> None:
    """Forgets the question this person has open in this chat."""
    drafts.drop(tx, visit.chat.id, visit.person.id, "question")


def answer_in_words(tx: Tx, visit: Visit, open_question: Waiting, settings: Settings) -> Answer | None:
    """What the typed words do to the open question; None: they do not answer it."""
    if visit.menu is None:
        return None
    words, question = visit.message.text, open_question.question
    # 红烧肉一份 306 is an order, though it ends like an address.
    is_home_asked = question.ask in (Ask.ROOM, Ask.HOME) and visit.reading.intent != "order"
    home = home_in_words(words) if is_home_asked else None
    if home is not None:
        return _home(tx, visit, open_question, home, visit.menu, settings)
    called = asking.labels(question, visit.menu)
    choice = choice_in_words(question, words, called, visit.menu.catalog.max_quantity)
    if choice is not None:
        return _settled(tx, visit, open_question, choice, visit.menu, settings)
    if visit.follow_up is None or question.ask in (Ask.AMEND, Ask.MEANT, Ask.CANCEL):
        return None
    if question.ask in (Ask.CHOOSE, Ask.NEAR, Ask.QUANTITY) and words.strip().isdecimal():
        # A number that is no choice is no room either: asked again.
        return settle_or_ask(tx, visit, open_question.wish, settings, open_question.key)
    return _changed(tx, visit, open_question, visit.follow_up, visit.menu, settings)


def answer_by_button(tx: Tx, visit: Visit, subject: str, settings: Settings) -> Answer:
    """`subject`: `<question id>:<choice>`; a button of a question that is over is told so."""
    question_id, _, choice = subject.partition(":")
    if visit.menu is None:
        return Answer(toast=text(visit.language, "no_menu"))
    open_question = waiting(tx, visit)
    number = whole_number(choice)
    if open_question is None or str(open_question.id) != question_id or number is None:
        return _over(tx, visit, question_id)
    return in_place(_settled(tx, visit, open_question, number, visit.menu, settings))


# Inside ----------------------------------------------------------------------------------------


def _over(tx: Tx, visit: Visit, question_id: str) -> Answer:
    """Why a button does nothing any more; nothing is said that would not be true of an order placed meanwhile."""
    owner = drafts.owner(tx, whole_number(question_id) or 0)
    if owner is not None and owner != visit.person.id:
        return Answer(toast=text(visit.language, "question_not_yours"))
    return Answer(toast=text(visit.language, "question_over" if owner is None else "question_expired"))


def _settled(tx: Tx, visit: Visit, asked: Waiting, choice: int, menu: Menu, settings: Settings) -> Answer:
    question = asked.question
    if question.ask is Ask.CANCEL and choice < len(question.choices):
        drop(tx, visit)
        return standing.undo_reference(tx, visit, question.choices[choice], settings)
    try:
        wish = settle(asked.wish, question, choice, menu.index)
    except IndexError:
        return Answer(toast=text(visit.language, "question_over"))
    drop(tx, visit)
    if wish is None:
        return _dropped(visit, asked)
    if question.ask is Ask.BUILDING and choice == 1:
        if wish.replaces:
            number = placing.label_of_reference(wish.replaces)
            return Answer(text(visit.language, "change_other_building", number=number))
        wish = _elsewhere(tx, visit, wish, question.word, menu)
    learning.learn(tx, visit, question, choice, menu)
    return settle_or_ask(tx, visit, wish, settings, asked.key)


def _elsewhere(tx: Tx, visit: Visit, wish: Wish, word: str, menu: Menu) -> Wish:
    """The wish, for the building the word names; the room a person has here is not theirs there."""
    building = people.find_building(tx, word)
    building_id = building.id if building else None
    said = read(wish.text, menu.index, building_id).room if wish.text else None
    kept = None if wish.text or wish.room == visit.person.room else wish.room
    return replace(wish, building_id=building_id, room=said or kept)


def _dropped(visit: Visit, asked: Waiting) -> Answer:
    if asked.question.ask is Ask.CANCEL:
        return Answer(text(visit.language, "cancel_dropped"))
    if asked.wish.replaces:
        number = placing.label_of_reference(asked.wish.replaces)
        return Answer(text(visit.language, "amend_dropped", number=number))
    return Answer(text(visit.language, "question_dropped"))


def _home(tx: Tx, visit: Visit, asked: Waiting, home: tuple[str, str], menu: Menu, settings: Settings) -> Answer | None:
    said, room = home
    wish = replace(asked.wish, room=room)
    if said:
        building = people.find_building(tx, said)
        if building is None:
            return Answer(text(visit.language, "building_unknown", word=said))
        if wish.replaces and building.id != wish.building_id:
            return Answer(
                text(visit.language, "change_other_building", number=placing.label_of_reference(wish.replaces))
            )
        wish = replace(wish, building_id=building.id)
    elif wish.building_id is None:
        return asking.asked(tx, visit, wish, asked.question, menu)
    drop(tx, visit)
    return settle_or_ask(tx, visit, wish, settings, asked.key)


def _changed(tx: Tx, visit: Visit, asked: Waiting, said: FollowUp, menu: Menu, settings: Settings) -> Answer | None:
    """少冰, 两份, 送306 or 不要了 while something is asked: it is about that order, and the question stays."""
    if said.kind is Kind.CANCEL:
        drop(tx, visit)
        return _dropped(visit, asked)
    if said.kind is not Kind.CHANGE or (said.building and said.building != asked.wish.building_id):
        return None
    wish = replace(asked.wish, room=said.room or asked.wish.room, is_confirmed=False)
    if said.wishes or said.drops or said.quantity:
        if wish.problems and wish.text:
            wish = with_more_words(wish, visit.message.text, menu.index)
        else:
            found = changed_lines(wish.lines, said, menu.index)
            if len(found) != 1:
                return None
            wish = replace(wish, lines=found[0])
    drop(tx, visit)
    return settle_or_ask(tx, visit, wish, settings, asked.key)


def _ask_again(
    tx: Tx, visit: Visit, wish: Wish, menu: Menu, known: Order, settings: Settings, key: Key | None
) -> Answer:
    said = text(visit.language, "same_again", number=known.label)
    label = text(visit.language, "choice_again", names=placing.names_text(known.lines, visit.language))
    question = Question(Ask.MEANT, (label,), "ask_same_again", (replace(wish, is_confirmed=True),))
    asked = ask(tx, visit, wish, question, menu, settings, key)
    return Answer(f"{said}\n{asked.text}", asked.buttons)


def _sold_out(
    tx: Tx, visit: Visit, wish: Wish, menu: Menu, short: OutOfStock, settings: Settings | None, key: Key | None
) -> Answer:
    name = menu.catalog.items[short.item_id].name
    if not short.left:
        return Answer(text(visit.language, "sold_out_all", name=name), is_refusal=True)
    said = text(visit.language, "sold_out", name=name, left=short.left)
    lines = [line for line in wish.lines if line.item_id == short.item_id]
    if settings is None or len(lines) != 1:
        return Answer(said, is_refusal=True)  # which of several lines should shrink is theirs to say
    fewer = tuple(replace(line, quantity=short.left) if line is lines[0] else line for line in wish.lines)
    label = text(visit.language, "choice_fewer", name=name, left=short.left)
    question = Question(Ask.MEANT, (label,), "ask_fewer", (replace(wish, lines=fewer),))
    asked = ask(tx, visit, wish, question, menu, settings, key)
    return Answer(f"{said}\n{asked.text}", asked.buttons, is_refusal=True)
