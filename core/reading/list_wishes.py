"""What one person of a list wants, understood on its own; people who write the same want the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.reading.bits import Bit, Role
from core.reading.corrections import said_by
from core.reading.lexicon import Word
from core.reading.list_title import Title
from core.reading.menu_index import MenuIndex
from core.reading.phrases import bits_of
from core.reading.taking_back import Said
from core.reading.text import Text, is_cjk
from core.reading.tokens import tokens_of

_LEAVES: Final = frozenset((Word.DROP, Word.CANCEL, Word.OOPS))
_UNKNOWN_LONGEST: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class ListWish:
    """The words behind a name. Places of bits and drafts count from the first of these words."""

    text: Text
    bits: list[Bit]
    said: Said
    #: dishes the menu does not know that no line was built around
    unknown: list[Bit]
    #: 同上, or +1 alone
    says_same: bool

    @property
    def has_left(self) -> bool:
        """不吃了, 取消: the person withdrew."""
        return has_left(self.bits)


def wish_of(text: Text, title: Title, menu: MenuIndex, *, has_model: bool) -> ListWish:
    """Understands one wish. `has_model`: it names another entry it is like, so the title's dish is not meant."""
    bits = bits_of(text, tokens_of(text.plain, menu), menu)
    if not has_model and (not _names_item(bits) or _counts_title(bits)):
        bits = _with_title_item(bits, text, title, menu)
    says_same = has_model or _says_same(bits)
    said = said_by(list(bits), text.plain, menu)
    unknown = [] if says_same or has_left(bits) else _unknown_dishes(bits, said, text)
    return ListWish(text, bits, said, unknown, says_same)


def _names_item(bits: list[Bit]) -> bool:
    return any(b.role is Role.ITEM for b in bits)


def _counts_title(bits: list[Bit]) -> bool:
    """一笼 烧卖一笼 under 虾饺: the first number is the title's."""
    roles = [b.role for b in bits[:4]]
    return roles == [Role.QUANTITY, Role.BREAK, Role.ITEM, Role.QUANTITY]


def _with_title_item(bits: list[Bit], text: Text, title: Title, menu: MenuIndex) -> list[Bit]:
    """An entry that names no item means the title's, narrowed by what it says: 单人 under 麻辣香锅."""
    if not title.surface or _says_same(bits) or has_left(bits):
        return bits
    for at, bit in enumerate(bits):
        if bit.role in (Role.VAGUE, Role.UNKNOWN):
            items = _narrowed(bit, text.plain[bit.start : bit.end], title, menu)
            if items:
                named = Bit(Role.ITEM, bit.start, bit.end)
                named.items = items
                return [*bits[:at], named, *bits[at + 1 :]]
            return bits
    if not title.items:
        return bits
    named = Bit(Role.ITEM, 0, 0)
    named.items = title.items
    return [named, *bits]


def _narrowed(bit: Bit, said: str, title: Title, menu: MenuIndex) -> tuple[int, ...]:
    for surface in (said + title.surface, title.surface + said):
        entry = menu.vocabulary.get(surface)
        if entry is not None and entry.items:
            return entry.items
    about = {
        at for at in bit.items if any(title.surface in name for name in (menu.items[at].name, *menu.items[at].aliases))
    }
    return tuple(sorted(about)) if len(about) == 1 else ()


def _says_same(bits: list[Bit]) -> bool:
    """同上, or +1 alone."""
    if any(Word.SAME in b.words for b in bits):
        return True
    numbers = [b for b in bits if b.role is Role.QUANTITY]
    return len(numbers) == 1 and not _names_item(bits) and _is_plus_one(numbers[0])


def _is_plus_one(bit: Bit) -> bool:
    return bit.quantity is not None and bit.quantity.count == 1 and bit.quantity.is_added


def has_left(bits: list[Bit]) -> bool:
    """Whether the person withdrew."""
    return any(_LEAVES & set(b.words) for b in bits) and not _names_item(bits)


def _unknown_dishes(bits: list[Bit], said: Said, text: Text) -> list[Bit]:
    """In a list a wish that is not on the menu needs no number to be one."""
    taken = {d.start for d in said.drafts}
    found = []
    for at, bit in enumerate(bits):
        if bit.role is not Role.UNKNOWN or bit.start in taken or not is_cjk(text.plain[bit.start]):
            continue
        beside = [bits[i] for i in (at - 1, at + 1) if 0 <= i < len(bits)]
        alone = all(b.role in (Role.BREAK, Role.QUANTITY) for b in beside)
        if 2 <= bit.end - bit.start <= _UNKNOWN_LONGEST and (alone or not said.drafts):
            found.append(bit)
    return found
