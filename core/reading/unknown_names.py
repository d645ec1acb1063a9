"""Characters nobody explains: misspelt names are found, look-alikes of items are kept apart from them."""

from __future__ import annotations

from typing import Final

from core.reading.entry import Entry
from core.reading.lexicon import SURNAMES, Word
from core.reading.menu_index import MenuIndex
from core.reading.misspelt import misspelt
from core.reading.options import split_modifier
from core.reading.quantities import Quantity
from core.reading.text import is_cjk
from core.reading.tokens import Kind, Token

#: single characters of these keep their meaning between unknown ones
_STANDS_ALONE: Final = frozenset((Word.FILL, Word.CONN, Word.WANT, Word.NO, Word.ALL))
_NAME_LENGTHS: Final = range(2, 4)
_KINDS: Final = frozenset((Word.CATEGORY, Word.DISH))
#: more unknown fragments than this and it is talk, not a misspelt order
_FRAGMENTS_TRIED: Final = 12


def without_stray_characters(plain: str, tokens: list[Token]) -> list[Token]:
    """A single character such as 热 or 水 means something on the menu only where its neighbours are understood."""
    for at, token in enumerate(tokens):
        entry = token.entry
        if entry is None or token.end - token.start > 1 or not is_cjk(plain[token.start]):
            continue
        before = at > 0 and tokens[at - 1].end == token.start and _opens_a_name(tokens[at - 1], plain)
        after = at + 1 < len(tokens) and tokens[at + 1].start == token.end and _is_unknown(tokens[at + 1], plain)
        if entry.is_menu_word:
            is_stray = before or after
        elif Word.UNIT in entry.words:
            is_stray = before
        else:
            is_stray = before and after and _STANDS_ALONE.isdisjoint(entry.words)
        if is_stray:
            token.kind, token.entry, token.words = Kind.LEFT, None, ()
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last and last.kind is Kind.LEFT and token.kind is Kind.LEFT and last.end == token.start:
            last.end = token.end
        else:
            joined.append(token)
    return joined


def _is_unknown(token: Token, plain: str) -> bool:
    return token.kind is Kind.LEFT and is_cjk(plain[token.start])


def _opens_a_name(token: Token, plain: str) -> bool:
    """柠檬 before 水, where the menu has 柠檬茶 and 水: together they are another drink."""
    return _is_unknown(token, plain) or (token.entry is not None and bool(token.entry.part_of) and not token.words)


def _is_weak(token: Token) -> bool:
    """Could be a piece of a name the menu does not know."""
    entry = token.entry
    if token.kind is Kind.LEFT:
        return True
    if entry is None or entry.items or entry.senses or entry.merchants:
        return False
    if entry.part_of or not _KINDS.isdisjoint(entry.words):
        return True
    return bool(entry.cores) and not entry.words


def with_portions_mended(plain: str, tokens: list[Token]) -> list[Token]:
    """来一分皮蛋粥: 分 between a number and a dish is 份."""
    if "分" not in plain:
        return tokens
    found: list[Token] = []
    for at, token in enumerate(tokens):
        last = found[-1] if found else None
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        is_measure = (
            token.kind is Kind.LEFT
            and plain[token.start : token.end] == "分"
            and last is not None
            and last.quantity is not None
            and last.quantity.is_bare_number
            and after is not None
            and after.entry is not None
            and bool(after.entry.items)
        )
        if is_measure and last is not None and last.quantity is not None:
            last.quantity, last.end = Quantity(last.quantity.count, "份"), token.end
        else:
            found.append(token)
    return found


def with_unknown_names(plain: str, tokens: list[Token], index: MenuIndex) -> list[Token]:
    """Misspelt names found and put in; names that only begin or end like an item marked unknown, never mapped to it."""
    found: list[Token] = []
    tried = at = 0
    floor = 0  # tokens before it are already part of a name
    while at < len(tokens):
        token = tokens[at]
        if not _is_weak(token) or not is_cjk(plain[token.start]):
            found.append(token)
            at += 1
            continue
        if token.kind is not Kind.LEFT and _is_under_wish(tokens, at):
            found.append(token)  # 蒜 in 不要葱蒜
            at += 1
            continue
        stop = at + 1
        while stop < len(tokens) and _goes_on(tokens, stop, plain):
            stop += 1
        tried += 1
        spread = misspelt(plain, tokens, at, stop, floor, index) if tried <= _FRAGMENTS_TRIED else None
        is_known = token.kind is not Kind.LEFT and Word.DISH not in token.words
        is_known = is_known and not (_ends_another(tokens, at) or _opens_another(tokens, at))
        if spread is None and stop - at == 1 and is_known:
            found.append(token)
            at = stop
            continue
        first, last, entry = spread or (*_look_alike(plain, tokens, at, stop, floor), None)
        del found[len(found) - (at - first) :]
        found.append(_named(tokens[first].start, tokens[last - 1].end, entry))
        at = floor = last
    return found


def _ends_another(tokens: list[Token], at: int) -> bool:
    """饭 in 丁丁炒饭, where the menu has 丁丁炒面: the beginning of one dish with the end of another."""
    before = tokens[at - 1] if at else None
    return before is not None and before.end == tokens[at].start and before.entry is not None and before.entry.is_part


def _opens_another(tokens: list[Token], at: int) -> bool:
    """芝士 in 芝士年糕, where the menu has 年糕 and can add 芝士 to something."""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if after is None or after.start != tokens[at].end or not _is_thing(tokens[at]):
        return False
    return after.entry is not None and bool(after.entry.items) and after.end - after.start > 1


def _is_thing(token: Token) -> bool:
    """Only known as what an option is about."""
    return token.entry is not None and bool(token.entry.cores) and not token.entry.part_of


def _is_under_wish(tokens: list[Token], at: int) -> bool:
    """Whether 不要 …, 加 … stands right before it."""
    if not at or tokens[at - 1].end != tokens[at].start:
        return False
    entry = tokens[at - 1].entry
    return entry is not None and bool(entry.senses) and split_modifier(entry.surface)[0] is not None


def _goes_on(tokens: list[Token], at: int, plain: str) -> bool:
    """Whether an unknown name reaches over this token: 面 and 包 in 肉松面包一个."""
    token = tokens[at]
    if token.start != tokens[at - 1].end or not is_cjk(plain[token.start]):
        return False
    if _is_weak(token):
        return not (_is_thing(token) and _is_under_wish(tokens, at - 1))
    is_counted = at + 1 < len(tokens) and tokens[at + 1].kind is Kind.QUANTITY
    return token.words == (Word.UNIT,) and is_counted


def _is_person(plain: str, tokens: list[Token], first: int, stop: int) -> bool:
    """305王小明黄焖鸡一份: who lives there."""
    if not first or tokens[first - 1].kind is not Kind.PLACE or tokens[first - 1].end != tokens[first].start:
        return False
    said = plain[tokens[first].start : tokens[stop - 1].end]
    return len(said) in _NAME_LENGTHS and said[0] in SURNAMES


def _look_alike(plain: str, tokens: list[Token], first: int, stop: int, floor: int) -> tuple[int, int]:
    """Grown over items that touch the unknown characters: 黄焖鸡 in 黄焖鸡爪 is not what was asked for."""

    def is_item(token: Token) -> bool:
        return token.entry is not None and bool(token.entry.items) and token.end - token.start > 1

    if _is_person(plain, tokens, first, stop):
        return first, stop
    if first > floor and tokens[first - 1].end == tokens[first].start and is_item(tokens[first - 1]):
        first -= 1
    if stop < len(tokens) and tokens[stop].start == tokens[stop - 1].end and is_item(tokens[stop]):
        stop += 1
    return first, stop


def _named(start: int, end: int, entry: Entry | None) -> Token:
    token = Token(Kind.LEFT if entry is None else Kind.ENTRY, start, end)
    if entry is not None:
        token.entry, token.words = entry, entry.words
    return token
