"""What a person wants before it is clear enough to be an order, and the one question to ask next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from core.ids import ItemId
from core.reading.candidates import candidates, near
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from core.reading.reading import NOTHING_CHOSEN, Chosen, Reading, ReadLine
from core.value import value

ConfirmPolicy = Literal["always", "unsure", "never"]

#: More kinds than this are not a choice but a menu.
CHOICES_LIMIT = 8


class Ask(StrEnum):
    """What is still missing."""

    #: written for another building than this group's
    BUILDING = "building"
    #: neither the chat nor the person has a building
    HOME = "home"
    #: a word that means several items
    CHOOSE = "choose"
    #: a word the menu does not know: did you mean …?
    NEAR = "near"
    #: a number that cannot be: how many?
    QUANTITY = "quantity"
    #: a part that cannot be had: order the rest?
    WITHOUT = "without"
    #: which of a few whole wishes
    MEANT = "meant"
    ROOM = "room"
    CONFIRM = "confirm"
    #: waits for the whole order as it should be
    AMEND = "amend"
    #: which order to cancel
    CANCEL = "cancel"
    #: where the cart goes; `word` is the cart's id
    CART_ROOM = "cart_room"
    #: a word to the kitchen; `word` is the cart's id
    CART_NOTE = "cart_note"


@value(frozen=True, slots=True, kw_only=True)
class Wish:
    """An order in the making."""

    lines: tuple[ReadLine, ...] = ()
    #: problems of the reading that nobody has settled yet
    problems: tuple[str, ...] = ()
    #: None = not known yet, "" = picked up downstairs
    room: str | None = None
    note: str = ""
    #: None = not known yet
    building_id: str | None = None
    #: the person saw exactly these lines and said yes
    is_confirmed: bool = False
    #: something was understood by asking or guessing: shown once more before it counts
    is_doubtful: bool = False
    #: reference of the order it replaces; "" = a new order
    replaces: str = ""
    #: the message it was read from, to be read again with the answers; "" = it came from buttons or another order
    text: str = ""
    #: what was answered about words of that message so far
    chosen: Chosen = NOTHING_CHOSEN
    #: unknown words that mean none of the names offered for them
    declined: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As kept in a draft."""
        return {
            "lines": [[line.item_id, line.quantity, list(line.options)] for line in self.lines],
            "problems": list(self.problems),
            "room": self.room,
            "note": self.note,
            "building_id": self.building_id,
            "is_confirmed": self.is_confirmed,
            "is_doubtful": self.is_doubtful,
            "replaces": self.replaces,
            "text": self.text,
            "chosen": [dict(self.chosen.items), dict(self.chosen.counts)],
            "declined": list(self.declined),
        }


def wish_from_json(body: Mapping[str, Any]) -> Wish:
    """The reverse of `Wish.to_json`."""
    lines = tuple(ReadLine(ItemId(item), quantity, tuple(options)) for item, quantity, options in body["lines"])
    items, counts = body["chosen"]
    tuples = {name: tuple(body[name]) for name in ("problems", "declined")}
    return Wish(**{**body, **tuples, "lines": lines, "chosen": Chosen(items, counts)})


def wish_of(reading: Reading, building_id: str | None, room: str | None, text: str = "") -> Wish:
    """What a message (`text`) asks for; `building_id` and `room` are what is known about the person already."""
    return Wish(
        lines=reading.lines,
        problems=reading.problems,
        room=reading.room or room,
        note=reading.note or "",
        building_id=building_id,
        text=text,
    )


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask; `choices` are the values behind its buttons, in order; then comes the one that lets it go."""

    ask: Ask
    choices: tuple[str, ...] = ()
    #: the word in doubt, or the other building
    word: str = ""
    #: what each choice comes to, where they are whole wishes
    wishes: tuple[Wish, ...] = ()


def next_question(wish: Wish, menu: MenuIndex, policy: ConfirmPolicy) -> Question | None:
    """The most important thing still unclear; None: it can be placed."""
    if wish.building_id is None:
        return Question(Ask.HOME)
    if wish.problems:
        return _other_building(wish) or about_words(wish, menu) or Question(Ask.WITHOUT)
    if wish.room is None:
        return Question(Ask.ROOM)
    if not wish.is_confirmed and (policy == "always" or (policy == "unsure" and wish.is_doubtful)):
        return Question(Ask.CONFIRM)
    return None


def about_words(wish: Wish, menu: MenuIndex) -> Question | None:
    """The first word of the message that an answer would make clear; None: what is unclear is not to be had."""
    for problem in wish.problems:
        kind, _, word = problem.partition(":")
        if kind in ("quantity_invalid", "quantity_too_large"):
            return Question(Ask.QUANTITY, (), word)
        if kind not in ("ambiguous", "unknown") or word in wish.declined:
            continue
        found = candidates(word, menu) if kind == "ambiguous" else near(word, menu)
        if 0 < len(found) <= CHOICES_LIMIT:
            ask = Ask.CHOOSE if kind == "ambiguous" else Ask.NEAR
            return Question(ask, tuple(item.id for item in found), word)
    return None


def settle(wish: Wish, question: Question, choice: int, menu: MenuIndex) -> Wish | None:
    """The wish once the button number `choice` (from 0) was pressed; None: the person let it go.

    For `Ask.QUANTITY` the choice is the number itself. Raises: IndexError for a button the question does not have.
    """
    if question.ask is Ask.QUANTITY:
        return _counted(wish, question.word, choice, menu)
    if question.ask is Ask.NEAR and choice == len(question.choices):
        return replace(wish, declined=(*wish.declined, question.word))
    if choice == _lets_go(question):
        return None
    match question.ask:
        case Ask.BUILDING:
            # Which building that word names, and which room there, the desk settles: it can look them up.
            return replace(wish, building_id=question.choices[choice], problems=_without(wish, "other_building"))
        case Ask.CHOOSE | Ask.NEAR:
            items = {**wish.chosen.items, question.word: ItemId(question.choices[choice])}
            return _read_again(replace(wish, chosen=Chosen(items, wish.chosen.counts)), menu)
        case Ask.MEANT:
            return question.wishes[choice]
        case Ask.WITHOUT if choice == 0:
            return replace(wish, problems=(), is_confirmed=True)
        case Ask.CONFIRM if choice == 0:
            return replace(wish, is_confirmed=True)
        case Ask.ROOM if choice == 0:
            return replace(wish, room="")
    raise IndexError(choice)


def with_more_words(wish: Wish, words: str, menu: MenuIndex) -> Wish:
    """The wish with something added in words, while words of it are still in doubt: 少冰 after 可乐一瓶."""
    return _read_again(replace(wish, text=f"{wish.text}，{words}"), menu)


def _lets_go(question: Question) -> int:
    """The choice that drops the whole wish."""
    match question.ask:
        case Ask.HOME | Ask.AMEND:
            return 0
        case Ask.ROOM | Ask.WITHOUT | Ask.CONFIRM:
            return 1
        case Ask.NEAR:
            return len(question.choices) + 1
    return len(question.choices)


def _counted(wish: Wish, word: str, count: int, menu: MenuIndex) -> Wish | None:
    if count == 0:
        return None
    counts = {**wish.chosen.counts, word: count}
    return _read_again(replace(wish, chosen=Chosen(wish.chosen.items, counts)), menu)


def _read_again(wish: Wish, menu: MenuIndex) -> Wish:
    """The same message with what is known by now: its numbers and options stay with the words they went with."""
    reading = read(wish.text, menu, None, wish.chosen)
    elsewhere = tuple(problem for problem in wish.problems if problem.startswith("other_building"))
    return replace(wish, lines=reading.lines, problems=(*reading.problems, *elsewhere), note=reading.note or "")


def _other_building(wish: Wish) -> Question | None:
    for problem in wish.problems:
        kind, _, word = problem.partition(":")
        if kind == "other_building" and wish.building_id is not None:
            return Question(Ask.BUILDING, (wish.building_id, word), word)
    return None


def _without(wish: Wish, kind: str) -> tuple[str, ...]:
    return tuple(problem for problem in wish.problems if problem.partition(":")[0] != kind)
