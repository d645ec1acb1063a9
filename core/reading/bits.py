"""What a message is made of once its words are understood."""

from __future__ import annotations

from typing import ClassVar

from core.reading.constants import Constants
from core.reading.entry import Senses
from core.reading.lexicon import Word
from core.reading.quantities import Quantity
from core.reading.rooms import Place


class Role(Constants):
    """What a bit of a message does."""

    ITEM: ClassVar[Role]  # names one thing on the menu, maybe sold by several merchants
    VAGUE: ClassVar[Role]  # part of several names: 奶茶
    UNKNOWN: ClassVar[Role]  # words the menu does not know
    OPTION: ClassVar[Role]
    QUANTITY: ClassVar[Role]
    BREAK: ClassVar[Role]
    MERCHANT: ClassVar[Role]
    PLACE: ClassVar[Role]
    WORD: ClassVar[Role]  # a word of the language, in `words`


class Bit:
    """One meaningful bit, from `start` to `end` in the text."""

    __slots__ = (
        "end",
        "is_part",
        "items",
        "merchants",
        "place",
        "quantity",
        "role",
        "senses",
        "start",
        "strength",
        "surface",
        "words",
    )

    def __init__(self, role: Role, start: int, end: int, words: tuple[Word, ...] = ()) -> None:
        """A bit that only says where it is and what it does."""
        self.role = role
        self.start = start
        self.end = end
        self.words = words
        self.items: tuple[int, ...] = ()
        self.senses: Senses = {}
        self.quantity: Quantity | None = None
        self.place: Place | None = None
        self.merchants: tuple[str, ...] = ()
        self.strength = 0.0
        #: an item was named by part of its name
        self.is_part = False
        #: an option's spelling
        self.surface = ""
