"""都, 全部, 各: what is said once and meant for every item named."""

from __future__ import annotations

from core.reading.bits import Bit, Role
from core.reading.drafts import Draft, Portion, Wish
from core.reading.lexicon import Word
from core.reading.menu_index import MenuIndex
from core.reading.quantities import Quantity


def take_respective(bits: list[Bit], drafts: list[Draft]) -> list[Bit]:
    """黄焖鸡和麻辣烫分别两份和一份: a number for each of the last items. Takes those numbers out."""
    at = next((i for i, b in enumerate(bits) if Word.RESPECTIVELY in b.words), None)
    if at is None:
        return bits
    numbers = [b for b in bits[at + 1 :] if b.role is Role.QUANTITY]
    named = drafts[-len(numbers) :] if 1 < len(numbers) <= len(drafts) else []
    for draft, bit in zip(named, numbers, strict=False):
        draft.quantity = draft.quantity or bit.quantity
    return [b for b in bits if b not in numbers] if named else bits


def take_spreading(gap: list[Bit], items_before: int, everyone: list[tuple[int, list[Bit]]]) -> list[Bit]:
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
            counted = kept and _counts_several(kept[-1])  # 拿铁两杯都要热的: of these two
            everyone.append((-items_before if counted and items_before else items_before, said))
    return kept


def _counts_several(bit: Bit) -> bool:
    return bit.quantity is not None and bit.quantity.count != 1


def _is_light(bit: Bit) -> bool:
    return (bit.role is Role.BREAK and bit.strength <= 1) or bool(
        {Word.FILL, Word.WANT, Word.CONN, Word.ADD} & set(bit.words)
    )


def spread(everyone: list[tuple[int, list[Bit]]], drafts: list[Draft], notes: list[Bit], index: MenuIndex) -> None:
    for items_before, bits in everyone:
        named = drafts[: abs(items_before)] if items_before else drafts
        if items_before < 0:
            named = named[-1:]
        for bit in bits:
            if bit.role is Role.QUANTITY:
                for draft in named:
                    if not draft.portions and bit.quantity is not None:
                        _count(draft, bit.quantity, index)
            elif bit.role is Role.OPTION:
                takers = [d for d in named if d.accepts(bit.senses, index)]
                for draft in takers:
                    draft.wishes.append(Wish(bit.senses, bit.start, bit.end))
                if not takers:
                    notes.append(bit)


def _count(draft: Draft, quantity: Quantity, index: MenuIndex) -> None:
    """薯片烧烤味原味各一包: wishes that exclude each other are a portion each."""
    groups = index.catalog.option_groups
    apart = [w for w in draft.wishes if any(groups[g].is_exclusive and _is_shared(g, draft.wishes) for g in w.senses)]
    if len(apart) < 2:
        draft.quantity = draft.quantity or quantity
        return
    draft.wishes = [w for w in draft.wishes if w not in apart]
    draft.portions = [Portion(quantity, [wish]) for wish in apart]


def _is_shared(group: str, wishes: list[Wish]) -> bool:
    return sum(group in wish.senses for wish in wishes) > 1
