"""Between two items: how many of the words there belong to the first and how many to the second."""

from __future__ import annotations

from typing import Final

from core.reading.bits import Bit, Role
from core.reading.drafts import Draft, Wish
from core.reading.lexicon import Word
from core.reading.menu_index import MenuIndex

#: between two items only this many bits are weighed; further ones stay with the item before
_GAP_WEIGHED: Final = 40


def best_cut(gap: list[Bit], before: Draft, after: Draft, follows: bool, index: MenuIndex) -> int:
    """How many bits of the gap belong to the item before it."""
    gap = gap[:_GAP_WEIGHED]
    best, best_score = 0, float("-inf")
    after_scores = _scores_of_after(gap, after, follows, index)
    left = _Left(before, index)
    for cut in range(len(gap) + 1):
        score = left.score + after_scores[cut] + _parting(gap, cut, index.is_english)
        if score > best_score + 1e-9:
            best, best_score = cut, score
        if cut < len(gap):
            left.take(gap[cut])
    return best


class _Left:
    """The score of giving the gap's first bits to the item before, one more bit at a time."""

    def __init__(self, draft: Draft, index: MenuIndex) -> None:
        self.score = 0.0
        self._draft = draft
        self._index = index
        self._has_number = draft.quantity is not None
        self._main = draft.quantity.count if draft.quantity else None
        self._portions = 0
        self._groups = _groups_of(draft.wishes)
        self._far = 0.0
        self._is_with = False

    def take(self, bit: Bit) -> None:
        if bit.role is Role.QUANTITY:
            if not self._has_number:
                self.score += 3 - self._far
                self._has_number, self._main = True, bit.quantity.count if bit.quantity else None
            else:
                self._portions += (bit.quantity.count or 1) if bit.quantity else 1
                fits = self._main is not None and self._portions <= self._main and self._main > 1
                self.score -= 0.6 if fits and not self._index.is_english else 4
                self._groups = set()
        elif bit.role is Role.OPTION:
            if self._draft.accepts(bit.senses, self._index):
                groups = set(bit.senses)
                clash = any(g in self._groups and self._index.catalog.option_groups[g].is_exclusive for g in groups)
                self.score += (-3 if clash else 2) - self._far * 0.5
                self._groups |= groups
            else:
                self.score -= 5
        elif bit.role is Role.BREAK:
            self._far += bit.strength * 0.35
        elif Word.CONN in bit.words:
            self._far += 0.5
        elif Word.WITH in bit.words:
            self.score += 1.5
            self._far = 0.0
        elif Word.SIDE in bit.words or Word.AGAIN in bit.words or Word.WANT in bit.words:
            self._far += 1.5


def _scores_of_after(gap: list[Bit], after: Draft, follows: bool, index: MenuIndex) -> list[float]:
    """For every cut, the score of giving the rest to the item after."""
    scores = [0.0] * (len(gap) + 1)
    scores[len(gap)] = -1.0 if index.is_english and not follows else 0.0
    has_number, far, groups = follows, 0.0, set[str]()
    wishes_behind = 0
    score = scores[len(gap)]
    for at in range(len(gap) - 1, -1, -1):
        bit = gap[at]
        if bit.role is Role.QUANTITY:
            if has_number:
                score -= 3
            else:
                score += (4.0 if index.is_english else 3.0) - far
                score -= 2.0 if bit.quantity is not None and bit.quantity.is_times else 0.0
                has_number = True
            wishes_behind = 0
        elif bit.role is Role.OPTION:
            if after.accepts(bit.senses, index):
                clash = any(g in groups and index.catalog.option_groups[g].is_exclusive for g in bit.senses)
                score += (
                    (-3.0 if clash else 2.0)
                    - far * 0.8
                    - (1.0 if has_number and not follows and wishes_behind == 0 else 0)
                )
                if far and not index.is_english:
                    score -= 1.2  # 三杯，不要珍珠 草莓冰沙: a wish before its item stands close to it
                groups |= set(bit.senses)
                wishes_behind += 1
            else:
                score -= 5
        elif bit.role is Role.BREAK:
            far += bit.strength * 0.6
        elif Word.CONN in bit.words:
            far += 0.6 if index.is_english else 1.5
        elif Word.WITH in bit.words:
            score -= 2.5
        scores[at] = score
    return scores


def _parting(gap: list[Bit], cut: int, is_english: bool) -> float:
    """How natural it is to part here."""
    beside = [gap[i] for i in (cut - 1, cut) if 0 <= i < len(gap)]
    best = 0.0
    for bit in beside:
        if bit.role is Role.BREAK:
            best = max(best, bit.strength)
        elif {Word.CONN, Word.AGAIN, Word.WANT, Word.SIDE} & set(bit.words):
            best = max(best, 0.8 if is_english else 2.0)
    return best * 0.8


def _groups_of(wishes: list[Wish]) -> set[str]:
    return {group for wish in wishes for group in wish.senses}


def quantity_follows(bits: list[Bit], at: int) -> bool:
    """Whether the item's number stands right behind it."""
    for i in range(at + 1, min(at + 4, len(bits))):
        bit = bits[i]
        if bit.role is Role.QUANTITY:
            follower = bits[i + 1] if i + 1 < len(bits) else None
            is_next_ones = follower is not None and follower.role is Role.ITEM and follower.start == bit.end
            return not (is_next_ones and bits[i - 1].role is Role.BREAK)
        if bit.role is not Role.OPTION and not (bit.role is Role.BREAK and bit.strength <= 1):
            return False
    return False
