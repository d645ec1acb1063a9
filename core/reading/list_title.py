"""What the lines above a list say about all of it: the dish a bare name means, the shop, that it is food at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.reading.entry import Entry
from core.reading.lexicon import Word
from core.reading.list_numbers import Span
from core.reading.menu_index import MenuIndex
from core.reading.text import Text
from core.reading.tokens import tokens_of

#: talk elsewhere, but lists of food are called so too
_TITLE_WORDS: Final = frozenset(("团购", "优惠", "活动", "大家", "明天", "报名"))
#: a title with one of these is about something to eat
_FOOD_WORDS: Final = ("餐", "饭", "吃", "喝", "奶茶", "外卖", "点单", "宵夜", "下午茶", "拼单", "早点", "饮料")


@dataclass(slots=True)
class Title:
    """What the lines above a list say about all of it."""

    #: the item a bare name or number means
    items: tuple[int, ...] = ()
    surface: str = ""
    merchants: frozenset[str] = frozenset()
    is_talk: bool = False
    is_food: bool = False


def title_of(text: Text, spans: tuple[Span, ...], menu: MenuIndex) -> Title:
    """The title that stands in `spans`."""
    title = Title()
    named: list[Entry] = []
    for span in spans:
        words = text.plain[span.start : span.end]
        for token in tokens_of(words, menu):
            entry = token.entry
            if entry is None or token.end - token.start < 2:
                continue
            if entry.items or entry.part_of:
                named.append(entry)
            elif entry.merchants:
                title.merchants |= frozenset(entry.merchants)
            title.is_talk = title.is_talk or (Word.CHAT in entry.words and entry.surface not in _TITLE_WORDS)
        title.is_food = title.is_food or any(word in words for word in _FOOD_WORDS)
    title.is_food = title.is_food or bool(named) or bool(title.merchants)
    if len(named) == 1 and not title.is_talk:
        title.surface = named[0].surface
        title.items = named[0].items
    return title
