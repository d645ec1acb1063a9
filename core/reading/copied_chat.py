"""Lines copied out of a group's chat, names, times and all, become a list: one entry for each person who ordered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from core.reading.menu_index import MenuIndex
from core.reading.reader import read

_DAY: Final = (
    r"(?:(?:\d{2,4}[-/.年])?\d{1,2}[-/.月]\d{1,4}日?|\d{1,2}\.\d{1,2}\.\d{2,4}"
    r"|今天|昨天|星期[一二三四五六日天]|周[一二三四五六日])"
)
_TIME: Final = r"(?:上午|下午|中午|早上|晚上|凌晨)?\s?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?:\s?[AaPp][Mm])?"
_WHEN: Final = rf"(?:{_DAY}[,\s]\s*)?{_TIME}"
#: 张三 11:42, 张三 2026/11/22 11:42:03, 张三, [22.11.2026 11:42]
_NAME_FIRST: Final = re.compile(rf"(?P<name>\S.{{0,23}}?)[,，]?\s*[\[(（]?(?<=[\s,，\[(（]){_WHEN}[\])）]?[:：]?")
#: [11:42] 张三: 黄焖鸡两份
_TIME_FIRST: Final = re.compile(rf"[\[(（]?{_WHEN}[\])）]?\s*(?P<name>[^\s:：].{{0,23}}?)[:：]\s*(?P<said>.*)")
#: 张三: with nothing behind it
_NAME_ALONE: Final = re.compile(r"(?P<name>\S.{0,23}?)\s*[:：]")
#: Fewer people than this are no run of a chat.
_FEWEST: Final = 2
_TITLE: Final = "接龙"


def as_list(raw: str, index: MenuIndex, building_id: str | None) -> str | None:
    """The same wishes as a 接龙 list that the list reader understands; None when this is no copied chat.

    Talk between the orders is left out; what one person wrote in several messages is one entry.
    """
    if "\n" not in raw:
        return None
    said: dict[str, list[str]] = {}
    speakers = 0
    for name, words in _messages(raw):
        speakers += 1
        if words and _is_wish(words, index, building_id):
            said.setdefault(name, []).append(words)
    if speakers < _FEWEST or not said:
        return None
    entries = (f"{number}. {name} {'，'.join(words)}" for number, (name, words) in enumerate(said.items(), 1))
    return "\n".join((_TITLE, *entries))


def _messages(raw: str) -> Iterator[tuple[str, str]]:
    """(name, words) of every message, in order; nothing when the text does not begin with one."""
    name, words = "", list[str]()
    for line in raw.splitlines():
        if not (stripped := line.strip()):
            continue
        head = _head(stripped)
        if head is None:
            if not name:
                return
            words.append(stripped)
            continue
        if name:
            yield name, "，".join(words)
        name, first = head
        words = [first] if first else []
    if name:
        yield name, "，".join(words)


def _head(line: str) -> tuple[str, str] | None:
    """(name, words on the same line) of a line that opens a message."""
    if found := _NAME_FIRST.fullmatch(line) or _NAME_ALONE.fullmatch(line):
        return _tidy(found["name"]), ""
    if found := _TIME_FIRST.fullmatch(line):
        return _tidy(found["name"]), found["said"]
    return None


def _tidy(name: str) -> str:
    """A name as one word: an entry's words begin at the first blank."""
    return "".join(name.split()).strip(",，:：[]()（）")


def _is_wish(words: str, index: MenuIndex, building_id: str | None) -> bool:
    reading = read(words, index, building_id)
    return reading.intent == "order" and bool(reading.lines or reading.problems)
