"""Where a message corrects itself: 不要了, 换成, 不对, and the words that only do so in the right place."""

from __future__ import annotations

from typing import Final

from core.reading.bits import Bit, Role
from core.reading.lexicon import Word

MARKERS: Final = (Word.DROP, Word.SWAP, Word.OOPS, Word.STILL)


def marker_at(bits: list[Bit], at: int, pending: list[Bit], plain: str, *, has_lines: bool) -> Word | None:
    """The correction that begins here, if one does."""
    bit = bits[at]
    if bit.role is not Role.WORD:
        return None
    if Word.WAIT in bit.words:  # 等等 corrects only where it stands alone: not in 等下送来
        return Word.OOPS if _stands_alone(bits, at) else None
    marker = next((w for w in bit.words if w in MARKERS), None)
    if marker is None and Word.CANCEL in bit.words and (has_lines or has_item(pending)):
        return Word.DROP  # 小笼包一笼，取消小笼包
    if marker is Word.STILL and not (has_lines or has_item(pending)):
        return None
    if marker is Word.OOPS and plain[bit.start : bit.end] == "算了" and at and bits[at - 1].role is Role.ITEM:
        return Word.DROP if _ends_clause(bits, at) else marker
    return marker


def _stands_alone(bits: list[Bit], at: int) -> bool:
    return at > 0 and bits[at - 1].role is Role.BREAK and _ends_clause(bits, at)


def _ends_clause(bits: list[Bit], at: int) -> bool:
    following = bits[at + 1] if at + 1 < len(bits) else None
    if following is not None and Word.FILL in following.words:
        following = bits[at + 2] if at + 2 < len(bits) else None
    return following is None or following.role is Role.BREAK


def has_item(bits: list[Bit]) -> bool:
    return any(b.role in (Role.ITEM, Role.VAGUE) for b in bits)
