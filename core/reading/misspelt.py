"""What was meant by characters nobody explains: a misspelt name, a misspelt wish, a name turned round."""

from __future__ import annotations

from typing import Final

from core.reading.entry import Entry
from core.reading.menu_index import MenuIndex
from core.reading.tokens import Kind, Token

#: the first token of what was found, the one behind its last, and what it means
Found = tuple[int, int, Entry]
#: how far to either side a misspelt name may reach beyond what is unknown, in tokens
_REACH: Final = 3


def misspelt(plain: str, tokens: list[Token], first: int, stop: int, floor: int, index: MenuIndex) -> Found | None:
    """What tokens[first:stop], with some around them, were meant to be. `floor`: tokens before it are taken."""
    return (
        _as_name(plain, tokens, first, stop, floor, index)
        or _turned(plain, tokens, first, stop, index)
        or _as_wish(plain, tokens, first, stop, floor, index)
    )


def _as_wish(plain: str, tokens: list[Token], first: int, stop: int, floor: int, index: MenuIndex) -> Found | None:
    """大悲 for 大杯, 去兵 for 去冰."""
    if tokens[first].kind is not Kind.LEFT:
        return None
    reaches = [(first, stop)]
    if first > floor and tokens[first - 1].end == tokens[first].start and _is_short(tokens[first - 1]):
        reaches.append((first - 1, stop))
    if stop < len(tokens) and tokens[stop].start == tokens[stop - 1].end and _is_short(tokens[stop]):
        reaches.append((first, stop + 1))
    for left, right in reaches:
        meant = index.typos.wish_for(plain[tokens[left].start : tokens[right - 1].end])
        if meant is not None:
            return left, right, index.vocabulary[meant]
    return None


def _is_short(token: Token) -> bool:
    return token.kind is Kind.ENTRY and token.end - token.start == 1


def _entry_of(items: tuple[int, ...]) -> Entry:
    entry = Entry("")
    entry.items = items
    return entry


def _as_name(plain: str, tokens: list[Token], first: int, stop: int, floor: int, index: MenuIndex) -> Found | None:
    """The widest stretch around tokens[first:stop] that is a misspelt name: its first token, its end, its items."""
    best: Found | None = None
    widest = 0
    for left in range(first, max(first - _REACH, floor - 1, -1), -1):
        if left < first and not _may_be_inside(tokens[left], tokens[left + 1]):
            break
        for right in range(stop, min(stop + _REACH, len(tokens)) + 1):
            if right > stop and not _may_be_inside(tokens[right - 1], tokens[right - 2], after=True):
                break
            start, end = tokens[left].start, tokens[right - 1].end
            if end - start > widest:
                items = index.typos.name_for(plain[start:end])
                if items:
                    best, widest = (left, right, _entry_of(items)), end - start
    return best


def _may_be_inside(token: Token, neighbour: Token, *, after: bool = False) -> bool:
    touches = token.start == neighbour.end if after else token.end == neighbour.start
    return touches and token.kind in (Kind.ENTRY, Kind.LEFT, Kind.QUANTITY)


def _turned(plain: str, tokens: list[Token], first: int, stop: int, index: MenuIndex) -> Found | None:
    """肠粉鲜虾 is 鲜虾肠粉 the other way round."""
    start, end = tokens[first].start, tokens[stop - 1].end
    for token in tokens[first + 1 : stop]:
        entry = index.vocabulary.get(plain[token.start : end] + plain[start : token.start])
        if entry is not None and entry.items:
            return first, stop, entry
    return None
