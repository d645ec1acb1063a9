"""What a person wants before it is clear enough to be an order, and the one question to ask next."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from core.catalog import Catalog
from core.ids import ItemId
from core.reading.reading import Reading, ReadLine

ConfirmPolicy = Literal["always", "unsure", "never"]

#: More kinds than this are not a choice but a menu.
CHOICES_LIMIT = 8

_YES = frozenset(
    {"1", "好", "好的", "是", "是的", "对", "嗯", "确认", "确认下单", "下单", "可以", "行", "ok", "yes", "y", "sure"}
)
_NO = frozenset({"0", "2", "算了", "不要", "不要了", "不用", "不用了", "取消", "不", "no", "n", "never mind", "cancel"})
_DOWNSTAIRS = frozenset({"楼下", "自取", "楼下自取", "下楼拿", "我下来拿", "downstairs", "pick up downstairs"})
_HOME = re.compile(
    r"(?:(?P<building>[0-9]{1,3}|[A-Za-z]|\S{1,12}?)\s*(?:栋|号楼|幢|楼|#|-|\s)\s*)?(?P<room>[A-Za-z]?[0-9]{3,4})\s*(?:室|寝室|寝|房|号)?"
)


class Ask(StrEnum):
    """What is still missing."""

    #: written for another building than this group's
    BUILDING = "building"
    #: neither the chat nor the person has a building
    HOME = "home"
    #: a word that means several items
    CHOOSE = "choose"
    #: a part that cannot be had: order the rest?
    WITHOUT = "without"
    ROOM = "room"
    CONFIRM = "confirm"
    #: waits for the whole order as it should be
    AMEND = "amend"


@dataclass(frozen=True, slots=True, kw_only=True)
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
        }


def wish_from_json(body: Mapping[str, Any]) -> Wish:
    """The reverse of `Wish.to_json`."""
    lines = tuple(ReadLine(ItemId(item), quantity, tuple(options)) for item, quantity, options in body["lines"])
    return Wish(**{**body, "lines": lines, "problems": tuple(body["problems"])})


def wish_of(reading: Reading, building_id: str | None, room: str | None) -> Wish:
    """What a message asks for; `building_id` and `room` are what is known about the person already."""
    return Wish(
        lines=reading.lines,
        problems=reading.problems,
        room=reading.room or room,
        note=reading.note or "",
        building_id=building_id,
    )


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask; `choices` are the values behind its buttons, in order."""

    ask: Ask
    choices: tuple[str, ...] = ()
    #: the word in doubt, or the other building
    word: str = ""


def next_question(wish: Wish, catalog: Catalog, policy: ConfirmPolicy) -> Question | None:
    """The most important thing still unclear; None: it can be placed."""
    if wish.building_id is None:
        return Question(Ask.HOME)
    for problem in wish.problems:
        kind, _, word = problem.partition(":")
        if kind == "other_building":
            return Question(Ask.BUILDING, (wish.building_id, word), word)
        if kind == "ambiguous":
            candidates = catalog.called(word)
            if 0 < len(candidates) <= CHOICES_LIMIT:
                return Question(Ask.CHOOSE, tuple(item.id for item in candidates), word)
    if wish.problems:
        return Question(Ask.WITHOUT)
    if wish.room is None:
        return Question(Ask.ROOM)
    if not wish.is_confirmed and (policy == "always" or (policy == "unsure" and wish.is_doubtful)):
        return Question(Ask.CONFIRM)
    return None


def settle(wish: Wish, question: Question, choice: int) -> Wish | None:
    """The wish once the button number `choice` (from 0) was pressed; None: the person let it go.

    Raises: IndexError for a button the question does not have.
    """
    match question.ask:
        case Ask.BUILDING:
            chosen = question.choices[choice]
            # Another building than the group's: the room the person has here is not theirs there.
            return replace(wish, building_id=chosen, problems=_without(wish, "other_building"))
        case Ask.CHOOSE:
            line = ReadLine(ItemId(question.choices[choice]), 1)
            problems = tuple(p for p in wish.problems if p != f"ambiguous:{question.word}")
            return replace(wish, lines=(*wish.lines, line), problems=problems, is_doubtful=True)
        case Ask.WITHOUT if choice == 0:
            return replace(wish, problems=(), is_confirmed=True)
        case Ask.CONFIRM if choice == 0:
            return replace(wish, is_confirmed=True)
        case Ask.ROOM if choice == 0:
            return replace(wish, room="")
        case Ask.WITHOUT | Ask.CONFIRM | Ask.ROOM if choice == 1:
            return None
    raise IndexError(choice)


def choice_in_words(question: Question, words: str, names: Mapping[str, str]) -> int | None:
    """Which button the words stand for; None: they do not answer this question.

    `names`: what people call each choice (item or building names by their value).
    """
    said = _plain(words)
    match question.ask:
        case Ask.WITHOUT | Ask.CONFIRM:
            return 0 if said in _YES else 1 if said in _NO else None
        case Ask.ROOM:
            return 0 if said in _DOWNSTAIRS else 1 if said in _NO - {"0", "2"} else None
        case Ask.CHOOSE | Ask.BUILDING:
            if said.isdecimal() and 1 <= int(said) <= len(question.choices):
                return int(said) - 1
            matches = [i for i, value in enumerate(question.choices) if said == _plain(names.get(value, value))]
            return matches[0] if len(matches) == 1 else None
    return None


def home_in_words(words: str) -> tuple[str, str] | None:
    """(building as said or "", room) of `12栋305`, `12-305`, `305`; None when it names no room."""
    found = _HOME.fullmatch(_plain(words).upper())
    return None if found is None else (found["building"] or "", found["room"])


def _without(wish: Wish, kind: str) -> tuple[str, ...]:
    return tuple(problem for problem in wish.problems if problem.partition(":")[0] != kind)


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKC", words).strip().strip("。.!！~～ ").lower()
