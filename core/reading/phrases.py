"""Tokens become what they mean here: items, wishes with what they are about, numbers, corrections, things unknown."""

from __future__ import annotations

from typing import Final

from core.reading.bits import Bit, Role
from core.reading.english_dishes import with_whole_names
from core.reading.entry import Entry, Senses
from core.reading.lexicon import Word
from core.reading.menu_index import MenuIndex
from core.reading.options import split_modifier
from core.reading.quantities import Quantity
from core.reading.text import Text
from core.reading.tokens import Kind, Token, is_mere_space
from core.reading.unknown_names import with_portions_mended, with_unknown_names, without_stray_characters

_NAMES_PERSON: Final = frozenset(("姓名", "收货人", "收件人", "名字", "联系人", "点餐人"))
_ORDERING: Final = frozenset((Word.WANT, Word.POLITE, Word.AGAIN, Word.WISH, Word.ADD, Word.MORE, Word.CONN))
_ADDING: Final = (Word.ADD, Word.MORE)
_LINKS: Final = frozenset((Word.FILL, Word.CONN, Word.WITH, Word.WANT))
_MODIFIERS: Final = frozenset((Word.NO, Word.MORE, Word.LESS, Word.ADD))
_KEEPS_SCOPE: Final = 1.5  # breaks up to a space or 、 do not end 不要 …


def bits_of(text: Text, tokens: list[Token], index: MenuIndex) -> list[Bit]:
    """The meaning of every token, in order."""
    tokens = with_portions_mended(text.plain, without_stray_characters(text.plain, tokens))
    tokens = with_unknown_names(text.plain, tokens, index)
    if index.is_english:
        tokens = with_whole_names(text.plain, [t for t in tokens if not is_mere_space(t, text.plain)])
    return _with_names(_Scope(index).run(tokens), text.plain)


def _with_names(bits: list[Bit], plain: str) -> list[Bit]:
    """What follows 姓名 or 收货人 is a name, though it be 张三: a note."""
    if not any(bit.role is Role.WORD and plain[bit.start : bit.end] in _NAMES_PERSON for bit in bits):
        return bits
    found: list[Bit] = []
    is_name = False
    for bit in bits:
        if bit.role is Role.BREAK:
            is_name = is_name and not (found and found[-1].words == (Word.NOTE,))
        elif is_name:
            bit = Bit(Role.WORD, bit.start, bit.end, (Word.NOTE,))
        is_name = is_name or plain[bit.start : bit.end] in _NAMES_PERSON
        found.append(bit)
    return found


class _Scope:
    """Walks the tokens once, carrying what 不要, 多, 加 or `no` before them reaches."""

    def __init__(self, index: MenuIndex) -> None:
        self._index = index
        self._modifier: Word | None = None
        self._modifier_bit: Bit | None = None
        self._modifier_at = 0
        #: 不要 behind an item takes it back, 去 does not
        self._takes_back = False
        #: what it wishes where it modifies nothing: double burger
        self._own_senses: Senses = {}
        #: nothing has been named under the modifier yet
        self._is_fresh = False
        self._bits: list[Bit] = []
        #: a merchant just named whose name ends like one of their items
        self._ending: tuple[Entry, Token] | None = None

    def run(self, tokens: list[Token]) -> list[Bit]:
        for token in tokens:
            if self._ending is not None and not (token.kind is Kind.BREAK and token.strength <= 1):
                self._settle_ending(token)
            self._read(token)
        self._close(ends_clause=True)
        return self._bits

    def _settle_ending(self, token: Token) -> None:
        """杨记黄焖鸡一份 orders the dish, 杨记黄焖鸡的卤蛋 only names the shop."""
        assert self._ending is not None
        entry, named = self._ending
        self._ending = None
        if token.kind is Kind.QUANTITY or (token.entry is not None and token.entry.senses and not token.entry.items):
            bit = Bit(Role.ITEM, named.end - len(entry.surface), named.end)
            bit.items = entry.items
            self._bits.append(bit)

    def _read(self, token: Token) -> None:
        if token.kind is Kind.ENTRY:
            self._entry(token, token.entry)  # type: ignore[arg-type]
            return
        bit = Bit(_ROLE_OF[token.kind], token.start, token.end)
        bit.quantity, bit.place, bit.strength = token.quantity, token.place, token.strength
        if token.kind is Kind.LEFT and token.end - token.start == 1 and not self._is_fresh:
            pass  # 不要葱姜蒜, where 姜 is no option
        elif token.kind is Kind.BREAK:
            if token.strength > _KEEPS_SCOPE or (self._is_fresh and not self._index.is_english and token.strength > 1):
                self._close(ends_clause=True)
        elif token.kind is Kind.QUANTITY:
            if self._modifier is not Word.ADD or not self._is_fresh:
                self._close()
        else:
            self._close()
        self._bits.append(bit)

    def _entry(self, token: Token, entry: Entry) -> None:
        words = entry.words
        modifier = None if _MODIFIERS.isdisjoint(words) else next(w for w in words if w in _MODIFIERS)
        about = entry.cores.get(self._modifier) if self._modifier and self._reaches(entry) else None
        if about:
            self._option(token, about)
            return
        if entry.items and self._bits and Word.WITH in self._bits[-1].words and Word.ADD in entry.cores:
            bit = self._add(Role.OPTION, token)  # ramen with egg, where a shop sells eggs too
            bit.senses, bit.items = entry.cores[Word.ADD], entry.items
            return
        if entry.senses and (modifier is None or not words):
            self._sensed(token, entry)
            return
        if modifier is not None and not entry.items:
            self._close()
            bit = self._word(token, words)
            self._modifier, self._modifier_bit, self._is_fresh = modifier, bit, True
            self._own_senses = entry.senses
            self._modifier_at = len(self._bits) - 1
            self._takes_back = entry.surface[0] in "不别免"
            return
        if entry.items:
            self._item(token, entry)
        elif entry.merchants:
            self._close()
            self._add(Role.MERCHANT, token).merchants = entry.merchants
            self._ending = (entry.ending, token) if entry.ending else None
        elif Word.NUMBER in words and entry.number is not None:
            self._number(token, entry)
        elif entry.part_of:
            self._close()
            bit = self._add(Role.VAGUE, token)
            bit.items, bit.words = entry.part_of, words
        elif Word.CATEGORY in words:
            self._close()
            self._add(Role.VAGUE, token).words = words
        elif Word.DISH in words:
            self._close()
            self._add(Role.UNKNOWN, token)
        elif Word.UNIT in words and self._is_one_of(token):
            self._close()
            self._add(Role.QUANTITY, token).quantity = Quantity(1, entry.surface, is_bare_unit=True)
        elif words:
            if not self._keeps_reach(words):
                self._close()
            self._word(token, words)
        else:  # the bare thing an option is about
            self._close()
            self._add(Role.UNKNOWN, token)

    def _reaches(self, entry: Entry) -> bool:
        """In English `no ham pineapple` is one thing without and one with; `no ham or pineapple` is none of either."""
        if self._is_fresh or Word.CONN in self._bits[-1].words:
            return True
        return not self._index.is_english and not entry.senses  # 不放葱 甜的: the second is a wish of its own

    def _is_one_of(self, token: Token) -> bool:
        """来份, 要根: a measure word right behind a verb means one."""
        last = self._bits[-1] if self._bits else None
        return last is not None and last.end == token.start and not _ORDERING.isdisjoint(last.words)

    def _keeps_reach(self, words: tuple[Word, ...]) -> bool:
        """Whether 不要 … still reaches beyond this word."""
        if not self._modifier or _LINKS.isdisjoint(words):
            return False
        if Word.WITH in words and not self._is_fresh:
            return False
        return Word.CONN in words or self._is_fresh

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
        if self._index.is_english and self._modifier is not Word.NO:
            self._close()  # extra cheese and ham: only the cheese

    def _sensed(self, token: Token, entry: Entry) -> None:
        """A wish said in full; it may be an item as well, which its surroundings settle later."""
        modifier, core = split_modifier(entry.surface)
        is_refused = self._modifier is Word.NO and self._is_fresh and modifier is not Word.NO
        is_refused = is_refused and self._modifier_bit is self._bits[-1]
        if is_refused and not (entry.items and self._index.is_english):
            self._add(Role.UNKNOWN, token)  # 不要热的, no whipped cream: a wish no option covers
            self._is_fresh = False
            return
        self._close()
        if modifier in _ADDING and self._bits and self._bits[-1].words == (Word.ASK,) and self._touches(token):
            self._refused(token, core)
            return
        bit = self._add(Role.OPTION, token)
        bit.senses, bit.items, bit.words = entry.senses, entry.items, entry.words
        bit.surface = entry.surface
        if modifier is not None and (modifier is Word.NO or not self._index.is_english):
            self._modifier, self._modifier_bit, self._is_fresh = modifier, None, False

    def _touches(self, token: Token) -> bool:
        return self._bits[-1].end == token.start

    def _refused(self, token: Token, core: str) -> None:
        """不加蛋, where the menu only knows 加蛋."""
        verb = self._bits.pop()
        self._bits.append(Bit(Role.WORD, verb.start, token.end - len(core), (Word.NO,)))
        self._bits.append(Bit(Role.UNKNOWN, token.end - len(core), token.end))

    def _item(self, token: Token, entry: Entry) -> None:
        if self._modifier is Word.NO and self._is_fresh and self._modifier_bit is not None:
            self._modifier_bit.words = (Word.DROP, Word.NO)  # 不要可乐
        elif self._own_senses:
            self._close()
        self._modifier = None
        bit = self._add(Role.ITEM, token)
        bit.items, bit.words, bit.is_part = entry.items, entry.words, entry.is_part

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

    def _close(self, *, ends_clause: bool = False) -> None:
        """The modifier's reach ends. 可乐不要: one that reached nothing takes back what stands before it."""
        bit = self._modifier_bit
        if bit is not None and self._is_fresh and self._own_senses:
            bit.role, bit.senses, bit.words = Role.OPTION, self._own_senses, ()
        if bit is not None and self._is_fresh and ends_clause and not self._index.is_english:
            at = self._modifier_at
            before = self._bits[at - 1] if at else None
            if (
                self._takes_back
                and Word.NO in bit.words
                and before is not None
                and before.role is Role.ITEM
                and _ends_clause(self._bits[at + 1 :])
            ):
                bit.words = (Word.DROP,)
        self._modifier, self._modifier_bit, self._is_fresh = None, None, False
        self._own_senses = {}


def _ends_clause(rest: list[Bit]) -> bool:
    return all(bit.role is Role.BREAK or Word.FILL in bit.words for bit in rest)


_ROLE_OF: Final = {
    Kind.QUANTITY: Role.QUANTITY,
    Kind.PLACE: Role.PLACE,
    Kind.LEFT: Role.UNKNOWN,
    Kind.BREAK: Role.BREAK,
}
