"""Decides which numbers and wishes go with which item; words between two items are parted where it is likeliest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from core.reading.drafts import Draft, Portion, Wish
from core.reading.lexicon import FOOD_UNITS, Word
from core.reading.menu_index import MenuIndex
from core.reading.phrases import Bit, Role
from core.reading.text import is_cjk

#: between two items only this many bits are weighed; further ones stay with the item before
_GAP_WEIGHED: Final = 40
_NAME_LONGEST: Final = 10  # characters of an unknown dish


@dataclass(slots=True)
class Statement:
    """What one stretch of a message, free of corrections, says."""

    drafts: list[Draft] = field(default_factory=list)
    #: numbers and wishes that go with no item here: 改成五串, 更正一下 小份
    loose_quantity: list[Bit] = field(default_factory=list)
    loose_wishes: list[Bit] = field(default_factory=list)
    notes: list[Bit] = field(default_factory=list)


def statement_of(bits: list[Bit], plain: str, index: MenuIndex) -> Statement:
    """Items with their numbers and wishes, from the bits of one statement."""
    bits = _settle_double_meanings(bits, index)
    heads = _heads(bits, plain, index)
    said = Statement()
    if not heads:
        _collect_loose(bits, said)
        return said
    drafts = {at: _draft(bits[at], bits, at) for at in heads}
    said.drafts = list(drafts.values())
    everyone: list[tuple[int, list[Bit]]] = []
    last = -1
    for number, at in enumerate(heads):
        gap = [b for b in bits[last + 1 : at] if b.role is not Role.MERCHANT]
        before = said.drafts[number - 1] if number else None
        gap = _take_spreading(gap, number, everyone)
        follows = _quantity_follows(bits, at)
        cut = _best_cut(gap, before, drafts[at], follows, index) if before else 0
        if before:
            _give_after(gap[:cut], before, said, index)
        _give_before(gap[cut:], drafts[at], said, before, index)
        last = at
    tail = [b for b in bits[last + 1 :] if b.role is not Role.MERCHANT]
    _give_after(_take_spreading(tail, len(heads), everyone), said.drafts[-1], said, index)
    _spread(everyone, said.drafts, said, index)
    return said


def _draft(bit: Bit, bits: list[Bit], at: int) -> Draft:
    draft = Draft(bit.start, bit.end, bit.items if bit.role is not Role.UNKNOWN else (), bit.role is Role.VAGUE)
    for other in reversed(bits[max(at - 6, 0) : at]):
        if other.role is Role.MERCHANT:
            draft.merchants = other.merchants
            break
        if other.role is Role.ITEM or (other.role is Role.BREAK and other.strength > 1.5):
            break
    return draft


def _settle_double_meanings(bits: list[Bit], index: MenuIndex) -> list[Bit]:
    """Words that name an item and an option (guacamole, 加米饭): a wish where an item takes it, else an item."""
    current: Bit | None = None
    asked_apart = False
    for at, bit in enumerate(bits):
        if bit.role is Role.OPTION and bit.items:
            host = current or _next_item(bits, at)
            takes = host is not None and any(index.option_for(index.items[p], bit.senses) for p in host.items)
            if asked_apart or not takes:
                bit.role, bit.senses = Role.ITEM, {}
        if bit.role is Role.ITEM:
            current, asked_apart = bit, False
        elif Word.SIDE in bit.words or bit.role is Role.QUANTITY:
            asked_apart = True
        elif bit.role is not Role.BREAK:
            asked_apart = False
    return bits


def _next_item(bits: list[Bit], at: int) -> Bit | None:
    for bit in bits[at + 1 : at + 8]:
        if bit.role is Role.ITEM:
            return bit
        if bit.role is Role.QUANTITY or (bit.role is Role.WORD and Word.CONN in bit.words):
            return None
    return None


def _heads(bits: list[Bit], plain: str, index: MenuIndex) -> list[int]:
    """Places of the bits that lines are built around: items, vague names, and unknown names with a number."""
    found = []
    for at, bit in enumerate(bits):
        if bit.role in (Role.ITEM, Role.VAGUE) or (bit.role is Role.UNKNOWN and _is_dish(bits, at, plain, index)):
            found.append(at)
    return found


def _is_dish(bits: list[Bit], at: int, plain: str, index: MenuIndex) -> bool:
    """Unknown words with a measure beside them that no item claims: 三份沙县拌面, 洗衣液一瓶."""
    bit = bits[at]
    size = bit.end - bit.start
    if index.is_english or not 2 <= size <= _NAME_LONGEST or not is_cjk(plain[bit.start]):
        return False
    after, before = _neighbour(bits, at, 1), _neighbour(bits, at, -1)
    if after is not None and _counts_food(after):
        beyond = _neighbour(bits, bits.index(after, at), 1)
        return beyond is None or beyond.role is not Role.ITEM or not _touches(after, beyond)
    if before is not None and _counts_food(before):
        beyond = _neighbour(bits, bits.index(before, max(at - 4, 0)), -1)
        return beyond is None or beyond.role not in (Role.ITEM, Role.VAGUE)
    wants = before is not None and before.role is Role.WORD and {Word.WANT, Word.AGAIN} & set(before.words)
    return bool(wants) and (after is None or after.role is Role.BREAK) and size <= 6


def _counts_food(bit: Bit) -> bool:
    quantity = bit.quantity
    return quantity is not None and (quantity.unit in FOOD_UNITS or quantity.unit == "个" or quantity.is_bare_unit)


def _touches(a: Bit, b: Bit) -> bool:
    return a.end == b.start


def _neighbour(bits: list[Bit], at: int, step: int) -> Bit | None:
    """The next bit that says something, at most three bits on, across a space but no comma."""
    for i in range(at + step, at + 4 * step, step):
        if not 0 <= i < len(bits):
            return None
        bit = bits[i]
        if bit.role is Role.BREAK and bit.strength <= 1:
            continue
        if bit.role is Role.WORD and Word.FILL in bit.words:
            continue
        return bit
    return None


def _quantity_follows(bits: list[Bit], at: int) -> bool:
    """Whether the item's number stands right behind it."""
    for bit in bits[at + 1 : at + 4]:
        if bit.role is Role.QUANTITY:
            return True
        if bit.role is not Role.OPTION and not (bit.role is Role.BREAK and bit.strength <= 1):
            return False
    return False


def _best_cut(gap: list[Bit], before: Draft, after: Draft, follows: bool, index: MenuIndex) -> int:
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


def _give_after(bits: list[Bit], draft: Draft, said: Statement, index: MenuIndex) -> None:
    """Numbers and wishes behind an item: 两杯，一杯去冰一杯热."""
    for at, bit in enumerate(bits):
        if bit.role is Role.QUANTITY and bit.quantity is not None:
            _give_number(bits, at, draft, said)
        elif bit.role is Role.OPTION:
            _give_wish(bit, draft, said, index)
        elif _is_note(bit):
            said.notes.append(bit)


def _give_number(bits: list[Bit], at: int, draft: Draft, said: Statement) -> None:
    quantity = bits[at].quantity
    assert quantity is not None
    rest = bits[at + 1 :]
    if draft.quantity is None and not draft.portions:
        # 拉面一碗毛细一碗大宽: two numbers, each with its wish
        if draft.wishes or not _is_portion(rest) or not _another_portion(rest):
            draft.quantity = quantity
            return
        draft.portions.append(Portion(quantity))
    elif _is_portion(rest) or (draft.portions and draft.portions[-1].wishes and not rest):
        draft.portions.append(Portion(quantity))
    elif draft.quantity is not None and quantity.count is not None and not quantity.is_bare_number:
        said.loose_quantity.append(bits[at])


def _is_portion(rest: list[Bit]) -> bool:
    for bit in rest:
        if bit.role is Role.OPTION:
            return True
        if bit.role is Role.QUANTITY:
            return False
    return False


def _another_portion(rest: list[Bit]) -> bool:
    return any(b.role is Role.QUANTITY and _is_portion(rest[i + 1 :]) for i, b in enumerate(rest))


def _give_before(bits: list[Bit], draft: Draft, said: Statement, before: Draft | None, index: MenuIndex) -> None:
    for bit in bits:
        if bit.role is Role.QUANTITY:
            if draft.quantity is None or (bit.quantity and not bit.quantity.is_bare_number):
                draft.quantity = bit.quantity
        elif bit.role is Role.OPTION:
            if draft.accepts(bit.senses, index) or before is None:
                _give_wish(bit, draft, said, index)
            else:
                _give_wish(bit, before, said, index)
        elif _is_note(bit):
            said.notes.append(bit)


def _give_wish(bit: Bit, draft: Draft, said: Statement, index: MenuIndex) -> None:
    """To the draft, or to the nearest one before it that has such an option, or into the note."""
    wish = Wish(bit.senses, bit.start, bit.end)
    if draft.is_unknown or not draft.items:
        return
    for host in [draft, *reversed([d for d in said.drafts if d.start < draft.start])][:4]:
        if host.accepts(bit.senses, index):
            (host.portions[-1].wishes if host.portions else host.wishes).append(wish)
            return
    said.notes.append(bit)


def _is_note(bit: Bit) -> bool:
    return bit.role is Role.UNKNOWN or bool({Word.GOODS, Word.DELIVER} & set(bit.words))


def _take_spreading(gap: list[Bit], items_before: int, everyone: list[tuple[int, list[Bit]]]) -> list[Bit]:
    """Takes 都 … and 各 … out of a gap: what they say goes to all items named so far."""
    kept: list[Bit] = []
    at = 0
    while at < len(gap):
        bit = gap[at]
        if Word.ALL not in bit.words:
            kept.append(bit)
            at += 1
            continue
        reach: list[Bit] = []
        at += 1
        while at < len(gap) and (gap[at].role in (Role.QUANTITY, Role.OPTION) or _is_light(gap[at])):
            if gap[at].role is Role.QUANTITY and any(b.role is Role.QUANTITY for b in reach):
                break
            if gap[at].role is not Role.BREAK:
                reach.append(gap[at])
            at += 1
        said = [b for b in reach if b.role in (Role.QUANTITY, Role.OPTION)]
        if said:
            counted = kept and kept[-1].role is Role.QUANTITY  # 拿铁两杯都要热的: of these two
            everyone.append((-items_before if counted and items_before else items_before, said))
    return kept


def _is_light(bit: Bit) -> bool:
    return (bit.role is Role.BREAK and bit.strength <= 1) or bool(
        {Word.FILL, Word.WANT, Word.CONN, Word.ADD} & set(bit.words)
    )


def _spread(everyone: list[tuple[int, list[Bit]]], drafts: list[Draft], said: Statement, index: MenuIndex) -> None:
    for items_before, bits in everyone:
        named = drafts[: abs(items_before)] if items_before else drafts
        if items_before < 0:
            named = named[-1:]
        for bit in bits:
            if bit.role is Role.QUANTITY:
                for draft in named:
                    if draft.quantity is None and not draft.portions:
                        draft.quantity = bit.quantity
            elif bit.role is Role.OPTION:
                takers = [d for d in named if d.accepts(bit.senses, index)]
                for draft in takers:
                    draft.wishes.append(Wish(bit.senses, bit.start, bit.end))
                if not takers:
                    said.notes.append(bit)


def _collect_loose(bits: list[Bit], said: Statement) -> None:
    for bit in bits:
        if bit.role is Role.QUANTITY:
            said.loose_quantity.append(bit)
        elif bit.role is Role.OPTION:
            said.loose_wishes.append(bit)
        elif _is_note(bit):
            said.notes.append(bit)
