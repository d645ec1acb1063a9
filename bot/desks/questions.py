"""Asking for what is missing, one question at a time, until a wish can be placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.desks import placing
from bot.desks.desk import Answer, Menu, Visit
from core.chat import Button, ButtonRows
from core.ids import BuildingId, Key
from core.money import yuan
from core.order import Order
from core.pricing import NotForSale, price
from core.settings import Settings
from core.stock import OutOfStock
from core.texts import text
from core.wish import (
    Ask,
    Question,
    Wish,
    choice_in_words,
    home_in_words,
    next_question,
    settle,
    wish_from_json,
)
from fallback_store import drafts, orders, people
from fallback_store.database import Tx


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question this person has not answered yet."""

    id: int
    key: Key
    wish: Wish
    question: Question


def settle_or_ask(tx: Tx, visit: Visit, wish: Wish, settings: Settings, key: Key | None = None) -> Answer:
    """Places the wish when it is clear, else asks the next question. `key`: the message the wish came from."""
    menu = visit.menu
    if menu is None:
        return Answer(text(visit.language, "no_menu"))
    if not wish.lines and wish.problems and not any(p.startswith("ambiguous") for p in wish.problems):
        return Answer(text(visit.language, "nothing_ordered", problems=_problems(visit, menu, wish)))
    question = next_question(wish, menu.catalog, settings.orders.confirm)
    try:
        if question is None:
            return _finish(tx, visit, wish, key or visit.message.key, menu)
        if question.ask is Ask.WITHOUT and not wish.lines:
            return Answer(text(visit.language, "nothing_ordered", problems=_problems(visit, menu, wish)))
        answer = _asked(tx, visit, wish, question, menu)
    except NotForSale as missing:
        return Answer(text(visit.language, "not_for_sale", name=missing.name))
    question_id = keep(tx, visit, wish, question, settings, key)
    return Answer(answer.text, _numbered(answer.buttons, question_id))


def keep(tx: Tx, visit: Visit, wish: Wish, question: Question, settings: Settings, key: Key | None = None) -> int:
    """Remembers a question; returns its id."""
    body = {
        "wish": wish.to_json(),
        "ask": question.ask.value,
        "choices": list(question.choices),
        "word": question.word,
    }
    lasts_s = settings.orders.question_expires_s
    return drafts.keep(
        tx, visit.chat.id, visit.person.id, "question", key or visit.message.key, body, visit.now, lasts_s
    )


def waiting(tx: Tx, visit: Visit) -> Waiting | None:
    """The question this person has open in this chat."""
    draft = drafts.find(tx, visit.chat.id, visit.person.id, "question", visit.now)
    if draft is None:
        return None
    question = Question(Ask(draft.body["ask"]), tuple(draft.body["choices"]), draft.body["word"])
    return Waiting(draft.id, draft.key, wish_from_json(draft.body["wish"]), question)


def answer_in_words(tx: Tx, visit: Visit, settings: Settings) -> Answer | None:
    """What the typed words do to the open question; None: they do not answer it (or there is none)."""
    open_question = waiting(tx, visit)
    if open_question is None or visit.menu is None:
        return None
    words, question = visit.message.text, open_question.question
    home = home_in_words(words) if question.ask in (Ask.ROOM, Ask.HOME) else None
    if home is not None:
        return _home(tx, visit, open_question, home, settings)
    choice = choice_in_words(question, words, _names(visit.menu))
    return None if choice is None else _settled(tx, visit, open_question, choice, settings)


def answer_by_button(tx: Tx, visit: Visit, subject: str, settings: Settings) -> Answer:
    """`subject`: `<question id>:<choice>`; a button of an old question is told so."""
    question_id, _, choice = subject.partition(":")
    open_question = waiting(tx, visit)
    if open_question is None or str(open_question.id) != question_id or not choice.isdecimal():
        return Answer(text(visit.language, "question_expired"))
    return _settled(tx, visit, open_question, int(choice), settings)


# Inside ----------------------------------------------------------------------------------------


def _settled(tx: Tx, visit: Visit, open_question: Waiting, choice: int, settings: Settings) -> Answer:
    try:
        wish = settle(open_question.wish, open_question.question, choice)
    except IndexError:
        return Answer(text(visit.language, "question_expired"))
    drafts.drop(tx, visit.chat.id, visit.person.id, "question")
    if wish is None:
        return Answer(text(visit.language, "question_dropped"))
    return settle_or_ask(tx, visit, wish, settings, open_question.key)


def _home(tx: Tx, visit: Visit, open_question: Waiting, home: tuple[str, str], settings: Settings) -> Answer | None:
    said, room = home
    wish = replace(open_question.wish, room=room)
    if said:
        building = people.find_building(tx, said)
        if building is None:
            return Answer(text(visit.language, "building_unknown", word=said))
        wish = replace(wish, building_id=building.id)
    elif wish.building_id is None:
        return _asked(tx, visit, wish, Question(Ask.HOME), visit.menu)
    drafts.drop(tx, visit.chat.id, visit.person.id, "question")
    return settle_or_ask(tx, visit, wish, settings, open_question.key)


def _finish(tx: Tx, visit: Visit, wish: Wish, key: Key, menu: Menu) -> Answer:
    assert wish.building_id is not None
    building_id = BuildingId(wish.building_id)
    try:
        if wish.replaces:
            return _change(tx, visit, wish, menu)
        order = placing.place_order(
            tx,
            key=key,
            chat=visit.chat,
            building_id=building_id,
            person_id=visit.person.id,
            person_name=visit.person.name,
            room=wish.room or "",
            lines=wish.lines,
            note=wish.note,
            menu=menu,
            epoch=visit.mode.epoch,
            now=visit.now,
        )
    except OutOfStock as short:
        return _sold_out(visit, menu, short)
    if (visit.person.building_id, visit.person.room) != (building_id, order.room):
        people.set_home(tx, visit.person.id, building_id, order.room)
    return Answer(placing.receipt(tx, order, visit.language), placing.receipt_buttons(order, visit.language))


def _change(tx: Tx, visit: Visit, wish: Wish, menu: Menu) -> Answer:
    order = placing.find_by_reference(tx, wish.replaces)
    if order is None or order.person_id != visit.person.id:
        return Answer(text(visit.language, "order_unknown"))
    drafts.drop(tx, visit.chat.id, visit.person.id, "question")
    try:
        changed = orders.change_lines(
            tx,
            order,
            price(wish.lines, menu.catalog),
            room=wish.room or "",
            note=wish.note or order.note,
            by=visit.person.id,
            now=visit.now,
        )
    except orders.StepRefused as refused:
        return Answer(_too_late(visit, refused.order))
    return Answer(
        placing.receipt(tx, changed, visit.language, title="receipt_changed"),
        placing.receipt_buttons(changed, visit.language),
    )


def _too_late(visit: Visit, order: Order) -> str:
    state = text(visit.language, f"state_{order.state.value}")
    return text(visit.language, "amend_too_late", number=order.label, state=state)


def _sold_out(visit: Visit, menu: Menu, short: OutOfStock) -> Answer:
    name = menu.catalog.items[short.item_id].name
    if short.left:
        return Answer(text(visit.language, "sold_out", name=name, left=short.left))
    return Answer(text(visit.language, "sold_out_all", name=name))


def _asked(tx: Tx, visit: Visit, wish: Wish, question: Question, menu: Menu | None) -> Answer:
    """The question's words and buttons; a button's action is its number until `_numbered` adds the question."""
    assert menu is not None
    say, language = text, visit.language
    match question.ask:
        case Ask.HOME:
            return Answer(say(language, "ask_home", example=_home_example(tx)))
        case Ask.BUILDING:
            here, other = question.choices
            found = [people.find_building(tx, word) for word in question.choices]
            if found[1] is None:
                return Answer(say(language, "building_unknown", word=other))
            return Answer(
                say(language, "ask_building", other=other, here=here),
                (tuple(Button(b.name, str(i)) for i, b in enumerate(found) if b is not None),),
            )
        case Ask.CHOOSE:
            return _ask_choose(visit, question, menu)
        case Ask.ROOM:
            return Answer(
                say(language, "ask_room"),
                ((Button(say(language, "button_downstairs"), "0"), Button(say(language, "button_cancel_all"), "1")),),
            )
        case Ask.WITHOUT:
            answer = say(language, "ask_without", problems=_problems(visit, menu, wish), **_sum(visit, menu, wish))
            return Answer(answer, _yes_no(visit, "button_place_rest"))
    room = wish.room or say(language, "room_none")
    return Answer(say(language, "ask_confirm", room=room, **_sum(visit, menu, wish)), _yes_no(visit, "button_confirm"))


def _ask_choose(visit: Visit, question: Question, menu: Menu) -> Answer:
    catalog = menu.catalog
    rows, lines = [], []
    for i, item_id in enumerate(question.choices):
        item = next(item for item in catalog.items.values() if item.id == item_id)
        name = f"{item.name}（{catalog.merchant_by_id[item.merchant_id].name}）"
        lines.append(text(visit.language, "choice_line", n=i + 1, name=name, price=yuan(item.price_fen)))
        rows.append((Button(name, str(i)),))
    return Answer(text(visit.language, "ask_choose", word=question.word, choices="\n".join(lines)), tuple(rows))


def _yes_no(visit: Visit, yes: str) -> ButtonRows:
    return ((Button(text(visit.language, yes), "0"), Button(text(visit.language, "button_cancel_all"), "1")),)


def _numbered(rows: ButtonRows, question_id: int) -> ButtonRows:
    return tuple(tuple(Button(b.label, f"order:q:{question_id}:{b.action}") for b in row) for row in rows)


def _sum(visit: Visit, menu: Menu, wish: Wish) -> dict[str, str]:
    lines = price(wish.lines, menu.catalog)
    return {
        "lines": placing.lines_text(lines, visit.language),
        "total": yuan(sum(line.price_fen for line in lines)),
    }


def _problems(visit: Visit, menu: Menu, wish: Wish) -> str:
    return text(visit.language, "list_comma").join(
        text(visit.language, f"missing_{kind}", word=word, limit=menu.catalog.max_quantity)
        for kind, _, word in (problem.partition(":") for problem in wish.problems)
        if kind in ("unknown", "ambiguous", "quantity_too_large", "quantity_invalid", "needs_context")
    )


def _names(menu: Menu) -> Mapping[str, str]:
    return {item.id: item.name for item in menu.catalog.items.values()}


def _home_example(tx: Tx) -> str:
    building = people.any_building(tx)
    return f"{building.name} 305" if building else "12 栋 305"
