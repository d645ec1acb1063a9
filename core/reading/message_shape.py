"""How a message is built: whether it leads with an order, what in it is a wish, a choice or somebody's name."""

from __future__ import annotations

from typing import Final

from core.reading.bits import Bit, Role
from core.reading.lexicon import Word
from core.reading.text import is_cjk

TALK: Final = frozenset((Word.PAST, Word.CHAT))
NAMES: Final = frozenset((Role.ITEM, Role.VAGUE))
_ABOUT_FOOD: Final = frozenset((Role.ITEM, Role.VAGUE, Role.QUANTITY, Role.OPTION))
#: a wish ends so
_SOMEWHAT: Final = frozenset(("一点", "一点儿", "一点点", "点儿", "一些", "点", "些"))
#: words of wishes: 帮忙封好, 不要内脏, 另放
_WISHING: Final = frozenset(
    (
        *(Word.WANT, Word.NO, Word.MORE, Word.LESS, Word.ADD, Word.AGAIN, Word.POLITE, Word.ALL, Word.OTHER),
        *(Word.DELIVER, Word.GOODS, Word.DROP, Word.SWAP, Word.NOTE),
    )
)
#: characters of a person's name that stands apart
_NAME: Final = range(2, 5)


def leads_with_order(bits: list[Bit], telling: frozenset[int]) -> bool:
    """黄焖鸡一份，… and 305 拉面一碗 …: the first words about food are an order and nothing else."""
    has_item = has_number = False
    for at, bit in enumerate(bits):
        if bit.role is Role.BREAK and bit.strength >= 1:
            if has_item:
                break
        elif bit.role is Role.UNKNOWN or at in telling or not TALK.isdisjoint(bit.words):
            return False
        has_item = has_item or bit.role is Role.ITEM
        has_number = has_number or bit.role is Role.QUANTITY
    return has_item and has_number


def plain_residue(bits: list[Bit], plain: str) -> int:
    """Characters nobody explains in stretches that do not even sound like a wish."""
    total = left = 0
    is_wish = False
    for bit in bits:
        if bit.role is Role.BREAK and bit.strength >= 1:
            total += 0 if is_wish else left
            left, is_wish = 0, False
        elif bit.role is Role.UNKNOWN:
            left += bit.end - bit.start if is_cjk(plain[bit.start]) else 0
        is_wish = is_wish or not _WISHING.isdisjoint(bit.words)
    return total + (0 if is_wish else left)


def wish_segments(bits: list[Bit], plain: str) -> frozenset[int]:
    """Places of the bits of 烤嫩一点, 包装好看点: behind an order, what ends so is a wish whatever its words."""
    found: set[int] = set()
    segment: list[int] = []
    for at, bit in enumerate(bits):
        if bit.role is Role.BREAK and bit.strength >= 1:
            segment = []
            continue
        segment.append(at)
        is_last = at + 1 == len(bits) or (bits[at + 1].role is Role.BREAK and bits[at + 1].strength >= 1)
        if is_last and len(segment) > 1 and plain[bit.start : bit.end] in _SOMEWHAT:
            found.update(segment)
    return frozenset(found)


def name_length(bits: list[Bit], plain: str) -> int:
    """Characters of the one word that stands apart and may be the receiver's name: 张伟 黄焖鸡一份."""
    found = [
        bit.end - bit.start
        for at, bit in enumerate(bits)
        if bit.role is Role.UNKNOWN
        and (not at or bits[at - 1].role is Role.BREAK)
        and (at + 1 == len(bits) or bits[at + 1].role is Role.BREAK)
        and is_cjk(plain[bit.start])
    ]
    return found[0] if len(found) == 1 and found[0] in _NAME else 0


def is_choice(bits: list[Bit], at: int) -> bool:
    """薯条还是鸡块: between two names it asks which."""
    beside = bits[at - 1 : at] + bits[at + 1 : at + 2]
    return len(beside) == 2 and all(b.role in NAMES for b in beside) and beside[0].end == bits[at].start


def cancels_something_else(bits: list[Bit], at: int) -> bool:
    """取消周五的课."""
    for bit in bits[at + 1 :]:
        if bit.role is Role.BREAK:
            return False
        if bit.role is Role.UNKNOWN:
            return True
        if Word.FILL not in bit.words:
            return False
    return False


def parts_at_space(bits: list[Bit], at: int, has_food: bool) -> bool:
    """A space is as good as a comma between what orders and what does not: 发烧了下不了楼 麻烦带一盒布洛芬."""
    is_about_food = False
    for bit in bits[at + 1 :]:
        if bit.role is Role.BREAK and bit.strength >= 1:
            break
        is_about_food = is_about_food or bit.role in _ABOUT_FOOD
    return is_about_food != has_food
