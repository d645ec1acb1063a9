"""Tokens become what they mean here: items, wishes with what they are about, numbers, corrections, things unknown."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import Final

from core.reading.lexicon import Word
from core.reading.menu_index import Entry, MenuIndex, Senses
from core.reading.options import split_modifier
from core.reading.quantities import Quantity
from core.reading.rooms import Place
from core.reading.text import Text, is_cjk
from core.reading.tokens import Kind, Token


class Role(StrEnum):
    """What a bit of a message does."""

    ITEM = auto()  # names one thing on the menu, maybe sold by several merchants
    VAGUE = auto()  # part of several names: 奶茶
    UNKNOWN = auto()  # words the menu does not know
    OPTION = auto()
    QUANTITY = auto()
    BREAK = auto()
    MERCHANT = auto()
    PLACE = auto()
    WORD = auto()  # a word of the language, in `words`


class Bit:
    """One meaningful bit, from `start` to `end` in the text."""

    __slots__ = ("end", "items", "merchants", "place", "quantity", "role", "senses", "start", "strength", "words")

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


_MODIFIERS: Final = frozenset((Word.NO, Word.MORE, Word.LESS, Word.ADD))
#: how far to either side a misspelt name may reach beyond what is unknown, in tokens
_REACH: Final = 3
#: more unknown fragments than this and it is talk, not a misspelt order
_FRAGMENTS_TRIED: Final = 12
_KEEPS_SCOPE: Final = 1.5  # breaks up to a space or 、 do not end 不要 …


def bits_of(text: Text, tokens: list[Token], index: MenuIndex) -> list[Bit]:
    """The meaning of every token, in order."""
    tokens = _without_stray_characters(text.plain, tokens)
    tokens = _with_unknown_names(text.plain, tokens, index)
    return _Scope(index).run(tokens)


def _without_stray_characters(plain: str, tokens: list[Token]) -> list[Token]:
    """A single character such as 热 or 水 means something on the menu only where its neighbours are understood."""
    for at, token in enumerate(tokens):
        entry = token.entry
        if entry is None or token.end - token.start > 1 or not is_cjk(plain[token.start]):
            continue
        beside = [tokens[at - 1]] if at else []
        beside += tokens[at + 1 : at + 2]
        touching = [t for t in beside if t.end == token.start or t.start == token.end]
        if any(t.kind is Kind.LEFT and is_cjk(plain[t.start]) for t in touching) and entry.is_menu_word:
            token.kind, token.entry = Kind.LEFT, None
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last and last.kind is Kind.LEFT and token.kind is Kind.LEFT and last.end == token.start:
            last.end = token.end
        else:
            joined.append(token)
    return joined


def _is_weak(token: Token) -> bool:
    """Could be a piece of a name the menu does not know."""
    entry = token.entry
    if token.kind is Kind.LEFT:
        return True
    if entry is None or entry.items or entry.senses or entry.merchants:
        return False
    if entry.part_of or Word.CATEGORY in entry.words:
        return True
    return bool(entry.cores) and not entry.words


def _with_unknown_names(plain: str, tokens: list[Token], index: MenuIndex) -> list[Token]:
    """Misspelt names found and put in; names that only begin or end like an item marked unknown, never mapped to it."""
    found: list[Token] = []
    tried = at = 0
    while at < len(tokens):
        token = tokens[at]
        if not _is_weak(token) or not is_cjk(plain[token.start]):
            found.append(token)
            at += 1
            continue
        stop = at + 1
        while (
            stop < len(tokens)
            and _is_weak(tokens[stop])
            and tokens[stop].start == tokens[stop - 1].end
            and is_cjk(plain[tokens[stop].start])
        ):
            stop += 1
        tried += 1
        spread = _misspelt(plain, tokens, at, stop, index) if tried <= _FRAGMENTS_TRIED else None
        if spread is not None:
            first, last, items = spread
            del found[len(found) - (at - first) :]
            found.append(_named(tokens[first].start, tokens[last - 1].end, items))
            at = last
            continue
        if stop - at == 1 and token.kind is not Kind.LEFT:
            found.append(token)
            at = stop
            continue
        first, last = _look_alike(tokens, at, stop)
        del found[len(found) - (at - first) :]
        found.append(Token(Kind.LEFT, tokens[first].start, tokens[last - 1].end))
        at = last
    return found


def _misspelt(
    plain: str, tokens: list[Token], first: int, stop: int, index: MenuIndex
) -> tuple[int, int, tuple[int, ...]] | None:
    """The widest stretch around tokens[first:stop] that is a misspelt name: its first token, its end, its items."""
    best: tuple[int, int, tuple[int, ...]] | None = None
    widest = 0
    for left in range(first, max(first - _REACH, -1), -1):
        if left < first and not _may_be_inside(tokens[left], tokens[left + 1]):
            break
        for right in range(stop, min(stop + _REACH, len(tokens)) + 1):
            if right > stop and not _may_be_inside(tokens[right - 1], tokens[right - 2], after=True):
                break
            start, end = tokens[left].start, tokens[right - 1].end
            if end - start > widest:
                items = index.typos.name_for(plain[start:end])
                if items:
                    best, widest = (left, right, items), end - start
    return best


def _may_be_inside(token: Token, neighbour: Token, *, after: bool = False) -> bool:
    touches = token.start == neighbour.end if after else token.end == neighbour.start
    return touches and token.kind in (Kind.ENTRY, Kind.LEFT, Kind.QUANTITY)


def _look_alike(tokens: list[Token], first: int, stop: int) -> tuple[int, int]:
    """Grown over items that touch the unknown characters: 黄焖鸡 in 黄焖鸡爪 is not what was asked for."""

    def is_item(token: Token) -> bool:
        return token.entry is not None and bool(token.entry.items) and token.end - token.start > 1

    if first and tokens[first - 1].end == tokens[first].start and is_item(tokens[first - 1]):
        first -= 1
    if stop < len(tokens) and tokens[stop].start == tokens[stop - 1].end and is_item(tokens[stop]):
        stop += 1
    return first, stop


def _named(start: int, end: int, items: tuple[int, ...]) -> Token:
    token = Token(Kind.ENTRY, start, end)
    token.entry = Entry("")
    token.entry.items = items
    return token


class _Scope:
    """Walks the tokens once, carrying what 不要, 多, 加 or `no` before them reaches."""

    def __init__(self, index: MenuIndex) -> None:
        self._index = index
        self._modifier: Word | None = None
        self._modifier_bit: Bit | None = None
        self._modifier_at = 0
        #: nothing has been named under the modifier yet
        self._is_fresh = False
        self._bits: list[Bit] = []

    def run(self, tokens: list[Token]) -> list[Bit]:
        for token in tokens:
            self._read(token)
        self._close()
        return self._bits

    def _read(self, token: Token) -> None:
        if token.kind is Kind.ENTRY:
            self._entry(token, token.entry)  # type: ignore[arg-type]
            return
        bit = Bit(_ROLE_OF[token.kind], token.start, token.end)
        bit.quantity, bit.place, bit.strength = token.quantity, token.place, token.strength
        if token.kind is Kind.BREAK:
            if token.strength > _KEEPS_SCOPE or (self._is_fresh and not self._index.is_english and token.strength > 1):
                self._close()
        elif token.kind is Kind.QUANTITY:
            if self._modifier is not Word.ADD:
                self._close()
        else:
            self._close()
        self._bits.append(bit)

    def _entry(self, token: Token, entry: Entry) -> None:
        words = entry.words
        modifier = next((w for w in words if w in _MODIFIERS), None)
        about = entry.cores.get(self._modifier) if self._modifier else None
        if about:
            self._option(token, about)
            return
        if entry.senses and (modifier is None or not words):
            self._sensed(token, entry)
            return
        if modifier is not None and not entry.items:
            self._close()
            bit = self._word(token, words)
            self._modifier, self._modifier_bit, self._is_fresh = modifier, bit, True
            self._modifier_at = len(self._bits) - 1
            return
        if entry.items:
            self._item(token, entry)
        elif entry.merchants:
            self._close()
            self._add(Role.MERCHANT, token).merchants = entry.merchants
        elif Word.NUMBER in words and entry.number is not None:
            self._number(token, entry)
        elif entry.part_of:
            self._close()
            bit = self._add(Role.VAGUE, token)
            bit.items, bit.words = entry.part_of, words
        elif Word.CATEGORY in words:
            self._close()
            self._add(Role.VAGUE, token).words = words
        elif words:
            if not self._keeps_reach(words):
                self._close()
            self._word(token, words)
        else:  # the bare thing an option is about
            self._close()
            self._add(Role.UNKNOWN, token)

    def _keeps_reach(self, words: tuple[Word, ...]) -> bool:
        """Whether 不要 … still reaches beyond this word."""
        if not self._modifier or not {Word.FILL, Word.CONN, Word.WITH, Word.WANT} & set(words):
            return False
        return Word.CONN in words or self._is_fresh or self._index.is_english

    def _option(self, token: Token, senses: Senses) -> None:
        start = token.start
        if self._is_fresh and self._modifier_bit is not None:
            start = self._modifier_bit.start
            while self._bits and self._bits[-1].start >= start:
                self._bits.pop()
        bit = Bit(Role.OPTION, start, token.end)
        bit.senses = senses
        self._bits.append(bit)
        self._is_fresh = False

    def _sensed(self, token: Token, entry: Entry) -> None:
        """A wish said in full; it may be an item as well, which its surroundings settle later."""
        if self._modifier is Word.NO and self._is_fresh:
            self._close(swallow=True)
        else:
            self._close()
        bit = self._add(Role.OPTION, token)
        bit.senses, bit.items, bit.words = entry.senses, entry.items, entry.words
        modifier, _ = split_modifier(entry.surface)
        if modifier is not None:
            self._modifier, self._modifier_bit, self._is_fresh = modifier, None, False

    def _item(self, token: Token, entry: Entry) -> None:
        if self._modifier is Word.NO and self._is_fresh and self._modifier_bit is not None:
            self._modifier_bit.words = (Word.DROP, Word.NO)  # 不要可乐
        self._modifier = None
        bit = self._add(Role.ITEM, token)
        bit.items, bit.words = entry.items, entry.words

    def _number(self, token: Token, entry: Entry) -> None:
        if not self._index.is_english and entry.surface in ("a", "an"):
            self._close()
            self._add(Role.UNKNOWN, token)
            return
        if self._modifier is Word.NO and self._is_fresh and entry.number == 1:
            return  # no "a" tomato
        self._close()
        self._add(Role.QUANTITY, token).quantity = Quantity(entry.number)

    def _word(self, token: Token, words: tuple[Word, ...]) -> Bit:
        bit = Bit(Role.WORD, token.start, token.end, words)
        self._bits.append(bit)
        return bit

    def _add(self, role: Role, token: Token) -> Bit:
        bit = Bit(role, token.start, token.end)
        self._bits.append(bit)
        return bit

    def _close(self, *, swallow: bool = False) -> None:
        """The modifier's reach ends. 可乐不要: one that reached nothing takes back what stands before it."""
        bit = self._modifier_bit
        if bit is not None and self._is_fresh and not swallow:
            at = self._modifier_at
            before = self._bits[at - 1] if at else None
            if (
                Word.NO in bit.words
                and before is not None
                and before.role is Role.ITEM
                and _ends_clause(self._bits[at + 1 :])
            ):
                bit.words = (Word.DROP,)
        self._modifier, self._modifier_bit, self._is_fresh = None, None, False


def _ends_clause(rest: list[Bit]) -> bool:
    return all(bit.role is Role.BREAK or Word.FILL in bit.words for bit in rest)


_ROLE_OF: Final = {
    Kind.QUANTITY: Role.QUANTITY,
    Kind.PLACE: Role.PLACE,
    Kind.LEFT: Role.UNKNOWN,
    Kind.BREAK: Role.BREAK,
}
