"""A 或者 B: one of them is meant, and nobody but the writer knows which."""

from __future__ import annotations

import re
from typing import Final

from core.reading.bits import Bit, Role
from core.reading.lexicon import Word

_NAMES: Final = frozenset((Role.ITEM, Role.VAGUE))
#: between the two names may stand a number and a verb as well
_REACH: Final = 4
_OR: Final = re.compile(r"或者|或是|要么|或|\bor\b")


def one_of_each_choice(bits: list[Bit], plain: str) -> list[Bit]:
    """Two names with `or` between them become one that may be either."""
    if not any(Word.EITHER in bit.words for bit in bits) and "or" not in plain:
        return bits
    found: list[Bit] = []
    at = 0
    while at < len(bits):
        bit = bits[at]
        rival = _rival(bits, at, plain) if bit.role in _NAMES else None
        if rival is None:
            found.append(bit)
            at += 1
            continue
        either = Bit(Role.VAGUE, bit.start, bits[rival].end)
        either.items = tuple(dict.fromkeys((*bit.items, *bits[rival].items)))
        found += [either, *(b for b in bits[at + 1 : rival] if b.role is Role.QUANTITY)]
        at = rival + 1
    return found


def chosen_between(word: str) -> list[str]:
    """The names that a choice was said to be between; one where it is none."""
    return [name.strip() for name in _OR.split(word) if name.strip()]


def _rival(bits: list[Bit], at: int, plain: str) -> int | None:
    """Where the other name stands."""
    has_or = False
    for other in range(at + 1, min(at + 1 + _REACH, len(bits))):
        bit = bits[other]
        if bit.role in _NAMES:
            return other if has_or else None
        if Word.EITHER in bit.words or plain[bit.start : bit.end] == "or":
            has_or = True
        elif not (
            bit.role is Role.QUANTITY or (bit.role is Role.BREAK and bit.strength <= 1) or Word.WANT in bit.words
        ):
            return None
    return None
