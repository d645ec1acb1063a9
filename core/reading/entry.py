"""Everything one spelling can mean: on the menu and in the language."""

from __future__ import annotations

from core.reading.lexicon import Word

#: group name → (how sure, option name)
Senses = dict[str, tuple[int, str]]


class Entry:
    """Everything one spelling can mean."""

    __slots__ = (
        "cores",
        "cost",
        "ending",
        "is_part",
        "items",
        "merchants",
        "number",
        "part_of",
        "senses",
        "surface",
        "words",
    )

    def __init__(self, surface: str) -> None:
        """An entry that means nothing yet."""
        self.surface = surface
        #: places in MenuIndex.items of the items called exactly this
        self.items: tuple[int, ...] = ()
        #: places of the items whose name begins or ends with this
        self.part_of: tuple[int, ...] = ()
        #: the options said in full by this
        self.senses: Senses = {}
        #: `items` are only begun or ended by this
        self.is_part = False
        #: the things options are about: 香菜 → {NO: {greens: 不要香菜}}
        self.cores: dict[Word, Senses] = {}
        self.merchants: tuple[str, ...] = ()
        #: the end of a merchant's name that is an item of theirs: 黄焖鸡 in 杨记黄焖鸡
        self.ending: Entry | None = None
        self.words: tuple[Word, ...] = ()
        self.number: int | None = None
        self.cost = 2.0

    @property
    def is_menu_word(self) -> bool:
        """The menu, not the language, knows it."""
        return bool(self.items or self.senses or self.part_of or self.merchants)
