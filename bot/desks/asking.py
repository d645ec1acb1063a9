"""How each question reads: its words, and a button for every answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.desks import menu_pages, placing
from bot.desks.desk import Answer, Menu, Visit
from core.catalog import Item
from core.chat import Button, ButtonRows
from core.ids import ItemId
from core.money import yuan
from core.pricing import price
from core.texts import text
from core.wish import Ask, Question, Wish
from fallback_store import people
from fallback_store.database import Tx

#: Numbers offered when a number is asked for; any other is typed.
NUMBERS_OFFERED = 4

_SAID_PROBLEMS = ("unknown", "ambiguous", "quantity_too_large", "quantity_invalid", "needs_context")


def asked(tx: Tx, visit: Visit, wish: Wish, question: Question, menu: Menu) -> Answer:
    """The question's words and buttons; a button's action is its number alone until `numbered` adds the question.

    Raises: NotForSale when what it would show is gone.
    """
    say, language = text, visit.language
    match question.ask:
        case Ask.HOME:
            return Answer(say(language, "ask_home", example=_home_example(tx)), (_let_go(visit, 0),))
        case Ask.BUILDING:
            return _building(tx, visit, question)
        case Ask.CHOOSE | Ask.NEAR:
            return _items(visit, question, menu)
        case Ask.QUANTITY:
            words = say(language, "ask_quantity", word=question.word, limit=menu.catalog.max_quantity)
            numbers = tuple(Button(str(n), str(n)) for n in range(1, NUMBERS_OFFERED + 1))
            return Answer(words, (numbers, _let_go(visit, 0)))
        case Ask.MEANT:
            return _one_of(visit, question, question.choices, question.choices)
        case Ask.CANCEL:
            return _which_order(tx, visit, question)
        case Ask.ROOM:
            downstairs = Button(say(language, "button_downstairs"), "0")
            return Answer(say(language, "ask_room"), ((downstairs, *_let_go(visit, 1)),))
        case Ask.WITHOUT:
            words = say(language, "ask_without", problems=problems(visit, menu, wish), **_sum(visit, menu, wish))
            return Answer(words, _yes_no(visit, "button_place_rest"))
        case Ask.AMEND:
            number = placing.label_of_reference(wish.replaces)
            words = say(language, "amend_how", number=number, example=menu_pages.example(visit))
            return Answer(words, (_let_go(visit, 0, "button_keep_order"),))
    room = wish.room or say(language, "room_none")
    name = "ask_confirm_change" if wish.replaces else "ask_confirm"
    facts = {"room": room, "number": placing.label_of_reference(wish.replaces), **_sum(visit, menu, wish)}
    return Answer(say(language, name, **facts), _yes_no(visit, "button_confirm"))


def numbered(rows: ButtonRows, question_id: int) -> ButtonRows:
    """The buttons with the question they belong to in their actions."""
    return tuple(tuple(Button(b.label, f"order:q:{question_id}:{b.action}") for b in row) for row in rows)


def problems(visit: Visit, menu: Menu, wish: Wish) -> str:
    """What of the message could not be had, in words."""
    return text(visit.language, "list_comma").join(
        text(visit.language, f"missing_{kind}", word=word, limit=menu.catalog.max_quantity)
        for kind, _, word in (problem.partition(":") for problem in wish.problems)
        if kind in _SAID_PROBLEMS
    )


def labels(question: Question, menu: Menu) -> Mapping[str, str]:
    """What people call each choice of a question."""
    if question.ask in (Ask.CHOOSE, Ask.NEAR):
        found = (menu.catalog.items.get(ItemId(choice)) for choice in question.choices)
        return {item.id: _shown(item, menu) for item in found if item is not None}
    if question.ask is Ask.CANCEL:
        return {reference: placing.label_of_reference(reference) for reference in question.choices}
    return {}


# Inside ----------------------------------------------------------------------------------------


def _building(tx: Tx, visit: Visit, question: Question) -> Answer:
    here, other = question.choices
    found = [people.find_building(tx, word) for word in question.choices]
    if found[1] is None:
        return Answer(text(visit.language, "building_unknown", word=other))
    buttons = tuple(Button(b.name, str(i)) for i, b in enumerate(found) if b is not None)
    shown = found[0].name if found[0] else here
    return Answer(text(visit.language, "ask_building", other=other, here=shown), (buttons, _let_go(visit, 2)))


def _items(visit: Visit, question: Question, menu: Menu) -> Answer:
    rows: list[tuple[Button, ...]] = []
    lines = []
    for i, item_id in enumerate(question.choices):
        item = menu.catalog.items[ItemId(item_id)]
        lines.append(text(visit.language, "choice_line", n=i + 1, name=_shown(item, menu), price=yuan(item.price_fen)))
        rows.append((Button(_shown(item, menu), str(i)),))
    count = len(rows)
    choices = "\n".join(lines)
    if question.ask is Ask.NEAR:
        neither = Button(text(visit.language, "button_neither"), str(count))
        rows.append((neither, *_let_go(visit, count + 1)))
        return Answer(text(visit.language, "ask_near", word=question.word, choices=choices), tuple(rows))
    rows.append(_let_go(visit, count))
    return Answer(text(visit.language, "ask_choose", word=question.word, choices=choices), tuple(rows))


def _one_of(visit: Visit, question: Question, shown: Sequence[str], buttons: Sequence[str]) -> Answer:
    """One of a few orders; `question.word` names the sentence that asks."""
    rows = [(Button(label, str(i)),) for i, label in enumerate(buttons)]
    listed = "\n".join(text(visit.language, "choice_meant", n=i, what=what) for i, what in enumerate(shown, 1))
    last = "button_keep_order" if question.ask is Ask.CANCEL else "button_cancel_all"
    return Answer(text(visit.language, question.word, choices=listed), (*rows, _let_go(visit, len(rows), last)))


def _which_order(tx: Tx, visit: Visit, question: Question) -> Answer:
    found = [placing.find_by_reference(tx, reference) for reference in question.choices]
    shown = [
        text(
            visit.language,
            "choice_order",
            number=order.label,
            names=placing.names_text(order.lines, visit.language),
            total=yuan(order.total_fen),
        )
        for order in found
        if order is not None
    ]
    return _one_of(visit, question, shown, [order.label for order in found if order is not None])


def _shown(item: Item, menu: Menu) -> str:
    return f"{item.name}（{menu.catalog.merchant_by_id[item.merchant_id].name}）"


def _let_go(visit: Visit, choice: int, name: str = "button_cancel_all") -> tuple[Button, ...]:
    return (Button(text(visit.language, name), str(choice)),)


def _yes_no(visit: Visit, yes: str) -> ButtonRows:
    return ((Button(text(visit.language, yes), "0"), *_let_go(visit, 1)),)


def _sum(visit: Visit, menu: Menu, wish: Wish) -> dict[str, str]:
    lines = price(wish.lines, menu.catalog)
    return {
        "lines": placing.lines_text(lines, visit.language),
        "total": yuan(sum(line.price_fen for line in lines)),
    }


def _home_example(tx: Tx) -> str:
    building = people.any_building(tx)
    return f"{building.name} 305" if building else "12 栋 305"
